// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "networks/weight_image.h"
#include "tests/mapping/machines.h"
#include "tests/mapping/program_walker.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

using pimvp::test::expect_error;

template <class T>
T as(const Words& words) {
    static_assert(sizeof(T) == sizeof words.w);
    T command;
    std::memcpy(&command, words.w.data(), sizeof command);
    return command;
}

/// A machine with what compile() makes of a network for it.
struct Compiled {
    Compiled(const Graph& graph, const Machine& on)
        : machine(on),
          schedule(schedule_network(graph, machine)),
          map(default_address_map(machine.paths.size())),
          program(compile(schedule, machine, map)),
          paths(decode(program, machine, map)) {}
    std::vector<std::vector<Words>> all(bool load) const {
        std::vector<std::vector<Words>> list;
        for (const auto& path : paths) list.push_back(load ? path.load : path.run);
        return list;
    }
    Machine machine;
    Schedule schedule;
    AddressMap map;
    Program program;
    std::vector<PathPrograms> paths;
};

/// What is in one path's macros as its programs run: region registers and cells.
class Macros {
  public:
    Macros(const Compiled& c, int path)
        : geometry_(c.machine.paths[static_cast<std::size_t>(path)]),
          base_(c.map.paths[static_cast<std::size_t>(path)].macros),
          row_bytes_(geometry_.columns * (geometry_.cell == CellKind::bit ? 1 : 2) / 8) {
        cells_.assign(static_cast<std::size_t>(geometry_.macros),
                      std::vector<std::uint8_t>(static_cast<std::size_t>(row_bytes_ * geometry_.rows)));
    }
    bool has(std::uint64_t address) const {
        return address >= base_ &&
               address < base_ + static_cast<std::uint64_t>(geometry_.macros) * PIMVP_MACRO_SIZE;
    }
    void write_registers(const pimvp_write& w) {
        const auto offset = (w.address - base_) % PIMVP_MACRO_SIZE;
        ASSERT_GE(offset, PIMVP_MACRO_REGION_BASE);
        ASSERT_LT(offset, PIMVP_MACRO_REGION_BASE + 64 * PIMVP_MACRO_REGION_STRIDE);
        ASSERT_EQ(offset % PIMVP_MACRO_REGION_STRIDE, 0u);
        ASSERT_EQ(w.count, 9u);
        regions_[w.address] = std::vector<std::uint32_t>(w.value, w.value + w.count);
    }
    void copy_cells(const Compiled& c, const pimvp_copy& k) {
        const auto macro = (k.destination - base_) / PIMVP_MACRO_SIZE;
        const auto offset = (k.destination - base_) % PIMVP_MACRO_SIZE;
        ASSERT_GE(offset, PIMVP_MACRO_CELLS);
        auto& cells = cells_[macro];
        for (std::uint32_t r = 0; r < k.rows; ++r) {
            const auto source = image_bytes(c.program, c.map, k.source + r * k.source_stride, k.row_bytes);
            const auto to = offset - PIMVP_MACRO_CELLS + r * k.destination_stride;
            ASSERT_LE(to + k.row_bytes, cells.size());
            std::copy(source.begin(), source.end(), cells.begin() + static_cast<std::ptrdiff_t>(to));
        }
    }
    /// A TILE command finds the region and the cells of the tile that the mapping means.
    void expect_ready(const Graph& graph, const Tile& tile, const pimvp_tile& t) const {
        const auto& node = graph.nodes[static_cast<std::size_t>(tile.node)];
        ASSERT_EQ(t.macro, base_ + static_cast<std::uint64_t>(tile.macro) * PIMVP_MACRO_SIZE);
        EXPECT_EQ(t.row0, static_cast<std::uint32_t>(tile.window_row0));
        EXPECT_EQ(t.channel0, static_cast<std::uint32_t>(tile.channel0));
        const auto region =
            regions_.find(t.macro + PIMVP_MACRO_REGION_BASE + t.region * PIMVP_MACRO_REGION_STRIDE);
        ASSERT_NE(region, regions_.end()) << "a region that nobody wrote";
        const auto& r = region->second;
        const auto& input = graph.tensor(node.inputs[0]).type;
        const bool ternary = geometry_.cell == CellKind::ternary;
        const std::vector<std::uint32_t> expected = {
            static_cast<std::uint32_t>(tile.row0),
            t.rows,
            static_cast<std::uint32_t>(tile.column0),
            t.filters,
            ternary ? 2u : static_cast<std::uint32_t>(columns_per_filter(CellKind::bit, node.weight_type)),
            ternary ? 2u : (node.weight_type.kind == Kind::unsigned_integer ? 0u : 1u),
            static_cast<std::uint32_t>(input.bits),
            input.kind == Kind::unsigned_integer ? 0u : 1u,
            t.result_bytes};
        EXPECT_EQ(r, expected);
        EXPECT_EQ(tile_cells(graph, tile, geometry_.cell), cells_of(tile));
    }

