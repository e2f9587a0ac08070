// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/tiling.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"
#include "networks/largest_product.h"
#include "networks/pass_load.h"
#include "networks/pruned_window.h"
#include "networks/strips.h"
#include "networks/weight_slices.h"

namespace pimvp::net {

namespace {

int ceil_div(int a, int b) {
    return a / b + (a % b != 0);
}
int round_up(int value, int step) {
    return ceil_div(value, step) * step;
}
/// Fewest channels of so many bits that fill bytes.
int byte_step(int bits) {
    return 8 / std::gcd(8, bits);
}

/// As many whole steps as fit, or all where not even one does.
int whole_steps(int value, int step) {
    return value >= step ? value / step * step : value;
}

/// Output channels that share their rows, and the input channels that these rows read.
struct Block {
    int channel0, filters;
    int input0, run;
    SlotFilters slots = nullptr;
    std::vector<KeptElements> kept = {};  // slots: by range of input channels
};
/// What adds up to one output: some rows of the window's list, one slice of the weights.
struct Addend {
    int range;           // of input channels, where the line buffer cannot hold all
    int element0, rows;  // of those that are kept
    Slice slice;
};

/// Most blocks and addends of one layer; choosing g groups of blocks per pass makes the passes. A group is a
/// block, unless filters of zeros lie between blocks.
class Cutter {
  public:
    /// `dense`: as if there were no groups, with zeros in the cells between them. `most_elements`: of the
    /// window, in one tile.
    Cutter(const Graph& graph, int index, const PathGeometry& path, bool dense, int most_elements)
        : graph_(graph),
          node_(graph.nodes[static_cast<std::size_t>(index)]),
          input_(graph.tensor(node_.inputs[0])),
          output_(graph.tensor(node_.output)),
          path_(path),
          index_(index),
          dense_(dense || node_.groups == 1),
          most_elements_(most_elements),
          slices_(weight_slices(node_, path, groups_alone())) {
        const int lines = path.cell == CellKind::row ? path.rows - path.reserved_rows : path.columns;
        for (const auto& slice : slices_) widest_ = std::max(widest_, lines_per_weight(slice));
        if (widest_ > lines)
            fail(path.cell == CellKind::row
                     ? "one filter takes " + std::to_string(widest_) + " wordlines, an array of path " +
                           path.name + " has " + std::to_string(lines) + " for weights"
                     : "one filter is wider than an array of path " + path.name);
        // All results of an access are read in one window.
        constexpr int most_results = (PIMVP_MACRO_WINDOW_STRIDE - PIMVP_MACRO_RESULT) / 4;
        most_filters_ =
            static_cast<int>(std::min<std::int64_t>({lines / widest_, most_results, path.post_channels}));
        if (path.filters_per_tile > 0) most_filters_ = std::min(most_filters_, path.filters_per_tile);
        channel_step_ = byte_step(element_bits(output_.type));
        input_step_ = byte_step(element_bits(input_.type));
        // Tiles of channels that fill bytes, so that layers can be divided between any of them.
        if (output_.shape.c > most_filters_) most_filters_ = whole_steps(most_filters_, channel_step_);
        if (dense_)
            cut_dense();  // always with slots: what lies between groups is skipped
        else
            cut_grouped();
        if (!groups_.empty()) return;
        for (const auto& block : blocks_)
            groups_.push_back({block.channel0, block.filters, static_cast<int>(groups_.size()), 1});
    }

    /// Tries how many groups complete together; nothing where none is possible.
    std::optional<Cut> best(int most_tiles) const {
        const int blocks = static_cast<int>(groups_.size());
        const bool resident = most_tiles == INT_MAX;
        int best = 0;
        double fewest = std::numeric_limits<double>::infinity();
        for (int g = blocks; g >= 1; g = g > 8 && !resident ? g * 3 / 4 : resident ? g / 2 : g - 1) {
            double cycles = 0;
            if (!walk(g, most_tiles, fewest, nullptr, cycles)) continue;
            best = g;
            fewest = cycles;
        }
        if (best == 0) return std::nullopt;
        Cut cut;
        cut.channels = channels_;
        walk(best, most_tiles, std::numeric_limits<double>::infinity(), &cut, cut.cycles);
        return cut;
    }

