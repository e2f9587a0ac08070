// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/program.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/account.h"
#include "modules/core/error.h"
#include "networks/weight_image.h"

namespace pimvp::net {

namespace {

using Command = std::array<std::uint32_t, 16>;

template <class T>
Command command(const T& t) {
    static_assert(sizeof(T) == sizeof(Command), "a command has 64 bytes");
    Command c;
    std::memcpy(c.data(), &t, sizeof c);
    return c;
}

std::uint32_t format_of(const TensorType& type) {
    const auto kind = type.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED;
    return PIMVP_FORMAT(type.bits, kind);
}

class Compiler {
  public:
    Compiler(const Schedule& schedule, const Machine& machine, const AddressMap& map)
        : schedule_(schedule),
          graph_(schedule.graph),
          machine_(machine),
          map_(map),
          load_(machine.paths.size()),
          run_(machine.paths.size()),
          entries_(machine.paths.size()) {}

    Program build() {
        program_.image_address = map_.dram;
        program_.paths.resize(machine_.paths.size());
        used_.assign(machine_.paths.size(), false);
        used_[0] = true;
        for (const auto& item : schedule_.order) used_[static_cast<std::size_t>(item.path)] = true;
        place_input_and_output();
        emit_run();
        emit_load();
        place_programs();
        if (program_.image.size() > static_cast<std::size_t>(machine_.dram_bytes))
            throw Error("network " + graph_.name + ": needs " + std::to_string(program_.image.size()) +
                        " bytes of memory, there are " + std::to_string(machine_.dram_bytes));
        return program_;
    }

  private:
    const AddressMap::Path& at(int path) const { return map_.paths[static_cast<std::size_t>(path)]; }
    const PathGeometry& geometry(int path) const { return machine_.paths[static_cast<std::size_t>(path)]; }
    std::vector<Command>& run(int path) { return run_[static_cast<std::size_t>(path)]; }
    std::uint32_t tensor_address(int t) const {
        const auto& home = schedule_.homes[static_cast<std::size_t>(t)];
        return static_cast<std::uint32_t>(at(home.path).buffer + static_cast<std::uint64_t>(home.offset));
    }

    /// Room for `bytes` in the image, aligned so that every kind of access to it is.
    std::uint64_t reserve(std::size_t bytes) {
        const std::size_t offset = (program_.image.size() + 63) / 64 * 64;
        program_.image.resize(offset + bytes, 0);
        return map_.dram + offset;
    }
    std::uint64_t append(const void* data, std::size_t bytes) {
        const auto address = reserve(bytes);
        if (bytes > 0) std::memcpy(program_.image.data() + (address - map_.dram), data, bytes);
        return address;
    }

    void place_input_and_output() {
        const auto& input = graph_.tensor(graph_.input);
        const auto& output = graph_.tensor(graph_.output);
        if (input.type.bits != 8 || output.type.bits != 32)
            throw Error(
                "network " + graph_.name + ": expected 8-bit pixels in and 32-bit scores out, found " +
                std::to_string(input.type.bits) + " and " + std::to_string(output.type.bits) + " bits");
        program_.input_bytes = static_cast<std::uint32_t>(input.shape.size());
        program_.output_bytes = static_cast<std::uint32_t>(output.shape.size() * 4);
        program_.input_address = reserve(program_.input_bytes);
        program_.output_address = reserve(program_.output_bytes);
    }

    static Command copy(std::uint64_t from, std::uint64_t to, std::size_t bytes, int activity) {
        pimvp_copy c{};
        c.opcode = PIMVP_OP_COPY;
        c.activity = static_cast<std::uint32_t>(activity);
        c.source = static_cast<std::uint32_t>(from);
        c.destination = static_cast<std::uint32_t>(to);
        c.row_bytes = static_cast<std::uint32_t>(bytes);
        c.rows = 1;
        c.source_stride = c.destination_stride = c.row_bytes;
        return command(c);
    }

