// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "networks/tensor_bytes.h"
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
        ASSERT_EQ(w.count, 10u);
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
    /// A TILE command finds the region and the cells of the tile that the mapping means, and reads the
    /// elements of the window that the tile's rows stand for.
    void expect_ready(const Graph& graph, const Tile& tile, const Pass& pass, const pimvp_tile& t) const {
        const auto& node = graph.nodes[static_cast<std::size_t>(tile.node)];
        ASSERT_EQ(t.macro, base_ + static_cast<std::uint64_t>(tile.macro) * PIMVP_MACRO_SIZE);
        ASSERT_EQ(t.rows, static_cast<std::uint32_t>(tile.rows));
        EXPECT_EQ(t.channel0, static_cast<std::uint32_t>(tile.channel0 - pass.channel0));
        for (int r = 0; r < tile.rows; ++r) {
            const int j = tile.element0 + r;
            const int element = j / tile.run * pass.inputs + tile.input0 - pass.input0 + j % tile.run;
            const auto k = t.row0 + static_cast<std::uint32_t>(r);
            ASSERT_EQ(t.run == 0 ? k : t.base + k / t.run * t.stride + k % t.run,
                      static_cast<std::uint32_t>(element));
        }
        const auto region =
            regions_.find(t.macro + PIMVP_MACRO_REGION_BASE + t.region * PIMVP_MACRO_REGION_STRIDE);
        ASSERT_NE(region, regions_.end()) << "a region that nobody wrote";
        const auto& r = region->second;
        const auto& input = graph.tensor(node.inputs[0]).type;
        const bool ternary = geometry_.cell == CellKind::ternary, bipolar = input.kind == Kind::bipolar;
        const std::vector<std::uint32_t> expected = {
            static_cast<std::uint32_t>(tile.row0),
            t.rows,
            static_cast<std::uint32_t>(tile.column0),
            t.filters,
            ternary ? 2u : static_cast<std::uint32_t>(tile.slice.bits),
            ternary ? 2u : (tile.slice.is_signed ? 1u : 0u),
            bipolar ? 1u : static_cast<std::uint32_t>(input.bits),
            bipolar || input.kind == Kind::unsigned_integer ? 0u : 1u,
            t.result_bytes,
            static_cast<std::uint32_t>(tile.slice.lsb) + (bipolar ? 1u : 0u)};
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

    bool in_image(std::uint64_t address, std::uint64_t bytes) const {
        return address >= c_.map.dram && address + bytes <= c_.map.dram + c_.program.image.size();
    }
    /// Tensors that found no room in a buffer, at the end of memory.
    bool in_spill(std::uint64_t address, std::uint64_t bytes) const {
        const auto end = c_.map.dram + static_cast<std::uint64_t>(c_.machine.dram_bytes);
        return address >= end - static_cast<std::uint64_t>(c_.schedule.spilled_bytes) &&
               address + bytes <= end;
    }
    bool in_tensors(int path, std::uint64_t address, std::uint64_t bytes) const {
        return in_buffer(path, address, bytes) || in_spill(address, bytes);
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
        if (k.activity >= 3) count_command(k.activity);
        if (macros_.has(k.destination)) {
            EXPECT_TRUE(in_image(k.source, source_bytes));
            return macros_.copy_cells(c_, k);
        }
        if (in_image(k.destination, bytes)) {  // the scores
            EXPECT_FALSE(load);
            EXPECT_EQ(k.destination, c_.program.output_address);
            EXPECT_EQ(bytes, c_.program.output_bytes);
            EXPECT_TRUE(in_buffer(path_, k.source, source_bytes));
            return;
        }
        EXPECT_TRUE(in_image(k.source, source_bytes));
        if (in_buffer(path_, k.destination, bytes)) {  // the image
            EXPECT_EQ(k.source, c_.program.input_address);
            EXPECT_EQ(bytes, c_.program.input_bytes);
            return;
        }
        if (k.destination == at().program) {
            EXPECT_TRUE(load);
            EXPECT_LE(bytes, static_cast<std::uint64_t>(geometry().program_bytes));
            return;
        }
        const auto parameters = at().postprocess + 0x100000;
        ASSERT_GE(k.destination, parameters);
        ASSERT_EQ((k.destination - parameters) % 16, 0u);
        entries_ = std::max<std::size_t>(entries_, (k.destination - parameters + bytes) / 16);
        EXPECT_LE(entries_, static_cast<std::size_t>(geometry().parameter_entries));
    }

    void post(const pimvp_post& p) {
        EXPECT_FALSE(post_) << "two POST before one command";
        post_ = p;
        const auto mode = p.mode & 0xFF;
        const std::uint32_t thresholds = std::max(1u, p.operand_format[0]);
        const std::uint32_t entries = mode == PIMVP_POST_MAX      ? 0
                                      : mode == PIMVP_POST_DIVIDE ? 1
                                      : mode == PIMVP_POST_ADD || mode == PIMVP_POST_MULTIPLY
                                          ? static_cast<std::uint32_t>(node().inputs.size())
                                      : mode == PIMVP_POST_THRESHOLD ? p.channels * (1 + (thresholds + 2) / 4)
                                                                     : p.channels;
        EXPECT_LE(p.parameters + entries, entries_);
        EXPECT_LE(p.channels, static_cast<std::uint32_t>(geometry().post_channels));
        const auto bits = std::uint64_t{p.width} * p.channels * (p.format & 0xFFFF);
        EXPECT_LE((bits + 7) / 8, static_cast<std::uint64_t>(geometry().post_row_bytes));
    }

    const Node& node() const {
        static const Node none;
        return next_node_ < nodes_.size()
                   ? c_.schedule.graph.nodes[static_cast<std::size_t>(nodes_[next_node_])]
                   : none;
    }

    /// The commands of a layer follow each other, as many as the program says.
    void count_command(std::uint32_t activity) {
        ASSERT_LT(next_node_, nodes_.size());
        ASSERT_GE(activity, 3u);
        ASSERT_LT(activity - 3, c_.program.layers.size());
        const auto& layer = c_.program.layers[activity - 3];
        EXPECT_EQ(layer.node, nodes_[next_node_]);
        EXPECT_EQ(layer.path, path_);
        if (++commands_ < layer.commands) return;
        expect_complete();
        commands_ = 0;
        ++next_node_;
    }

    /// The bits of the output that a command stores: each exactly once over the commands of a layer.
    void store(std::uint32_t height, std::uint32_t activity) {
        ASSERT_TRUE(post_) << "work without POST";
        EXPECT_EQ(post_->activity, activity);
        const auto& p = *post_;
        post_.reset();
        const auto bits = std::uint64_t{p.channels} * (p.format & 0xFFFF);
        const bool by_pixel = (p.mode & 0xFF) <= PIMVP_POST_MAX && p.operand_format[1] != 0;
        const std::uint64_t base = p.address >= 0x80000000u ? p.address : at().buffer + p.address;
        const auto n = static_cast<std::size_t>(nodes_[next_node_]);
        const auto& home = c_.schedule.homes[static_cast<std::size_t>(node().output)];
        const auto output = address_of(home);
        const auto bytes =
            static_cast<std::uint64_t>(home.bytes(c_.schedule.graph.tensor(node().output).shape));
        if (base < output || base >= output + bytes) {  // sums for the next pass
            const auto& sums = c_.schedule.sums[n];
            ASSERT_GE(sums.path, 0);
            ASSERT_GE(base, address_of(sums));
            ASSERT_EQ(p.mode & 0xFF, std::uint32_t{PIMVP_POST_RAW});
            ASSERT_TRUE(in_tensors(path_, base, std::uint64_t{p.row_bytes} * height));
            return;
        }
        for (std::uint32_t y = 0; y < height; ++y)
            for (std::uint32_t x = 0; x < p.width; ++x) {
                const auto first = 8 * (base - output + y * p.row_bytes) +
                                   (by_pixel ? std::uint64_t{8} * x * p.operand_format[1] : x * bits);
                for (std::uint64_t b = first; b < first + bits; ++b)
                    ASSERT_TRUE(stored_.insert(b).second) << "an output is stored twice";
            }
    }

    std::uint64_t address_of(const TensorHome& home) const {
        if (!home.in_memory)
            return c_.map.paths[static_cast<std::size_t>(home.path)].buffer +
                   static_cast<std::uint64_t>(home.offset);
        return c_.map.dram +
               static_cast<std::uint64_t>(c_.machine.dram_bytes - c_.schedule.spilled_bytes + home.offset);
    }

    void expect_complete() {
        const auto& output = c_.schedule.graph.tensor(node().output);
        const auto bits = output.shape.size() * element_bits(output.type);
        EXPECT_EQ(stored_.size(), static_cast<std::size_t>(bits))
            << "outputs of " << node().name << " are missing";
        stored_.clear();
        EXPECT_EQ(next_pass_,
                  c_.schedule.mapping.nodes[static_cast<std::size_t>(nodes_[next_node_])].passes.size());
        next_pass_ = 0;
    }

    void windows(const std::vector<Words>& list, std::size_t i) {
        const auto conv = as<pimvp_conv>(list[i]);
        const Node& n = node();
        ASSERT_EQ(conv.opcode == PIMVP_OP_CONV, n.op == Op::conv);
        const auto& input = c_.schedule.graph.tensor(n.inputs.at(0));
        const auto& home = c_.schedule.homes[static_cast<std::size_t>(n.inputs[0])];
        const auto from = address_of(home);
        const auto last_row = std::uint64_t{conv.row_bytes} * ((conv.size >> 16) - 1);
        const auto pixel_bits = std::uint64_t{conv.channels} * (conv.format & 0xFFFF);
        const auto width = conv.size & 0xFFFF;
        const auto row = conv.pixel_bytes == 0
                             ? (width * pixel_bits + 7) / 8
                             : std::uint64_t{conv.pixel_bytes} * (width - 1) + pixel_bits / 8;
        EXPECT_GE(conv.address, from);
        EXPECT_LE(conv.address + last_row + row, from + static_cast<std::uint64_t>(home.bytes(input.shape)));
        const std::uint64_t fetched = conv.pixel_bytes == 0 ? row : width * pixel_bits / 8;
        const int held = std::min(input.shape.h, (n.kernel_h - 1) * n.dilation_h + 1 + n.stride_h);
        EXPECT_LE(fetched * static_cast<std::uint64_t>(held),
                  static_cast<std::uint64_t>(geometry().line_buffer_bytes));
        if (n.op == Op::conv || n.op == Op::average_pool)
            EXPECT_EQ(conv.pad_value, input.type.zero_point);
        else if (input.type.kind != Kind::bipolar)
            EXPECT_EQ(conv.pad_value, input.type.lowest());
        EXPECT_EQ(conv.size >> 16, static_cast<std::uint32_t>(input.shape.h));
        EXPECT_EQ(conv.kernel, PIMVP_PAIR(n.kernel_h, n.kernel_w));
        EXPECT_EQ(conv.stride, PIMVP_PAIR(n.stride_h, n.stride_w));
        EXPECT_EQ(conv.dilation, PIMVP_PAIR(n.dilation_h, n.dilation_w));
        EXPECT_EQ(conv.pad >> 16, static_cast<std::uint32_t>(n.pad_top));
        if (n.op == Op::conv) tiles(list, i, conv);
        store(conv.out_size >> 16, conv.activity);
        if (!::testing::Test::HasFatalFailure()) count_command(conv.activity);
    }

    void tiles(const std::vector<Words>& list, std::size_t i, const pimvp_conv& conv) {
        const auto& mapped = c_.schedule.mapping.nodes[static_cast<std::size_t>(nodes_[next_node_])];
        // Strips of a pass repeat its tiles; the first column of outputs begins the next pass.
        const bool first_strip =
            (conv.pad & 0xFFFF) == static_cast<std::uint32_t>(node().pad_left) && column_ == 0;
        if (first_strip) ++next_pass_;
        ASSERT_GE(next_pass_, 1u);
        ASSERT_LE(next_pass_, mapped.passes.size());
        const auto& pass = mapped.passes[next_pass_ - 1];
        column_ += static_cast<int>(conv.out_size & 0xFFFF);
        if (column_ == c_.schedule.graph.tensor(node().output).shape.w) column_ = 0;
        EXPECT_EQ(conv.channels, static_cast<std::uint32_t>(pass.inputs));
        EXPECT_EQ(conv.sums != 0, pass.adds);
        ASSERT_EQ(conv.tiles, static_cast<std::uint32_t>(pass.tiles));
        ASSERT_LT(i + conv.tiles, list.size());
        tiles_left_ = static_cast<int>(conv.tiles);
        for (int t = 0; t < pass.tiles; ++t) {
            const auto& words = list[i + 1 + static_cast<std::size_t>(t)];
            ASSERT_EQ(words.opcode(), std::uint32_t{PIMVP_OP_TILE});
            macros_.expect_ready(c_.schedule.graph,
                                 mapped.tiles[static_cast<std::size_t>(pass.first_tile + t)], pass,
                                 as<pimvp_tile>(words));
        }
    }

    void vector(const pimvp_vector& v) {
        const Node& n = node();
        ASSERT_EQ(v.operands, n.inputs.size());
        for (std::uint32_t k = 0; k < v.operands; ++k) {
            const auto& home = c_.schedule.homes[static_cast<std::size_t>(n.inputs[k])];
            EXPECT_TRUE(v.shared != 0 || home.path == path_);
            const auto from = address_of(home);
            const auto& shape = c_.schedule.graph.tensor(n.inputs[k]).shape;
            EXPECT_EQ(std::uint64_t{v.row_bytes[k]} * v.height,
                      static_cast<std::uint64_t>(home.bytes(shape)));
            EXPECT_GE(v.address[k], from);
            EXPECT_LT(v.address[k], from + v.row_bytes[k]);
        }
        store(v.height, v.activity);
        if (!::testing::Test::HasFatalFailure()) count_command(v.activity);
    }

    const Compiled& c_;
    const int path_;
    Macros macros_;
    std::size_t entries_;
    std::vector<int> nodes_;
    std::size_t next_node_ = 0, next_pass_ = 0;
    int tiles_left_ = 0, commands_ = 0, column_ = 0;
    std::set<std::uint64_t> stored_;  // bits of the output
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

/// Compiles random networks for random machines and walks their programs; counts what it met.
std::map<std::string, int> compile_random_networks(const RandomGraphOptions& options, std::uint32_t seeds,
                                                   bool small_buffers) {
    std::map<std::string, int> met;
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed + 3000);
        RandomShape shape;
        shape.nodes = 12;
        shape.ternary_percent = 50;
        const Graph graph = random_graph(seed, shape, options);
        Machine machine = random_machine(random);
        for (auto& path : machine.paths) {
            path.weight_columns = random.one_of<int>({8, 8, 4, 3});
            if (!small_buffers) continue;
            path.line_buffer_bytes = random.between(16, 200);
            path.post_row_bytes = random.between(400, 2000);
            path.post_channels = random.between(16, 100);
            path.buffer_bytes = random.between(60, 2000);
            path.parameter_entries = random.between(200, 1000);
        }
        std::optional<Compiled> compiled;
        try {
            compiled.emplace(graph, machine);
        } catch (const Error&) {
            ++met["refused"];  // other tests look at why
            continue;
        }
        const Compiled& c = *compiled;
        ++met["compiled"];
        met["reloading"] += c.schedule.mapping.reloaded_bits > 0;
        met["spilled"] += c.schedule.spilled_bytes > 0;
        for (std::size_t p = 0; p < machine.paths.size(); ++p) {
            SCOPED_TRACE("path " + std::to_string(p));
            Walk(c, static_cast<int>(p)).walk();
            if (::testing::Test::HasFatalFailure()) return met;
            for (const auto& words : c.paths[p].run) {
                if (words.opcode() != PIMVP_OP_CONV && words.opcode() != PIMVP_OP_POOL) continue;
                met["ranges"] += as<pimvp_conv>(words).pixel_bytes != 0;
                met["sums"] += as<pimvp_conv>(words).sums != 0;
                met["strips"] +=
                    (words.w[6] & 0xFFFF) !=
                    static_cast<std::uint32_t>(
                        c.schedule.graph
                            .tensor(
                                c.schedule.graph
                                    .nodes[static_cast<std::size_t>(c.program.layers[words.w[1] - 3].node)]
                                    .inputs[0])
                            .shape.w);
            }
        }
        const bool used = machine.paths.size() == 2 && c.program.paths[1].run_commands > 0;
        for (const bool lowest_first : {true, false}) {
            const int waits = run_tokens(c.all(false), c.map, lowest_first);
            EXPECT_GE(waits, 0) << "the paths block each other";
            // Path 0 waits for path 1 at the ends of both programs, and around every exchange.
            EXPECT_EQ(waits > 0, used);
            EXPECT_EQ(run_tokens(c.all(true), c.map, lowest_first), used ? 1 : 0);
            met["barriers"] += waits;
        }
        if (used) met["shared"] += expect_no_races(c);
    }
    return met;
}