    [[noreturn]] void refuse() const {
        fail("its " + std::to_string(output_.shape.c) + " output channels of " +
             std::to_string(element_bits(output_.type)) + " bits or " + std::to_string(input_.shape.c) +
             " input channels of " + std::to_string(element_bits(input_.type)) +
             " bits, which make pixels of " + std::to_string(output_.shape.c * element_bits(output_.type)) +
             " and " + std::to_string(input_.shape.c * element_bits(input_.type)) +
             " bits, cannot be divided at bytes so that path " + path_.name +
             " takes them: " + std::to_string(path_.macros) + " macros, " +
             std::to_string(path_.post_channels) + " channels and rows of " +
             std::to_string(path_.post_row_bytes) + " bytes in its postprocessor, a line buffer of " +
             std::to_string(path_.line_buffer_bytes) + " bytes");
    }

    /// Slots: most elements of a window that a tile takes, if it takes all that its filters need.
    int fullest() const { return fullest_; }

    /// Tiles, times the lines that a weight takes in each.
    std::size_t planes() const {
        std::size_t lines = 0;
        for (const auto& addend : addends_) lines += static_cast<std::size_t>(lines_per_weight(addend.slice));
        return blocks_.size() * lines;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error("network " + graph_.name + ": layer " + node_.name + ": " + what);
    }
    /// Columns, or wordlines of row cells.
    int lines_per_weight(const Slice& slice) const {
        return cells_per_weight(slice, path_.cell, path_.cell_bits);
    }
    int kernel() const { return node_.kernel_h * node_.kernel_w; }

    /// Input channels that the line buffer can hold for strips of `width` output columns.
    int most_inputs(int width) const {
        const Shape& in = input_.shape;
        const int columns =
            std::min(in.w, (width - 1) * node_.stride_w + (node_.kernel_w - 1) * node_.dilation_w + 1);
        const auto bits = path_.line_buffer_bytes * 8 / held_rows(graph_, node_) / columns;
        return static_cast<int>(std::min<std::int64_t>(bits / element_bits(input_.type), in.c));
    }

    void cut_dense() {
        const int inputs = input_.shape.c, outputs = output_.shape.c;
        int most = most_inputs(narrow_strip());
        const bool divisible = most >= input_step_ && inputs % input_step_ == 0;
        if (most < inputs && !divisible) most = most_inputs(1);
        if (most >= inputs) {
            ranges_.push_back({0, inputs, nullptr});
        } else {
            if (most < input_step_ || inputs % input_step_ != 0)
                fail("needs a line buffer of " + std::to_string(line_buffer_needed()) +
                     " bytes for one column, path " + path_.name + " has " +
                     std::to_string(path_.line_buffer_bytes) +
                     (inputs % input_step_ == 0
                          ? ""
                          : ", and its pixels of " + std::to_string(inputs * element_bits(input_.type)) +
                                " bits cannot be divided at bytes"));
            const int count = ceil_div(inputs, most / input_step_ * input_step_);
            const int width = round_up(ceil_div(inputs, count), input_step_);
            for (int c = 0; c < inputs; c += width)
                ranges_.push_back({c, std::min(width, inputs - c), nullptr});
        }
        if (path_.cell == CellKind::slot) {
            cut_slots();
            return;
        }
        if (const auto stored = stored_filters(node_, path_); !stored.empty()) {
            cut_between_zeros(stored);
        } else {
            const int width = filters_per_block(outputs);
            for (int c = 0; c < outputs; c += width)
                blocks_.push_back({c, std::min(width, outputs - c), 0, 0});
        }
        for (std::size_t r = 0; r < ranges_.size(); ++r) {
            auto& range = ranges_[r];
            range.kept = kept_elements(node_, path_, range.input0, range.inputs);
            add_addends(static_cast<int>(r),
                        range.kept ? static_cast<int>(range.kept->size()) : kernel() * range.inputs);
        }
    }

