// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/payload.h"
#include "modules/core/trace.h"
#include "modules/postprocess/postprocess_cost.h"

namespace pimvp {

/// Turns the arrays' partial sums into the next layer's activations; address map in driver/pimvp_sequencer.h.
///
/// Two stages, each free again when its last work ends. Accumulate takes ceil(n / lanes_accumulate) cycles
/// for n sums or window elements, and then a write returns. Requantise takes ceil(channels / lanes_requant)
/// cycles per pixel from when it is free; until it starts, a finished pixel blocks the accumulators. An
/// operand row occupies requantise for ceil(elements / lanes_requant) cycles and its write returns then; for
/// the last row of a MERGE as many elements count as its outputs, if they are more, and for that of a
/// MULTIPLY or of an ADD in two stages its outputs count besides: they pass the multipliers again. A full row
/// is stored from when its last pixel is done and the last store has ended, by one write, or pixel by pixel,
/// one write after the other, where pixels are not packed; the row after the next waits for that buffer.
/// CONFIG waits for all of it, then takes one cycle and one per entries_per_cycle latched entries; a transfer
/// to or from the parameter memory takes one per entries_per_cycle entries. DONE waits for all stores, and
/// tells, once, of one that failed.
///
/// Rows go to `buffer`, or to `system` if the tensor's address is one on the bus; it may stay unbound where
/// no program stores there, a store fails then. The block does not synchronise with others that use what it
/// stores to.
///
/// Errors: no such register, channel, operand or parameter, or an unaligned channel: address; a length that
/// the window cannot have: burst; reads of write-only registers and vice versa: command; a bad configuration,
/// a write that does not belong to the mode, a sum that the accumulator cannot hold: generic, and all further
/// writes until CONFIG after a bad configuration or sum. What fails takes no time. Debug reads parameters and
/// CONFIG, writes parameters. No DMI.
///
/// Events: see PostprocessCost. Counters: `pixel`, `store`, `store_byte`. Probe: `busy`.
class Postprocess : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<Postprocess> target{"target"};
    tlm_utils::simple_initiator_socket<Postprocess> buffer{"buffer"};
    tlm_utils::simple_initiator_socket_optional<Postprocess> system{"system"};

    Postprocess(const sc_core::sc_module_name& module_name, const PostprocessParams& params,
                const Technology& technology, Tracer* tracer = nullptr);

    const PostprocessParams& params() const { return params_; }
    Account& account() { return account_; }
    const Account& account() const { return account_; }
    /// Parameter memory zero, no tensor, nothing busy, counts zero.
    void reset();
    /// Power loss: parameter memory holds garbage, no tensor, nothing busy; counts stay.
    void lose();

  private:
    struct Events {
        Account::EventId accumulate, subtract, compare, bias, multiply_bit, round, latch;
        Account::EventId parameter_read, parameter_write, row_read, row_write, pixel, store, store_byte;
    };
    using Status = tlm::tlm_response_status;

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    /// Each takes the arrival and turns it into the time at which the access is done.
    Status access(tlm::tlm_generic_payload& payload, std::int64_t& at);
    Status access_parameters(const tlm::tlm_generic_payload& payload, std::int64_t& at);
    Status access_config(const tlm::tlm_generic_payload& payload, std::int64_t& at);
    Status write_sums(const tlm::tlm_generic_payload& payload, std::int64_t& at);
    Status write_operand(const tlm::tlm_generic_payload& payload, std::int64_t& at);
    Status write_window(const tlm::tlm_generic_payload& payload, std::int64_t& at);
    Status read_done(const tlm::tlm_generic_payload& payload, std::int64_t& at);

    bool parameter_range(const tlm::tlm_generic_payload& payload) const;
    void move_parameters(const tlm::tlm_generic_payload& payload);
    std::int64_t accumulate(std::int64_t arrival, std::size_t elements);
    void finish_pixel(std::int64_t accumulated, bool first_of_row, int activity);
    void store_row(std::int64_t ready, int activity);
    void store(std::uint64_t address, const std::uint8_t* data, unsigned bytes, int activity);
    std::uint64_t rounds() const;
    void count_pixel(int activity);
    void count_operand(unsigned k, std::size_t elements, int activity);
    void count_row(int activity);
    void mark_busy(std::int64_t from, std::int64_t to);
    std::int64_t idle_from() const;
    std::int64_t ps(std::size_t work, unsigned per_cycle) const {
        return static_cast<std::int64_t>((work + per_cycle - 1) / per_cycle) * params_.period.ps;
    }
    static Status response(PostStatus status);

    const PostprocessParams params_;
    Account account_;
    Events events_;
    PostUnit unit_;
    std::vector<pimvp_post_entry> parameters_;
    Payload store_payload_;
    bool store_failed_ = false;

    std::int64_t accumulate_free_ = 0, requant_free_ = 0, store_free_ = 0, parameters_free_ = 0;
    std::int64_t row_free_[2] = {0, 0};  // when the store of each output row buffer ends
    unsigned row_slot_ = 0;
    Probe busy_;
    std::int64_t busy_until_ = -1;
};

}  // namespace pimvp