TEST(Program, RandomNetworksCompileToProgramsThatRun) {
    auto met = compile_random_networks({}, 200, false);
    EXPECT_GT(met["compiled"], 190);
    EXPECT_GE(met["reloading"], 8);
    EXPECT_GT(met["barriers"], 50);
    EXPECT_GT(met["shared"], 50);
}

TEST(Program, EverythingAGraphCanHoldCompiles) {
    auto met = compile_random_networks(RandomGraphOptions::everything_on_hardware(), 150, false);
    EXPECT_GT(met["compiled"], 100);
    EXPECT_GT(met["sums"], 20);
}

TEST(Program, SmallBuffersCutLayersIntoPieces) {
    for (const auto& options : {RandomGraphOptions{}, RandomGraphOptions::everything_on_hardware()}) {
        auto met = compile_random_networks(options, 200, true);
        EXPECT_GT(met["compiled"], 30);
        EXPECT_GE(met["ranges"], 3);
        EXPECT_GT(met["strips"], 10);
        EXPECT_GT(met["sums"], 10);
        EXPECT_GE(met["spilled"], 5);
    }
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

/// Layers as they occur, of more channels than the postprocessor has, at every precision: where pixels fill
/// bytes there is a way to divide them.
TEST(Program, EveryPrecisionOfWideLayersIsDivided) {
    for (int bits = 1; bits <= 8; ++bits) {
        SCOPED_TRACE(std::to_string(bits) + " bits");
        const auto activations = integer_type(bits, Kind::unsigned_integer);
        const auto weights =
            bits == 1 ? integer_type(2, Kind::signed_integer) : integer_type(bits, Kind::signed_integer);
        Random random(static_cast<std::uint32_t>(bits));
        GraphBuilder b({16, 4, 4});
        const auto layer = [&](int outputs, int kernel, int groups) {
            const auto from = b.graph.tensor(b.graph.output).shape;
            Node node =
                random_conv(random, b.graph, b.graph.output, outputs, kernel, kernel, weights, groups);
            random_requant(random, node, outputs, 0.01, activations);
            const int side = from.h - kernel + 1;
            b.append(node, {outputs, side, side}, activations);
        };
        layer(96, 1, 1);
        layer(576, 1, 1);
        layer(576, 3, 576);
        layer(1024, 1, 1);
        Machine machine = machine_of({sram_path(14, 128, 128)});
        machine.paths[0].line_buffer_bytes = 4096;
        machine.paths[0].post_row_bytes = 4096;
        machine.paths[0].post_channels = 512;
        machine.paths[0].parameter_entries = 2048;
        machine.paths[0].accumulator_bits = machine.paths[0].multiplier_bits = 32;
        const Compiled c(b.graph, machine);
        Walk(c, 0).walk();
        if (HasFatalFailure()) return;
    }
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
    refuse([](Machine& m) { m.paths[0].parameter_entries = 3; }, "parameter entries at once");
    refuse([](Machine& m) { m.paths[0].line_buffer_bytes = 2; }, "line buffer");
    refuse([](Machine& m) { m.paths[0].post_row_bytes = 1; }, "row");
}

}  // namespace
}  // namespace pimvp::net::test