    void meet(int activity) {
        for (int p = 0; p < static_cast<int>(machine_.paths.size()); ++p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            std::size_t others = 0;
            for (int q = 0; q < static_cast<int>(machine_.paths.size()); ++q) {
                if (q == p || !used_[static_cast<std::size_t>(q)]) continue;
                run(p).push_back(token(PIMVP_OP_SIGNAL, activity, at(q).sequencer + PIMVP_SEQ_TOKEN));
                ++others;
            }
            for (; others > 0; --others) run(p).push_back(token(PIMVP_OP_WAIT, activity, 0));
        }
    }
    static Command token(std::uint32_t opcode, int activity, std::uint64_t address) {
        pimvp_signal c{};
        c.opcode = opcode;
        c.activity = static_cast<std::uint32_t>(activity);
        c.address = static_cast<std::uint32_t>(address);
        return command(c);
    }
    static Command end(int activity, bool interrupt) {
        pimvp_end c{};
        c.opcode = PIMVP_OP_END;
        c.activity = static_cast<std::uint32_t>(activity);
        c.argument = interrupt ? 1 : 0;
        return command(c);
    }

    void emit_run() {
        run(0).push_back(
            copy(program_.input_address, tensor_address(graph_.input), program_.input_bytes, Activity::io));
        bool exchanging = false;
        int step = -1;
        for (const auto& item : schedule_.order) {
            const int layer = static_cast<int>(program_.layers.size());
            const auto& node = graph_.nodes[static_cast<std::size_t>(item.node)];
            program_.layers.push_back({node.name, item.node, item.path, graph_.macs(node)});
            const bool new_exchange = item.exchange && (!exchanging || item.step != step);
            if (new_exchange || (exchanging && !item.exchange)) meet(Activity::layer(layer));
            exchanging = item.exchange;
            step = item.step;
            emit_node(item, Activity::layer(layer));
        }
        if (exchanging) meet(Activity::io);
        run(0).push_back(copy(tensor_address(graph_.output), program_.output_address, program_.output_bytes,
                              Activity::io));
        for (int p = 1; p < static_cast<int>(machine_.paths.size()); ++p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            run(p).push_back(token(PIMVP_OP_SIGNAL, Activity::io, at(0).sequencer + PIMVP_SEQ_TOKEN));
            run(0).push_back(token(PIMVP_OP_WAIT, Activity::io, 0));
        }
        for (int p = 0; p < static_cast<int>(machine_.paths.size()); ++p)
            if (used_[static_cast<std::size_t>(p)]) run(p).push_back(end(Activity::io, p == 0));
    }

    void emit_node(const ScheduledNode& item, int activity) {
        const auto& node = graph_.nodes[static_cast<std::size_t>(item.node)];
        switch (node.op) {
            case Op::conv:
                emit_conv(item, node, activity);
                break;
            case Op::max_pool:
            case Op::average_pool:
                emit_pool(item, node, activity);
                break;
            case Op::add:
            case Op::merge:
                emit_vector(item, node, activity);
                break;
        }
    }

    std::uint32_t add_entries(int path, const std::vector<pimvp_post_entry>& entries) {
        auto& all = entries_[static_cast<std::size_t>(path)];
        const auto first = all.size();
        all.insert(all.end(), entries.begin(), entries.end());
        if (static_cast<std::int64_t>(all.size()) > geometry(path).parameter_entries)
            throw Error("network " + graph_.name + ": needs more than " +
                        std::to_string(geometry(path).parameter_entries) + " parameter entries on path " +
                        geometry(path).name + " (one per output channel of every layer)");
        return static_cast<std::uint32_t>(first);
    }

    /// With its count where elements do not fill bytes: the postprocessor sees bytes only.
    std::uint32_t operand_format(const Node& node, const Tensor& operand) const {
        std::int64_t count = 0;
        if (node.op == Op::merge) count = operand.shape.c;
        if (node.op == Op::max_pool || node.op == Op::average_pool)
            count = std::int64_t{node.kernel_h} * node.kernel_w;
        const auto format = format_of(operand.type);
        if (count <= 4095) return format | static_cast<std::uint32_t>(count) << 20;
        const std::int64_t unit =
            operand.type.bits * (node.op == Op::merge ? operand.shape.w : operand.shape.c);
        if (unit * count % 8 != 0 && 8 - unit * count % 8 >= unit)
            throw Error("network " + graph_.name + ": node " + node.name + " takes " + std::to_string(count) +
                        (node.op == Op::merge ? " channels" : " pixels") +
                        " at once that do not fill bytes, the postprocessor counts to 4095");
        return format;
    }

