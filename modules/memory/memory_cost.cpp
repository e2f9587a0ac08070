// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/memory/memory_cost.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "modules/core/error.h"

namespace pimvp {

namespace {

struct Row {
    double kib;
    double lop_read, lop_write, lop_cycle, lop_leakage;  // pJ, pJ, ns, mW
    double lstp_read, lstp_write, lstp_leakage;          // pJ, pJ, uW
    double area;                                         // mm2
};

constexpr std::array<Row, 6> table{{
    {8, 1.95, 2.71, 0.37, 0.47, 3.86, 6.44, 0.7, 0.012},
    {16, 3.73, 3.54, 0.48, 0.86, 7.35, 8.48, 1.3, 0.023},
    {32, 4.83, 4.64, 0.48, 1.72, 10.1, 11.2, 2.5, 0.056},
    {64, 7.56, 6.47, 0.76, 3.20, 17.3, 15.5, 4.6, 0.124},
    {128, 10.7, 8.59, 0.84, 6.34, 22.8, 21.1, 9.3, 0.209},
    {256, 14.9, 12.8, 0.84, 12.7, 37.0, 29.4, 17.8, 0.428},
}};

constexpr double lstp_cycle_factor = 2.0;
constexpr double least_energy_share = 0.25;  // of the smallest bank's, port and decoder

/// A size within the table: between row `below` and the next, at `weight` of the way in the logarithm of the
/// size.
struct Place {
    std::size_t below;
    double weight;
};

Place place_of(double kib) {
    std::size_t below = 0;
    while (below + 2 < table.size() && kib >= table[below + 1].kib) ++below;
    return {below, std::log(kib / table[below].kib) / std::log(table[below + 1].kib / table[below].kib)};
}

double between(const Place& place, double Row::*column) {
    const double a = table[place.below].*column, b = table[place.below + 1].*column;
    if (place.weight == 0.0) return a;
    if (place.weight == 1.0) return b;
    return a * std::pow(b / a, place.weight);
}

MemoryParams compose(std::uint64_t bytes, BufferFlavour flavour, Period period, int word_bits,
                     double energy_scale, double leakage_scale, double cycle_scale, double area_scale,
                     const std::string& where) {
    if (word_bits < buffer_bank_bits || word_bits > 8192 || word_bits % buffer_bank_bits != 0)
        throw Error(where + ".word_bits: expected a multiple of 128 up to 8192, found " +
                    std::to_string(word_bits));
    const auto banks = static_cast<std::uint64_t>(word_bits / buffer_bank_bits);
    if (bytes == 0 || bytes % (banks * buffer_bank_bits / 8) != 0)
        throw Error(where + ".bytes: expected a multiple of the word, " + std::to_string(word_bits / 8) +
                    " bytes, found " + std::to_string(bytes));
    const BufferCost bank = buffer_bank_cost(flavour, bytes / banks);
    const auto n = static_cast<double>(banks);
    MemoryParams p;
    p.kind = MemoryKind::sram;
    p.bytes = bytes;
    p.word_bits = word_bits;
    p.period = period;
    p.access_cycles = static_cast<int>(period.cycles(bank.cycle * cycle_scale));
    p.read_energy = bank.read * (n * energy_scale);
    p.write_energy = bank.write * (n * energy_scale);
    p.leakage = bank.leakage * (n * leakage_scale);
    p.area = bank.area * (n * area_scale);
    p.check(where);
    return p;
}

}  // namespace

BufferCost buffer_bank_cost(BufferFlavour flavour, std::uint64_t bytes) {
    const double kib = static_cast<double>(bytes) / 1024.0;
    const double smallest = table.front().kib, largest = table.back().kib;
    const double inside = std::clamp(kib, smallest, largest);
    const Place place = place_of(inside);
    const double extent = kib / inside;  // what leakage and area are scaled by outside the table
    const double energy = std::clamp(extent, least_energy_share, 1.0);
    const bool lop = flavour == BufferFlavour::lop;
    BufferCost cost;
    cost.read = picojoules(between(place, lop ? &Row::lop_read : &Row::lstp_read)) * energy;
    cost.write = picojoules(between(place, lop ? &Row::lop_write : &Row::lstp_write)) * energy;
    cost.leakage = (lop ? microwatts(1000.0 * between(place, &Row::lop_leakage))
                        : microwatts(between(place, &Row::lstp_leakage))) *
                   extent;
    cost.cycle = nanoseconds(between(place, &Row::lop_cycle)) * (lop ? 1.0 : lstp_cycle_factor);
    cost.area = square_micrometres(1e6 * between(place, &Row::area)) * extent;
    return cost;
}

void MemoryParams::check(const std::string& where) const {
    if (bytes == 0 || bytes > (std::uint64_t{1} << 40))
        throw Error(where + ".bytes: expected 1 to 2^40, found " + std::to_string(bytes));
    if (word_bits < 8 || word_bits > 8192 || word_bits % 8 != 0)
        throw Error(where + ".word_bits: expected a multiple of 8 up to 8192, found " +
                    std::to_string(word_bits));
    if (period.ps < 1)
        throw Error(where + ".period: expected at least 1 ps, found " + std::to_string(period.ps));
    if (access_cycles < 1)
        throw Error(where + ".access_cycles: expected at least 1, found " + std::to_string(access_cycles));
    if (write_cycles < 1)
        throw Error(where + ".write_cycles: expected at least 1, found " + std::to_string(write_cycles));
    if (read_energy < Energy{} || write_energy < Energy{} || leakage < Power{} || area < Area{})
        throw Error(where + ": energies, leakage and area: expected none below zero");
}

Schema MemoryParams::buffer_schema(const std::string& block) {
    return {
        {block + ".bytes", ParamType::integer, "capacity", 16, 1099511627776.0, {}},
        {block + ".word_bits", ParamType::integer, "port width, 128 per bank", 128, 8192, {}},
        {block + ".flavour",
         ParamType::text,
         "transistors: low operating or low standby power",
         0,
         0,
         {"lop", "lstp"}},
        {block + ".period", ParamType::duration, "clock period", 1e-12, 1e-3, {}},
        {block + ".energy_scale", ParamType::ratio, "factor on the CACTI access energies", 0, 100, {}},
        {block + ".leakage_scale", ParamType::ratio, "factor on the CACTI leakage", 0, 100, {}},
        {block + ".cycle_scale", ParamType::ratio, "factor on the CACTI cycle time", 0.01, 100, {}},
        {block + ".area_scale", ParamType::ratio, "factor on the CACTI area", 0, 100, {}},
    };
}

MemoryParams MemoryParams::buffer(const Config& config, const std::string& block, int instance) {
    const auto flavour =
        config.text(block + ".flavour", instance) == "lstp" ? BufferFlavour::lstp : BufferFlavour::lop;
    return compose(
        static_cast<std::uint64_t>(config.integer(block + ".bytes", instance)), flavour,
        Period::of(config.duration(block + ".period", instance)),
        static_cast<int>(config.integer(block + ".word_bits", instance)),
        config.ratio(block + ".energy_scale", instance), config.ratio(block + ".leakage_scale", instance),
        config.ratio(block + ".cycle_scale", instance), config.ratio(block + ".area_scale", instance), block);
}

MemoryParams MemoryParams::buffer(std::uint64_t bytes, BufferFlavour flavour, Period period, int word_bits) {
    return compose(bytes, flavour, period, word_bits, 1.0, 1.0, 1.0, 1.0, "buffer");
}

Schema MemoryParams::dram_schema(const std::string& block) {
    return {
        {block + ".bytes", ParamType::integer, "capacity", 16, 1099511627776.0, {}},
        {block + ".word_bits", ParamType::integer, "bits per period: bandwidth", 8, 8192, {}},
        {block + ".period", ParamType::duration, "time of one word", 1e-12, 1e-3, {}},
        {block + ".latency", ParamType::duration, "from the request to the first word", 0, 1e-3, {}},
        {block + ".energy_per_bit", ParamType::energy, "access and link, per bit", 0, 1e-9, {}},
    };
}

MemoryParams MemoryParams::dram(const Config& config, const std::string& block, int instance) {
    MemoryParams p;
    p.kind = MemoryKind::dram;
    p.bytes = static_cast<std::uint64_t>(config.integer(block + ".bytes", instance));
    p.word_bits = static_cast<int>(config.integer(block + ".word_bits", instance));
    p.period = Period::of(config.duration(block + ".period", instance));
    p.access_cycles = static_cast<int>(p.period.cycles(config.duration(block + ".latency", instance)));
    p.read_energy = p.write_energy = config.energy(block + ".energy_per_bit", instance) * p.word_bits;
    p.check(block);
    return p;
}

Schema MemoryParams::mram_schema(const std::string& block) {
    return {
        {block + ".bytes", ParamType::integer, "capacity", 16, 1099511627776.0, {}},
        {block + ".word_bits", ParamType::integer, "port width", 8, 8192, {}},
        {block + ".period", ParamType::duration, "clock period", 1e-12, 1e-3, {}},
        {block + ".subarray_rows", ParamType::integer, "rows of a sub-array", 1, 65536, {}},
        {block + ".subarray_columns", ParamType::integer, "columns of a sub-array", 1, 65536, {}},
        {block + ".read_energy_per_bit", ParamType::energy, "cell, sensing and decoders", 0, 1e-9, {}},
        {block + ".write_energy_per_bit", ParamType::energy, "cell, drivers and decoders", 0, 1e-9, {}},
        {block + ".read_time", ParamType::duration, "from the address to the word", 0, 1e-3, {}},
        {block + ".write_time", ParamType::duration, "of a word, the write port is busy", 0, 1e-3, {}},
        {block + ".subarray_area", ParamType::area, "one sub-array with its periphery", 0, 1e-4, {}},
        {block + ".subarray_leakage", ParamType::power, "one sub-array that is awake", 0, 1, {}},
        {block + ".gated_leakage_share", ParamType::ratio, "left when power-gated", 0, 1, {}},
        {block + ".seed", ParamType::integer, "of words torn by power loss", 0, 0, {}},
    };
}

MemoryParams MemoryParams::mram(const Config& config, const std::string& block, int instance) {
    const auto whole = [&](const char* name) { return config.integer(block + name, instance); };
    const auto row_bits = static_cast<std::uint64_t>(whole(".subarray_columns"));
    const std::uint64_t bits = row_bits * static_cast<std::uint64_t>(whole(".subarray_rows"));
    MemoryParams p;
    p.kind = MemoryKind::mram;
    p.nonvolatile = true;
    p.bytes = static_cast<std::uint64_t>(whole(".bytes"));
    p.word_bits = static_cast<int>(whole(".word_bits"));
    p.seed = static_cast<std::uint64_t>(whole(".seed"));
    p.period = Period::of(config.duration(block + ".period", instance));
    p.access_cycles = static_cast<int>(p.period.cycles(config.duration(block + ".read_time", instance)));
    p.write_cycles = static_cast<int>(p.period.cycles(config.duration(block + ".write_time", instance)));
    p.read_energy = config.energy(block + ".read_energy_per_bit", instance) * p.word_bits;
    p.write_energy = config.energy(block + ".write_energy_per_bit", instance) * p.word_bits;
    const std::uint64_t side_by_side = (static_cast<std::uint64_t>(p.word_bits) + row_bits - 1) / row_bits;
    const std::uint64_t subarrays = std::max((p.bytes * 8 + bits - 1) / bits, side_by_side);
    const double awake = static_cast<double>(side_by_side),
                 gated = static_cast<double>(subarrays - side_by_side);
    p.leakage = config.power(block + ".subarray_leakage", instance) *
                (awake + gated * config.ratio(block + ".gated_leakage_share", instance));
    p.area = config.area(block + ".subarray_area", instance) * static_cast<double>(subarrays);
    p.check(block);
    return p;
}

}  // namespace pimvp
