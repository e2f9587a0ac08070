// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_sram_stimulus.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "modules/core/bits.h"
#include "modules/sun_macro/slots.h"

namespace pimvp {
namespace {

constexpr std::uint32_t slot_columns = 8;
constexpr std::array<const char*, 6> kinds_of_steps = {"whole",        "short",        "sign",
                                                       "ragged whole", "ragged short", "ragged sign"};
constexpr std::array<const char*, 4> ranges_of_cycles = {"1", "2..9", "10..255", "256 and more"};

std::size_t range_of(std::uint32_t cycles) {
    return cycles == 1 ? 0 : cycles < 10 ? 1 : cycles < 256 ? 2 : 3;
}

enum Sequence : std::size_t { same, new_cells, new_region };

}  // namespace

SramStimulus::SramStimulus(const SramMvmShape& shape, std::uint64_t seed)
    : shape_(shape),
      adc_(shape.adc_bits, shape.adc_lsb, shape.active_rows * ((1u << shape.step_bits) - 1)),
      random_(seed),
      array_(shape.rows, shape.columns, shape.active_rows, adc_, shape.step_bits,
             [this](const Region&) { return filters_; }),
      cells_(std::size_t{shape.rows} * shape.columns / 8) {
    Coverage& c = coverage_;
    points_.weight_bits = c.add_range("weight bits", 1, 8);
    points_.weight_kind = c.add("weight kind", {"unsigned", "signed", "ternary"});
    points_.input_bits = c.add_range("input bits", 1, 8);
    points_.input_kind = c.add("input kind", {"unsigned", "signed"});
    points_.layout = c.add("filters lie", {"side by side", "in slots"});
    points_.rows = c.add("wordlines", {"one", "whole groups", "ragged", "all"});
    points_.groups =
        shape.active_rows == shape.rows ? c.add("groups", {"1"}) : c.add("groups", {"1", "2", "more"});
    points_.filters = c.add("filters", {"one", "some", "as many as fit"});
    points_.row0 = c.add("first wordline", {"0", "other"});
    points_.column0 = c.add("first column", {"0", "other"});
    points_.last_column = c.add("last column of the array", {"unused", "used"});
    points_.shift = c.add("shift", {"0", "1..7", "8..15"});
    points_.result_bytes = c.add("result bytes", {"2", "4"});
    points_.sums = c.add("sums", {"negative", "zero", "positive"});
    points_.clipped = adc_.lossless() ? c.add("clipped conversions", {"none"})
                                      : c.add("clipped conversions", {"none", "some"});
    std::vector<std::string> cycles;
    for (std::size_t kind = 0; kind < kinds_of_steps.size(); ++kind)
        for (const char* range : ranges_of_cycles)
            if (shape.step_bits > 1 || kind % 3 != 1)
                cycles.push_back(std::string(kinds_of_steps[kind]) + " " + range);
    points_.step_cycles = c.add("cycles of a step", cycles);
    points_.sequence = c.add("back to back", {"same cells and region", "new cells", "new region"});
    points_.pattern = c.add("inputs", {"all zeros", "all ones", "extremes", "random"});
    points_.latch = c.add("latches while busy", {"quiet", "written", "with the next inputs"});
    points_.other_pins = c.add("region's pins while busy", {"quiet", "changed"});
    points_.start_stays = c.add("start while busy", {"low", "high"});
    points_.start = c.add("start", {"alone", "in the cycle of done"});
    points_.reset = c.add("access before", {"done", "ended by a reset"});
    points_.read = c.add("wordlines read", {"no", "yes"});
    c.add_cross(points_.weight_bits, points_.input_bits);
    c.add_cross(points_.input_bits, points_.input_kind);
    c.add_cross(points_.rows, points_.input_kind);
    c.add_cross(points_.layout, points_.weight_bits);
    c.add_cross(points_.pattern, points_.input_kind);
}

void SramStimulus::choose_filters_side_by_side() {
    region_.weight_bits = random_.any(1, 8);
    const bool may_be_ternary = region_.weight_bits == 2;
    region_.weight_kind = random_.any(0, may_be_ternary ? 2 : 1);
    const std::uint32_t most = shape_.columns / region_.weight_bits;
    region_.filters = random_.once_in(4) ? 1 : random_.once_in(3) ? most : random_.any(1, most);
    const std::uint32_t room = shape_.columns - region_.filters * region_.weight_bits;
    region_.column0 = random_.once_in(3) ? 0 : random_.once_in(3) ? room : random_.any(0, room);
    filters_ = SramArray::side_by_side(region_);
}

void SramStimulus::choose_filters_in_slots() {
    const std::uint32_t slots = shape_.columns / slot_columns;
    const std::uint32_t first = random_.any(0, slots - 1), used = random_.any(1, std::min(8u, slots - first));
    region_.column0 = first * slot_columns;
    region_.weight_kind = random_.any(0, 1);
    region_.filters = region_.weight_bits = region_.slots_low = region_.slots_high = 0;
    for (std::uint32_t s = 0; s < used; ++s) {
        const std::uint32_t low = random_.any(1, slot_columns);
        const std::uint32_t high = random_.once_in(3) ? 0 : random_.any(0, slot_columns - low);
        region_.slots_low |= low << (4 * s);
        region_.slots_high |= high << (4 * s);
        region_.filters += high > 0 ? 2 : 1;
        region_.weight_bits = std::max({region_.weight_bits, low, high});
    }
    filters_ = slot_filters(region_, slot_columns);
}

/// The widest results, or narrow ones that always hold the sums; shifted if there is room.
void SramStimulus::choose_results() {
    region_.shift = random_.any(0, 15);
    region_.result_bytes = random_.once_in(2) ? 2 : 4;
    const auto fit = [&] { return sums_fit(region_, adc_, shape_.active_rows, shape_.step_bits); };
    while (!fit() && region_.shift > 0) region_.shift /= 2;
    if (!fit()) region_.result_bytes = 4;
}

void SramStimulus::choose_region() {
    region_ = {};
    in_slots_ = random_.once_in(2);
    if (in_slots_)
        choose_filters_in_slots();
    else
        choose_filters_side_by_side();
    switch (random_.any(0, 3)) {
        case 0:
            region_.rows = 1;
            break;
        case 1:
            region_.rows = shape_.active_rows * random_.any(1, shape_.rows / shape_.active_rows);
            break;
        case 2:
            region_.rows = random_.any(1, shape_.rows);
            break;
        default:
            region_.rows = shape_.rows;
    }
    const std::uint32_t room = shape_.rows - region_.rows;
    region_.row0 = random_.once_in(3) ? 0 : random_.once_in(3) ? room : random_.any(0, room);
    region_.input_bits = random_.any(1, 8);
    region_.input_kind = random_.any(0, 1);
    choose_results();
    choose_step_cycles();
    array_.region_changed(0);
}

void SramStimulus::choose_step_cycles() {
    for (auto& c : cycles_)
        c = random_.once_in(3)    ? 1
            : random_.once_in(60) ? random_.any(256, 900)
            : random_.once_in(8)  ? random_.any(10, 255)
                                  : random_.any(2, 9);
}

void SramStimulus::choose_inputs() {
    pattern_ = static_cast<RtlRandom::Pattern>(random_.any(0, 3));
    inputs_ = continued_ ? next_inputs_ : random_.inputs(region_, pattern_);
}

/// What moves while the array is busy.
void SramStimulus::choose_disturbance() {
    latch_ = random_.once_in(3) ? written : random_.once_in(4) ? next_access : quiet;
    latched_.resize(shape_.rows);
    for (auto& byte : latched_) byte = random_.byte();
    if (latch_ == next_access) {
        next_inputs_ = random_.inputs(region_, RtlRandom::anything);
        unpack(next_inputs_.data(), 0, region_.input_bits, false, region_.rows,
               latched_.data() + region_.row0);
    }
    other_pins_ = random_.once_in(3);
    other_region_ = region_;
    other_region_.row0 = random_.any(0, shape_.rows - 1);
    other_region_.rows = random_.any(1, shape_.rows - other_region_.row0);
    other_region_.input_bits = random_.any(1, 8);
    other_region_.input_kind = 1 - region_.input_kind;
    for (auto& c : other_cycles_) c = random_.any(1, 20);
    start_stays_ = random_.once_in(3);
}

void SramStimulus::interrupt(SramMvmPins& rtl) {
    std::array<bool, 6> kinds{};
    const auto last = static_cast<std::uint32_t>(expected_cycles(kinds) - 1);
    rtl.interrupted_access(region_, filters_, cycles_, inputs_.data(), random_.any(0, last));
}

/// Some wordlines, or all at the beginning: random, zeros or ones.
void SramStimulus::write_cells(SramMvmPins& rtl) {
    const std::uint32_t row_bytes = shape_.columns / 8;
    const bool all = operation_ == 0;
    const std::uint32_t first = all ? 0 : random_.any(0, shape_.rows - 1);
    const std::uint32_t last = all ? shape_.rows - 1 : std::min(shape_.rows - 1, first + random_.any(0, 7));
    std::vector<std::uint8_t> row(row_bytes);
    for (std::uint32_t r = first; r <= last; ++r) {
        random_.fill(row);
        std::copy(row.begin(), row.end(), cells_.begin() + r * row_bytes);
        array_.write(r * row_bytes, row.data(), row_bytes);
        rtl.write_row(r, row.data());
    }
}

std::string SramStimulus::read_back(SramMvmPins& rtl) {
    const std::uint32_t row_bytes = shape_.columns / 8, row = random_.any(0, shape_.rows - 1);
    const auto first = cells_.begin() + row * row_bytes;
    const std::vector<std::uint8_t> expected(first, first + row_bytes);
    std::vector<std::uint8_t> found(row_bytes);
    rtl.read_row(row, found.data());
    if (found == expected) return {};
    return "operation " + std::to_string(operation_) + ", wordline " + std::to_string(row) +
           " read: expected " + hex(expected) + ", found " + hex(found);
}

/// Step by step and group by group, by the definition of the steps; `kinds`: those that there were.
std::int64_t SramStimulus::expected_cycles(std::array<bool, 6>& kinds) const {
    std::int64_t sum = 0;
    for (std::uint32_t s = 0; s < input_steps(region_, shape_.step_bits); ++s) {
        const InputStep step = input_step(region_, shape_.step_bits, s);
        const std::size_t kind = step.negative ? 2 : step.bits < shape_.step_bits ? 1 : 0;
        for (std::uint32_t left = region_.rows; left > 0; left -= std::min(left, shape_.active_rows)) {
            const std::size_t k = kind + (left < shape_.active_rows ? 3 : 0);
            sum += cycles_[k];
            kinds[k] = true;
        }
    }
    return sum;
}

void SramStimulus::cover(const std::vector<std::int32_t>& sums, const SramMvmPins::Result& result,
                         const std::array<bool, 6>& kinds) {
    Coverage& c = coverage_;
    const Points& p = points_;
    for (const FilterColumns& filter : filters_) c.hit(p.weight_bits, filter.columns - 1);
    c.hit(p.weight_kind, region_.weight_kind);
    c.hit(p.input_bits, region_.input_bits - 1);
    c.hit(p.input_kind, region_.input_kind);
    c.hit(p.layout, in_slots_);
    if (region_.rows == 1) c.hit(p.rows, 0);
    c.hit(p.rows, region_.rows % shape_.active_rows == 0 ? 1 : 2);
    if (region_.rows == shape_.rows) c.hit(p.rows, 3);
    c.hit(p.groups, std::min<std::size_t>(region_.groups(shape_.active_rows), 3) - 1);
    std::uint32_t end = 0;
    for (const FilterColumns& filter : filters_)
        end = std::max(end, region_.column0 + filter.first + filter.columns);
    const bool full = !in_slots_ && region_.filters == shape_.columns / region_.weight_bits;
    c.hit(p.filters, full ? 2 : region_.filters == 1 ? 0 : 1);
    c.hit(p.row0, region_.row0 != 0);
    c.hit(p.column0, region_.column0 != 0);
    c.hit(p.last_column, end == shape_.columns);
    c.hit(p.shift, region_.shift == 0 ? 0 : region_.shift < 8 ? 1 : 2);
    c.hit(p.result_bytes, region_.result_bytes == 4);
    for (const std::int32_t sum : sums) c.hit(p.sums, sum < 0 ? 0 : sum == 0 ? 1 : 2);
    c.hit(p.clipped, result.clipped != 0);
    const std::size_t ranges = ranges_of_cycles.size();
    for (std::size_t kind = 0; kind < kinds.size(); ++kind)
        if (kinds[kind])
            c.hit(p.step_cycles,
                  (shape_.step_bits > 1 ? kind : (kind + 1) / 2) * ranges + range_of(cycles_[kind]));
    c.hit(p.sequence, sequence_);
    c.hit(p.pattern, pattern_);
    c.hit(p.latch, latch_);
    c.hit(p.other_pins, other_pins_);
    c.hit(p.start_stays, start_stays_);
    c.hit(p.start, result.at_done);
    c.hit(p.reset, interrupted_);
    c.hit(p.read, read_);
    c.sample();
}

std::string SramStimulus::describe() const {
    std::ostringstream text;
    text << "operation " << operation_ << " at " << now_ps_ << " ps: rows " << region_.row0 << ".."
         << region_.row0 + region_.rows - 1 << ", columns from " << region_.column0 << ", filters of";
    for (const FilterColumns& filter : filters_)
        text << " " << filter.columns << (filter.is_signed ? "s" : "u");
    text << " bits, inputs of " << region_.input_bits << (region_.signed_inputs() ? "s" : "u") << " bits "
         << hex(inputs_) << ", shift " << region_.shift;
    return text.str();
}

RtlOperation SramStimulus::step(SramMvmPins& rtl) {
    continued_ = operation_ > 0 && latch_ == next_access;
    sequence_ = continued_                              ? same
                : operation_ == 0 || random_.once_in(3) ? new_region
                : random_.once_in(2)                    ? new_cells
                                                        : same;
    if (sequence_ != same) write_cells(rtl);
    if (sequence_ == new_region) choose_region();
    choose_inputs();
    choose_disturbance();
    read_ = !continued_ && random_.once_in(8);
    interrupted_ = !continued_ && random_.once_in(16);
    RtlOperation done;
    if (read_) done.difference = read_back(rtl);
    if (interrupted_) interrupt(rtl);

    std::vector<std::int32_t> expected(region_.filters), found(region_.filters);
    const auto model = array_.compute(0, region_, inputs_.data(), expected.data(), false);
    for (auto& sum : expected)
        sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) << region_.shift);
    const auto result =
        rtl.access(region_, filters_, cycles_, inputs_.data(), now_ps_, found.data(),
                   {latch_ == quiet ? nullptr : latched_.data(), other_pins_ ? &other_region_ : nullptr,
                    other_pins_ ? &other_cycles_ : nullptr, start_stays_});
    done.cycles = static_cast<std::uint64_t>(result.cycles);
    std::array<bool, 6> kinds{};
    const std::int64_t cycles = expected_cycles(kinds);
    const auto same_sum = std::mismatch(expected.begin(), expected.end(), found.begin());
    if (!done.difference.empty()) return done;
    if (!result.handshake.empty())
        done.difference = describe() + ": " + result.handshake;
    else if (same_sum.first != expected.end())
        done.difference = describe() + ": sum of filter " +
                          std::to_string(same_sum.first - expected.begin()) + ": expected " +
                          std::to_string(*same_sum.first) + ", found " + std::to_string(*same_sum.second);
    else if (result.cycles != cycles)
        done.difference = describe() + ": clock cycles: expected " + std::to_string(cycles) + ", found " +
                          std::to_string(result.cycles);
    else if (result.clipped != model.clipped)
        done.difference = describe() + ": clipped conversions: expected " + std::to_string(model.clipped) +
                          ", found " + std::to_string(result.clipped);
    cover(expected, result, kinds);
    now_ps_ += 1000 * (result.cycles + (latch_ == next_access ? 0 : 2));
    ++operation_;
    return done;
}

}  // namespace pimvp
