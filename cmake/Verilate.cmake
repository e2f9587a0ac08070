# pimvp_verilated(NAME TOP module SOURCES a.sv... [PARAMETERS P=1...] [RANDOM_STATE]): library NAME with the SystemC module
# VNAME of a SystemVerilog top module. RANDOM_STATE: state without reset begins as Verilated::randReset() says.
find_package(verilator REQUIRED HINTS /usr/share/verilator)

function(pimvp_verilated name)
    cmake_parse_arguments(ARG "RANDOM_STATE" "TOP" "SOURCES;PARAMETERS" ${ARGN})
    set(parameters)
    foreach(parameter ${ARG_PARAMETERS})
        list(APPEND parameters -G${parameter})
    endforeach()
    set(state fast)
    if(ARG_RANDOM_STATE)
        set(state unique)
    endif()
    add_library(${name} STATIC)
    # Linted by a test, with all warnings; here the tool's own ones would come once per instance.
    verilate(${name} SYSTEMC PREFIX V${name} TOP_MODULE ${ARG_TOP} SOURCES ${ARG_SOURCES}
             VERILATOR_ARGS -Wno-fatal -O3 --x-assign ${state} --x-initial ${state} --no-timing ${parameters})
    # Without delays the RTL has no time scale to check against the kernel's resolution.
    set_target_properties(${name} PROPERTIES VERILATOR_SYSTEMC OFF)
    target_compile_options(${name} PRIVATE -O2 -w)
    target_link_libraries(${name} PUBLIC SystemC::systemc Threads::Threads)
    # Their headers are not ours to mend, and of no use to those who link the library.
    get_target_property(folders ${name} INCLUDE_DIRECTORIES)
    set_target_properties(${name} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "" INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "")
    foreach(folder ${folders})
        target_include_directories(${name} SYSTEM INTERFACE $<BUILD_INTERFACE:${folder}>)
    endforeach()
    if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/modules")
        pimvp_install(${name})
    endif()
endfunction()

# pimvp_mutated(NAME): modules/rtl/NAME.sv with the seeded bugs of testbenches/bugs/NAME.bugs, chosen by its input `bug`. Its
# path is in NAME_MUTATED, the number of bugs in NAME_BUGS. Made while configuring, as the verilated sources are.
function(pimvp_mutated name)
    set(bugs ${PROJECT_SOURCE_DIR}/testbenches/bugs/${name}.bugs)
    set(rtl ${PROJECT_SOURCE_DIR}/modules/rtl/${name}.sv)
    set(mutated ${CMAKE_CURRENT_BINARY_DIR}/${name}_bugs.sv)
    execute_process(COMMAND awk -f ${PROJECT_SOURCE_DIR}/cmake/mutate_rtl.awk ${bugs} ${rtl}
                    OUTPUT_FILE ${mutated}.new COMMAND_ERROR_IS_FATAL ANY)
    file(COPY_FILE ${mutated}.new ${mutated} ONLY_IF_DIFFERENT)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${bugs} ${rtl} ${PROJECT_SOURCE_DIR}/cmake/mutate_rtl.awk)
    execute_process(COMMAND awk "!/^[ \t]*(#|$)/ { ++n } END { printf \"%d\", n }" ${bugs} OUTPUT_VARIABLE count)
    set(${name}_MUTATED ${mutated} PARENT_SCOPE)
    set(${name}_BUGS ${count} PARENT_SCOPE)
endfunction()
