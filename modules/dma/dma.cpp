// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/dma/dma.h"

#include <algorithm>
#include <cstring>

#include "driver/pimvp_sequencer.h"
#include "modules/core/error.h"

namespace pimvp {

void DmaParams::check(const std::string& where) const {
    if (period.ps < 1)
        throw Error(where + ".period: expected at least 1 ps, found " + std::to_string(period.ps));
    if (access_cycles < 0 || start_cycles < 0)
        throw Error(where + ": access_cycles and start_cycles: expected none below zero");
    if (chunk_bytes < 16 || chunk_bytes > 65536)
        throw Error(where + ".chunk_bytes: expected 16..65536, found " + std::to_string(chunk_bytes));
    if (flip_flop_energy < Energy{} || leakage < Power{} || area < Area{})
        throw Error(where + ": flip_flop_energy, leakage and area: expected none below zero");
}

Schema DmaParams::schema(const std::string& block) {
    return {
        {block + ".period", ParamType::duration, "clock period", 1e-12, 1e-3, {}},
        {block + ".access_cycles", ParamType::integer, "one register access", 0, 1e6, {}},
        {block + ".start_cycles", ParamType::integer, "from START to the first read", 0, 1e6, {}},
        {block + ".chunk_bytes", ParamType::integer, "one of the two buffers", 16, 65536, {}},
        {block + ".flip_flop_energy", ParamType::energy, "one bit clocked into a register", 0, 1e-9, {}},
        {block + ".leakage", ParamType::power, "leakage of engine and buffers", 0, 1, {}},
        {block + ".area", ParamType::area, "engine and buffers", 0, 1e-4, {}},
    };
}

DmaParams DmaParams::from(const Config& config, const std::string& block, int instance) {
    DmaParams p;
    p.period = Period::of(config.duration(block + ".period", instance));
    p.access_cycles = static_cast<int>(config.integer(block + ".access_cycles", instance));
    p.start_cycles = static_cast<int>(config.integer(block + ".start_cycles", instance));
    p.chunk_bytes = static_cast<int>(config.integer(block + ".chunk_bytes", instance));
    p.flip_flop_energy = config.energy(block + ".flip_flop_energy", instance);
    p.leakage = config.power(block + ".leakage", instance);
    p.area = config.area(block + ".area", instance);
    p.check(block);
    return p;
}

Dma::Dma(const sc_core::sc_module_name& module_name, const DmaParams& params, Tracer* tracer)
    : sc_module(module_name),
      params_((params.check(name()), params)),
      account_(name()),
      byte_(account_.add_event("byte", params.flip_flop_energy * 8.0)),
      copy_(account_.add_counter("copy")),
      failed_copy_(account_.add_counter("failed_copy")),
      busy_(tracer, std::string(name()) + ".busy", 1, 0),
      buffer_(static_cast<std::size_t>(params.chunk_bytes)) {
    account_.set_leakage(params.leakage);
    account_.add_area("dma", params.area);
    target.register_b_transport(this, &Dma::b_transport);
    target.register_transport_dbg(this, &Dma::transport_dbg);
}

void Dma::reset() {
    lose();
    account_.reset();
}

void Dma::lose() {
    std::fill(std::begin(register_), std::end(register_), 0u);
}

tlm::tlm_response_status Dma::check_register_access(const tlm::tlm_generic_payload& payload) const {
    const auto status = check_access(payload, registers * 4);
    if (status != tlm::TLM_OK_RESPONSE) return status;
    if (payload.get_address() % 4 != 0 || payload.get_data_length() % 4 != 0)
        return tlm::TLM_BURST_ERROR_RESPONSE;
    const bool touches_status = payload.get_address() + payload.get_data_length() > PIMVP_DMA_STATUS;
    return payload.is_write() && touches_status ? tlm::TLM_COMMAND_ERROR_RESPONSE : status;
}

void Dma::access_registers(tlm::tlm_generic_payload& payload) {
    auto* first = reinterpret_cast<unsigned char*>(register_) + payload.get_address();
    if (payload.is_read())
        std::memcpy(payload.get_data_ptr(), first, payload.get_data_length());
    else
        std::memcpy(first, payload.get_data_ptr(), payload.get_data_length());
}

void Dma::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    auto status = check_register_access(payload);
    // Two programmers at once would share the registers: the second is turned away.
    if (status == tlm::TLM_OK_RESPONSE && payload.is_write() && copying_)
        status = tlm::TLM_GENERIC_ERROR_RESPONSE;
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) return;
    access_registers(payload);
    time += from_ps(params_.access_cycles * params_.period.ps);

    constexpr unsigned start = PIMVP_DMA_START / 4;
    const std::uint32_t command = register_[start];
    if (payload.is_read() || command == 0) return;
    register_[start] = 0;
    const int activity = activity_of(payload);
    const std::int64_t start_ps = to_ps(sc_core::sc_time_stamp() + time);
    std::int64_t local_ps = start_ps + params_.start_cycles * params_.period.ps;
    const Rectangle r = rectangle();
    copying_ = true;
    const bool good = command == 1 && fits(r) && copy(r, activity, local_ps);
    copying_ = false;
    busy_.pulse(start_ps, local_ps);
    account_.count(good ? copy_ : failed_copy_, 1, activity);
    register_[PIMVP_DMA_STATUS / 4] = good ? 0 : 1;
    payload.set_response_status(good ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
    time = from_ps(local_ps) - sc_core::sc_time_stamp();
}

