// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/edram_macro.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "driver/pimvp_refresh.h"
#include "modules/core/error.h"
#include "modules/pim_macro/adc.h"

namespace pimvp {

namespace {

const EdramMacroParams& checked(const EdramMacroParams& params) {
    check_params(params);
    return params;
}

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

/// One row's part of a cell access.
struct RowPart {
    std::uint32_t row, offset, bytes;
};
RowPart first_part(std::uint32_t offset, std::uint32_t bytes, std::uint32_t row_bytes) {
    const std::uint32_t in_row = offset % row_bytes;
    return {offset / row_bytes, in_row, std::min(bytes, row_bytes - in_row)};
}

}  // namespace

EdramMacro::EdramMacro(const sc_core::sc_module_name& nm, const EdramMacroParams& params,
                       const Technology& technology, Tracer* tracer)
    : sc_module(nm),
      params_(checked(params)),
      technology_(technology),
      refresh_params_(refresh_params(params, technology)),
      adc_(params.adc()),
      array_(params.rows, params.columns, params.active_rows, adc_),
      retention_(params.retention, params.array, static_cast<int>(params.rows),
                 static_cast<int>(params.columns * EdramMacroParams::nodes_per_cell)),
      front_end_(params.geometry(), *this),
      account_(name()),
      busy_(tracer, std::string(name()) + ".busy", 1, 0),
      refreshing_(tracer, std::string(name()) + ".refresh", 1, 0),
      margin_(tracer, std::string(name()) + ".retention_margin_ns", 32),
      sums_(params.columns) {
    target.register_b_transport(this, &EdramMacro::b_transport);
    target.register_transport_dbg(this, &EdramMacro::transport_dbg);

    const EdramMacroPrices price = prices(params_, technology_);
    latched_ = account_.add_event("input_latch_bit", price.latched_bit);
    raised_ = account_.add_event("wordline_raise", price.wordline_raise);
    discharged_ = account_.add_event("bitline_discharge", price.bitline_discharge);
    converted_ = add_conversion_events(account_, price.conversion);
    output_ = account_.add_event("output_latch_bit", price.latched_bit);
    accumulated_ = account_.add_event("accumulate_bit", price.accumulated_bit);
    row_written_ = account_.add_event("row_write", price.row_write);
    row_read_ = account_.add_event("row_read", price.row_read);
    row_refreshed_ = account_.add_event("row_refresh", price.row_refresh);
    accesses_ = account_.add_counter("access");
    clipped_ = account_.add_counter("clipped_conversion");
    access_cycles_ = account_.add_counter("access_cycle");
    busy_cycles_ = account_.add_counter("busy_cycle");
    flips_ = account_.add_counter("retention_flip");
    splits_ = account_.add_counter("split_access");
    account_.set_leakage(price.leakage);
    for (const Account::Component& part : areas(params_, technology_))
        account_.add_area(part.name, part.area);
}

// Macro and controller are configured apart; a controller that allows longer pieces, or knows fewer rows,
// would lose data without a word.
void EdramMacro::start_of_simulation() {
    std::uint32_t rows = 0;
    std::uint64_t piece = 0;
    unsigned moved =
        refresh->transport_dbg(payload_.read(PIMVP_REFRESH_ROWS, &rows, sizeof rows, Activity::idle));
    moved += refresh->transport_dbg(
        payload_.read(PIMVP_REFRESH_LONGEST_PIECE, &piece, sizeof piece, Activity::idle));
    const auto expected = static_cast<std::uint64_t>(refresh_params_.longest_piece_ps());
    if (moved != sizeof rows + sizeof piece || rows != params_.rows || piece != expected) {
        throw Error(std::string(name()) + ".refresh: expected a controller for " +
                    std::to_string(params_.rows) + " rows and pieces of " + std::to_string(expected) +
                    " ps, found " + std::to_string(rows) + " rows and " + std::to_string(piece) + " ps");
    }
}

double EdramMacro::utilisation() const {
    const double cells =
        static_cast<double>(params_.rows) * params_.columns * static_cast<double>(counters_.accesses);
    return counters_.accesses == 0 ? 0.0 : static_cast<double>(counters_.useful_cells) / cells;
}

void EdramMacro::reset() {
    front_end_.reset();
    array_.clear();
    retention_.reset();
    account_.reset();
    counters_ = Counters{};
    free_ps_ = 0;
    ask_again_ps_ = 0;
}

bool EdramMacro::accepts(const Region& region) const {
    return pimvp::accepts(params_, adc_, region);
}

void EdramMacro::region_changed(unsigned index) {
    array_.region_changed(index);
    costs_[index].known = false;
}

Span EdramMacro::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                         std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    RegionCost& known = costs_[index];
    if (!known.known) known = {true, access_cost(params_, technology_, region)};
    const EdramAccessCost& cost = known.cost;
    const Span span = occupy(earliest_ps, cost.steps, activity);
    fade(span.end_ps, activity);