    void emit_post(int path, int activity, const Node& node, std::uint32_t mode,
                   const std::vector<pimvp_post_entry>& entries) {
        const auto& output = graph_.tensor(node.output);
        pimvp_post c{};
        c.opcode = PIMVP_OP_POST;
        c.activity = static_cast<std::uint32_t>(activity);
        c.mode = mode;
        c.channels = static_cast<std::uint32_t>(output.shape.c);
        c.width = static_cast<std::uint32_t>(output.shape.w);
        c.format = format_of(output.type);
        const bool clamps = !node.requant.empty();
        c.low = static_cast<std::int32_t>(clamps ? node.requant.low : output.type.lowest());
        c.high = static_cast<std::int32_t>(clamps ? node.requant.high : output.type.highest());
        c.zero_point = output.type.zero_point;
        c.parameters = add_entries(path, entries);
        c.address = static_cast<std::uint32_t>(schedule_.homes[static_cast<std::size_t>(node.output)].offset);
        c.row_bytes =
            static_cast<std::uint32_t>(schedule_.homes[static_cast<std::size_t>(node.output)].row_bytes);
        for (std::size_t k = 0; k < std::min<std::size_t>(4, node.inputs.size()); ++k)
            c.operand_format[k] = operand_format(node, graph_.tensor(node.inputs[k]));
        run(path).push_back(command(c));
    }

    void emit_conv(const ScheduledNode& item, const Node& node, int activity) {
        const auto& mapped = schedule_.mapping.nodes[static_cast<std::size_t>(item.node)];
        const auto& input = graph_.tensor(node.inputs[0]);
        const auto& output = graph_.tensor(node.output);
        // Layers that stream through the same macros share their regions too.
        if (!mapped.resident) {
            for (const auto& tile : mapped.tiles) {
                run(item.path).push_back(region(item.path, tile, activity));
                run(item.path).push_back(load_tile(item.path, tile, activity));
            }
        }

        // The arrays multiply stored integers; what the input's zero point adds is known and goes into the
        // bias.
        const bool raw = node.requant.empty();
        const bool one_bit = compares(node, output.type);
        std::vector<pimvp_post_entry> entries;
        for (int c = 0; c < output.shape.c; ++c) {
            const auto channel = static_cast<std::size_t>(c);
            std::int64_t bias = node.bias.empty() ? 0 : node.bias[channel];
            const int window = node.kernel_h * node.kernel_w * input.shape.c;
            if (input.type.zero_point != 0)
                for (int r = 0; r < window; ++r)
                    bias -= std::int64_t{input.type.zero_point} * window_weight(graph_, node, c, r);
            pimvp_post_entry entry{};
            entry.bias = static_cast<std::int32_t>(bias);
            if (entry.bias != bias)
                throw Error("network " + graph_.name + ": layer " + node.name + ", channel " +
                            std::to_string(c) + ": bias and zero point of the input make " +
                            std::to_string(bias) + ", which leaves 32 bits");
            if (one_bit) {
                entry.multiplier = static_cast<std::int32_t>(
                    threshold(node.requant.multiplier[channel], node.requant.shift[channel]));
            } else if (!raw) {
                entry.multiplier = node.requant.multiplier[channel];
                entry.shift = static_cast<std::uint32_t>(node.requant.shift[channel]);
            }
            entries.push_back(entry);
        }
        emit_post(item.path, activity, node,
                  raw       ? PIMVP_POST_RAW
                  : one_bit ? PIMVP_POST_THRESHOLD
                            : PIMVP_POST_REQUANT,
                  entries);
        emit_windows(item.path, PIMVP_OP_CONV, node, activity,
                     static_cast<std::uint32_t>(mapped.tiles.size()));
        for (const auto& tile : mapped.tiles) {
            pimvp_tile t{};
            t.opcode = PIMVP_OP_TILE;
            t.activity = static_cast<std::uint32_t>(activity);
            t.macro = static_cast<std::uint32_t>(map_.macro(item.path, tile.macro));
            t.region = static_cast<std::uint32_t>(tile.region);
            t.row0 = static_cast<std::uint32_t>(tile.window_row0);
            t.rows = static_cast<std::uint32_t>(tile.rows);
            t.channel0 = static_cast<std::uint32_t>(tile.channel0);
            t.filters = static_cast<std::uint32_t>(tile.filters);
            t.result_bytes = static_cast<std::uint32_t>(tile.result_bytes);
            run(item.path).push_back(command(t));
        }
    }