  private:
    std::vector<std::uint8_t> cells_of(const Tile& tile) const {
        const int cell_bits = geometry_.cell == CellKind::bit ? 1 : 2;
        const auto& cells = cells_[static_cast<std::size_t>(tile.macro)];
        std::vector<std::uint8_t> bytes;
        for (int r = 0; r < tile.rows; ++r) {
            const auto from = (tile.row0 + r) * row_bytes_ + tile.column0 * cell_bits / 8;
            bytes.insert(bytes.end(), cells.begin() + from,
                         cells.begin() + from + tile.columns * cell_bits / 8);
        }
        return bytes;
    }
    const PathGeometry& geometry_;
    const std::uint64_t base_;
    const int row_bytes_;
    std::vector<std::vector<std::uint8_t>> cells_;
    std::map<std::uint64_t, std::vector<std::uint32_t>> regions_;
};

/// Walks both programs of a path and holds every address to the windows of the path.
class Walk {
  public:
    Walk(const Compiled& c, int path)
        : c_(c),
          path_(path),
          macros_(c, path),
          entries_(parameters(c.program, c.map, path, programs().load).size()) {
        for (const auto& item : c.schedule.order)
            if (item.path == path) nodes_.push_back(item.node);
    }

    void walk() {
        for (const bool load : {true, false}) {
            const auto& list = load ? programs().load : programs().run;
            if (list.empty()) continue;
            for (std::size_t i = 0; i < list.size(); ++i) {
                SCOPED_TRACE((load ? "load " : "run ") + std::to_string(i));
                step(list, i, load);
                if (::testing::Test::HasFatalFailure()) return;
                EXPECT_EQ(list[i].opcode() == PIMVP_OP_END, i + 1 == list.size())
                    << "END is last, and nowhere else";
            }
            EXPECT_EQ(as<pimvp_end>(list.back()).argument, path_ == 0 ? 1u : 0u);
        }
        EXPECT_EQ(next_node_, nodes_.size()) << "not every node of the path is computed";
    }

  private:
    const PathPrograms& programs() const { return c_.paths[static_cast<std::size_t>(path_)]; }
    const AddressMap::Path& at() const { return c_.map.paths[static_cast<std::size_t>(path_)]; }
    const PathGeometry& geometry() const { return c_.machine.paths[static_cast<std::size_t>(path_)]; }

    bool in_memory(std::uint64_t address, std::uint64_t bytes) const {
        return address >= c_.map.dram && address + bytes <= c_.map.dram + c_.program.image.size();
    }
    bool in_buffer(int path, std::uint64_t address, std::uint64_t bytes) const {
        const auto p = static_cast<std::size_t>(path);
        return address >= c_.map.paths[p].buffer &&
               address + bytes <=
                   c_.map.paths[p].buffer + static_cast<std::uint64_t>(c_.machine.paths[p].buffer_bytes);
    }

