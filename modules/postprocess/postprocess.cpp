// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/postprocess/postprocess.h"

#include <algorithm>
#include <cstring>

#include "driver/pimvp_sequencer.h"

namespace pimvp {
namespace {

constexpr std::uint64_t window_bytes = PIMVP_POST_PSUM32 - PIMVP_POST_PSUM16;
constexpr std::uint64_t sums_end = PIMVP_POST_PSUM32_LAST + window_bytes;
constexpr std::uint64_t operands_end =
    PIMVP_POST_OPERAND + std::uint64_t{PostUnit::max_operands} * PIMVP_POST_OPERAND_STRIDE;

constexpr std::size_t row_words(std::size_t bytes) {
    return (bytes + post_row_word_bytes - 1) / post_row_word_bytes;
}

const PostprocessParams& checked(const PostprocessParams& params) {
    params.check();
    return params;
}

}  // namespace

Postprocess::Postprocess(const sc_core::sc_module_name& module_name, const PostprocessParams& params,
                         const Technology& technology, Tracer* tracer)
    : sc_module(module_name),
      params_(checked(params)),
      account_(name()),
      unit_(params.limits),
      parameters_(params.parameter_entries),
      busy_(tracer, std::string(name()) + ".busy", 1, 0) {
    const PostprocessCost cost = postprocess_cost(params, technology);
    events_.accumulate = account_.add_event("accumulate", cost.accumulate);
    events_.subtract = account_.add_event("subtract", cost.subtract);
    events_.compare = account_.add_event("compare", cost.compare);
    events_.bias = account_.add_event("bias", cost.bias);
    events_.multiply_bit = account_.add_event("multiply_bit", cost.multiply_bit);
    events_.round = account_.add_event("round", cost.round);
    events_.latch = account_.add_event("latch", cost.latch);
    events_.parameter_read = account_.add_event("parameter_read", cost.parameter_read);
    events_.parameter_write = account_.add_event("parameter_write", cost.parameter_write);
    events_.row_read = account_.add_event("row_read", cost.row_read);
    events_.row_write = account_.add_event("row_write", cost.row_write);
    events_.pixel = account_.add_counter("pixel");
    events_.store = account_.add_counter("store");
    events_.store_byte = account_.add_counter("store_byte");
    account_.set_leakage(cost.leakage);
    for (const auto& [component, area] : cost.areas) account_.add_area(component, area);
    target.register_b_transport(this, &Postprocess::b_transport);
    target.register_transport_dbg(this, &Postprocess::transport_dbg);
}

void Postprocess::reset() {
    lose();
    std::fill(parameters_.begin(), parameters_.end(), pimvp_post_entry{});
    account_.reset();
}

void Postprocess::lose() {
    unit_.reset();
    // A pattern that no network has.
    const pimvp_post_entry garbage = {-0x5A5A5A5B, -0x5A5A5A5B, 0x5A, 0xA5A5A5A5u};
    std::fill(parameters_.begin(), parameters_.end(), garbage);
    store_failed_ = false;
    accumulate_free_ = requant_free_ = store_free_ = parameters_free_ = 0;
    row_free_[0] = row_free_[1] = 0;
    row_slot_ = 0;
}

void Postprocess::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    Status status = check_access(payload, PIMVP_POST_SIZE);
    if (status == tlm::TLM_OK_RESPONSE) {
        const std::int64_t arrival = to_ps(sc_core::sc_time_stamp() + time);
        std::int64_t at = arrival;
        status = access(payload, at);
        // A store may have let kernel time pass; the annotated end stays where it is.
        if (at != arrival) time = from_ps(std::max<std::int64_t>(at - to_ps(sc_core::sc_time_stamp()), 0));
    }
    payload.set_response_status(status);
}

Postprocess::Status Postprocess::access(tlm::tlm_generic_payload& payload, std::int64_t& at) {
    const std::uint64_t address = payload.get_address();
    if (address >= PIMVP_POST_PARAMETERS) return access_parameters(payload, at);
    if (address < PIMVP_POST_CONFIG + sizeof(pimvp_post)) return access_config(payload, at);
    if (address == PIMVP_POST_DONE) return read_done(payload, at);
    const bool sums = address >= PIMVP_POST_PSUM16 && address < sums_end;
    const bool operand = address >= PIMVP_POST_OPERAND && address < operands_end;
    if (!sums && !operand) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (!payload.is_write()) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    return sums ? write_sums(payload, at) : write_operand(payload, at);
}