    /// Smallest accumulator that requantises to 1 or more: (a m + 2^(s-1)) >> s >= 1, multiplier m > 0.
    static std::int64_t threshold(std::int32_t multiplier, int shift) {
        if (shift == 0) return 1;
        const std::int64_t half = std::int64_t{1} << (shift - 1);
        return (half + multiplier - 1) / multiplier;
    }
    /// Whether a comparison with a 32-bit threshold per channel does the whole requantisation.
    static bool compares(const Node& node, const TensorType& type) {
        const auto& r = node.requant;
        if (r.empty() || type.bits != 1 || type.kind != Kind::unsigned_integer) return false;
        if (r.low != 0 || r.high != 1 || type.zero_point != 0) return false;
        for (std::size_t c = 0; c < r.multiplier.size(); ++c)
            if (r.multiplier[c] <= 0 ||
                threshold(r.multiplier[c], r.shift[c]) > std::numeric_limits<std::int32_t>::max())
                return false;
        return true;
    }

    void emit_windows(int path, std::uint32_t opcode, const Node& node, int activity, std::uint32_t tiles) {
        const auto& input = graph_.tensor(node.inputs[0]);
        const auto& output = graph_.tensor(node.output);
        // A window slides over rows that the line buffer holds: those under the kernel and those of the next
        // step.
        const std::int64_t rows =
            std::min(input.shape.h, (node.kernel_h - 1) * node.dilation_h + 1 + node.stride_h);
        const std::int64_t needed = rows * row_bytes(input);
        if (needed > geometry(path).line_buffer_bytes)
            throw Error("network " + graph_.name + ": layer " + node.name + " needs a line buffer of " +
                        std::to_string(needed) + " bytes, path " + geometry(path).name + " has " +
                        std::to_string(geometry(path).line_buffer_bytes));
        pimvp_conv c{};
        c.opcode = opcode;
        c.activity = static_cast<std::uint32_t>(activity);
        c.address = tensor_address(node.inputs[0]);
        c.row_bytes =
            static_cast<std::uint32_t>(schedule_.homes[static_cast<std::size_t>(node.inputs[0])].row_bytes);
        c.size = PIMVP_PAIR(input.shape.h, input.shape.w);
        c.channels = static_cast<std::uint32_t>(input.shape.c);
        c.format = format_of(input.type);
        c.out_size = PIMVP_PAIR(output.shape.h, output.shape.w);
        c.kernel = PIMVP_PAIR(node.kernel_h, node.kernel_w);
        c.stride = PIMVP_PAIR(node.stride_h, node.stride_w);
        c.pad = PIMVP_PAIR(node.pad_top, node.pad_left);
        c.dilation = PIMVP_PAIR(node.dilation_h, node.dilation_w);
        c.pad_value = input.type.zero_point;
        c.tiles = tiles;
        run(path).push_back(command(c));
    }

    void emit_pool(const ScheduledNode& item, const Node& node, int activity) {
        std::vector<pimvp_post_entry> entries;
        const auto& input = graph_.tensor(node.inputs[0]);
        for (int c = 0; c < input.shape.c && node.op == Op::average_pool; ++c) {
            const auto channel = static_cast<std::size_t>(c);
            pimvp_post_entry entry{input.type.zero_point, 1, 0, 0};  // the sum as it is
            if (!node.requant.empty()) {
                entry.multiplier = node.requant.multiplier[channel];
                entry.shift = static_cast<std::uint32_t>(node.requant.shift[channel]);
            }
            entries.push_back(entry);
        }
        emit_post(item.path, activity, node, node.op == Op::max_pool ? PIMVP_POST_MAX : PIMVP_POST_SUM,
                  entries);
        emit_windows(item.path, PIMVP_OP_POOL, node, activity, 0);
    }

