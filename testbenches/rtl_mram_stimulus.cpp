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
    points_.latch = c.add("latches while busy", {"quiet", "written"});
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
    cycles_.write = random_.once_in(3) ? 1 : random_.any(1, 9);
    cycles_.sign = random_.any(1, 6);
    cycles_.row = random_.any(1, 9);
    const bool pipelined = random_.once_in(2);
    cycles_.first_sign = cycles_.sign + (pipelined ? random_.any(1, 9) : 0);
    cycles_.first_row = cycles_.row + (pipelined ? random_.any(1, 9) : 0);
    write_back_ = random_.once_in(2);
}

void MramStimulus::choose_inputs() {
    pattern_ = static_cast<RtlRandom::Pattern>(random_.any(0, 3));
    inputs_ = random_.inputs(region_, pattern_);
    disturbed_ = random_.once_in(3);
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

void MramStimulus::cover(const std::int32_t* sums) {
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
    c.hit(p.latch, disturbed_);
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
    sequence_ = operation_ == 0 || random_.once_in(3) ? new_region : random_.once_in(2) ? new_cells : same;
    if (sequence_ != same) write_cells(rtl);
    if (sequence_ == new_region) {
        choose_region();
        choose_cycles();
    }
    choose_inputs();

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
    const std::int64_t cycles =
        rtl.access(region_, cycles_, write_back_, inputs_.data(), now_ps_, found.data(), disturbed_);

    RtlOperation done;
    done.cycles = static_cast<std::uint64_t>(cycles);
    const auto differs = std::mismatch(expected.begin(), expected.end(), found.begin());
    looked_ = random_.once_in(4);
    if (differs.first != expected.end())
        done.difference = describe() + ": sum of filter " + std::to_string(differs.first - expected.begin()) +
                          ": expected " + std::to_string(*differs.first) + ", found " +
                          std::to_string(*differs.second);
    else if (cycles != expected_cycles())
        done.difference = describe() + ": clock cycles: expected " + std::to_string(expected_cycles()) +
                          ", found " + std::to_string(cycles);
    else if (looked_)
        done.difference = look_at_cells(rtl);
    cover(expected.data());
    now_ps_ += 1200 * (cycles + 2);
    ++operation_;
    return done;
}

}  // namespace pimvp