    const bool by_value = params_.count_by_value;
    const EdramArray::Activity happened = array_.compute(index, region, inputs, sums_.data(), by_value);
    store_results(region, sums_.data(), results);

    const auto cycles = static_cast<std::uint64_t>(cost.cycles);
    account_.count(latched_, cost.latched_bits, activity);
    account_.count(raised_, by_value ? happened.input_ones : cost.wordline_raises, activity);
    account_.count(discharged_, by_value ? happened.conducting : cost.bitline_discharges, activity);
    for (const ArraySteps& steps : cost.steps) {
        if (steps.count != 0) account_.count(converted_[steps.adc_bits], steps.conversions, activity);
    }
    account_.count(output_, cost.output_bits, activity);
    account_.count(accumulated_, cost.accumulated_bits, activity);
    account_.count(accesses_, 1, activity);
    account_.count(clipped_, happened.clipped, activity);
    account_.count(access_cycles_, cycles, activity);
    account_.count(busy_cycles_, cycles, activity);
    ++counters_.accesses;
    counters_.conversions += cost.conversions;
    counters_.clipped_conversions += happened.clipped;
    counters_.access_cycles += cycles;
    counters_.busy_cycles += cycles;
    counters_.useful_cells += std::uint64_t{region.rows} * region.filters;
    return span;
}

// Full groups before the last one. In one go while nothing falls due, else in pieces between which the
// controller may place refreshes.
Span EdramMacro::occupy(std::int64_t earliest_ps, const std::array<ArraySteps, 2>& parts, int activity) {
    std::int64_t at = std::max(earliest_ps, free_ps_);
    std::int64_t begin = -1, pieces = 0;
    for (const ArraySteps& part : parts) {
        const std::int64_t step_ps = part.cycles * params_.period.ps;
        std::int64_t steps = part.count;
        while (steps > 0) {
            std::int64_t piece = steps;
            if (at + (steps - 1) * step_ps >= ask_again_ps_) {
                piece = std::clamp<std::int64_t>(refresh_params_.longest_piece_ps() / step_ps, 1, steps);
                if (at >= ask_again_ps_) {
                    const std::int64_t wanted = at;
                    at = query(at, piece * step_ps, activity);
                    pieces += at != wanted;
                }
            }
            if (begin < 0) {
                begin = at;
                pieces = 0;
            }
            busy_.pulse(at, at + piece * step_ps);
            at += piece * step_ps;
            free_ps_ = at;
            steps -= piece;
        }
    }
    if (pieces > 0) {
        account_.count(splits_, 1, activity);
        ++counters_.splits;
    }
    record_margin(at);
    return {begin, at};
}

// An operation on one row cannot be interrupted.
Span EdramMacro::operate(std::int64_t earliest_ps, std::int64_t cycles, int activity) {
    account_.count(busy_cycles_, static_cast<std::uint64_t>(cycles), activity);
    counters_.busy_cycles += static_cast<std::uint64_t>(cycles);
    std::array<ArraySteps, 2> whole;
    whole[0].count = 1;
    whole[0].cycles = cycles;
    return occupy(earliest_ps, whole, activity);
}

Span EdramMacro::write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                             std::int64_t earliest_ps, int activity) {
    const std::uint32_t row_bytes = array_.row_bytes();
    counters_.written_bits += std::uint64_t{bytes} * 8;
    Span whole{-1, earliest_ps};
    while (bytes > 0) {
        const RowPart part = first_part(offset, bytes, row_bytes);
        const bool partial = part.bytes != row_bytes;
        const Span span =
            operate(whole.end_ps, params_.write_cycles + (partial ? params_.read_cycles : 0), activity);
        if (partial) {
            fade(span.start_ps, activity);
            account_.count(row_read_, 1, activity);
        }
        array_.write_row(part.row, part.offset, data, part.bytes);
        if (!retention_.live(static_cast<int>(part.row))) announce(part.row, span.start_ps, activity);
        retention_.charge(static_cast<int>(part.row), span.start_ps, array_.nodes(part.row));
        account_.count(row_written_, 1, activity);
        if (whole.start_ps < 0) whole.start_ps = span.start_ps;
        whole.end_ps = span.end_ps;
        offset += part.bytes;
        data += part.bytes;
        bytes -= part.bytes;
    }
    return whole;
}

Span EdramMacro::read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes,
                            std::int64_t earliest_ps, int activity) {
    counters_.read_bits += std::uint64_t{bytes} * 8;
    Span whole{-1, earliest_ps};
    while (bytes > 0) {
        const RowPart part = first_part(offset, bytes, array_.row_bytes());
        const Span span = operate(whole.end_ps, params_.read_cycles, activity);
        fade(span.end_ps, activity);
        array_.read_row(part.row, part.offset, data, part.bytes);
        account_.count(row_read_, 1, activity);
        if (whole.start_ps < 0) whole.start_ps = span.start_ps;
        whole.end_ps = span.end_ps;
        offset += part.bytes;
        data += part.bytes;
        bytes -= part.bytes;
    }
    return whole;
}