    void emit_vector(const ScheduledNode& item, const Node& node, int activity) {
        if (node.inputs.size() > 4)
            throw Error("network " + graph_.name + ": node " + node.name + " has " +
                        std::to_string(node.inputs.size()) + " inputs, the postprocessor takes up to 4");
        const auto& output = graph_.tensor(node.output);
        std::vector<pimvp_post_entry> entries;
        if (node.op == Op::add) {
            for (std::size_t k = 0; k < node.inputs.size(); ++k)
                entries.push_back({graph_.tensor(node.inputs[k]).type.zero_point, node.requant.multiplier[k],
                                   static_cast<std::uint32_t>(node.requant.shift[k]), 0});
        } else {
            for (std::size_t c = 0; c < node.channels.size(); ++c)
                entries.push_back(merge_entry(node, output.type, c));
        }
        emit_post(item.path, activity, node, node.op == Op::add ? PIMVP_POST_ADD : PIMVP_POST_MERGE, entries);
        pimvp_vector v{};
        v.opcode = PIMVP_OP_VECTOR;
        v.activity = static_cast<std::uint32_t>(activity);
        v.height = static_cast<std::uint32_t>(output.shape.h);
        v.operands = static_cast<std::uint32_t>(node.inputs.size());
        for (std::size_t k = 0; k < node.inputs.size(); ++k) {
            v.address[k] = tensor_address(node.inputs[k]);
            v.row_bytes[k] = static_cast<std::uint32_t>(
                schedule_.homes[static_cast<std::size_t>(node.inputs[k])].row_bytes);
        }
        v.shared = item.exchange ? 1 : 0;
        run(item.path).push_back(command(v));
    }

    /// One bit out is a comparison: x - threshold + 1, clamped to 0..1, which needs no multiplier.
    pimvp_post_entry merge_entry(const Node& node, const TensorType& out, std::size_t c) const {
        const auto& from = node.channels[c];
        const int zero_point =
            graph_.tensor(node.inputs[static_cast<std::size_t>(from.input)]).type.zero_point;
        const auto select = PIMVP_PAIR(from.input, from.channel);
        const auto multiplier = node.requant.multiplier[c];
        const int shift = node.requant.shift[c];
        if (node.requant.low != 0 || node.requant.high != 1 || out.zero_point != 0)
            return {zero_point, multiplier, static_cast<std::uint32_t>(shift), select};
        constexpr std::int64_t out_of_reach = 1 << 16;  // of the largest element
        const auto least = static_cast<std::int32_t>(std::min(threshold(multiplier, shift), out_of_reach));
        return {zero_point + least - 1, 1, 0, select};
    }

    /// The weights go into the image once; every load of them copies from there.
    Command load_tile(int path, const Tile& tile, int activity) {
        const auto& g = geometry(path);
        const int cell_bits = g.cell == CellKind::bit ? 1 : 2;
        const auto cells = tile_cells(graph_, tile, g.cell);
        pimvp_copy c{};
        c.opcode = PIMVP_OP_COPY;
        c.activity = static_cast<std::uint32_t>(activity);
        c.source = static_cast<std::uint32_t>(append(cells.data(), cells.size()));
        c.row_bytes = static_cast<std::uint32_t>(tile.columns * cell_bits / 8);
        c.rows = static_cast<std::uint32_t>(tile.rows);
        c.source_stride = c.row_bytes;
        c.destination_stride = static_cast<std::uint32_t>(g.columns * cell_bits / 8);
        c.destination = static_cast<std::uint32_t>(map_.macro(path, tile.macro) + PIMVP_MACRO_CELLS) +
                        static_cast<std::uint32_t>(tile.row0) * c.destination_stride +
                        static_cast<std::uint32_t>(tile.column0 * cell_bits / 8);
        return command(c);
    }