Postprocess::Status Postprocess::response(PostStatus status) {
    switch (status) {
        case PostStatus::ok:
            return tlm::TLM_OK_RESPONSE;
        case PostStatus::channel:
            return tlm::TLM_ADDRESS_ERROR_RESPONSE;
        case PostStatus::length:
            return tlm::TLM_BURST_ERROR_RESPONSE;
        case PostStatus::refused:
            break;
    }
    return tlm::TLM_GENERIC_ERROR_RESPONSE;
}

bool Postprocess::parameter_range(const tlm::tlm_generic_payload& payload) const {
    const std::uint64_t offset = payload.get_address() - PIMVP_POST_PARAMETERS;
    return offset + payload.get_data_length() <= parameters_.size() * sizeof(pimvp_post_entry);
}

void Postprocess::move_parameters(const tlm::tlm_generic_payload& payload) {
    auto* bytes = reinterpret_cast<unsigned char*>(parameters_.data());
    unsigned char* cell = bytes + (payload.get_address() - PIMVP_POST_PARAMETERS);
    if (payload.is_read())
        std::memcpy(payload.get_data_ptr(), cell, payload.get_data_length());
    else
        std::memcpy(cell, payload.get_data_ptr(), payload.get_data_length());
}

Postprocess::Status Postprocess::access_parameters(const tlm::tlm_generic_payload& payload,
                                                   std::int64_t& at) {
    if (!parameter_range(payload)) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    move_parameters(payload);
    constexpr std::size_t entry = sizeof(pimvp_post_entry);
    const std::uint64_t address = payload.get_address();
    const std::size_t entries = (address + payload.get_data_length() - 1) / entry - address / entry + 1;
    at = parameters_free_ = std::max(at, parameters_free_) + ps(entries, params_.entries_per_cycle);
    account_.count(payload.is_read() ? events_.parameter_read : events_.parameter_write, entries,
                   activity_of(payload));
    return tlm::TLM_OK_RESPONSE;
}

std::int64_t Postprocess::idle_from() const {
    return std::max({accumulate_free_, requant_free_, store_free_});
}

Postprocess::Status Postprocess::access_config(const tlm::tlm_generic_payload& payload, std::int64_t& at) {
    const std::uint64_t offset = payload.get_address() - PIMVP_POST_CONFIG;
    const std::size_t bytes = payload.get_data_length();
    if (payload.is_read()) {
        if (offset + bytes > sizeof(pimvp_post)) return tlm::TLM_BURST_ERROR_RESPONSE;
        std::memcpy(payload.get_data_ptr(), reinterpret_cast<const char*>(&unit_.post()) + offset, bytes);
        at += params_.period.ps;
        return tlm::TLM_OK_RESPONSE;
    }
    if (offset != 0 || bytes != sizeof(pimvp_post)) return tlm::TLM_BURST_ERROR_RESPONSE;
    pimvp_post post;
    std::memcpy(&post, payload.get_data_ptr(), sizeof post);
    const Status status = response(unit_.configure(post, parameters_.data(), parameters_.size()));
    if (status != tlm::TLM_OK_RESPONSE) return status;
    const std::int64_t start = std::max({at, idle_from(), parameters_free_});
    at = start + params_.period.ps + ps(unit_.entries(), params_.entries_per_cycle);
    accumulate_free_ = requant_free_ = parameters_free_ = at;
    const int activity = activity_of(payload);
    account_.count(events_.parameter_read, unit_.entries(), activity);
    account_.count(events_.latch, unit_.entries(), activity);
    mark_busy(start, at);
    return tlm::TLM_OK_RESPONSE;
}

Postprocess::Status Postprocess::read_done(const tlm::tlm_generic_payload& payload, std::int64_t& at) {
    if (!payload.is_read()) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    const std::uint32_t value = store_failed_ ? 1 : 0;
    if (payload.get_data_length() != sizeof value) return tlm::TLM_BURST_ERROR_RESPONSE;
    std::memcpy(payload.get_data_ptr(), &value, sizeof value);
    store_failed_ = false;
    at = std::max(at, idle_from());
    return tlm::TLM_OK_RESPONSE;
}

Postprocess::Status Postprocess::write_sums(const tlm::tlm_generic_payload& payload, std::int64_t& at) {
    const std::uint64_t offset = payload.get_address() - PIMVP_POST_PSUM16;
    const std::uint64_t window = offset / window_bytes, place = offset % window_bytes;
    if (place % 4 != 0) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    const unsigned sum_bytes = window % 2 == 0 ? 2 : 4;
    const bool last = window >= 2, first_of_row = unit_.pixel() == 0;
    const std::size_t bytes = payload.get_data_length();
    const auto status =
        unit_.add_sums(static_cast<unsigned>(place / 4), payload.get_data_ptr(), bytes, sum_bytes, last);
    if (status != PostStatus::ok) return response(status);
    const int activity = activity_of(payload);
    const std::size_t sums = bytes / sum_bytes;
    account_.count(events_.accumulate, sums, activity);
    at = accumulate(at, sums);
    if (last) finish_pixel(at, first_of_row, activity);
    return tlm::TLM_OK_RESPONSE;
}

