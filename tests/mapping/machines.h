// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "networks/mapping.h"
#include "tests/mapping/random_graph.h"

namespace pimvp::net::test {

/// A path with ample buffers.
inline PathGeometry path_of(const std::string& name, CellKind cell, int macros, int rows, int columns) {
    PathGeometry path;
    path.name = name;
    path.cell = cell;
    path.macros = macros;
    path.rows = rows;
    path.columns = columns;
    path.buffer_bytes = 1 << 16;
    path.program_bytes = 1 << 16;
    path.parameter_entries = 1024;
    path.line_buffer_bytes = 1 << 14;
    return path;
}
inline PathGeometry sram_path(int macros, int rows, int columns) {
    return path_of("sram", CellKind::bit, macros, rows, columns);
}
inline PathGeometry edram_path(int macros, int rows, int columns) {
    return path_of("edram", CellKind::ternary, macros, rows, columns);
}

inline Machine machine_of(std::vector<PathGeometry> paths) {
    Machine machine;
    machine.paths = std::move(paths);
    machine.dram_bytes = 1 << 24;
    return machine;
}

/// One SRAM path, or one of each kind; rather small arrays, so that layers are cut and reloaded.
inline Machine random_machine(Random& random) {
    const auto size = [&] { return 8 * random.between(2, 7); };
    std::vector<PathGeometry> paths = {sram_path(random.between(2, 9), size(), size())};
    if (random.chance(60)) paths.push_back(edram_path(random.between(1, 6), size(), size()));
    Machine machine = machine_of(paths);
    machine.ternary_on_ternary_cells = random.chance(85);
    return machine;
}

}  // namespace pimvp::net::test
