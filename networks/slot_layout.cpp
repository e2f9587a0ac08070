// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/slot_layout.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "modules/core/bits.h"
#include "networks/filter_pairs.h"
#include "networks/mapping.h"

namespace pimvp::net {

namespace {

int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

/// A layer's weights as a matrix of filters by elements of a window over some input channels.
class Windows {
  public:
    Windows(const Node& node, int inputs_of_layer, int input0, int inputs)
        : node_(node),
          kernel_(node.kernel_h * node.kernel_w),
          input0_(input0),
          inputs_(inputs),
          group_inputs_(inputs_of_layer / node.groups),
          group_outputs_(static_cast<int>(node.bias.size()) / node.groups) {}

    int elements() const { return kernel_ * inputs_; }
    bool is_zero(int filter, int element) const {
        const int channel = input0_ + element % inputs_, position = element / inputs_;
        if (channel / group_inputs_ != filter / group_outputs_) return true;
        const int in_filter = channel % group_inputs_ * kernel_ + position;
        return node_.weights[static_cast<std::size_t>(filter * group_inputs_ * kernel_ + in_filter)] == 0;
    }
    /// Marks the groups that a filter needs.
    void mark(int filter, int group, std::vector<bool>& needed) const {
        for (int j = 0; j < elements(); ++j)
            if (!needed[static_cast<std::size_t>(j / group)] && !is_zero(filter, j))
                needed[static_cast<std::size_t>(j / group)] = true;
    }

  private:
    const Node& node_;
    const int kernel_, input0_, inputs_, group_inputs_, group_outputs_;
};

struct StoredFilter {
    int channel, bits;
    std::vector<bool> needed;  // by group; empty: all
};
/// Filters that are paired with each other, as places in a list.
using Class = std::vector<std::size_t>;

struct Slot {
    std::size_t first;
    int second;  // -1: none
};

struct SpanTiles {
    std::vector<std::vector<Slot>> tiles;
    std::int64_t steps = 0;  // groups of all tiles
};

class SpanLayout {
  public:
    SpanLayout(const std::vector<StoredFilter>& filters, const PathGeometry& path)
        : filters_(filters),
          path_(path),
          slots_(static_cast<std::size_t>(path.columns / path.slot_columns)) {}

    SpanTiles best() const {
        SpanTiles best = tiles_of(neighbours(filters_.size()));
        if (filters_.front().needed.empty()) return best;
        const std::size_t in_a_tile = slots_ * (path_.pairing == Pairing::none ? 1 : 2);
        for (const auto& classes : {neighbours(in_a_tile), alike()}) {
            SpanTiles other = tiles_of(classes);
            if (other.steps < best.steps) best = std::move(other);
        }
        return best;
    }

  private:
    std::vector<Class> neighbours(std::size_t count) const {
        std::vector<Class> classes;
        for (std::size_t first = 0; first < filters_.size(); first += count) {
            Class some(std::min(count, filters_.size() - first));
            std::iota(some.begin(), some.end(), first);
            classes.push_back(std::move(some));
        }
        return classes;
    }
    std::vector<Class> alike() const {
        std::map<std::vector<bool>, Class> by_groups;
        for (std::size_t f = 0; f < filters_.size(); ++f) by_groups[filters_[f].needed].push_back(f);
        std::vector<Class> classes;
        for (auto& [needed, some] : by_groups) classes.push_back(std::move(some));
        return classes;
    }

    /// Each class fills tiles of its own; what is left of it joins what is left of others where that takes
    /// fewer steps than a tile more.
    SpanTiles tiles_of(const std::vector<Class>& classes) const {
        SpanTiles span;
        std::vector<Tile> shared;
        for (const auto& some : classes) {
            const std::vector<Slot> slots = slots_of(some);
            for (std::size_t s = 0; s < slots.size(); s += slots_) {
                const auto begin = slots.begin() + static_cast<std::ptrdiff_t>(s);
                const Tile tile =
                    tile_of({begin, begin + static_cast<std::ptrdiff_t>(std::min(slots_, slots.size() - s))});
                if (tile.slots.size() == slots_)
                    add(span, tile);
                else
                    join(shared, tile);
            }
        }
        for (const Tile& tile : shared) add(span, tile);
        return span;
    }