    Command region(int path, const Tile& tile, int activity) const {
        const auto& node = graph_.nodes[static_cast<std::size_t>(tile.node)];
        const auto& input = graph_.tensor(node.inputs[0]);
        const bool ternary_cell = geometry(path).cell == CellKind::ternary;
        pimvp_write w{};
        w.opcode = PIMVP_OP_WRITE;
        w.activity = static_cast<std::uint32_t>(activity);
        w.address = static_cast<std::uint32_t>(map_.macro(path, tile.macro) + PIMVP_MACRO_REGION_BASE) +
                    static_cast<std::uint32_t>(tile.region) * PIMVP_MACRO_REGION_STRIDE;
        w.count = 9;
        const std::uint32_t values[9] = {
            static_cast<std::uint32_t>(tile.row0),
            static_cast<std::uint32_t>(tile.rows),
            static_cast<std::uint32_t>(tile.column0),
            static_cast<std::uint32_t>(tile.filters),
            ternary_cell ? 2u
                         : static_cast<std::uint32_t>(columns_per_filter(CellKind::bit, node.weight_type)),
            ternary_cell
                ? PIMVP_KIND_TERNARY
                : (node.weight_type.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED),
            static_cast<std::uint32_t>(input.type.bits),
            input.type.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED,
            static_cast<std::uint32_t>(tile.result_bytes)};
        std::copy(std::begin(values), std::end(values), w.value);
        return command(w);
    }

    void emit_load() {
        for (int p = 0; p < static_cast<int>(machine_.paths.size()); ++p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            auto& load = load_[static_cast<std::size_t>(p)];
            const auto& entries = entries_[static_cast<std::size_t>(p)];
            const auto bytes = entries.size() * sizeof(pimvp_post_entry);
            if (bytes > 0)
                load.push_back(copy(append(entries.data(), bytes), at(p).postprocess + PIMVP_POST_PARAMETERS,
                                    bytes, Activity::load));
            for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
                const auto& mapped = schedule_.mapping.nodes[n];
                if (mapped.path != p || !mapped.resident) continue;
                for (const auto& tile : mapped.tiles) {
                    load.push_back(region(p, tile, Activity::load));
                    load.push_back(load_tile(p, tile, Activity::load));
                }
            }
        }
    }

    /// Run programs move into the paths' program memories, where fetching is cheap, if they fit; load
    /// programs run once, from where they are. Path 0 ends last: it takes a token from every other path.
    void place_programs() {
        for (int p = static_cast<int>(machine_.paths.size()) - 1; p >= 0; --p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            auto& placed = program_.paths[static_cast<std::size_t>(p)];
            auto& load = load_[static_cast<std::size_t>(p)];
            const auto run_bytes = run(p).size() * sizeof(Command);
            placed.run_address = append(run(p).data(), run_bytes);
            placed.run_commands = static_cast<std::uint32_t>(run(p).size());
            if (static_cast<std::int64_t>(run_bytes) <= geometry(p).program_bytes) {
                load.push_back(copy(placed.run_address, at(p).program, run_bytes, Activity::load));
                placed.run_address = at(p).program;
            }
            if (p != 0) {
                load.push_back(token(PIMVP_OP_SIGNAL, Activity::load, at(0).sequencer + PIMVP_SEQ_TOKEN));
            } else {
                for (std::size_t q = 1; q < machine_.paths.size(); ++q)
                    if (used_[q]) load.push_back(token(PIMVP_OP_WAIT, Activity::load, 0));
            }
            load.push_back(end(Activity::load, p == 0));
            placed.load_commands = static_cast<std::uint32_t>(load.size());
            placed.load_address = append(load.data(), load.size() * sizeof(Command));
        }
    }

    const Schedule& schedule_;
    const Graph& graph_;
    const Machine& machine_;
    const AddressMap& map_;
    Program program_;
    std::vector<bool> used_;
    std::vector<std::vector<Command>> load_, run_;
    std::vector<std::vector<pimvp_post_entry>> entries_;
};

}  // namespace

std::uint64_t AddressMap::macro(int path, int index) const {
    return paths[static_cast<std::size_t>(path)].macros +
           static_cast<std::uint64_t>(index) * PIMVP_MACRO_SIZE;
}

AddressMap default_address_map(std::size_t paths) {
    AddressMap map;
    map.dram = 0x80000000u;
    for (std::size_t p = 0; p < paths; ++p) {
        const std::uint64_t base = (p + 1) * 0x10000000u;
        map.paths.push_back(
            {base, base + 0x1000, base + 0x100000, base + 0x200000, base + 0x400000, base + 0x1000000});
    }
    return map;
}

Program compile(const Schedule& schedule, const Machine& machine, const AddressMap& map) {
    return Compiler(schedule, machine, map).build();
}

}  // namespace pimvp::net
