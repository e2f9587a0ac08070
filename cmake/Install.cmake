# The installed package: the program with its data, the blocks as libraries with their headers, find_package(pimvp).
include(CMakePackageConfigHelpers)
set(data ${CMAKE_INSTALL_DATADIR}/pimvp)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/pimvp)

install(TARGETS pimvp RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(folder modules platforms)
    install(DIRECTORY ${folder} DESTINATION ${data} FILES_MATCHING PATTERN *.toml)
endforeach()
install(DIRECTORY models traces DESTINATION ${data})

# What includes a verilated class is for those who verilate.
install(DIRECTORY modules driver DESTINATION ${PIMVP_HEADERS} FILES_MATCHING PATTERN *.h PATTERN *_model_of.h EXCLUDE)

configure_package_config_file(cmake/pimvpConfig.cmake.in pimvpConfig.cmake INSTALL_DESTINATION ${package}
                              PATH_VARS data)
write_basic_package_version_file(pimvpConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pimvpConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/pimvpConfigVersion.cmake
              cmake/SystemC.cmake
        DESTINATION ${package})
install(EXPORT pimvpTargets NAMESPACE pimvp:: DESTINATION ${package})