Postprocess::Status Postprocess::write_window(const tlm::tlm_generic_payload& payload, std::int64_t& at) {
    const bool first_of_row = unit_.pixel() == 0;
    const std::size_t bytes = payload.get_data_length();
    const PostStatus status = unit_.add_window(payload.get_data_ptr(), bytes);
    if (status != PostStatus::ok) return response(status);
    const int activity = activity_of(payload);
    const std::size_t elements = unit_.window_elements(bytes);
    if (unit_.mode() == PIMVP_POST_MAX) {
        account_.count(events_.compare, elements, activity);
    } else {
        if (unit_.mode() == PIMVP_POST_SUM) account_.count(events_.subtract, elements, activity);
        account_.count(events_.accumulate, elements, activity);
    }
    at = accumulate(at, elements);
    finish_pixel(at, first_of_row, activity);
    return tlm::TLM_OK_RESPONSE;
}

std::int64_t Postprocess::accumulate(std::int64_t arrival, std::size_t elements) {
    const std::int64_t start = std::max(arrival, accumulate_free_);
    accumulate_free_ = start + ps(elements, params_.lanes_accumulate);
    mark_busy(start, accumulate_free_);
    return accumulate_free_;
}

void Postprocess::finish_pixel(std::int64_t accumulated, bool first_of_row, int activity) {
    std::int64_t start = std::max(accumulated, requant_free_);
    if (first_of_row) start = std::max(start, row_free_[row_slot_]);
    accumulate_free_ = start;  // the sums move on, and make room for the next pixel's
    requant_free_ = start + ps(unit_.post().channels, params_.lanes_requant);
    mark_busy(start, requant_free_);
    count_pixel(activity);
    if (unit_.row_complete()) store_row(requant_free_, activity);
}

/// One shift back, twice rounded where it is doubled.
std::uint64_t Postprocess::rounds() const {
    return unit_.rounding() == PIMVP_ROUND_DOUBLED ? 2 : 1;
}

void Postprocess::count_pixel(int activity) {
    const pimvp_post& post = unit_.post();
    const unsigned mode = unit_.mode();
    const std::size_t bits = std::size_t{post.channels} * (post.format & 0xFFFF);
    account_.count(events_.pixel, 1, activity);
    account_.count(events_.row_write, row_words((bits + 7) / 8), activity);
    if (mode <= PIMVP_POST_RAW || mode == PIMVP_POST_DIVIDE)
        account_.count(events_.bias, post.channels, activity);
    if (mode == PIMVP_POST_THRESHOLD)
        account_.count(events_.compare, std::uint64_t{post.channels} * unit_.thresholds(), activity);
    if (unit_.scaled_channels() != 0) {
        const std::uint64_t each = mode == PIMVP_POST_DIVIDE ? 1 : rounds();
        account_.count(events_.multiply_bit, unit_.pixel_multiplier_bits(), activity);
        account_.count(events_.round, unit_.scaled_channels() * each, activity);
    }
}

Postprocess::Status Postprocess::write_operand(const tlm::tlm_generic_payload& payload, std::int64_t& at) {
    const std::uint64_t offset = payload.get_address() - PIMVP_POST_OPERAND;
    if (offset % PIMVP_POST_OPERAND_STRIDE != 0) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    const auto k = static_cast<unsigned>(offset / PIMVP_POST_OPERAND_STRIDE);
    if (unit_.configured() && unit_.takes_windows())
        return k == 0 ? write_window(payload, at) : tlm::TLM_ADDRESS_ERROR_RESPONSE;

    const std::size_t bytes = payload.get_data_length();
    const PostStatus status = unit_.add_operand(k, payload.get_data_ptr(), bytes);
    if (status != PostStatus::ok) return response(status);
    const int activity = activity_of(payload);
    const std::size_t elements = unit_.operand_elements(k, bytes);
    const std::size_t outputs = std::size_t{unit_.post().width} * unit_.post().channels;
    const bool last = unit_.row_complete();
    if (!last) {
        account_.count(events_.row_write, row_words(bytes), activity);
        account_.count(events_.row_read, row_words(bytes), activity);
    }
    count_operand(k, elements, activity);
    if (last) count_row(activity);

    std::size_t work = elements;
    if (last && unit_.mode() == PIMVP_POST_MERGE) work = std::max(elements, outputs);
    if (last && (unit_.mode() == PIMVP_POST_MULTIPLY || unit_.two_stages())) work += outputs;
    std::int64_t start = std::max(at, requant_free_);
    if (last) start = std::max(start, row_free_[row_slot_]);
    at = requant_free_ = start + ps(work, params_.lanes_requant);
    mark_busy(start, at);
    if (last) store_row(at, activity);
    return tlm::TLM_OK_RESPONSE;
}