    void step(const std::vector<Words>& list, std::size_t i, bool load) {
        const Words& words = list[i];
        EXPECT_EQ(load, words.activity() == 0);
        switch (words.opcode()) {
            case PIMVP_OP_COPY:
                return copy(as<pimvp_copy>(words), load);
            case PIMVP_OP_WRITE:
                return macros_.write_registers(as<pimvp_write>(words));
            case PIMVP_OP_POST:
                return post(as<pimvp_post>(words));
            case PIMVP_OP_CONV:
            case PIMVP_OP_POOL:
                return windows(list, i);
            case PIMVP_OP_VECTOR:
                return vector(as<pimvp_vector>(words));
            case PIMVP_OP_TILE:
                EXPECT_GT(tiles_left_, 0);
                --tiles_left_;
                return;
            default:
                EXPECT_TRUE(words.opcode() == PIMVP_OP_END || words.opcode() == PIMVP_OP_SIGNAL ||
                            words.opcode() == PIMVP_OP_WAIT);
        }
    }

    void copy(const pimvp_copy& k, bool load) {
        const std::uint64_t source_bytes = std::uint64_t{k.source_stride} * (k.rows - 1) + k.row_bytes;
        const std::uint64_t bytes = std::uint64_t{k.destination_stride} * (k.rows - 1) + k.row_bytes;
        if (macros_.has(k.destination)) {
            EXPECT_TRUE(in_memory(k.source, source_bytes));
            return macros_.copy_cells(c_, k);
        }
        if (in_memory(k.destination, bytes)) {  // the scores
            EXPECT_FALSE(load);
            EXPECT_EQ(k.destination, c_.program.output_address);
            EXPECT_EQ(bytes, c_.program.output_bytes);
            EXPECT_TRUE(in_buffer(0, k.source, source_bytes));
            return;
        }
        EXPECT_TRUE(in_memory(k.source, source_bytes));
        if (in_buffer(path_, k.destination, bytes)) {  // the image
            EXPECT_EQ(k.source, c_.program.input_address);
            EXPECT_EQ(bytes, c_.program.input_bytes);
            return;
        }
        const bool to_program =
            k.destination == at().program && bytes <= static_cast<std::uint64_t>(geometry().program_bytes);
        const bool to_parameters = k.destination == at().postprocess + 0x100000 &&
                                   bytes <= static_cast<std::uint64_t>(geometry().parameter_entries) * 16;
        EXPECT_TRUE(load && (to_program || to_parameters));
    }

    void post(const pimvp_post& p) {
        const auto& node = this->node();
        const auto& output = c_.schedule.graph.tensor(node.output);
        EXPECT_FALSE(post_) << "two POST before one layer";
        post_ = p;
        const std::uint32_t entries = p.mode == PIMVP_POST_MAX ? 0
                                      : p.mode == PIMVP_POST_ADD
                                          ? static_cast<std::uint32_t>(node.inputs.size())
                                          : p.channels;
        EXPECT_LE(p.parameters + entries, entries_);
        EXPECT_EQ(p.channels, static_cast<std::uint32_t>(output.shape.c));
        EXPECT_EQ(p.width, static_cast<std::uint32_t>(output.shape.w));
        const auto bytes = std::int64_t{p.row_bytes} * output.shape.h;
        EXPECT_LE(p.address + bytes, geometry().buffer_bytes);
    }

    const Node& node() const {
        static const Node none;
        return next_node_ < nodes_.size()
                   ? c_.schedule.graph.nodes[static_cast<std::size_t>(nodes_[next_node_])]
                   : none;
    }

    void finish_node(std::uint32_t activity) {
        ASSERT_TRUE(post_) << "a layer without POST";
        ASSERT_LT(next_node_, nodes_.size());
        ASSERT_GE(activity, 3u);
        ASSERT_LT(activity - 3, c_.program.layers.size());
        EXPECT_EQ(c_.program.layers[activity - 3].node, nodes_[next_node_]);
        EXPECT_EQ(c_.program.layers[activity - 3].path, path_);
        EXPECT_EQ(post_->activity, activity);
        post_.reset();
        ++next_node_;
    }

