// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/pim_macro/front_end.h"

#include <algorithm>
#include <cstring>

#include "modules/core/payload.h"

namespace pimvp {
namespace {

constexpr std::uint32_t region_table_end =
    PIMVP_MACRO_REGION_BASE + PIMVP_MACRO_REGIONS * PIMVP_MACRO_REGION_STRIDE;
constexpr std::uint32_t windows_end =
    PIMVP_MACRO_WINDOW_BASE + PIMVP_MACRO_REGIONS * PIMVP_MACRO_WINDOW_STRIDE;

/// In the order of the PIMVP_REGION_* offsets.
constexpr std::array<std::uint32_t Region::*, 12> region_fields = {
    &Region::row0,         &Region::rows,        &Region::column0,    &Region::filters,
    &Region::weight_bits,  &Region::weight_kind, &Region::input_bits, &Region::input_kind,
    &Region::result_bytes, &Region::shift,       &Region::slots_low,  &Region::slots_high};
static_assert(PIMVP_REGION_SLOTS_HIGH == 4 * 11, "one field per word");

struct RegionWord {
    unsigned region, field;
};
RegionWord region_word(std::uint32_t address) {
    const std::uint32_t offset = address - PIMVP_MACRO_REGION_BASE;
    return {offset / PIMVP_MACRO_REGION_STRIDE, offset % PIMVP_MACRO_REGION_STRIDE / 4};
}

}  // namespace

MacroFrontEnd::MacroFrontEnd(const MacroGeometry& geometry, MacroArray& array)
    : geometry_(geometry), array_(array) {}

void MacroFrontEnd::reset() {
    slots_.fill(Slot{});
    status_ = PIMVP_MACRO_ERR_NONE;
    latch_free_ps_ = 0;
    for (unsigned i = 0; i < PIMVP_MACRO_REGIONS; ++i) array_.region_changed(i);
}

void MacroFrontEnd::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    auto status = check_access(payload, PIMVP_MACRO_SIZE);
    if (status == tlm::TLM_OK_RESPONSE) {
        const auto address = payload.get_address();
        if (address < PIMVP_MACRO_WINDOW_BASE) {
            status = registers(payload);
        } else {
            const std::int64_t arrival = to_ps(sc_core::sc_time_stamp() + time);
            std::int64_t now = arrival;
            if (address < windows_end)
                status = window(payload, now);
            else
                status = cells(payload, now);
            if (now > arrival) time += from_ps(now - arrival);
        }
    }
    payload.set_response_status(status);
}

bool MacroFrontEnd::usable(Slot& slot) const {
    if (slot.validity == Validity::unknown)
        slot.validity = array_.accepts(slot.region) ? Validity::good : Validity::bad;
    return slot.validity == Validity::good;
}

