// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "initiator.h"

#include <cstring>
#include <iostream>
#include <random>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_vault.h"

namespace {

constexpr int inputs = 128, filters = 32;  // a tile of 4-bit weights that fills a macro of 128 x 128 cells

}  // namespace

Initiator::Initiator(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(Initiator);
    SC_THREAD(run);
}

void Initiator::run() {
    multiply();
    move_nibbles();
}

/// Loosely timed: the target adds its time to `delay`, which is waited for at once.
void Initiator::transfer(Socket& socket, tlm::tlm_command command, std::uint64_t address, void* data,
                         std::size_t bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(static_cast<unsigned>(bytes));
    payload.set_streaming_width(static_cast<unsigned>(bytes));
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    wait(delay);
    check(payload.is_response_ok(), payload.get_response_string().c_str());
}

void Initiator::write(Socket& socket, std::uint64_t address, std::uint32_t word) {
    transfer(socket, tlm::TLM_WRITE_COMMAND, address, &word, sizeof word);
}

void Initiator::check(bool condition, const char* what) {
    if (condition) return;
    std::cerr << name() << ": " << what << " at " << sc_core::sc_time_stamp() << "\n";
    good_ = false;
}

/// A matrix-vector product inside the SRAM array, beside plain loops.
void Initiator::multiply() {
    std::mt19937 random(1);
    int weights[filters][inputs], vector[inputs];
    for (auto& filter : weights)
        for (int& weight : filter) weight = static_cast<int>(random() % 16) - 8;
    for (int& value : vector) value = static_cast<int>(random() % 16);

    // Cells: wordline by wordline, 4 columns per filter in two's complement, least significant bit first.
    Bytes cells(inputs * filters / 2);
    for (int i = 0; i < inputs; ++i)
        for (int f = 0; f < filters; ++f)
            cells[static_cast<std::size_t>(i * filters + f) / 2] |=
                static_cast<std::uint8_t>((weights[f][i] & 15) << (f % 2 * 4));
    transfer(macro, tlm::TLM_WRITE_COMMAND, PIMVP_MACRO_CELLS, cells.data(), cells.size());

    // Region 0 is that tile.
    const std::uint32_t region = PIMVP_MACRO_REGION_BASE;
    write(macro, region + PIMVP_REGION_ROW0, 0);
    write(macro, region + PIMVP_REGION_ROWS, inputs);
    write(macro, region + PIMVP_REGION_COLUMN0, 0);
    write(macro, region + PIMVP_REGION_FILTERS, filters);
    write(macro, region + PIMVP_REGION_WEIGHT_BITS, 4);
    write(macro, region + PIMVP_REGION_WEIGHT_KIND, PIMVP_KIND_SIGNED);
    write(macro, region + PIMVP_REGION_INPUT_BITS, 4);
    write(macro, region + PIMVP_REGION_INPUT_KIND, PIMVP_KIND_UNSIGNED);
    write(macro, region + PIMVP_REGION_RESULT_BYTES, 4);

    // Inputs to the region's window start an access, a read of the results waits for its end.
    Bytes packed(inputs / 2);
    for (int i = 0; i < inputs; ++i)
        packed[static_cast<std::size_t>(i) / 2] |= static_cast<std::uint8_t>(vector[i] << (i % 2 * 4));
    std::int32_t results[filters];
    const auto start = sc_core::sc_time_stamp();
    transfer(macro, tlm::TLM_WRITE_COMMAND, PIMVP_MACRO_WINDOW_BASE, packed.data(), packed.size());
    transfer(macro, tlm::TLM_READ_COMMAND, PIMVP_MACRO_WINDOW_BASE + PIMVP_MACRO_RESULT, results,
             sizeof results);
    access_time_ = sc_core::sc_time_stamp() - start;

    for (int f = 0; f < filters; ++f) {
        int expected = 0;
        for (int i = 0; i < inputs; ++i) expected += weights[f][i] * vector[i];
        check(results[f] == expected, "a sum of the array differs");
    }
}

/// The same 4 KiB of 4-bit values read with all 16 bits of their words, and with 4.
void Initiator::move_nibbles() {
    constexpr std::size_t bytes = 4096;
    Bytes words(bytes), read(bytes);
    for (std::size_t k = 1; k < bytes; k += 2)
        words[k] = static_cast<std::uint8_t>(k * 29 & 0xF0);  // left-aligned
    const auto timed_read = [&] {
        const auto start = sc_core::sc_time_stamp();
        transfer(vault, tlm::TLM_READ_COMMAND, 0, read.data(), bytes);
        check(read == words, "the vault gave other words");
        return sc_core::sc_time_stamp() - start;
    };
    transfer(vault, tlm::TLM_WRITE_COMMAND, 0, words.data(), bytes);
    whole_read_ = timed_read();
    const std::uint32_t gate = PIMVP_VAULT_GATE + PIMVP_GATE_REGION;
    write(vault, gate + PIMVP_GATE_BASE, 0);
    write(vault, gate + PIMVP_GATE_LIMIT, bytes);
    write(vault, gate + PIMVP_GATE_DOUBLE, 0);
    write(vault, gate + PIMVP_GATE_BITS, 4);
    gated_read_ = timed_read();
}
