// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_cost.h"

#include <algorithm>
#include <utility>

#include "driver/pimvp_macro.h"
#include "modules/mram_subarray/counter.h"

namespace pimvp {
namespace {

constexpr std::uint32_t nv_register_bits = 128;

/// Least and greatest value of a field.
struct Span64 {
    std::int64_t least, greatest;
};
Span64 values(std::uint32_t bits, std::uint32_t kind) {
    const std::int64_t levels = std::int64_t{1} << bits;
    if (kind == PIMVP_KIND_UNSIGNED) return {0, levels - 1};
    if (kind == PIMVP_KIND_BIPOLAR) return {1 - levels, levels - 1};
    return {-levels / 2, levels / 2 - 1};
}

double cells(const MramParams& params) {
    return static_cast<double>(params.rows) * params.columns;
}

std::uint32_t accumulator_bits(const MramParams& params) {
    return sum_bits(params.columns, MramParams::most_bits, MramParams::most_bits);
}

}  // namespace

const char* name_of(MramEvent event) {
    constexpr std::array<const char*, mram_events> names = {
        "row_select",     "row_raise",        "and_bit",       "sign_read_bit",    "input_write_bit",
        "write_back_bit", "result_write_bit", "row_count",     "shift_accumulate", "nv_commit_bit",
        "nv_restore_bit", "cell_write_bit",   "cell_read_bit", "awake_ps"};
    return names[static_cast<std::size_t>(event)];
}

MramPrices prices(const MramParams& params, const Technology& technology) {
    MramPrices p;
    const auto at = [&](MramEvent e) -> Energy& { return p[static_cast<std::size_t>(e)]; };
    const MramSensing& sensing = params.sensing();
    const Energy sense = sensing.sense_energy + sensing.bitline_energy * params.rows;
    const Energy write = params.write_energy + params.write_bitline_energy * params.rows;
    at(MramEvent::row_select) = params.row_select_energy;
    at(MramEvent::row_raise) = params.row_raise_energy * params.columns;
    at(MramEvent::and_bit) = sensing.cell_energy * 2.0 + sense;
    at(MramEvent::sign_read_bit) = at(MramEvent::cell_read_bit) = sensing.cell_energy + sense;
    at(MramEvent::input_write_bit) = at(MramEvent::write_back_bit) = at(MramEvent::result_write_bit) =
        at(MramEvent::cell_write_bit) = write;
    at(MramEvent::count) = counter_energy(params.columns, technology);
    at(MramEvent::shift_accumulate) = accumulate_energy(accumulator_bits(params), technology);
    at(MramEvent::nv_commit_bit) = params.commit_energy;
    at(MramEvent::nv_restore_bit) = params.restore_energy;
    const double saved = params.power_gated ? 1.0 - params.gated_leakage_share : 0.0;
    at(MramEvent::awake_ps) = Energy::si(params.leakage_per_cell.si() * cells(params) * saved * 1e-12);
    return p;
}

MramStepCounts access_steps(const MramParams& params, const Region& region) {
    MramStepCounts steps;
    steps.input_writes = region.input_bits;
    steps.signs = region.weight_kind == PIMVP_KIND_BIPOLAR ? region.input_bits : 0;
    steps.and_rows = std::int64_t{region.filters} * region.weight_bits * region.input_bits;
    steps.result_writes = params.result_rows ? region.filters : 0;
    return steps;
}

std::int64_t MramCycles::latency(bool writes_back, bool commits) const {
    return read + (writes_back ? write : 0) + count + accumulate + (commits ? commit : 0);
}

std::int64_t MramCycles::interval(bool writes_back, bool commits) const {
    return std::max({read, writes_back ? write : 0, count, accumulate, commits ? commit : 0});
}

MramCycles cycles_of(const MramParams& params) {
    const Period& clock = params.period;
    return {clock.cycles(params.sensing().read_time), clock.cycles(params.write_time),
            clock.cycles(params.count_time),          clock.cycles(params.accumulate_time),
            clock.cycles(params.commit_time),         clock.cycles(params.restore_time)};
}

MramEvents events_of(const MramParams& params, const Region& region, MramStep step) {
    MramEvents e;
    e[MramEvent::row_select] = e[MramEvent::row_raise] = 1;
    switch (step) {
        case MramStep::input_write:
            e[MramEvent::input_write_bit] = region.rows;
            break;
        case MramStep::sign:
            e[MramEvent::sign_read_bit] = region.rows;
            e[MramEvent::count] = e[MramEvent::shift_accumulate] = 1;
            break;
        case MramStep::and_row:
            e[MramEvent::and_bit] = region.rows;
            e[MramEvent::row_raise] = 2;
            if (params.write_back) {
                e[MramEvent::row_select] = 2;
                e[MramEvent::row_raise] = 3;
                e[MramEvent::write_back_bit] = region.rows;
            }
            e[MramEvent::count] = e[MramEvent::shift_accumulate] = 1;
            break;
        case MramStep::result_write:
            e[MramEvent::result_write_bit] = MramParams::result_bits;
            break;
        default:
            return {};
    }
    return e;
}

MramAccessCost access_cost(const MramParams& params, const Region& region) {
    MramAccessCost cost;
    const MramCycles cycles = cycles_of(params);
    const MramStepCounts& steps = cost.steps = access_steps(params, region);
    const auto add = [&](MramStep step, std::int64_t times) {
        cost.events.add(events_of(params, region, step), static_cast<std::uint64_t>(times));
    };
    add(MramStep::input_write, steps.input_writes);
    add(MramStep::sign, steps.signs);
    add(MramStep::and_row, steps.and_rows);
    add(MramStep::result_write, steps.result_writes);
    cost.bit_operations = static_cast<std::uint64_t>(steps.and_rows) * region.rows;

    cost.cycles = (steps.input_writes + steps.result_writes) * cycles.write;
    if (params.pipelined) {
        const bool back = params.write_back;
        const std::int64_t sign_interval = cycles.interval(false, false),
                           interval = cycles.interval(back, false);
        // The pipeline fills once, with whatever comes first.
        const std::int64_t fill = steps.signs > 0 ? cycles.latency(false, false) - sign_interval
                                                  : cycles.latency(back, false) - interval;
        cost.cycles += steps.signs * sign_interval + steps.and_rows * interval + fill;
    } else {
        cost.cycles += steps.signs * cycles.latency(false, false) +
                       steps.and_rows * cycles.latency(params.write_back, false);
    }
    cost.events[MramEvent::awake_ps] = static_cast<std::uint64_t>(cost.cycles * params.period.ps);
    return cost;
}

Energy access_energy(const MramAccessCost& cost, const MramPrices& prices) {
    Energy sum;
    for (std::size_t e = 0; e < mram_events; ++e)
        sum += prices[e] * static_cast<double>(cost.events.counts[e]);
    return sum;
}

Power idle_leakage(const MramParams& params) {
    return params.leakage_per_cell *
           (cells(params) * (params.power_gated ? params.gated_leakage_share : 1.0));
}

std::vector<Account::Component> areas(const MramParams& params, const Technology& technology) {
    const std::uint32_t width = accumulator_bits(params);
    return {
        {"cells", params.cell_area * cells(params)},
        {"sense_amplifiers", params.sense_area_per_column * params.columns},
        {"drivers", params.row_area * params.rows + params.column_area * params.columns + params.fixed_area},
        {"counter", counter_area(params.columns, technology)},
        {"accumulator", accumulator_area(width, technology)},
        {"result_registers",
         technology.flip_flop_area() * (static_cast<double>(width) * params.result_registers)},
        {"nv_registers", technology.flip_flop_area() * (nv_register_bits * params.nv_flip_flop_area)},
    };
}

Area total_area(const MramParams& params, const Technology& technology) {
    Area sum;
    for (const Account::Component& part : areas(params, technology)) sum += part.area;
    return sum;
}

bool accepts(const MramParams& params, const Region& region) {
    if (region.weight_bits < 1 || region.weight_bits > MramParams::most_bits) return false;
    if (region.weight_kind > PIMVP_KIND_BIPOLAR) return false;
    if (region.weight_kind == PIMVP_KIND_TERNARY && region.weight_bits != 2) return false;
    // fits() thinks of inputs along the bit lines: turn both.
    Region turned = region;
    std::swap(turned.row0, turned.column0);
    MacroGeometry geometry = params.geometry();
    geometry.rows = params.columns;
    geometry.columns = params.weight_rows();
    if (!fits(turned, geometry, region.weight_bits)) return false;

    const Span64 w = values(region.weight_bits, region.weight_kind);
    const Span64 x =
        values(region.input_bits, region.signed_inputs() ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED);
    const auto [least, greatest] =
        std::minmax({w.least * x.least, w.least * x.greatest, w.greatest * x.least, w.greatest * x.greatest});
    return results_fit(region, region.rows * std::min<std::int64_t>(least, 0),
                       region.rows * std::max<std::int64_t>(greatest, 0));
}

}  // namespace pimvp
