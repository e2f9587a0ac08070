// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/mapping/array_image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pimvp::net::test {

namespace {

constexpr std::uint32_t op_copy = 1, op_write = 2, op_conv = 4, op_tile = 5, op_mask = 10;
constexpr std::uint32_t regions_at = 0x1000, region_bytes = 0x40, cells_at = 0x100000, macro_bytes = 0x200000;
constexpr std::uint32_t is_signed = 1, is_bipolar = 3;

unsigned cell_bits(const PathGeometry& path) {
    return path.cell == CellKind::multilevel ? static_cast<unsigned>(path.cell_bits)
           : path.cell == CellKind::ternary  ? 2
                                             : 1;
}

/// Where the TILE commands of a node are: of its first pass, and so on. Tiles of another pass have other
/// regions, or are loaded in between.
struct Place {
    std::size_t pass = 0;
    std::vector<Words> tiles;
    std::vector<int> taken;
};

/// Numbers of the window elements that MASK commands ahead of command `conv` let through; all of them without
/// any.
std::vector<int> taken_elements(const std::vector<Words>& run, std::size_t conv, int window) {
    std::size_t first = conv;
    while (first > 0 && run[first - 1].opcode() == op_mask) --first;
    std::vector<int> taken;
    std::uint32_t next = 0;
    for (std::size_t i = first; i < conv; ++i) {
        const auto& w = run[i].w;
        EXPECT_EQ(run[i].activity(), run[conv].activity());
        EXPECT_EQ(w[2], next) << "a gap in the mask";
        EXPECT_GE(w[3], 1u);
        EXPECT_LE(w[3], 384u);
        for (std::uint32_t bit = 0; bit < 384; ++bit) {
            if ((w[4 + bit / 32] >> bit % 32 & 1) == 0) continue;
            EXPECT_LT(bit, w[3]) << "a bit behind the mask";
            taken.push_back(static_cast<int>(next + bit));
        }
        next += w[3];
    }
    if (first < conv) {
        EXPECT_EQ(next, static_cast<std::uint32_t>(window)) << "not the whole window";
        EXPECT_LT(taken.size(), static_cast<std::size_t>(window)) << "a mask of ones";
    } else {
        for (int j = 0; j < window; ++j) taken.push_back(j);
    }
    return taken;
}

/// What need not be in the arrays: of layers without groups, where the path has a mask, filters of zeros and
/// elements that all filters multiply by zero.
class Zeros {
  public:
    explicit Zeros(const Node& node) : filter_size_(node.weights.size() / node.bias.size()) {
        for (std::size_t i = 0; i < node.weights.size(); ++i)
            if (node.weights[i] != 0) {
                filters_.insert(i / filter_size_);
                elements_.insert(i % filter_size_);
            }
    }
    bool cover(std::size_t weight) const {
        return filters_.count(weight / filter_size_) == 0 || elements_.count(weight % filter_size_) == 0;
    }

  private:
    std::size_t filter_size_;
    std::set<std::size_t> filters_, elements_;  // with a weight
};

}  // namespace

void ArrayImage::run(const Program& program, const Words& command, bool again) {
    const auto& w = command.w;
    const auto base = static_cast<std::uint32_t>(map_.paths[0].macros);
    const std::uint32_t to = w[command.opcode() == op_copy ? 3 : 2];
    const bool known = command.opcode() == op_copy || command.opcode() == op_write;
    if (!known || to < base || to >= base + static_cast<std::uint32_t>(path_.macros) * macro_bytes) return;
    const std::uint32_t macro = (to - base) / macro_bytes, offset = (to - base) % macro_bytes;
    if (command.opcode() == op_write) {
        ASSERT_EQ((offset - regions_at) % region_bytes, 0u);
        ASSERT_LT((offset - regions_at) / region_bytes, 64u);
        ASSERT_EQ(w[3], 10u);
        auto& registers = regions_[{macro, (offset - regions_at) / region_bytes}];
        for (std::size_t i = 0; i < registers.size(); ++i) registers[i] = w[4 + i];
        return;
    }
    ASSERT_GE(offset, cells_at);
    auto& bits = bits_[macro];
    const auto row_bytes = static_cast<std::size_t>(path_.columns) * cell_bits(path_) / 8;
    bits.resize(static_cast<std::size_t>(path_.rows - path_.reserved_rows) * row_bytes * 8, -1);
    for (std::uint32_t r = 0; r < w[5]; ++r) {
        const auto bytes = image_bytes(program, map_, w[2] + r * w[6], w[4]);
        const std::size_t first = (offset - cells_at + r * w[7]) * std::size_t{8};
        ASSERT_LE(first % (row_bytes * 8) + bytes.size() * 8, row_bytes * 8) << "a row leaves the array";
        ASSERT_LE(first + bytes.size() * 8, bits.size()) << "in reserved rows";
        for (std::size_t b = 0; b < bytes.size() * 8; ++b) {
            int& bit = bits[first + b];
            if (!again && bit != -1) FAIL() << "two tiles in one cell";
            bit = bytes[b / 8] >> b % 8 & 1;
        }
    }
}