    void windows(const std::vector<Words>& list, std::size_t i) {
        const auto conv = as<pimvp_conv>(list[i]);
        const Node& n = node();
        ASSERT_EQ(conv.opcode == PIMVP_OP_CONV, n.op == Op::conv);
        const auto& input = c_.schedule.graph.tensor(n.inputs.at(0));
        EXPECT_TRUE(in_buffer(path_, conv.address, std::uint64_t{conv.row_bytes} * (conv.size >> 16)));
        EXPECT_EQ(conv.pad_value, input.type.zero_point);
        EXPECT_EQ(conv.size, PIMVP_PAIR(input.shape.h, input.shape.w));
        EXPECT_EQ(conv.kernel, PIMVP_PAIR(n.kernel_h, n.kernel_w));
        EXPECT_EQ(conv.stride, PIMVP_PAIR(n.stride_h, n.stride_w));
        EXPECT_EQ(conv.dilation, PIMVP_PAIR(n.dilation_h, n.dilation_w));
        EXPECT_EQ(conv.pad, PIMVP_PAIR(n.pad_top, n.pad_left));
        if (n.op == Op::conv) {
            const auto& tiles = c_.schedule.mapping.nodes[static_cast<std::size_t>(nodes_[next_node_])].tiles;
            ASSERT_EQ(conv.tiles, tiles.size());
            ASSERT_LT(i + conv.tiles, list.size());
            tiles_left_ = static_cast<int>(conv.tiles);
            for (std::size_t t = 0; t < tiles.size(); ++t) {
                ASSERT_EQ(list[i + 1 + t].opcode(), std::uint32_t{PIMVP_OP_TILE});
                macros_.expect_ready(c_.schedule.graph, tiles[t], as<pimvp_tile>(list[i + 1 + t]));
            }
        }
        finish_node(conv.activity);
    }

    void vector(const pimvp_vector& v) {
        const Node& n = node();
        ASSERT_EQ(v.operands, n.inputs.size());
        for (std::uint32_t k = 0; k < v.operands; ++k) {
            const auto& home = c_.schedule.homes[static_cast<std::size_t>(n.inputs[k])];
            EXPECT_TRUE(v.shared != 0 || home.path == path_);
            EXPECT_EQ(v.row_bytes[k], static_cast<std::uint32_t>(home.row_bytes));
            EXPECT_TRUE(in_buffer(home.path, v.address[k], std::uint64_t{v.row_bytes[k]} * v.height));
        }
        finish_node(v.activity);
    }

    const Compiled& c_;
    const int path_;
    Macros macros_;
    const std::size_t entries_;
    std::vector<int> nodes_;
    std::size_t next_node_ = 0;
    int tiles_left_ = 0;
    std::optional<pimvp_post> post_;
};

/// Bytes of a buffer that a command of a run program touches.
struct Touch {
    std::size_t command;
    std::uint64_t from, to;
    bool writes;
};

std::vector<Touch> touches(const Compiled& c, std::size_t path) {
    std::vector<Touch> list;
    const auto add = [&](std::size_t i, std::uint64_t address, std::uint64_t bytes, bool writes) {
        list.push_back({i, address, address + bytes, writes});
    };
    const auto& run = c.paths[path].run;
    std::uint64_t output = 0, output_row = 0;
    for (std::size_t i = 0; i < run.size(); ++i) {
        const auto& w = run[i].w;
        switch (run[i].opcode()) {
            case PIMVP_OP_COPY:
                add(i, w[2], w[4] * w[5], false);
                add(i, w[3], w[4] * w[5], true);
                break;
            case PIMVP_OP_POST:
                output = c.map.paths[path].buffer + as<pimvp_post>(run[i]).address;
                output_row = as<pimvp_post>(run[i]).row_bytes;
                break;
            case PIMVP_OP_CONV:
            case PIMVP_OP_POOL: {
                const auto conv = as<pimvp_conv>(run[i]);
                add(i, conv.address, std::uint64_t{conv.row_bytes} * (conv.size >> 16), false);
                add(i, output, output_row * (conv.out_size >> 16), true);
                break;
            }
            case PIMVP_OP_VECTOR: {
                const auto v = as<pimvp_vector>(run[i]);
                for (std::uint32_t k = 0; k < v.operands; ++k)
                    add(i, v.address[k], std::uint64_t{v.row_bytes[k]} * v.height, false);
                add(i, output, output_row * v.height, true);
                break;
            }
            default:
                break;
        }
    }
    return list;
}

