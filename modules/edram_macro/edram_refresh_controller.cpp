// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/edram_refresh_controller.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "driver/pimvp_refresh.h"
#include "modules/core/payload.h"

namespace pimvp {

namespace {

constexpr std::uint64_t latest_ps = std::numeric_limits<std::int64_t>::max() / 4;  // sums cannot overflow

int bits_to_count(std::int64_t values) {
    int bits = 1;
    while ((std::int64_t{1} << bits) < values) ++bits;
    return bits;
}

/// Row address counter and interval timer, whose flip-flops a slot toggles once.
int counter_bits(const RefreshParams& p) {
    const std::int64_t slot_ps = p.policy == RefreshPolicy::burst ? p.period_ps : p.period_ps / p.rows;
    return bits_to_count(p.rows) + bits_to_count(slot_ps / p.clock_ps);
}

template <class T>
bool load(const tlm::tlm_generic_payload& payload, T& value) {
    if (payload.get_data_length() != sizeof value) return false;
    std::memcpy(&value, payload.get_data_ptr(), sizeof value);
    return true;
}

}  // namespace

struct EdramRefreshController::Array {
    explicit Array(const RefreshParams& params) : schedule(params) { clear(); }

    void clear() {
        schedule.reset();
        rows.clear();
        skipped = postponed = stolen_ps = 0;
        encode(0);
    }

    void encode(std::int64_t start_ps) {
        const std::int64_t ask_again = schedule.ask_again_ps();
        pimvp_refresh_grant head{};
        head.start_ps = static_cast<std::uint64_t>(start_ps);
        head.ask_again_ps = ask_again == std::numeric_limits<std::int64_t>::max()
                                ? PIMVP_REFRESH_NEVER
                                : static_cast<std::uint64_t>(ask_again);
        head.refreshes = static_cast<std::uint32_t>(rows.size());
        grant.resize(sizeof head + rows.size() * sizeof(pimvp_refresh_row));
        std::memcpy(grant.data(), &head, sizeof head);
        std::size_t at = sizeof head;
        for (const RowRefresh& refresh : rows) {
            const pimvp_refresh_row entry{static_cast<std::uint64_t>(refresh.start_ps),
                                          static_cast<std::uint32_t>(refresh.row), 0};
            std::memcpy(grant.data() + at, &entry, sizeof entry);
            at += sizeof entry;
        }
    }

    RefreshSchedule schedule;
    std::vector<RowRefresh> rows;                             // of the last answer
    std::vector<unsigned char> grant;                         // the last answer as the macro reads it
    std::uint64_t skipped = 0, postponed = 0, stolen_ps = 0;  // what the account has seen
};

EdramRefreshController::EdramRefreshController(const sc_core::sc_module_name& nm,
                                               const std::vector<RefreshParams>& arrays,
                                               const Technology& technology)
    : sc_module(nm), in("in", arrays.size()), account_(name()) {
    int slot_bits = 0;
    Area logic;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        const RefreshParams params =
            arrays[i].resolved(std::string(name()) + ".in[" + std::to_string(i) + "]");
        arrays_.push_back(std::make_unique<Array>(params));
        in[i].register_b_transport(this, &EdramRefreshController::b_transport, static_cast<int>(i));
        in[i].register_transport_dbg(this, &EdramRefreshController::transport_dbg, static_cast<int>(i));
        slot_bits = std::max(slot_bits, counter_bits(params));
        // Counters, and a flip-flop per row that says whether it holds data.
        logic += technology.flip_flop_area() * static_cast<double>(counter_bits(params) + params.rows);
    }
    const Energy slot = technology.flip_flop_energy() * static_cast<double>(slot_bits);
    refresh_ = account_.add_event("refresh", slot);
    skip_ = account_.add_event("skip", slot);
    postpone_ = account_.add_counter("postpone");
    stolen_ = account_.add_counter("stolen_ps");
    account_.add_area("counters", logic);
}

EdramRefreshController::~EdramRefreshController() = default;

void EdramRefreshController::reset() {
    for (auto& array : arrays_) array->clear();
    account_.reset();
}

void EdramRefreshController::b_transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    Array& array = *arrays_[static_cast<std::size_t>(port)];
    tlm::tlm_response_status status = check_access(payload, PIMVP_REFRESH_SIZE);
    if (status == tlm::TLM_OK_RESPONSE) {
        status = payload.is_read() ? read(array, payload) : write(array, payload);
    }
    payload.set_response_status(status);
}

unsigned EdramRefreshController::transport_dbg(int port, tlm::tlm_generic_payload& payload) {
    if (!payload.is_read() || check_access(payload, PIMVP_REFRESH_SIZE) != tlm::TLM_OK_RESPONSE) return 0;
    const auto status = read(*arrays_[static_cast<std::size_t>(port)], payload);
    return status == tlm::TLM_OK_RESPONSE ? payload.get_data_length() : 0;
}