void Postprocess::count_operand(unsigned k, std::size_t elements, int activity) {
    if (unit_.mode() == PIMVP_POST_MERGE) return;
    account_.count(events_.subtract, elements, activity);
    if (unit_.mode() != PIMVP_POST_ADD) return;
    account_.count(events_.multiply_bit, elements * unit_.operand_multiplier_bits(k), activity);
    account_.count(events_.accumulate, elements, activity);
    if (unit_.two_stages()) account_.count(events_.round, elements * rounds(), activity);
}

void Postprocess::count_row(int activity) {
    const std::uint64_t width = unit_.post().width, outputs = width * unit_.post().channels;
    const bool merge = unit_.mode() == PIMVP_POST_MERGE;
    const std::uint64_t scaled = merge ? width * unit_.scaled_channels() : outputs;
    // A factor of one passes by the multiplier and the shifter; its two clamps remain.
    if (merge) account_.count(events_.subtract, outputs + 2 * (outputs - scaled), activity);
    account_.count(events_.multiply_bit, width * unit_.pixel_multiplier_bits(), activity);
    account_.count(events_.round, scaled * rounds(), activity);
    account_.count(events_.pixel, width, activity);
    account_.count(events_.row_write, row_words(unit_.row_bytes()), activity);
}

void Postprocess::store_row(std::int64_t ready, int activity) {
    const std::int64_t start = std::max(ready, store_free_);
    store_free_ = start;
    const unsigned bytes = unit_.row_bytes(), pitch = unit_.pixel_pitch();
    const unsigned stores = pitch == 0 ? 1 : unit_.post().width, each = bytes / stores;
    for (unsigned i = 0; i < stores; ++i)
        store(unit_.row_address() + std::uint64_t{i} * pitch, unit_.row() + std::size_t{i} * each, each,
              activity);
    row_free_[row_slot_] = store_free_;
    row_slot_ ^= 1;
    mark_busy(start, store_free_);
    unit_.next_row();
}

/// From when the last store has ended.
void Postprocess::store(std::uint64_t address, const std::uint8_t* data, unsigned bytes, int activity) {
    auto& payload = store_payload_.write(address, data, bytes, activity);
    sc_core::sc_time time = from_ps(std::max<std::int64_t>(store_free_ - to_ps(sc_core::sc_time_stamp()), 0));
    if (!unit_.on_bus())
        buffer->b_transport(payload, time);
    else if (system.get_base_port().size() != 0)
        system->b_transport(payload, time);
    store_failed_ = store_failed_ || !payload.is_response_ok();
    store_free_ = to_ps(sc_core::sc_time_stamp() + time);
    account_.count(events_.row_read, row_words(bytes), activity);
    account_.count(events_.store, 1, activity);
    account_.count(events_.store_byte, bytes, activity);
}

unsigned Postprocess::transport_dbg(tlm::tlm_generic_payload& payload) {
    if (check_access(payload, PIMVP_POST_SIZE) != tlm::TLM_OK_RESPONSE) return 0;
    const std::uint64_t address = payload.get_address();
    const unsigned bytes = payload.get_data_length();
    if (address >= PIMVP_POST_PARAMETERS) {
        if (!parameter_range(payload)) return 0;
        move_parameters(payload);
        return bytes;
    }
    if (!payload.is_read() || address + bytes > PIMVP_POST_CONFIG + sizeof(pimvp_post)) return 0;
    std::memcpy(payload.get_data_ptr(), reinterpret_cast<const char*>(&unit_.post()) + address, bytes);
    return bytes;
}

/// Work of the stages overlaps: a fall that was recorded too early is taken back.
void Postprocess::mark_busy(std::int64_t from, std::int64_t to) {
    if (!busy_.active() || to <= busy_until_) return;
    busy_.record(std::max(from, busy_until_), 1);
    busy_.record(to, 0);
    busy_until_ = to;
}

}  // namespace pimvp
