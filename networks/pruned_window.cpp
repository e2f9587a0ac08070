// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/pruned_window.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "networks/mapping.h"

namespace pimvp::net {

namespace {

bool may_be_pruned(const Node& node, const PathGeometry& path) {
    return node.op == Op::conv && node.groups == 1 && path.mask_bits > 0 && !node.bias.empty();
}

class FilterCutter {
  public:
    FilterCutter(const std::vector<bool>& stored, const FilterLimits& limits)
        : stored_(stored),
          limits_(limits),
          end_(static_cast<int>(stored.size())),
          divisible_(end_ % limits.step == 0),
          per_group_(divisible_ ? std::max(limits.step, limits.per_group / limits.step * limits.step)
                                : end_) {}

    FilterBlocks cut() {
        int at = 0;
        while (at < end_) {
            const int limit = std::min(end_, group_ + per_group_);
            const int first = std::min(next(at, true), limit);
            if (first == limit) {
                if (blocks_ == static_cast<int>(result_.blocks.size())) result_.blocks.push_back({group_, 1});
                close(at = limit);
                continue;
            }
            const int run = std::min(next(first, false), limit);
            at = end_of_block(first, run);
            result_.blocks.push_back({first, at - first});
            if (const int begin = group_begin(at); begin > 0) close(at = begin);
        }
        if (group_ < end_) close(end_);
        return std::move(result_);
    }

  private:
    /// First channel from here on that is stored, or is not.
    int next(int channel, bool stored) const {
        while (channel < end_ && stored_[static_cast<std::size_t>(channel)] != stored) ++channel;
        return channel;
    }
    /// Where a run goes on it is at a place where a group can begin, if there is one.
    int end_of_block(int first, int run) const {
        int width = limits_.per_block;
        if (limits_.even) {
            const int blocks = (run - first + width - 1) / width, even = (run - first + blocks - 1) / blocks;
            width = std::min(width, (even + limits_.step - 1) / limits_.step * limits_.step);
        }
        if (first + width >= run) return run;
        const int whole = (first + width) / limits_.step * limits_.step;
        return whole > first ? whole : first + width;
    }
    /// Where the next group can begin after a block that ends here; 0: nowhere before the next block. The
    /// channels behind the last block go to its group if that takes them.
    int group_begin(int block_end) const {
        if (!divisible_) return 0;
        const int begin = (block_end + limits_.step - 1) / limits_.step * limits_.step;
        const int block = next(block_end, true);
        if (block == end_ && end_ - group_ <= per_group_) return end_;
        return begin <= block ? begin : 0;
    }
    void close(int end) {
        const int blocks = static_cast<int>(result_.blocks.size());
        result_.groups.push_back({group_, end - group_, blocks_, blocks - blocks_});
        group_ = end;
        blocks_ = blocks;
    }

    const std::vector<bool>& stored_;
    const FilterLimits& limits_;
    const int end_;
    const bool divisible_;
    const int per_group_;
    int group_ = 0, blocks_ = 0;  // where the open group begins, and its first block
    FilterBlocks result_;
};

}  // namespace

KeptElements kept_elements(const Node& node, const PathGeometry& path, int input0, int inputs) {
    const int kernel = node.kernel_h * node.kernel_w, window = kernel * inputs;
    if (!may_be_pruned(node, path) || window > path.mask_bits) return nullptr;
    const auto filter_size = node.weights.size() / node.bias.size();
    // In filters, the elements of a channel follow each other.
    const int first = input0 * kernel;
    std::vector<int> zero(static_cast<std::size_t>(window));
    for (int i = 0; i < window; ++i) zero[static_cast<std::size_t>(i)] = i;
    for (std::size_t f = 0; f < node.weights.size() && !zero.empty(); f += filter_size) {
        const std::int16_t* weights = node.weights.data() + f + first;
        zero.erase(std::remove_if(zero.begin(), zero.end(), [&](int i) { return weights[i] != 0; }),
                   zero.end());
    }
    if (zero.empty()) return nullptr;
    std::vector<bool> is_zero(static_cast<std::size_t>(window), false);
    for (const int i : zero) is_zero[static_cast<std::size_t>(i % kernel * inputs + i / kernel)] = true;
    std::vector<int> kept;
    for (int j = 0; j < window; ++j)
        if (!is_zero[static_cast<std::size_t>(j)]) kept.push_back(j);
    if (kept.empty()) kept.push_back(0);
    if (kept.size() == is_zero.size()) return nullptr;
    return std::make_shared<const std::vector<int>>(std::move(kept));
}

std::vector<bool> stored_filters(const Node& node, const PathGeometry& path) {
    if (!may_be_pruned(node, path)) return {};
    const auto filter_size = static_cast<std::ptrdiff_t>(node.weights.size() / node.bias.size());
    std::vector<bool> stored;
    for (auto filter = node.weights.begin(); filter != node.weights.end(); filter += filter_size)
        stored.push_back(
            std::any_of(filter, filter + filter_size, [](std::int16_t weight) { return weight != 0; }));
    if (std::find(stored.begin(), stored.end(), true) == stored.end()) stored[0] = true;
    if (std::find(stored.begin(), stored.end(), false) == stored.end()) return {};
    return stored;
}

StoredWeights stored_weights(const Graph& graph, int index, const NodeMapping& mapping) {
    const Node& node = graph.nodes[static_cast<std::size_t>(index)];
    const int inputs = graph.tensor(node.inputs[0]).shape.c / node.groups,
              kernel = node.kernel_h * node.kernel_w;
    StoredWeights stored;
    stored.all_elements = stored.elements = kernel * inputs;
    std::vector<bool> filters(static_cast<std::size_t>(graph.tensor(node.output).shape.c), false);
    for (const auto& tile : mapping.tiles) std::fill_n(filters.begin() + tile.channel0, tile.filters, true);
    stored.all_filters = static_cast<int>(filters.size());
    stored.filters = static_cast<int>(std::count(filters.begin(), filters.end(), true));
    std::set<int> ranges;
    for (const auto& pass : mapping.passes) {
        if (!pass.kept || !ranges.insert(pass.input0).second) continue;
        stored.elements -= kernel * pass.inputs - static_cast<int>(pass.kept->size());
        stored.index_bits += std::int64_t{kernel} * pass.inputs;
    }
    return stored;
}

FilterBlocks cut_filters(const std::vector<bool>& stored, const FilterLimits& limits) {
    return FilterCutter(stored, limits).cut();
}

}  // namespace pimvp::net