    /// Tiles differ in the elements that they take: as many addends as the fullest one asks for.
    void cut_slots() {
        auto layout = slot_layout(node_, input_.shape.c, channel_step_, path_);
        for (const auto& span : layout.spans) {
            groups_.push_back({span.channel0, span.channels, static_cast<int>(blocks_.size()),
                               static_cast<int>(span.tiles.size())});
            int sum = span.channel0;
            for (const auto& slots : span.tiles) {
                blocks_.push_back({sum, static_cast<int>(slots->size()), 0, 0, slots, {}});
                for (const auto& range : ranges_)
                    blocks_.back().kept.push_back(
                        kept_groups(node_, input_.shape.c, path_, *slots, range.input0, range.inputs));
                sum += static_cast<int>(slots->size());
            }
        }
        for (std::size_t r = 0; r < ranges_.size(); ++r) {
            int most = 0;
            for (const auto& block : blocks_)
                most = std::max(most, block_elements(block, static_cast<int>(r)));
            add_addends(static_cast<int>(r), most);
            fullest_ = std::max(fullest_, most);
        }
        channels_ = std::move(layout.channels);
    }

    /// Of the window over a range of input channels, those that a tile of slots takes.
    int block_elements(const Block& block, int range) const {
        const auto r = static_cast<std::size_t>(range);
        return block.kept[r] ? static_cast<int>(block.kept[r]->size()) : kernel() * ranges_[r].inputs;
    }
    bool is_empty(const Block& block, const Addend& addend) const {
        return block.slots && addend.element0 >= block_elements(block, addend.range);
    }

    /// A group may wait for the next pass as sums: a row of 32-bit elements.
    void cut_between_zeros(const std::vector<bool>& stored) {
        const auto most = std::min(
            {path_.post_channels, path_.post_row_bytes / 4, static_cast<std::int64_t>(stored.size())});
        const auto cut = cut_filters(
            stored, {most_filters_, channel_step_, static_cast<int>(most), path_.cell == CellKind::row});
        for (const auto& block : cut.blocks) blocks_.push_back({block.channel0, block.filters, 0, 0});
        groups_ = cut.groups;
    }

    /// Row cells take a cycle per filter: blocks of equal size, where it costs no more of them.
    int filters_per_block(int outputs) const {
        if (path_.cell != CellKind::row) return most_filters_;
        const int even = ceil_div(outputs, ceil_div(outputs, most_filters_));
        return std::min(most_filters_, round_up(even, channel_step_));
    }

    /// Output columns of the narrowest strip that is better than one pass more. Narrow strips fetch the
    /// columns between them twice; one column at a time is the last resort. Row cells take so many cycles per
    /// position that it costs them nothing.
    int narrow_strip() const {
        const bool at_bytes = input_.shape.c % input_step_ == 0 && output_.shape.c % channel_step_ == 0;
        return path_.cell == CellKind::row && at_bytes ? 1 : std::min(4, output_.shape.w);
    }

    std::int64_t line_buffer_needed() const {
        const auto bits = std::int64_t{(node_.kernel_w - 1) * node_.dilation_w + 1} * input_.shape.c *
                          element_bits(input_.type);
        return held_rows(graph_, node_) * ((bits + 7) / 8);
    }

    /// As many whole groups per tile as rows and columns take; a group that is too large for one tile is cut
    /// like a dense layer.
    void cut_grouped() {
        const int inputs = input_.shape.c / node_.groups, outputs = output_.shape.c / node_.groups;
        int whole = std::min({most_elements_ / (kernel() * inputs), most_filters_ / outputs, node_.groups});
        const int step = std::lcm(channel_step_ / std::gcd(channel_step_, outputs),
                                  input_step_ / std::gcd(input_step_, inputs));
        if (node_.groups > whole) whole = whole_steps(whole, step);
        if (whole >= 1) {
            for (int g = 0; g < node_.groups; g += whole) {
                const int n = std::min(whole, node_.groups - g);
                blocks_.push_back({g * outputs, n * outputs, g * inputs, n * inputs});
            }
            add_addends(0, kernel() * whole * inputs);
        } else {
            const int width = filters_per_block(outputs);
            for (int g = 0; g < node_.groups; ++g)
                for (int c = 0; c < outputs; c += width)
                    blocks_.push_back({g * outputs + c, std::min(width, outputs - c), g * inputs, inputs});
            add_addends(0, kernel() * inputs);
        }
    }

