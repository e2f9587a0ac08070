// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a PE is made of, for the files that implement it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "modules/postprocess/post_unit.h"
#include "modules/vault_pe/dram_port.h"
#include "modules/vault_pe/mac_unit.h"
#include "modules/vault_pe/mac_walker.h"
#include "modules/vault_pe/store_queue.h"
#include "modules/vault_pe/vault_pe.h"

namespace pimvp {

struct VaultPe::Implementation {
    Implementation(VaultPe& owner, const VaultPeParams& given, Account& book);

    void write_registers(const pimvp_write& command);
    void mac(const pimvp_mac& command);
    void pool(const pimvp_conv& command);
    void vector_rows(const pimvp_vector& command);

    /// Ends what is on its way, after a failure.
    void drain();
    /// One access, waits for it. Throws Failure.
    void access(tlm::tlm_command direction, std::uint64_t address, void* data, unsigned bytes, int activity);

    /// Carries out steps as they come from `more`, which replaces its argument and returns false at the end.
    /// Reads run ahead; `act` is given each step in order, with its data if it reads, when they are there.
    /// Moves pe_free_ps.
    using More = std::function<bool(std::vector<PeStep>&)>;
    using Act = std::function<void(const PeStep&, const std::uint8_t*)>;
    void run_steps(const More& more, const Act& act, int activity);
    void run_rows(std::uint32_t count, const std::function<void(std::uint32_t, std::vector<PeStep>&)>& read,
                  const std::function<void(std::uint32_t)>& finish);
    /// Waits for the time when the multipliers are free.
    void catch_up();
    WordFormat format_of(const PeStep& step) const;
    /// That pass the multipliers, or go to the operand buffer, in one cycle.
    std::int64_t blocks_at_once(const PeStep& step) const;
    /// After the last step of a command.
    void end_command(std::uint32_t activity, std::int64_t start_ps, Stage bound);

    std::vector<pimvp_post_entry> read_entries();
    /// The POST command for so many of its channels and values of 16 bits (wide: 32).
    pimvp_post post_for(std::uint32_t filters, std::uint32_t width) const;
    bool wide() const { return (post.format & 0xFFFFu) == 32; }  // outputs as int32, not as words
    unsigned output_bytes() const { return wide() ? 4 : 2; }
    void check_post() const;
    /// Stores the row that a unit has finished, from pixel `column` of output row `row` on.
    void store_row(PostUnit& unit, std::uint32_t row, std::uint32_t column, std::uint32_t filter,
                   unsigned pitch);
    void finish_sums(const PeStep& step, const std::vector<pimvp_post_entry>& entries);
    void count_mac(const PeStep& step);
    /// A step of a POOL or VECTOR: takes its elements to a row.
    void take_row(const PeStep& step, const std::uint8_t* data);
    void configure_rows(const pimvp_post& p, std::size_t row_words, const char* what);

    std::int64_t cycles(std::int64_t n) const { return n * params.period.ps; }
    static std::int64_t now() { return to_ps(sc_core::sc_time_stamp()); }
    /// So many bits of operands, from DRAM.
    void came_in(std::uint64_t bits) {
        account.count(input_bit, bits, activity);
        account.count(decode_bit, bits, activity);
    }
    unsigned moved_bits(WordFormat format) const { return params.gated ? format.bits : 16; }

    VaultPe& pe;
    const VaultPeParams params;
    Account& account;
    const Account::EventId mac_event, mac_bit_event, operand_read, operand_write, result_read, result_write,
        input_bit, decode_bit, requantise;
    const Account::EventId streamed_word, resident_word, stored_word, mac_cycle, starved_cycle;
    DramPort port;
    StoreQueue stores;
    Payload signal_payload;
    MacUnit unit;
    PostUnit sums_unit;
    std::unique_ptr<PostUnit> rows_unit;  // of POOL and VECTOR
    std::uint32_t row_channels = 0;       // that it is built for
    std::size_t row_capacity = 0;         // words

    pimvp_post post{};  // the program's last; zero before
    int activity = Activity::idle;
    WordFormat streamed_format, resident_format;  // of a MAC command
    std::vector<WordFormat> row_formats;          // of a POOL's or VECTOR's slots
    bool lanes = false;
    std::uint32_t configured_filter = 0, configured_filters = 0, configured_width = 0;

    struct Flight {
        PeStep step;
        DramAccess* access;
    };
    std::deque<Flight> flights;
    std::vector<PeStep> steps;
    std::int64_t pe_free_ps = 0;
    std::int64_t starved_ps = 0, held_ps = 0;  // multipliers waited for data, data for multipliers
    std::vector<std::uint8_t> words;
    std::vector<std::vector<std::int16_t>> rows;  // of a POOL or VECTOR, by slot
    std::vector<std::int16_t> window;
};

}  // namespace pimvp
