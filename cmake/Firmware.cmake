# pimvp_firmware(NAME SOURCES...): NAME.elf in the current build folder, for the RV64 host, of C sources and what every
# firmware needs (driver/firmware). The variable NAME_ELF holds its path; the target is NAME.
find_program(PIMVP_RISCV_GCC riscv64-unknown-elf-gcc REQUIRED)
set(PIMVP_FIRMWARE_DIR ${PROJECT_SOURCE_DIR}/driver/firmware)

function(pimvp_firmware name)
    set(elf ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
    set(sources)
    foreach(source ${ARGN})
        get_filename_component(source ${source} ABSOLUTE)
        list(APPEND sources ${source})
    endforeach()
    set(common ${PIMVP_FIRMWARE_DIR}/start.S ${PIMVP_FIRMWARE_DIR}/soc.c ${PIMVP_FIRMWARE_DIR}/console.c
               ${PROJECT_SOURCE_DIR}/driver/pimvp.c)
    file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/driver/*.h ${PIMVP_FIRMWARE_DIR}/*.h)
    # Without compressed instructions and unused functions; symbols stay, the model names them where firmware fails.
    add_custom_command(
        OUTPUT ${elf}
        COMMAND ${PIMVP_RISCV_GCC} --specs=picolibc.specs -misa-spec=2.2 -march=rv64im -mabi=lp64 -mcmodel=medany -std=gnu99 -O2 -g
                -Wall -Wextra -ffunction-sections -fdata-sections -nostartfiles -Wl,--gc-sections,--no-warn-rwx-segments
                -T ${PIMVP_FIRMWARE_DIR}/firmware.ld -I ${PROJECT_SOURCE_DIR} ${common} ${sources} -o ${elf}
        DEPENDS ${common} ${sources} ${headers} ${PIMVP_FIRMWARE_DIR}/firmware.ld
        COMMENT "Cross-compiling ${name}.elf"
        VERBATIM)
    add_custom_target(${name} DEPENDS ${elf})
    set(${name}_ELF ${elf} PARENT_SCOPE)
endfunction()