unsigned ArrayImage::cell(std::uint32_t macro, int row, int column, unsigned bits) const {
    unsigned value = 0;
    const auto& all = bits_.at(macro);
    for (unsigned b = 0; b < bits; ++b) {
        const int bit = all.at(static_cast<std::size_t>(row * path_.columns + column) * bits + b);
        if (bit < 0) ADD_FAILURE() << "row " << row << " column " << column << " was never written";
        value |= static_cast<unsigned>(bit & 1) << b;
    }
    return value;
}

int ArrayImage::weight(std::uint32_t macro, const Registers& region, int filter, int element) const {
    const int row0 = static_cast<int>(region[0]), column0 = static_cast<int>(region[2]);
    const int bits = static_cast<int>(region[4]);
    const std::uint32_t kind = region[5];
    if (path_.cell == CellKind::ternary) {
        const unsigned nodes = cell(macro, row0 + element, column0 + filter, 2);
        return nodes == 1 ? 1 : nodes == 2 ? -1 : 0;
    }
    if (path_.cell == CellKind::multilevel) {
        const int digits = (bits + path_.cell_bits - 1) / path_.cell_bits;
        int sides[2] = {0, 0};
        for (int k = 0; k < 2 * digits; ++k) {
            const auto level =
                cell(macro, row0 + element, column0 + filter * 2 * digits + k, cell_bits(path_));
            sides[k / digits] += static_cast<int>(level) << path_.cell_bits * (k % digits);
        }
        EXPECT_TRUE(sides[0] == 0 || sides[1] == 0) << "both signs at once";
        return sides[0] - sides[1];
    }
    int value = 0;
    for (int m = 0; m < bits; ++m) {
        const auto bit = path_.cell == CellKind::row
                             ? cell(macro, row0 + filter * bits + m, column0 + element, 1)
                             : cell(macro, row0 + element, column0 + filter * bits + m, 1);
        const int place = kind == is_signed && m == bits - 1 ? -(1 << m) : 1 << m;
        value += place * static_cast<int>(bit);
    }
    return kind == is_bipolar ? 2 * value - ((1 << bits) - 1) : value;
}