unsigned Dma::transport_dbg(tlm::tlm_generic_payload& payload) {
    const auto status = check_register_access(payload);
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) return 0;
    access_registers(payload);
    register_[PIMVP_DMA_START / 4] = 0;  // a debugger's write starts nothing
    return payload.get_data_length();
}

Dma::Rectangle Dma::rectangle() const {
    const auto value = [this](unsigned offset) { return std::uint64_t{register_[offset / 4]}; };
    return {value(PIMVP_DMA_ROW_BYTES),
            value(PIMVP_DMA_ROWS),
            {value(PIMVP_DMA_SOURCE), value(PIMVP_DMA_SOURCE_STRIDE)},
            {value(PIMVP_DMA_DESTINATION), value(PIMVP_DMA_DESTINATION_STRIDE)}};
}

bool Dma::fits(const Rectangle& r) const {
    if (r.row_bytes == 0 || r.rows == 0) return false;
    // Factors below 2^32 cannot overflow 64 bits; the sum could, so the product is compared first.
    constexpr std::uint64_t end = std::uint64_t{1} << 32;
    const auto side_fits = [&](const Side& side) {
        const std::uint64_t last_row = (r.rows - 1) * side.stride;
        return last_row <= end && side.base + last_row + r.row_bytes <= end;
    };
    return side_fits(r.source) && side_fits(r.destination);
}

bool Dma::transfer(bool write, const Rectangle& r, std::uint64_t from, std::uint64_t to, int activity,
                   std::int64_t& local_ps) {
    const Side& side = write ? r.destination : r.source;
    const bool contiguous = side.stride == r.row_bytes || r.rows == 1;
    for (std::uint64_t at = from; at < to;) {
        const std::uint64_t row = at / r.row_bytes, column = at % r.row_bytes;
        const std::uint64_t n = contiguous ? to - at : std::min(to - at, r.row_bytes - column);
        const std::uint64_t address = side.base + row * side.stride + column;
        auto* data = buffer_.data() + (at - from);
        const auto bytes = static_cast<unsigned>(n);
        auto& payload = write ? payload_.write(address, data, bytes, activity)
                              : payload_.read(address, data, bytes, activity);
        // A target that waits moves the kernel's time, perhaps past the other direction's.
        const std::int64_t now = to_ps(sc_core::sc_time_stamp());
        sc_core::sc_time time = from_ps(std::max<std::int64_t>(local_ps - now, 0));
        port->b_transport(payload, time);
        local_ps = to_ps(sc_core::sc_time_stamp() + time);
        if (payload.is_response_error()) return false;
        at += n;
    }
    return true;
}

bool Dma::copy(const Rectangle& r, int activity, std::int64_t& local_ps) {
    const std::uint64_t total = r.row_bytes * r.rows;
    const auto capacity = static_cast<std::uint64_t>(params_.chunk_bytes);
    // Whole rows where they fit, so that accesses end where rows end.
    const std::uint64_t chunk = r.row_bytes >= capacity ? capacity : capacity / r.row_bytes * r.row_bytes;
    std::int64_t read_ps = local_ps, written_ps = local_ps, previous_written_ps = local_ps;
    for (std::uint64_t from = 0; from < total;) {
        const std::uint64_t row_end = (from / r.row_bytes + 1) * r.row_bytes;
        const std::uint64_t to = std::min({from + chunk, total, r.row_bytes > capacity ? row_end : total});
        // This chunk's buffer was last written out by the chunk before the previous one.
        read_ps = std::max(read_ps, previous_written_ps);
        if (!transfer(false, r, from, to, activity, read_ps)) {
            local_ps = std::max(read_ps, written_ps);
            return false;
        }
        previous_written_ps = written_ps;
        written_ps = std::max(written_ps, read_ps);
        const bool written = transfer(true, r, from, to, activity, written_ps);
        local_ps = std::max(read_ps, written_ps);
        if (!written) return false;
        account_.count(byte_, to - from, activity);
        from = to;
    }
    return true;
}

}  // namespace pimvp