    struct Tile {
        std::vector<Slot> slots;
        std::vector<bool> needed;  // by group; empty: all
        std::int64_t steps() const {
            return needed.empty() ? 1 : std::count(needed.begin(), needed.end(), true);
        }
    };
    Tile tile_of(std::vector<Slot> slots) const {
        Tile tile{std::move(slots), {}};
        for (const Slot& slot : tile.slots) {
            unite(tile.needed, filters_[slot.first].needed);
            if (slot.second >= 0) unite(tile.needed, filters_[static_cast<std::size_t>(slot.second)].needed);
        }
        return tile;
    }
    static void unite(std::vector<bool>& all, const std::vector<bool>& some) {
        if (all.empty()) all.resize(some.size());
        for (std::size_t g = 0; g < some.size(); ++g) all[g] = all[g] || some[g];
    }
    void join(std::vector<Tile>& shared, const Tile& tile) const {
        Tile* best = nullptr;
        std::int64_t least = tile.steps();
        for (Tile& other : shared) {
            if (other.slots.size() + tile.slots.size() > slots_) continue;
            Tile both = other;
            unite(both.needed, tile.needed);
            const std::int64_t more = both.needed.empty() ? 0 : both.steps() - other.steps();
            if (more >= least) continue;
            least = more;
            best = &other;
        }
        if (best == nullptr) return shared.push_back(tile);
        best->slots.insert(best->slots.end(), tile.slots.begin(), tile.slots.end());
        unite(best->needed, tile.needed);
    }
    static void add(SpanTiles& span, const Tile& tile) {
        span.steps += tile.steps();
        span.tiles.push_back(tile.slots);
    }

    std::vector<Slot> slots_of(const Class& some) const {
        std::vector<int> bits;
        for (const std::size_t f : some) bits.push_back(filters_[f].bits);
        std::vector<Slot> slots;
        for (const auto& pair : pair_filters(bits, path_.slot_columns, path_.pairing))
            slots.push_back(
                {some[static_cast<std::size_t>(pair.first)],
                 pair.second < 0 ? -1 : static_cast<int>(some[static_cast<std::size_t>(pair.second)])});
        return slots;
    }

