# pimvp_library(NAME SOURCES... LINK targets...): one static library per folder, alias pimvp::NAME.
# Its link line is the rule of who may know whom. Those of modules/ and driver/ are installed; what of theirs is headers
# alone is linked as $<BUILD_INTERFACE:...>, so that users need not have it.
include(GNUInstallDirs)
set(PIMVP_HEADERS ${CMAKE_INSTALL_INCLUDEDIR}/pimvp)

# Takes part in the installed package, by its own name or as `as`.
function(pimvp_install target)
    if(ARGC GREATER 1)
        set_target_properties(${target} PROPERTIES EXPORT_NAME ${ARGV1})
    endif()
    install(TARGETS ${target} EXPORT pimvpTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/pimvp)
endfunction()

function(pimvp_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    add_library(pimvp_${name} STATIC ${ARG_SOURCES})
    add_library(pimvp::${name} ALIAS pimvp_${name})
    target_include_directories(pimvp_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${PIMVP_HEADERS}>)
    target_compile_options(pimvp_${name} PRIVATE -Wall -Wextra -Wshadow)
    target_link_libraries(pimvp_${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
    if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/(modules|driver)")
        pimvp_install(pimvp_${name} ${name})
    endif()
endfunction()

# pimvp_test(NAME SOURCES... LINK targets... LABELS labels...): a GoogleTest executable, one process per TEST.
# SystemC elaborates once per process, so tests that build modules need that anyway. PREFIX parts what is built
# twice, short and full, as CTest knows tests by name.
function(pimvp_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT;PREFIX" "SOURCES;LINK;LABELS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    if(NOT ARG_LABELS)
        set(ARG_LABELS quick)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    # Tests wait for the compiler longer than for loops of their own.
    target_compile_options(${name} PRIVATE -Wall -Wextra $<$<CONFIG:Release>:-O1>)
    target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest)
    target_compile_definitions(${name} PRIVATE PIMVP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(${name} TEST_PREFIX "${ARG_PREFIX}" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
                         ENVIRONMENT "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1")
endfunction()
