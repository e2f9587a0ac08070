# Debian ships SystemC with a pkg-config file only. Its library refuses, at link time, objects of another C++
# standard than its own: the probe turns that into a message at configure time.
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET GLOBAL systemc>=2.3.4)
add_library(SystemC::systemc ALIAS PkgConfig::SYSTEMC)

include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::SYSTEMC)
set(CMAKE_REQUIRED_FLAGS -std=c++17)
check_cxx_source_compiles("#include <systemc>\nint sc_main(int, char**) { return 0; }" PIMVP_SYSTEMC_LINKS)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_FLAGS)
if(NOT PIMVP_SYSTEMC_LINKS)
    message(FATAL_ERROR "libsystemc does not link with C++17 objects: it was built for another C++ standard. "
                        "Install Debian's libsystemc-dev (2.3.4), or set CMAKE_CXX_STANDARD to the library's.")
endif()