    /// No tile has room for two groups, or there is only one.
    bool groups_alone() const {
        return node_.groups == 1 ||
               (!dense_ && 2 * kernel() * (input_.shape.c / node_.groups) > most_elements_);
    }

    void add_addends(int range, int elements) {
        for (int e = 0; e < elements; e += most_elements_)
            for (const auto& slice : slices_)
                addends_.push_back({range, e, std::min(most_elements_, elements - e), slice});
    }

    /// All passes if g groups complete together. Adds up the estimate; fills the cut if there is one to fill.
    /// False where that is impossible or takes `too_many` cycles.
    bool walk(int g, int most_tiles, double too_many, Cut* cut, double& cycles) const {
        for (std::size_t first = 0; first < groups_.size(); first += static_cast<std::size_t>(g)) {
            const auto last = std::min(first + static_cast<std::size_t>(g), groups_.size());
            if (!walk_groups(first, last, most_tiles, cut, cycles) || cycles >= too_many) return false;
        }
        return true;
    }

    bool walk_groups(std::size_t first_group, std::size_t end_group, int most_tiles, Cut* cut,
                     double& cycles) const {
        const FilterGroup &front = groups_[first_group], &back = groups_[end_group - 1];
        Pass pass;
        pass.channel0 = front.channel0;
        pass.channels = back.channel0 + back.channels - pass.channel0;
        const auto first = static_cast<std::size_t>(front.first_block),
                   last = static_cast<std::size_t>(back.first_block + back.blocks);
        if (pass.channels > path_.post_channels) return false;
        const bool all = pass.channels == output_.shape.c;
        if (!all && (pass.channel0 % channel_step_ != 0 || pass.channels % channel_step_ != 0 ||
                     output_.shape.c % channel_step_ != 0))
            return false;
        const std::size_t blocks = last - first, tiles = blocks * addends_.size();
        for (std::size_t t = 0; t < tiles;) {
            const int range = addends_[t / blocks].range;
            if (!set_inputs(pass, first, last, range)) return false;
            PassLoad load(path_, element_bits(input_.type), output_.shape);
            pass.tiles = 0;
            pass.first_tile = cut == nullptr ? 0 : static_cast<int>(cut->tiles.size());
            for (; t < tiles && addends_[t / blocks].range == range; ++t) {
                const Block& block = blocks_[first + t % blocks];
                const Addend& addend = addends_[t / blocks];
                if (is_empty(block, addend)) continue;
                if (pass.tiles == most_tiles) break;
                const auto tile = make_tile(block, addend, pass);
                load.add(tile);
                ++pass.tiles;
                if (cut != nullptr) cut->tiles.push_back(tile);
            }
            pass.finishes = t == tiles;
            // At least one pixel; sums wait for the next pass as a row of 32-bit elements.
            const std::int64_t bits = pass.finishes ? element_bits(output_.type) : 32;
            if ((bits * pass.channels + 7) / 8 > path_.post_row_bytes) return false;
            cycles += load.cycles(pass, most_tiles != INT_MAX);
            if (cut != nullptr) {
                // Sums of the same outputs one after the other: their ways back are equally long.
                std::stable_sort(cut->tiles.end() - pass.tiles, cut->tiles.end(),
                                 [](const Tile& a, const Tile& b) { return a.channel0 < b.channel0; });
                cut->passes.push_back(pass);
            }
            pass.adds = true;
        }
        return true;
    }

    bool set_inputs(Pass& pass, std::size_t first, std::size_t last, int range) const {
        if (dense_) {
            const Range& of = ranges_[static_cast<std::size_t>(range)];
            pass.input0 = of.input0;
            pass.inputs = of.inputs;
            pass.kept = of.kept;
            return true;
        }
        const int inputs = input_.shape.c;
        pass.input0 = blocks_[first].input0 / input_step_ * input_step_;
        const int end = blocks_[last - 1].input0 + blocks_[last - 1].run;
        pass.inputs = std::min(round_up(end, input_step_), inputs) - pass.input0;
        if (pass.inputs != inputs &&
            inputs % input_step_ != 0) {  // pixels do not start on bytes: all of them
            pass.input0 = 0;
            pass.inputs = inputs;
        }
        return pass.inputs <= most_inputs(1);
    }