tlm::tlm_response_status EdramRefreshController::read(const Array& array,
                                                      tlm::tlm_generic_payload& payload) const {
    const std::uint64_t address = payload.get_address();
    const std::size_t bytes = payload.get_data_length();
    if (address >= PIMVP_REFRESH_GRANT) {
        const std::size_t offset = address - PIMVP_REFRESH_GRANT;
        if (offset > array.grant.size() || bytes > array.grant.size() - offset) {
            return tlm::TLM_ADDRESS_ERROR_RESPONSE;
        }
        std::memcpy(payload.get_data_ptr(), array.grant.data() + offset, bytes);
        return tlm::TLM_OK_RESPONSE;
    }
    const RefreshParams& params = array.schedule.params();
    std::uint64_t value = 0;
    std::size_t width = 4;
    switch (address) {
        case PIMVP_REFRESH_ID:
            value = PIMVP_REFRESH_ID_VALUE;
            break;
        case PIMVP_REFRESH_VERSION:
            value = PIMVP_REFRESH_VERSION_VALUE;
            break;
        case PIMVP_REFRESH_ROWS:
            value = static_cast<std::uint64_t>(params.rows);
            break;
        case PIMVP_REFRESH_ENABLED:
            value = params.enabled;
            break;
        case PIMVP_REFRESH_PERIOD:
            value = static_cast<std::uint64_t>(params.period_ps);
            width = 8;
            break;
        case PIMVP_REFRESH_LONGEST_PIECE:
            value = static_cast<std::uint64_t>(params.longest_piece_ps());
            width = 8;
            break;
        case PIMVP_REFRESH_QUERY:
        case PIMVP_REFRESH_LIVE:
        case PIMVP_REFRESH_DRAIN:
            return tlm::TLM_COMMAND_ERROR_RESPONSE;
        default:
            return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    }
    if (bytes != width) return tlm::TLM_BURST_ERROR_RESPONSE;
    std::memcpy(payload.get_data_ptr(), &value, width);  // little endian host, as everywhere
    return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status EdramRefreshController::write(Array& array,
                                                       const tlm::tlm_generic_payload& payload) {
    RefreshSchedule& schedule = array.schedule;
    const RefreshParams& params = schedule.params();
    switch (payload.get_address()) {
        case PIMVP_REFRESH_QUERY: {
            pimvp_refresh_query query;
            if (!load(payload, query)) return tlm::TLM_BURST_ERROR_RESPONSE;
            if (query.array_free_ps > query.access_start_ps || query.access_start_ps > latest_ps ||
                query.access_length_ps > static_cast<std::uint64_t>(params.longest_piece_ps())) {
                return tlm::TLM_GENERIC_ERROR_RESPONSE;
            }
            array.rows.clear();
            const std::int64_t start =
                schedule.request(static_cast<std::int64_t>(query.array_free_ps),
                                 static_cast<std::int64_t>(query.access_start_ps),
                                 static_cast<std::int64_t>(query.access_length_ps), array.rows);
            answer(array, start, activity_of(payload));
            return tlm::TLM_OK_RESPONSE;
        }
        case PIMVP_REFRESH_LIVE: {
            pimvp_refresh_live live;
            if (!load(payload, live)) return tlm::TLM_BURST_ERROR_RESPONSE;
            const auto rows = static_cast<std::uint32_t>(params.rows);
            if (live.row > rows || live.rows > rows - live.row || live.since_ps > latest_ps) {
                return tlm::TLM_GENERIC_ERROR_RESPONSE;
            }
            for (std::uint32_t i = 0; i < live.rows; ++i) {
                schedule.set_live(static_cast<int>(live.row + i), static_cast<std::int64_t>(live.since_ps));
            }
            return tlm::TLM_OK_RESPONSE;
        }
        case PIMVP_REFRESH_DRAIN: {
            pimvp_refresh_drain drain;
            if (!load(payload, drain)) return tlm::TLM_BURST_ERROR_RESPONSE;
            if (drain.array_free_ps > latest_ps || drain.until_ps > latest_ps)
                return tlm::TLM_GENERIC_ERROR_RESPONSE;
            array.rows.clear();
            schedule.drain(static_cast<std::int64_t>(drain.array_free_ps),
                           static_cast<std::int64_t>(drain.until_ps), array.rows);
            answer(array, static_cast<std::int64_t>(drain.until_ps), activity_of(payload));
            return tlm::TLM_OK_RESPONSE;
        }
        default:
            return payload.get_address() <= PIMVP_REFRESH_LONGEST_PIECE ||
                           payload.get_address() >= PIMVP_REFRESH_GRANT
                       ? tlm::TLM_COMMAND_ERROR_RESPONSE
                       : tlm::TLM_ADDRESS_ERROR_RESPONSE;
    }
}

void EdramRefreshController::answer(Array& array, std::int64_t start_ps, int activity) {
    const RefreshSchedule& schedule = array.schedule;
    account_.count(refresh_, array.rows.size(), activity);
    account_.count(skip_, schedule.skipped() - array.skipped, activity);
    account_.count(postpone_, schedule.postponed() - array.postponed, activity);
    account_.count(stolen_, schedule.stolen_ps() - array.stolen_ps, activity);
    array.skipped = schedule.skipped();
    array.postponed = schedule.postponed();
    array.stolen_ps = schedule.stolen_ps();
    array.encode(start_ps);
}

}  // namespace pimvp