tlm::tlm_response_status MacroFrontEnd::window(tlm::tlm_generic_payload& payload, std::int64_t& now_ps) {
    const auto offset = static_cast<std::uint32_t>(payload.get_address()) - PIMVP_MACRO_WINDOW_BASE;
    const unsigned index = offset / PIMVP_MACRO_WINDOW_STRIDE;
    const std::uint32_t place = offset % PIMVP_MACRO_WINDOW_STRIDE;
    if (place != 0 && place != PIMVP_MACRO_RESULT) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (payload.is_write() != (place == 0)) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    Slot& slot = slots_[index];
    if (!usable(slot)) {
        status_ = PIMVP_MACRO_ERR_REGION;
        return tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
    if (payload.get_data_length() != (place == 0 ? slot.region.input_size() : slot.region.result_size())) {
        status_ = PIMVP_MACRO_ERR_ACCESS;
        return tlm::TLM_BURST_ERROR_RESPONSE;
    }
    if (place == 0) {
        now_ps = std::max(now_ps, latch_free_ps_);
        slot.results.resize(slot.region.result_size());
        const Span span = array_.compute(index, slot.region, payload.get_data_ptr(), slot.results.data(),
                                         now_ps, activity_of(payload));
        latch_free_ps_ = span.start_ps;
        slot.done_ps = span.end_ps;
        slot.has_result = true;
        return tlm::TLM_OK_RESPONSE;
    }
    if (!slot.has_result) {
        status_ = PIMVP_MACRO_ERR_ACCESS;
        return tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
    const auto status = array_.finish(index, slot.done_ps);
    now_ps = std::max(now_ps, slot.done_ps);
    if (status != tlm::TLM_OK_RESPONSE) {
        slot.has_result = false;
        return status;
    }
    std::memcpy(payload.get_data_ptr(), slot.results.data(), slot.results.size());
    return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status MacroFrontEnd::cells(tlm::tlm_generic_payload& payload, std::int64_t& now_ps) {
    const auto address = payload.get_address();
    const std::uint32_t bytes = payload.get_data_length();
    if (address < PIMVP_MACRO_CELLS || address - PIMVP_MACRO_CELLS + bytes > geometry_.cell_bytes())
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    const auto offset = static_cast<std::uint32_t>(address - PIMVP_MACRO_CELLS);
    const Span span =
        payload.is_write()
            ? array_.write_cells(offset, payload.get_data_ptr(), bytes, now_ps, activity_of(payload))
            : array_.read_cells(offset, payload.get_data_ptr(), bytes, now_ps, activity_of(payload));
    now_ps = span.end_ps;
    return tlm::TLM_OK_RESPONSE;
}

bool MacroFrontEnd::read_register(std::uint32_t address, std::uint32_t& value) const {
    if (address >= PIMVP_MACRO_REGION_BASE && address < region_table_end) {
        const auto [index, field] = region_word(address);
        value = field < region_fields.size() ? slots_[index].region.*region_fields[field] : 0;
        return true;
    }
    switch (address) {
        case PIMVP_MACRO_ID:
            value = geometry_.id;
            return true;
        case PIMVP_MACRO_VERSION:
            value = geometry_.version;
            return true;
        case PIMVP_MACRO_ROWS:
            value = geometry_.rows;
            return true;
        case PIMVP_MACRO_COLUMNS:
            value = geometry_.columns;
            return true;
        case PIMVP_MACRO_CELL_BITS:
            value = geometry_.cell_bits;
            return true;
        case PIMVP_MACRO_ACTIVE_ROWS:
            value = geometry_.active_rows;
            return true;
        case PIMVP_MACRO_ADC_BITS:
            value = geometry_.adc_bits;
            return true;
        case PIMVP_MACRO_STATUS:
            value = status_;
            return true;
        default:
            return array_.read_register(address, value);
    }
}

tlm::tlm_response_status MacroFrontEnd::write_register(std::uint32_t address, std::uint32_t value) {
    if (address == PIMVP_MACRO_STATUS) {
        status_ = PIMVP_MACRO_ERR_NONE;
        return tlm::TLM_OK_RESPONSE;
    }
    if (address < PIMVP_MACRO_STATUS) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    if (address < PIMVP_MACRO_REGION_BASE || address >= region_table_end)
        return array_.write_register(address, value);
    const auto [index, field] = region_word(address);
    if (field >= region_fields.size()) return tlm::TLM_OK_RESPONSE;
    Slot& slot = slots_[index];
    slot.region.*region_fields[field] = value;
    slot.validity = Validity::unknown;
    slot.has_result = false;
    array_.region_changed(index);
    return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status MacroFrontEnd::registers(tlm::tlm_generic_payload& payload) {
    const auto first = static_cast<std::uint32_t>(payload.get_address());
    const std::uint32_t bytes = payload.get_data_length();
    if (first % 4 != 0 || bytes % 4 != 0) return tlm::TLM_BURST_ERROR_RESPONSE;
    for (std::uint32_t i = 0; i < bytes; i += 4) {
        unsigned char* data = payload.get_data_ptr() + i;
        if (payload.is_read()) {
            std::uint32_t value = 0;
            if (!read_register(first + i, value)) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
            for (int byte = 0; byte < 4; ++byte) data[byte] = static_cast<unsigned char>(value >> (8 * byte));
        } else {
            std::uint32_t value = 0;
            for (int byte = 0; byte < 4; ++byte) value |= std::uint32_t{data[byte]} << (8 * byte);
            const auto status = write_register(first + i, value);
            if (status != tlm::TLM_OK_RESPONSE) return status;
        }
    }
    return tlm::TLM_OK_RESPONSE;
}

unsigned MacroFrontEnd::transport_dbg(tlm::tlm_generic_payload& payload) {
    if (check_access(payload, PIMVP_MACRO_SIZE) != tlm::TLM_OK_RESPONSE) return 0;
    const auto address = payload.get_address();
    const std::uint32_t bytes = payload.get_data_length();
    if (address < PIMVP_MACRO_WINDOW_BASE) return registers(payload) == tlm::TLM_OK_RESPONSE ? bytes : 0;
    if (address < PIMVP_MACRO_CELLS || address - PIMVP_MACRO_CELLS + bytes > geometry_.cell_bytes()) return 0;
    const auto offset = static_cast<std::uint32_t>(address - PIMVP_MACRO_CELLS);
    if (payload.is_write())
        array_.poke(offset, payload.get_data_ptr(), bytes);
    else
        array_.peek(offset, payload.get_data_ptr(), bytes);
    return bytes;
}

}  // namespace pimvp