    Tile make_tile(const Block& block, const Addend& addend, const Pass& pass) const {
        Tile tile;
        tile.node = index_;
        tile.input0 = dense_ ? pass.input0 : block.input0;
        tile.run = dense_ ? pass.inputs : block.run;
        tile.element0 = addend.element0;
        // The last block of a grouped layer may have fewer groups.
        tile.rows = std::min(addend.rows, kernel() * tile.run - addend.element0);
        tile.channel0 = block.channel0;
        tile.filters = block.filters;
        tile.slice = addend.slice;
        tile.kept = pass.kept;
        if (block.slots) {
            tile.slots = block.slots;
            tile.kept = block.kept[static_cast<std::size_t>(addend.range)];
            tile.rows = std::min(addend.rows, block_elements(block, addend.range) - addend.element0);
        }
        // Cell writes come in bytes: a tile's rectangle starts and ends on one.
        tile.columns = tile.slots ? (tile.slots->back().slot + 1) * path_.slot_columns
                       : path_.cell == CellKind::row
                           ? round_up(tile.rows, 8)
                           : round_up(tile.filters * lines_per_weight(tile.slice),
                                      byte_step(stored_bits(path_.cell, path_.cell_bits)));
        const std::int64_t largest = tile.rows * largest_product(path_, tile.slice, input_.type)
                                     << result_shift(tile, input_.type);
        tile.result_bytes = largest <= 32767 ? 2 : 4;
        return tile;
    }

    struct Range {
        int input0, inputs;
        KeptElements kept;
    };
    const Graph& graph_;
    const Node& node_;
    const Tensor &input_, &output_;
    const PathGeometry& path_;
    const int index_;
    const bool dense_;
    const int most_elements_;  // of the window, in one tile
    const std::vector<Slice> slices_;
    int widest_ = 0, most_filters_ = 0, channel_step_ = 1, input_step_ = 1;
    std::vector<Range> ranges_;
    std::vector<Block> blocks_;
    std::vector<FilterGroup> groups_;
    std::vector<Addend> addends_;
    std::vector<int> channels_;  // slots: whose sum comes where
    int fullest_ = 0;
};

int window_elements(const PathGeometry& path) {
    return path.cell == CellKind::row ? path.columns : path.rows;
}

/// Equal pieces of a window spread over more macros, which work at the same time: as many as are worth the
/// sums that they add.
std::optional<Cut> cut_into_slots(const Graph& graph, int node, const PathGeometry& path, int most_tiles) {
    const Cutter whole(graph, node, path, true, path.rows);
    auto best = whole.best(most_tiles);
    int before = path.rows;
    for (int pieces = 1; pieces <= path.macros; ++pieces) {
        const int elements = round_up(ceil_div(whole.fullest(), pieces), path.group);
        if (elements >= before) continue;
        if (elements < 4 * path.group) break;
        before = elements;
        auto cut = Cutter(graph, node, path, true, elements).best(most_tiles);
        if (cut && (!best || cut->cycles < best->cycles)) best = std::move(cut);
    }
    return best;
}

}  // namespace

std::optional<Cut> try_to_cut_layer(const Graph& graph, int node, const PathGeometry& path, int most_tiles) {
    if (path.cell == CellKind::slot) return cut_into_slots(graph, node, path, most_tiles);
    const bool has_groups = graph.nodes[static_cast<std::size_t>(node)].groups != 1;
    const Cutter dense(graph, node, path, true, window_elements(path));
    if (!has_groups) return dense.best(most_tiles);
    // Few large groups may leave more cells idle beside each other than a dense layer has zeros.
    const Cutter grouped(graph, node, path, false, window_elements(path));
    if (dense.planes() < grouped.planes())
        if (auto cut = dense.best(most_tiles)) return cut;
    return grouped.best(most_tiles);
}

Cut cut_layer(const Graph& graph, int node, const PathGeometry& path, int most_tiles) {
    auto cut = try_to_cut_layer(graph, node, path, most_tiles);
    if (!cut) Cutter(graph, node, path, true, window_elements(path)).refuse();
    return std::move(*cut);
}

}  // namespace pimvp::net