    const std::vector<StoredFilter>& filters_;
    const PathGeometry& path_;
    const std::size_t slots_;
};

/// Channels that complete together: those that all macros hold at once, if the layer can be divided there.
int span_channels(const Node& node, int outputs, int step, const PathGeometry& path) {
    std::vector<int> bits;
    for (int c = 0; c < outputs; ++c) bits.push_back(filter_columns(node, path, c));
    const auto pairing = path.pairing == Pairing::none ? Pairing::none : Pairing::greedy;
    const auto slots = static_cast<int>(pair_filters(bits, path.slot_columns, pairing).size());
    const int in_a_tile = path.columns / path.slot_columns * outputs / slots;
    const auto most = static_cast<int>(
        std::min<std::int64_t>({path.post_channels, path.post_row_bytes / 4, std::int64_t{outputs}}));
    const int width = std::min(most, in_a_tile * std::max(1, path.macros));
    if (outputs <= width || outputs % step != 0) return outputs;
    return std::max(step, width / step * step);
}

}  // namespace

int own_bits(const Node& node, int channel) {
    if (node.weight_type.kind == Kind::ternary || node.weight_type.kind == Kind::bipolar) return 2;
    return node.filter_bits.empty() ? node.weight_type.bits
                                    : node.filter_bits[static_cast<std::size_t>(channel)];
}

int filter_columns(const Node& node, const PathGeometry& path, int channel) {
    return std::min(path.slot_columns, std::max(own_bits(node, channel), path.least_weight_bits));
}

SlotLayout slot_layout(const Node& node, int inputs, int channel_step, const PathGeometry& path) {
    const auto outputs = static_cast<int>(node.bias.size());
    const Windows windows(node, inputs, 0, inputs);
    const auto groups = static_cast<std::size_t>(ceil_div(windows.elements(), path.group));
    SlotLayout layout;
    layout.channels.reserve(node.bias.size());
    const int width = span_channels(node, outputs, channel_step, path);
    for (int channel0 = 0; channel0 < outputs; channel0 += width) {
        SlotSpan span;
        span.channel0 = channel0;
        span.channels = std::min(width, outputs - channel0);
        std::vector<StoredFilter> filters;
        std::vector<int> zero;
        for (int c = channel0; c < channel0 + span.channels; ++c) {
            StoredFilter filter{c, filter_columns(node, path, c), {}};
            if (path.index_bytes > 0) {
                filter.needed.resize(groups);
                windows.mark(c, path.group, filter.needed);
                if (std::find(filter.needed.begin(), filter.needed.end(), true) == filter.needed.end()) {
                    zero.push_back(c);
                    continue;
                }
            }
            filters.push_back(std::move(filter));
        }
        if (filters.empty()) {
            filters.push_back({channel0, filter_columns(node, path, channel0), std::vector<bool>(groups)});
            zero.erase(zero.begin());
        }
        for (const auto& slots : SpanLayout(filters, path).best().tiles) {
            auto tile = std::make_shared<std::vector<SlotFilter>>();
            for (std::size_t s = 0; s < slots.size(); ++s) {
                const auto& first = filters[slots[s].first];
                tile->push_back({first.channel, static_cast<int>(s), 0, first.bits});
                if (slots[s].second < 0) continue;
                const auto& second = filters[static_cast<std::size_t>(slots[s].second)];
                tile->push_back({second.channel, static_cast<int>(s), first.bits, second.bits});
            }
            for (const auto& filter : *tile) {
                layout.channels.push_back(filter.channel);
                layout.bits.push_back(filter.bits);
            }
            layout.slots += slots.size();
            span.tiles.push_back(std::move(tile));
        }
        layout.channels.insert(layout.channels.end(), zero.begin(), zero.end());
        layout.spans.push_back(std::move(span));
    }
    return layout;
}

KeptElements kept_groups(const Node& node, int inputs_of_layer, const PathGeometry& path,
                         const std::vector<SlotFilter>& filters, int input0, int inputs) {
    if (path.index_bytes == 0) return nullptr;
    const Windows windows(node, inputs_of_layer, input0, inputs);
    const int count = ceil_div(windows.elements(), path.group);
    std::vector<bool> needed(static_cast<std::size_t>(count));
    for (const auto& filter : filters) windows.mark(filter.channel, path.group, needed);
    const auto kept = std::count(needed.begin(), needed.end(), true);
    if (kept == count) return nullptr;
    if (kept == 0) needed[0] = true;
    std::vector<int> elements;
    for (int j = 0; j < windows.elements(); ++j)
        if (needed[static_cast<std::size_t>(j / path.group)]) elements.push_back(j);
    return std::make_shared<const std::vector<int>>(std::move(elements));
}

int index_bits(int window, int group) {
    int bits = 1;
    while (ceil_div(window, group) > 1 << bits) ++bits;
    return bits;
}

std::vector<std::uint8_t> index_codes(const std::vector<int>& kept, int element0, int rows, int group,
                                      int bits) {
    const int codes = ceil_div(rows, group);
    std::vector<std::uint8_t> packed(static_cast<std::size_t>(ceil_div(codes * bits, 32)) * 4, 0);
    for (int k = 0; k < codes; ++k)
        put_bits(packed.data(), static_cast<std::size_t>(k * bits),
                 static_cast<std::uint32_t>(kept[static_cast<std::size_t>(element0 + k * group)] / group),
                 static_cast<unsigned>(bits));
    return packed;
}

}  // namespace pimvp::net