/// Whether command i of `from` is over before command j of `to` begins, whatever each takes: a token that
/// `from` gave after i was taken by `to` before j.
bool ordered(const std::vector<Words>& from, std::size_t i, const std::vector<Words>& to, std::size_t j) {
    const auto count = [](const std::vector<Words>& list, std::size_t end, std::uint32_t opcode) {
        return std::count_if(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(end),
                             [&](const Words& w) { return w.opcode() == opcode; });
    };
    return count(from, i, PIMVP_OP_SIGNAL) < count(to, j, PIMVP_OP_WAIT);
}

/// No two paths touch the same bytes, one of them writing, without a token between; returns how often one
/// did.
int expect_no_races(const Compiled& c) {
    int met = 0;
    const auto first = touches(c, 0), second = touches(c, 1);
    for (const auto& a : first) {
        for (const auto& b : second) {
            if (a.to <= b.from || b.to <= a.from || (!a.writes && !b.writes)) continue;
            ++met;
            const auto &run0 = c.paths[0].run, &run1 = c.paths[1].run;
            EXPECT_TRUE(ordered(run0, a.command, run1, b.command) ||
                        ordered(run1, b.command, run0, a.command))
                << "command " << a.command << " of path 0 and command " << b.command << " of path 1";
        }
    }
    return met;
}

TEST(Program, RandomNetworksCompileToProgramsThatRun) {
    int compiled = 0, reloading = 0, barriers = 0, met = 0;
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed + 3000);
        RandomShape shape;
        shape.nodes = 12;
        shape.ternary_percent = 50;
        const Graph graph = random_graph(seed, shape);
        const Machine machine = random_machine(random);
        try {
            map_network(graph, machine);
        } catch (const Error&) {
            continue;  // does not fit; the mapping's tests look at that
        }
        const Compiled c(graph, machine);
        ++compiled;
        reloading += c.schedule.mapping.reloaded_bits > 0;
        for (std::size_t p = 0; p < machine.paths.size(); ++p) {
            SCOPED_TRACE("path " + std::to_string(p));
            Walk(c, static_cast<int>(p)).walk();
            if (HasFatalFailure()) return;
        }
        const bool used = machine.paths.size() == 2 && c.program.paths[1].run_commands > 0;
        for (const bool lowest_first : {true, false}) {
            const int waits = run_tokens(c.all(false), c.map, lowest_first);
            EXPECT_GE(waits, 0) << "the paths block each other";
            // Path 0 waits for path 1 at the ends of both programs, and around every exchange.
            EXPECT_EQ(waits > 0, used);
            EXPECT_EQ(run_tokens(c.all(true), c.map, lowest_first), used ? 1 : 0);
            barriers += waits;
        }
        if (used) met += expect_no_races(c);
    }
    EXPECT_GT(compiled, 60);
    EXPECT_GE(reloading, 8);
    EXPECT_GT(barriers, 50);
    EXPECT_GT(met, 50);
}

/// Smallest accumulator that the definition of Requant takes to 1, by looking at them all.
std::int64_t smallest_one(std::int32_t multiplier, int shift) {
    const auto one = [&](std::int64_t a) {
        const __int128 product = static_cast<__int128>(a) * multiplier;
        const __int128 rounding = shift == 0 ? 0 : static_cast<__int128>(1) << (shift - 1);
        return ((product + rounding) >> shift) >= 1;
    };
    std::int64_t a = -3000;
    while (a < 3000 && !one(a)) ++a;
    return a;
}

