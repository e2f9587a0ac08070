# pimvp_verilated(NAME TOP module SOURCES a.sv... [PARAMETERS P=1...]): library NAME with the SystemC module VNAME of a
# SystemVerilog top module.
find_package(verilator REQUIRED HINTS /usr/share/verilator)

function(pimvp_verilated name)
    cmake_parse_arguments(ARG "" "TOP" "SOURCES;PARAMETERS" ${ARGN})
    set(parameters)
    foreach(parameter ${ARG_PARAMETERS})
        list(APPEND parameters -G${parameter})
    endforeach()
    add_library(${name} STATIC)
    # Linted by a test, with all warnings; here the tool's own ones would come once per instance.
    verilate(${name} SYSTEMC PREFIX V${name} TOP_MODULE ${ARG_TOP} SOURCES ${ARG_SOURCES}
             VERILATOR_ARGS -Wno-fatal -O3 --x-assign fast --x-initial fast --no-timing ${parameters})
    target_compile_options(${name} PRIVATE -O2 -w)
    target_link_libraries(${name} PUBLIC SystemC::systemc Threads::Threads)
    # Their headers are not ours to mend.
    get_target_property(folders ${name} INTERFACE_INCLUDE_DIRECTORIES)
    get_target_property(own ${name} INCLUDE_DIRECTORIES)
    foreach(folder ${folders} ${own})
        if(folder)
            list(APPEND all ${folder})
        endif()
    endforeach()
    set_target_properties(${name} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "" INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "")
    target_include_directories(${name} SYSTEM INTERFACE ${all})
endfunction()
