// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_mram_stimulus.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "driver/pimvp_macro.h"
#include "modules/core/bits.h"

namespace pimvp {
namespace {

enum Sequence : std::size_t { same, new_cells, new_region };

MramParams params_of(const MramRtlShape& shape) {
    MramParams p;
    p.rows = shape.rows;
    p.columns = shape.columns;
    p.reserved_rows = shape.reserved_rows;
    p.write_back = true;  // the model always leaves the scratch row; looked at only if the RTL does
    return p;
}

}  // namespace

MramStimulus::MramStimulus(const MramRtlShape& shape, std::uint64_t seed)
    : params_(params_of(shape)),
      random_(seed),
      array_(shape.rows, shape.columns, 0, 0, 1),
      access_(params_, array_) {
    Coverage& c = coverage_;
    points_.weight_bits = c.add_range("weight bits", 1, 8);
    points_.weight_kind = c.add("weight kind", {"unsigned", "signed", "ternary", "bipolar"});
    points_.input_bits = c.add_range("input bits", 1, 8);
    points_.input_kind = c.add("input kind", {"unsigned", "signed"});
    points_.inputs = c.add("inputs", {"one", "some", "all columns"});
    points_.filters = c.add("filters", {"one", "some", "as many as fit"});
    points_.row0 = c.add("first row", {"0", "other"});
    points_.column0 = c.add("first column", {"0", "other"});
    points_.last_column = c.add("last column", {"unused", "used"});
    points_.last_row = c.add("last row of weights", {"unused", "used"});
    points_.shift = c.add("shift", {"0", "1..7", "8..15"});
    points_.sums = c.add("sums", {"negative", "zero", "positive"});
    points_.write_back = c.add("AND written back", {"no", "yes"});
    points_.pipeline = c.add("first operation", {"as long as the others", "longer"});
    points_.sequence = c.add("back to back", {"same cells and region", "new cells", "new region"});
    points_.pattern = c.add("values", {"all zeros", "all ones", "extremes", "random"});
    points_.cycles = c.add("longest operation", {"1", "2..9", "10..255", "256 and more"});
    points_.latch = c.add("latches while busy", {"quiet", "with the next inputs"});
    points_.other_pins = c.add("region's pins while busy", {"quiet", "changed"});
    points_.start_stays = c.add("start while busy", {"low", "high"});
    points_.start = c.add("start", {"alone", "in the cycle of done"});
    points_.reset = c.add("access before", {"done", "ended by a reset"});
    points_.looked = c.add("cells compared", {"no", "yes"});
    c.add_cross(points_.weight_bits, points_.input_bits);
    c.add_cross(points_.weight_kind, points_.input_kind);
    c.add_cross(points_.weight_kind, points_.pattern);
    c.add_cross(points_.write_back, points_.pipeline);
}

void MramStimulus::choose_region() {
    do {
        region_ = {};
        region_.weight_bits = random_.any(1, 8);
        region_.weight_kind = random_.any(0, 3);
        if (region_.weight_kind == PIMVP_KIND_TERNARY) region_.weight_bits = 2;
        region_.input_bits = random_.any(1, 8);
        region_.input_kind = random_.any(0, 1);
        region_.rows = random_.once_in(5)   ? 1
                       : random_.once_in(4) ? params_.columns
                                            : random_.any(1, params_.columns);
        const std::uint32_t columns = params_.columns - region_.rows;
        region_.column0 = random_.once_in(3) ? 0 : random_.once_in(3) ? columns : random_.any(0, columns);
        const std::uint32_t most = params_.weight_rows() / region_.weight_bits;
        region_.filters = random_.once_in(4) ? 1 : random_.once_in(3) ? most : random_.any(1, most);
        const std::uint32_t room = params_.weight_rows() - region_.filters * region_.weight_bits;
        region_.row0 = random_.once_in(3) ? 0 : random_.once_in(3) ? room : random_.any(0, room);
        region_.result_bytes = 4;
        region_.shift = random_.once_in(3) ? 0 : random_.any(0, 15);
    } while (!accepts(params_, region_));
}

/// Pipelined ones fill once; the others are all alike.
void MramStimulus::choose_cycles() {
    cycles_.write = random_.once_in(3) ? 1 : random_.once_in(40) ? random_.any(10, 900) : random_.any(1, 9);
    cycles_.sign = random_.any(1, 6);
    cycles_.row = random_.once_in(8) ? 1 : random_.any(1, 9);
    const bool pipelined = random_.once_in(2);
    cycles_.first_sign = cycles_.sign + (pipelined ? random_.any(1, 9) : 0);
    cycles_.first_row = cycles_.row + (pipelined ? random_.any(1, 9) : 0);
    write_back_ = random_.once_in(2);
}

void MramStimulus::choose_inputs() {
    pattern_ = static_cast<RtlRandom::Pattern>(random_.any(0, 3));
    inputs_ = continued_ ? next_inputs_ : random_.inputs(region_, pattern_);
}

/// What moves while the array is busy.
void MramStimulus::choose_disturbance() {
    latch_next_ = random_.once_in(3);
    if (latch_next_) next_inputs_ = random_.inputs(region_, RtlRandom::anything);
    other_pins_ = random_.once_in(3);
    other_region_ = region_;
    other_region_.row0 = random_.any(0, params_.weight_rows() - 1);
    other_region_.column0 = random_.any(0, params_.columns - 1);
    other_region_.rows = random_.any(1, params_.columns - other_region_.column0);
    other_region_.filters = random_.any(1, params_.weight_rows());
    other_region_.weight_bits = random_.any(1, 8);
    other_region_.weight_kind = random_.any(0, 3);
    other_region_.input_bits = random_.any(1, 8);
    other_region_.input_kind = 1 - region_.input_kind;
    for (auto* c : {&other_cycles_.write, &other_cycles_.sign, &other_cycles_.first_sign, &other_cycles_.row,
                    &other_cycles_.first_row})
        *c = random_.any(1, 20);
    start_stays_ = random_.once_in(3);
}

/// The rows that it may have written are put back.
void MramStimulus::interrupt(MramRtlPins& rtl) {
    const auto last = static_cast<std::uint32_t>(expected_cycles() - 1);
    rtl.interrupted_access(region_, cycles_, write_back_, inputs_.data(), random_.any(0, last));
    const std::uint32_t row_bytes = params_.columns / 8;
    std::vector<std::uint8_t> row(row_bytes);
    for (std::uint32_t r = params_.weight_rows(); r < params_.rows; ++r) {
        array_.peek(r * row_bytes, row.data(), row_bytes);
        rtl.write_row(r, row.data());
    }
}

/// Some rows, or all at the beginning: random, zeros or ones. Input and scratch rows too.
void MramStimulus::write_cells(MramRtlPins& rtl) {
    const std::uint32_t row_bytes = params_.columns / 8;
    const bool all = operation_ == 0;
    const std::uint32_t first = all ? 0 : random_.any(0, params_.rows - 1);
    const std::uint32_t last = all ? params_.rows - 1 : std::min(params_.rows - 1, first + random_.any(0, 7));
    std::vector<std::uint8_t> row(row_bytes);
    for (std::uint32_t r = first; r <= last; ++r) {
        random_.fill(row);
        array_.poke(r * row_bytes, row.data(), row_bytes);
        rtl.write_row(r, row.data());
    }
}

/// An input row, the scratch row if both write it, or any row of weights.
std::string MramStimulus::look_at_cells(MramRtlPins& rtl) {
    const std::uint32_t row_bytes = params_.columns / 8, where = random_.any(0, 2);
    std::uint32_t row = params_.input_row(false, random_.any(0, region_.input_bits - 1));
    if (where == 1 && write_back_) row = params_.scratch_row();
    if (where == 2) row = random_.any(0, params_.weight_rows() - 1);
    std::vector<std::uint8_t> expected(row_bytes), found(row_bytes);
    array_.peek(row * row_bytes, expected.data(), row_bytes);
    rtl.read_row(row, found.data());
    if (found == expected) return {};
    return describe() + ": row " + std::to_string(row) + ": expected " + hex(expected) + ", found " +
           hex(found);
}

/// By the order of an access: input rows, counts if bipolar, row operations.
std::int64_t MramStimulus::expected_cycles() const {
    const std::int64_t inputs = region_.input_bits;
    const std::int64_t rows = inputs * region_.weight_bits * region_.filters;
    const bool counts = region_.weight_kind == PIMVP_KIND_BIPOLAR;
    std::int64_t sum = inputs * cycles_.write + rows * cycles_.row;
    if (counts)
        sum += cycles_.first_sign + (inputs - 1) * cycles_.sign;
    else
        sum += std::int64_t{cycles_.first_row} - cycles_.row;
    return sum;
}

void MramStimulus::cover(const std::int32_t* sums, const MramRtlPins::Result& result) {
    Coverage& c = coverage_;
    const Points& p = points_;
    c.hit(p.weight_bits, region_.weight_bits - 1);
    c.hit(p.weight_kind, region_.weight_kind);
    c.hit(p.input_bits, region_.input_bits - 1);
    c.hit(p.input_kind, region_.input_kind);
    c.hit(p.inputs, region_.rows == 1 ? 0 : region_.rows == params_.columns ? 2 : 1);
    const std::uint32_t most = params_.weight_rows() / region_.weight_bits;
    c.hit(p.filters, region_.filters == 1 ? 0 : region_.filters == most ? 2 : 1);
    c.hit(p.row0, region_.row0 != 0);
    c.hit(p.column0, region_.column0 != 0);
    c.hit(p.last_column, region_.column0 + region_.rows == params_.columns);
    c.hit(p.last_row, region_.row0 + region_.filters * region_.weight_bits == params_.weight_rows());
    c.hit(p.shift, region_.shift == 0 ? 0 : region_.shift < 8 ? 1 : 2);
    for (std::uint32_t f = 0; f < region_.filters; ++f) c.hit(p.sums, sums[f] < 0 ? 0 : sums[f] == 0 ? 1 : 2);
    c.hit(p.write_back, write_back_);
    c.hit(p.pipeline, cycles_.first_row > cycles_.row);
    c.hit(p.sequence, sequence_);
    c.hit(p.pattern, pattern_);
    const std::uint32_t longest = std::max({cycles_.write, cycles_.first_row, cycles_.row});
    c.hit(p.cycles, longest == 1 ? 0 : longest < 10 ? 1 : longest < 256 ? 2 : 3);
    c.hit(p.latch, latch_next_);
    c.hit(p.other_pins, other_pins_);
    c.hit(p.start_stays, start_stays_);
    c.hit(p.start, result.at_done);
    c.hit(p.reset, interrupted_);
    c.hit(p.looked, looked_);
    c.sample();
}

std::string MramStimulus::describe() const {
    std::ostringstream text;
    text << "operation " << operation_ << " at " << now_ps_ << " ps: rows from " << region_.row0 << ", "
         << region_.filters << " filters of " << region_.weight_bits << " bits (kind " << region_.weight_kind
         << "), columns " << region_.column0 << ".." << region_.column0 + region_.rows - 1 << ", inputs of "
         << region_.input_bits << (region_.signed_inputs() ? "s" : "u") << " bits " << hex(inputs_)
         << ", shift " << region_.shift;
    return text.str();
}

RtlOperation MramStimulus::step(MramRtlPins& rtl) {
    continued_ = operation_ > 0 && latch_next_ && !looked_;
    sequence_ = continued_                              ? same
                : operation_ == 0 || random_.once_in(3) ? new_region
                : random_.once_in(2)                    ? new_cells
                                                        : same;
    if (sequence_ != same) write_cells(rtl);
    if (sequence_ == new_region) {
        choose_region();
        choose_cycles();
    }
    choose_inputs();
    choose_disturbance();
    interrupted_ = !continued_ && random_.once_in(16);
    if (interrupted_) interrupt(rtl);

    access_.start(region_, 0, inputs_.data());
    // As the RTL does it or not: the row is put back.
    const std::uint32_t row_bytes = params_.columns / 8;
    std::vector<std::uint8_t> scratch(row_bytes);
    array_.peek(params_.scratch_row() * row_bytes, scratch.data(), row_bytes);
    access_.complete();
    if (!write_back_) array_.poke(params_.scratch_row() * row_bytes, scratch.data(), row_bytes);

    std::vector<std::int32_t> expected(region_.filters), found(region_.filters);
    for (std::uint32_t f = 0; f < region_.filters; ++f)
        expected[f] =
            static_cast<std::int32_t>(static_cast<std::uint32_t>(access_.sums()[f]) << region_.shift);
    const MramRtlPins::Result result =
        rtl.access(region_, cycles_, write_back_, inputs_.data(), now_ps_, found.data(),
                   {latch_next_ ? next_inputs_.data() : nullptr, other_pins_ ? &other_region_ : nullptr,
                    other_pins_ ? &other_cycles_ : nullptr, start_stays_});

    RtlOperation done;
    done.cycles = static_cast<std::uint64_t>(result.cycles);
    const auto differs = std::mismatch(expected.begin(), expected.end(), found.begin());
    looked_ = random_.once_in(4);
    if (!result.handshake.empty())
        done.difference = describe() + ": " + result.handshake;
    else if (differs.first != expected.end())
        done.difference = describe() + ": sum of filter " + std::to_string(differs.first - expected.begin()) +
                          ": expected " + std::to_string(*differs.first) + ", found " +
                          std::to_string(*differs.second);
    else if (result.cycles != expected_cycles())
        done.difference = describe() + ": clock cycles: expected " + std::to_string(expected_cycles()) +
                          ", found " + std::to_string(result.cycles);
    else if (looked_)
        done.difference = look_at_cells(rtl);
    cover(expected.data(), result);
    now_ps_ += 1200 * (result.cycles + (latch_next_ && !looked_ ? 0 : 2));
    ++operation_;
    return done;
}

}  // namespace pimvp