Graph one_bit_layer(const Requant& requant, const TensorType& type) {
    Random random(5);
    GraphBuilder b({3, 1, 1});
    const int outputs = static_cast<int>(requant.multiplier.size());
    Node node =
        random_conv(random, b.graph, b.graph.input, outputs, 1, 1, integer_type(4, Kind::signed_integer));
    node.requant = requant;
    const int bits = b.append(node, {outputs, 1, 1}, type);
    b.append(random_conv(random, b.graph, bits, 4, 1, 1, integer_type(4, Kind::signed_integer)), {4, 1, 1},
             accumulator_type());
    return b.graph;
}

pimvp_post first_post(const Compiled& c) {
    for (const auto& words : c.paths[0].run)
        if (words.opcode() == PIMVP_OP_POST) return as<pimvp_post>(words);
    ADD_FAILURE() << "no POST";
    return {};
}

TEST(Program, AThresholdIsTheSmallestAccumulatorThatBecomesOne) {
    Random random(11);
    Requant requant;
    requant.low = 0;
    requant.high = 1;
    for (int c = 0; c < 200; ++c) {
        requant.shift.push_back(random.between(0, 24));
        // So that the threshold lies where the search looks.
        const int least = std::max(1, (1 << std::max(0, requant.shift.back() - 1)) / 2500 + 1);
        requant.multiplier.push_back(random.between(least, 32767));
    }
    const auto bit = integer_type(1, Kind::unsigned_integer);
    const Compiled c(one_bit_layer(requant, bit), machine_of({sram_path(9, 64, 128)}));
    const auto post = first_post(c);
    ASSERT_EQ(post.mode, std::uint32_t{PIMVP_POST_THRESHOLD});
    const auto entries = parameters(c.program, c.map, 0, c.paths[0].load);
    for (std::size_t i = 0; i < 200; ++i)
        EXPECT_EQ(entries[post.parameters + i][1], smallest_one(requant.multiplier[i], requant.shift[i]))
            << requant.multiplier[i] << " / 2^" << requant.shift[i];
}

TEST(Program, WhatNoThresholdCanDoIsRequantised) {
    const auto mode = [](const Requant& requant, const TensorType& type) {
        return first_post(Compiled(one_bit_layer(requant, type), machine_of({sram_path(9, 64, 128)}))).mode;
    };
    const auto bit = integer_type(1, Kind::unsigned_integer);
    EXPECT_EQ(mode({{3}, {4}, 0, 1}, bit), std::uint32_t{PIMVP_POST_THRESHOLD});
    EXPECT_EQ(mode({{0}, {4}, 0, 1}, bit), std::uint32_t{PIMVP_POST_REQUANT});     // never 1
    EXPECT_EQ(mode({{1}, {40}, 0, 1}, bit), std::uint32_t{PIMVP_POST_REQUANT});    // from 2^39 on
    EXPECT_EQ(mode({{1}, {31}, 0, 1}, bit), std::uint32_t{PIMVP_POST_THRESHOLD});  // 2^30
    EXPECT_EQ(mode({{3}, {4}, 0, 0}, bit), std::uint32_t{PIMVP_POST_REQUANT});
    EXPECT_EQ(mode({{3}, {4}, 0, 1}, integer_type(1, Kind::unsigned_integer, 1)),
              std::uint32_t{PIMVP_POST_REQUANT});
    EXPECT_EQ(mode({{3}, {4}, 0, 1}, integer_type(2, Kind::unsigned_integer)),
              std::uint32_t{PIMVP_POST_REQUANT});
}

