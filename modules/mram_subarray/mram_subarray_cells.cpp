// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The sub-array as a memory: row by row.
#include <algorithm>
#include <utility>

#include "modules/mram_subarray/mram_subarray.h"

namespace pimvp {
namespace {

/// One row's part of a cell access.
struct Part {
    std::uint32_t row, in_row, bytes;
};
Part part_at(std::uint32_t offset, std::uint32_t bytes, std::uint32_t row_bytes) {
    const std::uint32_t in_row = offset % row_bytes;
    return {offset / row_bytes, in_row, std::min(bytes, row_bytes - in_row)};
}

}  // namespace

std::vector<MramRun> MramSubarray::cell_runs(bool write, std::uint32_t offset, std::uint32_t bytes) const {
    const MramCycles cycles = cycles_of(params_);
    std::vector<MramRun> runs;
    while (bytes > 0) {
        const Part part = part_at(offset, bytes, array_.row_bytes());
        const MramEvent bit = write ? MramEvent::cell_write_bit : MramEvent::cell_read_bit;
        MramRun run{MramStep::cells, 1, write ? cycles.write : cycles.read, {}, false};
        run.events[MramEvent::row_select] = run.events[MramEvent::row_raise] = 1;
        run.events[bit] = std::uint64_t{part.bytes} * 8;
        run.events[MramEvent::awake_ps] = static_cast<std::uint64_t>(run.cycles * params_.period.ps);
        if (!runs.empty() && runs.back().events[bit] == run.events[bit])
            ++runs.back().steps;
        else
            runs.push_back(run);
        offset += part.bytes;
        bytes -= part.bytes;
    }
    return runs;
}

void MramSubarray::write_rows(const Work& work, std::int64_t rows, bool torn) {
    std::uint32_t offset = work.offset, left = work.bytes;
    const std::uint8_t* data = work.data;
    for (std::int64_t row = 0; left > 0 && row < rows + torn; ++row) {
        const Part part = part_at(offset, left, array_.row_bytes());
        if (row < rows)
            array_.write(part.row, part.in_row * 8, data, part.bytes * 8);
        else
            array_.tear(part.row, part.in_row * 8, part.bytes * 8);
        if (row < rows) counters_.written_bits += std::uint64_t{part.bytes} * 8;
        offset += part.bytes;
        data += part.bytes;
        left -= part.bytes;
    }
}

Span MramSubarray::write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                               std::int64_t earliest_ps, int activity) {
    if (!execute()) return {earliest_ps, earliest_ps};
    Work work;
    work.kind = Work::Kind::cells;
    work.runs = cell_runs(true, offset, bytes);
    work.activity = activity;
    work.offset = offset;
    work.bytes = bytes;
    work.data = data;
    if (supply_ == nullptr) {
        std::int64_t rows = 0, cycles = 0;
        for (const MramRun& run : work.runs) {
            book(run, run.steps, activity);
            rows += run.steps;
            cycles += run.steps * run.cycles;
        }
        write_rows(work, rows, false);
        return occupy(earliest_ps, cycles);
    }
    Span span = plan(std::move(work), earliest_ps);
    execute();
    span.end_ps = end_of_work(span.start_ps);
    return span;
}

Span MramSubarray::read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes,
                              std::int64_t earliest_ps, int activity) {
    if (!execute()) return {earliest_ps, earliest_ps};
    std::int64_t cycles = 0;
    for (const MramRun& run : cell_runs(false, offset, bytes)) {
        book(run, run.steps, activity);
        cycles += run.steps * run.cycles;
    }
    counters_.read_bits += std::uint64_t{bytes} * 8;
    while (bytes > 0) {
        const Part part = part_at(offset, bytes, array_.row_bytes());
        array_.read(part.row, part.in_row * 8, data, part.bytes * 8);
        offset += part.bytes;
        data += part.bytes;
        bytes -= part.bytes;
    }
    return occupy(earliest_ps, cycles);
}

void MramSubarray::poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    array_.poke(offset, data, bytes);
}

void MramSubarray::peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    array_.peek(offset, data, bytes);
}

}  // namespace pimvp
