// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/h_tree.h"

#include <algorithm>
#include <cmath>

#include "modules/core/error.h"

namespace pimvp {
namespace {

/// What has been joined so far, from the leaves up.
struct Tile {
    double width_mm, height_mm, path_mm = 0, total_mm = 0;
};

/// Doubles a tile until there are `count` of them or more, along its shorter side each time.
Tile join(Tile tile, std::uint64_t count) {
    for (std::uint64_t have = 1; have < count; have *= 2) {
        double& side = tile.width_mm <= tile.height_mm ? tile.width_mm : tile.height_mm;
        tile.path_mm += side / 2;
        tile.total_mm = 2 * tile.total_mm + side;
        side *= 2;
    }
    return tile;
}

std::uint64_t ceil_divide(std::uint64_t a, std::uint64_t b) {
    return (a + b - 1) / b;
}

}  // namespace

Schema HTreeParams::schema() {
    const auto number = [](const char* key, const char* what) {
        return ParamSpec{std::string("h_tree.") + key, ParamType::integer, what, 1, 1024, {}};
    };
    return {
        number("mat_rows", "rows of sub-arrays in a bank"),
        number("mat_columns", "columns of sub-arrays in a bank"),
        number("bank_rows", "rows of banks in a group"),
        number("bank_columns", "columns of banks in a group"),
        number("groups", "groups in the chip"),
        {"h_tree.wire_energy_per_mm", ParamType::energy, "a data bit over 1 mm of wire", 0, 1e-9, {}},
        {"h_tree.wire_delay_per_mm", ParamType::duration, "1 mm of wire with repeaters", 0, 1e-6, {}},
        {"h_tree.wire_area_per_mm", ParamType::area, "1 mm of one data wire", 0, 1e-6, {}},
        {"h_tree.wire_leakage_per_mm", ParamType::power, "repeaters of 1 mm of one data wire", 0, 1e-3, {}},
    };
}

HTreeParams HTreeParams::from(const Config& config) {
    const auto integer = [&](const char* key) {
        return static_cast<std::uint32_t>(config.integer(std::string("h_tree.") + key));
    };
    HTreeParams p;
    p.mat_rows = integer("mat_rows");
    p.mat_columns = integer("mat_columns");
    p.bank_rows = integer("bank_rows");
    p.bank_columns = integer("bank_columns");
    p.groups = integer("groups");
    p.wire_energy_per_mm = config.energy("h_tree.wire_energy_per_mm");
    p.wire_delay_per_mm = config.duration("h_tree.wire_delay_per_mm");
    p.wire_area_per_mm = config.area("h_tree.wire_area_per_mm");
    p.wire_leakage_per_mm = config.power("h_tree.wire_leakage_per_mm");
    check_params(p);
    return p;
}

void check_params(const HTreeParams& params) {
    const auto check = [](const char* key, std::uint32_t value) {
        if (value < 1 || value > 1024)
            throw Error("h_tree." + std::string(key) + ": expected 1 to 1024, found " +
                        std::to_string(value));
    };
    check("mat_rows", params.mat_rows);
    check("mat_columns", params.mat_columns);
    check("bank_rows", params.bank_rows);
    check("bank_columns", params.bank_columns);
    check("groups", params.groups);
}

HTree h_tree(const HTreeParams& params, std::uint64_t sub_arrays, Area area, int width_bits, Period period) {
    check_params(params);
    if (sub_arrays < 1 || sub_arrays > params.capacity())
        throw Error("h_tree: expected 1 to " + std::to_string(params.capacity()) +
                    " sub-arrays (mats x banks x groups), found " + std::to_string(sub_arrays));
    const double side_mm = std::sqrt(area.si()) * 1e3;
    const std::uint64_t mats = std::uint64_t{params.mat_rows} * params.mat_columns;
    const std::uint64_t banks = std::uint64_t{params.bank_rows} * params.bank_columns;
    Tile tile{side_mm, side_mm};
    tile = join(tile, std::min(sub_arrays, mats));
    tile = join(tile, std::min(ceil_divide(sub_arrays, mats), banks));
    tile = join(tile, ceil_divide(sub_arrays, mats * banks));

    HTree tree;
    tree.path_mm = tile.path_mm;
    tree.total_mm = tile.total_mm;
    tree.energy_per_bit = params.wire_energy_per_mm * tree.path_mm;
    tree.hop_cycles = static_cast<int>(period.cycles(params.wire_delay_per_mm * tree.path_mm));
    tree.area = params.wire_area_per_mm * (tree.total_mm * width_bits);
    tree.leakage = params.wire_leakage_per_mm * (tree.total_mm * width_bits);
    return tree;
}

}  // namespace pimvp