TEST(Program, ZeroPointsOfInputsGoIntoTheBias) {
    Random random(6);
    GraphBuilder b({2, 3, 3});
    const int shifted = b.cast(b.graph.input, integer_type(6, Kind::signed_integer, -7));
    Node node = random_conv(random, b.graph, shifted, 3, 3, 3, integer_type(4, Kind::signed_integer));
    b.append(node, {3, 1, 1}, accumulator_type());
    const Compiled c(b.graph, machine_of({sram_path(9, 64, 64)}));
    const auto entries = parameters(c.program, c.map, 0, c.paths[0].load);
    ASSERT_EQ(entries.size(), 2u + 3u);  // the cast's channels, the convolution's
    for (std::size_t oc = 0; oc < 3; ++oc) {
        std::int32_t bias = node.bias[oc];
        for (std::size_t i = 0; i < 18; ++i) bias += 7 * node.weights[oc * 18 + i];
        EXPECT_EQ(entries[2 + oc][0], bias);
    }
    b.graph.nodes.back().bias[1] = std::numeric_limits<std::int32_t>::max();
    b.graph.nodes.back().weights.assign(3 * 18, 7);
    expect_error([&] { Compiled(b.graph, machine_of({sram_path(9, 64, 64)})); }, "node1", "channel 1",
                 "32 bits");
}

TEST(Program, ElementsThatDoNotFillBytesAreCounted) {
    Random random(8);
    GraphBuilder b({1, 4, 4});
    const auto bit = integer_type(1, Kind::unsigned_integer);
    const int bits = b.cast(b.graph.input, bit);
    Node pool;
    pool.op = Op::max_pool;
    pool.inputs = {bits};
    pool.kernel_h = pool.kernel_w = 3;  // nine bits in two bytes
    b.append(pool, {1, 2, 2}, bit);
    const int pooled = b.graph.output;
    b.cast(pooled, integer_type(4, Kind::unsigned_integer));  // rows of two bits
    b.append(random_conv(random, b.graph, b.graph.output, 2, 2, 2, integer_type(4, Kind::signed_integer)),
             {2, 1, 1}, accumulator_type());
    const Compiled c(b.graph, machine_of({sram_path(2, 64, 64)}));
    std::vector<std::uint32_t> counts;
    for (const auto& words : c.paths[0].run)
        if (words.opcode() == PIMVP_OP_POST) counts.push_back(as<pimvp_post>(words).operand_format[0] >> 20);
    EXPECT_EQ(counts, (std::vector<std::uint32_t>{1, 9, 1, 0}));
}

TEST(Program, RunProgramsLieInProgramMemoryIfTheyFit) {
    const Graph graph = random_graph(3);
    Machine machine = machine_of({sram_path(20, 64, 64), edram_path(20, 64, 64)});
    const Compiled ample(graph, machine);
    const auto commands = ample.program.paths[0].run_commands;
    EXPECT_TRUE(ample.paths[0].run_in_program_memory);
    machine.paths[0].program_bytes = 64 * static_cast<std::int64_t>(commands);
    EXPECT_TRUE(Compiled(graph, machine).paths[0].run_in_program_memory);
    --machine.paths[0].program_bytes;
    const Compiled outside(graph, machine);
    EXPECT_FALSE(outside.paths[0].run_in_program_memory);
    EXPECT_EQ(outside.program.paths[0].run_address % 64, 0u);
    ASSERT_EQ(outside.paths[0].run.size(), ample.paths[0].run.size());
}

TEST(Program, SaysWhatTheMachineLacks) {
    const Graph graph = random_graph(3);
    const Machine machine = machine_of({sram_path(20, 64, 64)});
    const auto refuse = [&](auto change, const std::string& text) {
        Machine less = machine;
        change(less);
        expect_error([&] { Compiled(graph, less); }, graph.name, text);
    };
    refuse([](Machine& m) { m.dram_bytes = 1000; }, "bytes of memory, there are 1000");
    refuse([](Machine& m) { m.paths[0].parameter_entries = 3; },
           "more than 3 parameter entries on path sram");
    refuse([](Machine& m) { m.paths[0].line_buffer_bytes = 2; }, "line buffer");
    refuse([](Machine& m) { m.paths[0].post_channels = 1; },
           "output channels a pixel, the postprocessor of path sram takes 1");
    refuse([](Machine& m) { m.paths[0].post_row_bytes = 1; }, "row, the postprocessor of path sram takes 1");
}

}  // namespace
}  // namespace pimvp::net::test
