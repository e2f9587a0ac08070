/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "driver/pimvp.h"

#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"

static int write32(const struct pimvp_access* access, uint64_t address, uint32_t value) {
    return access->write(access->context, address, &value, sizeof value) == 0 ? PIMVP_OK : PIMVP_BUS_ERROR;
}

static int read32(const struct pimvp_access* access, uint64_t address, uint32_t* value) {
    return access->read(access->context, address, value, sizeof *value) == 0 ? PIMVP_OK : PIMVP_BUS_ERROR;
}

static int check_device(const struct pimvp_access* access, uint64_t sequencer) {
    uint32_t id = 0, version = 0;
    if (read32(access, sequencer + PIMVP_SEQ_ID, &id) != PIMVP_OK) return PIMVP_BUS_ERROR;
    if (read32(access, sequencer + PIMVP_SEQ_VERSION, &version) != PIMVP_OK) return PIMVP_BUS_ERROR;
    return id == PIMVP_SEQ_ID_VALUE && version == PIMVP_PROGRAM_VERSION ? PIMVP_OK : PIMVP_NO_DEVICE;
}

static int start(const struct pimvp_access* access, uint64_t sequencer, uint64_t program, uint32_t commands) {
    if (write32(access, sequencer + PIMVP_SEQ_PROGRAM, (uint32_t)program) != PIMVP_OK) return PIMVP_BUS_ERROR;
    if (write32(access, sequencer + PIMVP_SEQ_COMMANDS, commands) != PIMVP_OK) return PIMVP_BUS_ERROR;
    return write32(access, sequencer + PIMVP_SEQ_CONTROL, 1);
}

static int wait_until_done(const struct pimvp_access* access, uint64_t sequencer, int sleep) {
    for (;;) {
        uint32_t status = PIMVP_SEQ_BUSY;
        if (sleep && access->wait_for_interrupt != NULL && access->wait_for_interrupt(access->context) != 0)
            return PIMVP_BUS_ERROR;
        if (read32(access, sequencer + PIMVP_SEQ_STATUS, &status) != PIMVP_OK) return PIMVP_BUS_ERROR;
        if (status == PIMVP_SEQ_FAILED) return PIMVP_DEVICE_FAILED;
        if (status == PIMVP_SEQ_DONE) return PIMVP_OK;
    }
}

/* Starts every path that has a program, path 0 last: the doorbell. Path 0 ends last, by the program's own
 * tokens. */
static int run_programs(const struct pimvp_access* access, const struct pimvp_network* network,
                        const uint64_t* program, const uint32_t* commands) {
    uint32_t path;
    int result;
    for (path = network->paths; path-- > 0;) {
        if (commands[path] == 0) continue;
        result = start(access, network->sequencer[path], program[path], commands[path]);
        if (result != PIMVP_OK) return result;
    }
    for (path = 0; path < network->paths; ++path) {
        if (commands[path] == 0) continue;
        result = wait_until_done(access, network->sequencer[path], path == 0);
        if (result != PIMVP_OK) return result;
        if (path == 0 && write32(access, network->sequencer[0] + PIMVP_SEQ_IRQ_STATUS, 1) != PIMVP_OK)
            return PIMVP_BUS_ERROR;
    }
    return PIMVP_OK;
}

int pimvp_load(const struct pimvp_access* access, const struct pimvp_network* network) {
    uint32_t path, k;
    int result;
    for (path = 0; path < network->paths; ++path) {
        result = check_device(access, network->sequencer[path]);
        if (result != PIMVP_OK) return result;
    }
    for (k = 0; k < network->segment_count; ++k) {
        const struct pimvp_segment* segment = &network->segments[k];
        if (access->write(access->context, segment->address, segment->data, segment->bytes) != 0)
            return PIMVP_BUS_ERROR;
    }
    for (path = 0; path < network->paths; ++path) {
        const uint64_t sequencer = network->sequencer[path];
        if (network->setup_commands[path] == 0) continue;
        result = write32(access, sequencer + PIMVP_SEQ_SETUP, (uint32_t)network->setup_program[path]);
        if (result == PIMVP_OK)
            result = write32(access, sequencer + PIMVP_SEQ_SETUP_COMMANDS, network->setup_commands[path]);
        if (result != PIMVP_OK) return result;
    }
    result = write32(access, network->sequencer[0] + PIMVP_SEQ_IRQ_ENABLE, 1);
    if (result != PIMVP_OK) return result;
    return run_programs(access, network, network->load_program, network->load_commands);
}

int pimvp_run(const struct pimvp_access* access, const struct pimvp_network* network, const uint8_t* input,
              void* output) {
    int result;
    if (access->write(access->context, network->input_address, input, network->input_bytes) != 0)
        return PIMVP_BUS_ERROR;
    result = run_programs(access, network, network->run_program, network->run_commands);
    if (result != PIMVP_OK) return result;
    return access->read(access->context, network->output_address, output, network->output_bytes) == 0
               ? PIMVP_OK
               : PIMVP_BUS_ERROR;
}