void EdramMacro::poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    while (bytes > 0) {
        const RowPart part = first_part(offset, bytes, array_.row_bytes());
        array_.write_row(part.row, part.offset, data, part.bytes);
        retention_.replace(static_cast<int>(part.row), array_.nodes(part.row));
        offset += part.bytes;
        data += part.bytes;
        bytes -= part.bytes;
    }
}

void EdramMacro::peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    while (bytes > 0) {
        const RowPart part = first_part(offset, bytes, array_.row_bytes());
        array_.read_row(part.row, part.offset, data, part.bytes);
        offset += part.bytes;
        data += part.bytes;
        bytes -= part.bytes;
    }
}

void EdramMacro::send(tlm::tlm_generic_payload& payload) {
    sc_core::sc_time none;
    refresh->b_transport(payload, none);
    if (payload.is_response_error()) {
        throw Error(std::string(name()) + ".refresh: the controller answered " +
                    payload.get_response_string());
    }
}

std::int64_t EdramMacro::query(std::int64_t start_ps, std::int64_t length_ps, int activity) {
    const pimvp_refresh_query ask{static_cast<std::uint64_t>(free_ps_), static_cast<std::uint64_t>(start_ps),
                                  static_cast<std::uint64_t>(length_ps)};
    ++counters_.queries;
    send(payload_.write(PIMVP_REFRESH_QUERY, &ask, sizeof ask, activity));
    return take_grant(activity);
}

std::int64_t EdramMacro::take_grant(int activity) {
    pimvp_refresh_grant head;
    send(payload_.read(PIMVP_REFRESH_GRANT, &head, sizeof head, activity));
    ask_again_ps_ =
        head.ask_again_ps == PIMVP_REFRESH_NEVER ? never : static_cast<std::int64_t>(head.ask_again_ps);
    if (head.refreshes > 0) {
        grant_.resize(head.refreshes * sizeof(pimvp_refresh_row));
        send(payload_.read(PIMVP_REFRESH_GRANT + sizeof head, grant_.data(),
                           static_cast<unsigned>(grant_.size()), activity));
        for (std::size_t at = 0; at < grant_.size(); at += sizeof(pimvp_refresh_row)) {
            pimvp_refresh_row row;
            std::memcpy(&row, &grant_[at], sizeof row);
            refresh_row(static_cast<int>(row.row), static_cast<std::int64_t>(row.start_ps), activity);
        }
    }
    return static_cast<std::int64_t>(head.start_ps);
}

void EdramMacro::refresh_row(int row, std::int64_t start_ps, int activity) {
    const std::int64_t end_ps = start_ps + refresh_params_.row_ps;
    record_margin(end_ps);
    discharge(retention_.refresh(row, start_ps, end_ps), activity);
    account_.count(row_refreshed_, 1, activity);
    ++counters_.refreshes;
    refreshing_.pulse(start_ps, end_ps);
    free_ps_ = std::max(free_ps_, end_ps);
}

void EdramMacro::fade(std::int64_t time_ps, int activity) {
    if (retention_.may_lose(time_ps)) discharge(retention_.lose(time_ps), activity);
}

void EdramMacro::discharge(const std::vector<RetentionArray::Loss>& losses, int activity) {
    for (const auto& loss : losses) {
        array_.discharge(static_cast<std::uint32_t>(loss.row), static_cast<std::uint32_t>(loss.node));
    }
    account_.count(flips_, losses.size(), activity);
}

void EdramMacro::announce(std::uint32_t row, std::int64_t since_ps, int activity) {
    if (!refresh_params_.enabled) return;
    const pimvp_refresh_live live{row, 1, static_cast<std::uint64_t>(since_ps)};
    send(payload_.write(PIMVP_REFRESH_LIVE, &live, sizeof live, activity));
    ask_again_ps_ = 0;  // the answer of the last query did not know of this row
}

void EdramMacro::record_margin(std::int64_t time_ps) {
    if (!margin_.active()) return;
    const std::int64_t expiry = retention_.earliest_expiry_ps();
    if (expiry == never) return;
    margin_.record(time_ps, static_cast<std::uint64_t>(std::max<std::int64_t>(0, expiry - time_ps) / 1000));
}

void EdramMacro::drain(const sc_core::sc_time& until) {
    const std::int64_t until_ps = to_ps(until);
    if (refresh_params_.enabled) {
        const pimvp_refresh_drain ask{static_cast<std::uint64_t>(free_ps_),
                                      static_cast<std::uint64_t>(until_ps)};
        send(payload_.write(PIMVP_REFRESH_DRAIN, &ask, sizeof ask, Activity::idle));
        take_grant(Activity::idle);
    }
    fade(until_ps, Activity::idle);
}

}  // namespace pimvp