void expect_weights_in_image(const Graph& graph, const Machine& machine,
                             const std::function<bool(const Region&)>& accepts) {
    const auto schedule = schedule_network(graph, machine);
    const auto map = default_address_map(1);
    const auto program = compile(schedule, machine, map);
    const auto path = decode(program, machine, map)[0];
    ArrayImage arrays(machine, map);
    for (const auto& command : path.load) {
        arrays.run(program, command, false);
        if (::testing::Test::HasFatalFailure()) return;
    }
    // By node and weight: its value, and the shifts of the slices that it was put together from.
    std::vector<std::vector<int>> values;
    std::vector<std::vector<unsigned>> shifts;
    for (const auto& node : schedule.graph.nodes) {
        values.emplace_back(node.weights.size(), 0);
        shifts.emplace_back(node.weights.size(), 0u);
    }
    std::map<int, Place> places;
    bool loaded = false;
    std::size_t masks = 0, masks_ahead = 0;
    for (std::size_t i = 0; i < path.run.size(); ++i) {
        const auto& conv = path.run[i];
        arrays.run(program, conv, true);
        if (::testing::Test::HasFatalFailure()) return;
        loaded = loaded || (conv.opcode() == op_copy && conv.activity() >= 3);
        masks += conv.opcode() == op_mask;
        if (conv.opcode() != op_conv) continue;
        const int n = program.layers[static_cast<std::size_t>(conv.activity() - 3)].node;
        const auto& node = schedule.graph.nodes[static_cast<std::size_t>(n)];
        const auto& input = schedule.graph.tensor(node.inputs[0]);
        const auto& passes = schedule.mapping.nodes[static_cast<std::size_t>(n)].passes;
        const auto taken =
            taken_elements(path.run, i, static_cast<int>(conv.w[5]) * node.kernel_h * node.kernel_w);
        if (path.run[i - 1].opcode() == op_mask) {
            masks_ahead += (conv.w[5] * static_cast<unsigned>(node.kernel_h * node.kernel_w) + 383) / 384;
            ASSERT_EQ(node.groups, 1);
        }
        const std::vector<Words> tiles(path.run.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                       path.run.begin() + static_cast<std::ptrdiff_t>(i + 1 + conv.w[13]));
        auto [place, first] = places.try_emplace(n);
        const auto same = [](const Words& a, const Words& b) { return a.w == b.w; };
        const auto& before = place->second.tiles;
        // Another strip of the same pass, whose weights were read before.
        const bool strip = !first && !loaded && taken == place->second.taken &&
                           std::equal(tiles.begin(), tiles.end(), before.begin(), before.end(), same);
        loaded = false;
        if (strip) continue;
        if (!first) ++place->second.pass;
        place->second.tiles = tiles;
        place->second.taken = taken;
        ASSERT_LT(place->second.pass, passes.size());
        const auto& pass = passes[place->second.pass];
        ASSERT_EQ(conv.w[5], static_cast<std::uint32_t>(pass.inputs));
        const int groups = node.groups, group_inputs = input.shape.c / groups,
                  group_outputs = schedule.graph.tensor(node.output).shape.c / groups;
        const unsigned doubled = input.type.kind == Kind::bipolar ? 1 : 0;
        for (const auto& tile : tiles) {
            ASSERT_EQ(tile.opcode(), op_tile);
            const auto macro = (tile.w[2] - static_cast<std::uint32_t>(map.paths[0].macros)) / macro_bytes;
            const auto& region = arrays.region(macro, tile.w[3]);
            ASSERT_EQ(region[1], tile.w[5]);
            ASSERT_EQ(region[3], tile.w[7]);
            ASSERT_EQ(region[8], tile.w[8]);
            ASSERT_GE(region[9], doubled);
            ASSERT_LE(region[3] * region[8], 0x800u);
            if (accepts) {
                const Region registers{region[0], region[1], region[2], region[3], region[4],
                                       region[5], region[6], region[7], region[8], region[9]};
                ASSERT_TRUE(accepts(registers)) << "the macro refuses a region";
            }
            for (std::uint32_t r = 0; r < region[1]; ++r) {
                const auto k = tile.w[4] + r;
                const auto& t = tile.w;
                const bool masked =
                    static_cast<int>(taken.size()) < node.kernel_h * node.kernel_w * pass.inputs;
                ASSERT_FALSE(masked && t[10] != 0) << "runs of masked elements";
                const auto number = t[10] == 0 ? k : t[9] + k / t[10] * t[11] + k % t[10];
                ASSERT_LT(number, taken.size());
                const int j = taken[number];
                const int ic = pass.input0 + j % pass.inputs, at = j / pass.inputs;
                ASSERT_LT(at, node.kernel_h * node.kernel_w);
                for (std::uint32_t f = 0; f < region[3]; ++f) {
                    const int oc = pass.channel0 + static_cast<int>(tile.w[6] + f);
                    const int weight = arrays.weight(macro, region, static_cast<int>(f), static_cast<int>(r));
                    if (ic / group_inputs != oc / group_outputs) {
                        ASSERT_EQ(weight, 0) << "a weight between groups";
                        continue;
                    }
                    const int y = at / node.kernel_w, x = at % node.kernel_w;
                    const auto index = static_cast<std::size_t>(
                        ((oc * group_inputs + ic % group_inputs) * node.kernel_h + y) * node.kernel_w + x);
                    values[static_cast<std::size_t>(n)].at(index) += weight * (1 << (region[9] - doubled));
                    auto& seen = shifts[static_cast<std::size_t>(n)][index];
                    ASSERT_EQ(seen >> region[9] & 1u, 0u) << "a slice of a weight is there twice";
                    seen |= 1u << region[9];
                }
            }
        }
    }
    EXPECT_EQ(masks, masks_ahead) << "masks that no convolution follows";
    for (std::size_t n = 0; n < values.size(); ++n) {
        const Node& node = schedule.graph.nodes[n];
        if (node.weights.empty()) continue;
        const Zeros zeros(node);
        const bool may_be_pruned = node.groups == 1 && machine.paths[0].mask_bits > 0;
        for (std::size_t i = 0; i < values[n].size(); ++i) {
            ASSERT_EQ(values[n][i], node.weights[i]) << "weight " << i << " of node " << n;
            ASSERT_TRUE((may_be_pruned && zeros.cover(i)) || shifts[n][i] != 0u) << "weight " << i;
        }
    }
}

}  // namespace pimvp::net::test
