// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/post_entries.h"

#include <algorithm>
#include <limits>
#include <string>

#include "modules/core/error.h"
#include "networks/mapping.h"
#include "networks/requant.h"

namespace pimvp::net {

namespace {

[[noreturn]] void fail(const Graph& graph, const Node& node, const std::string& what) {
    throw Error("network " + graph.name + ": node " + node.name + ": " + what);
}

/// Smallest accumulator that requantises to 1 or more: (a m + 2^(s-1)) >> s >= 1, multiplier m > 0.
std::int64_t threshold(std::int32_t multiplier, int shift) {
    if (shift == 0) return 1;
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    return (half + multiplier - 1) / multiplier;
}

/// Whether a comparison with a 32-bit threshold per channel does the whole requantisation.
bool compares(const Requant& r, const TensorType& type) {
    if (r.multiplier.empty() || r.rounding != Rounding::half_up) return false;
    if (type.bits != 1 || type.kind != Kind::unsigned_integer) return false;
    if (r.low != 0 || r.high != 1 || type.zero_point != 0) return false;
    for (std::size_t c = 0; c < r.multiplier.size(); ++c)
        if (r.multiplier[c] <= 0 ||
            threshold(r.multiplier[c], r.shift[c]) > std::numeric_limits<std::int32_t>::max())
            return false;
    return true;
}

/// The arrays multiply stored integers; what the input's zero point adds is known and goes into the bias.
/// Bipolar inputs are stored as (x + 1) / 2: sum of w x = 2 (sum of w stored) - sum of w.
std::int32_t folded_bias(const Graph& graph, const Node& node, std::size_t channel) {
    const TensorType& input = graph.tensor(node.inputs[0]).type;
    std::int64_t bias = node.bias[channel];
    const std::int64_t offset = input.kind == Kind::bipolar ? 1 : input.zero_point;
    if (offset != 0) {
        const std::size_t size = node.weights.size() / node.bias.size();
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < size; ++i) sum += node.weights[channel * size + i];
        bias -= offset * sum;
    }
    if (bias != static_cast<std::int32_t>(bias))
        throw Error("network " + graph.name + ": layer " + node.name + ", channel " +
                    std::to_string(channel) + ": bias and zero point of the input make " +
                    std::to_string(bias) + ", which leaves 32 bits");
    return static_cast<std::int32_t>(bias);
}

void add_thresholds(PostEntries& entries, const Requant& r, std::size_t channel, std::int32_t bias) {
    const auto steps = static_cast<std::size_t>(r.steps);
    const std::int32_t* t = r.thresholds.data() + channel * steps;
    entries.push_back({bias, t[0], !r.falling.empty() && r.falling[channel] ? 1u : 0u, 0});
    for (std::size_t k = 1; k < steps; k += 4) {
        const auto at = [&](std::size_t i) {
            return i < steps ? t[i] : std::numeric_limits<std::int32_t>::max();
        };
        entries.push_back(
            {at(k), at(k + 1), static_cast<std::uint32_t>(at(k + 2)), static_cast<std::uint32_t>(at(k + 3))});
    }
}

PostEntries conv_entries(const Graph& graph, const Node& node, int channel0, int channels) {
    const Requant& r = node.requant;
    const bool one_bit = compares(r, graph.tensor(node.output).type);
    PostEntries entries;
    for (int channel = channel0; channel < channel0 + channels; ++channel) {
        const auto c = static_cast<std::size_t>(channel);
        const auto bias = folded_bias(graph, node, c);
        if (r.steps > 0)
            add_thresholds(entries, r, c, bias);
        else if (r.empty())
            entries.push_back({bias, 0, 0, 0});
        else if (one_bit)
            entries.push_back(
                {bias, static_cast<std::int32_t>(threshold(r.multiplier[c], r.shift[c])), 0, 0});
        else
            entries.push_back({bias, r.multiplier[c], static_cast<std::uint32_t>(r.shift[c]), 0});
    }
    return entries;
}

PostEntries pool_entries(const Graph& graph, const Node& node, int channel0, int channels) {
    if (node.op == Op::max_pool) return {};
    const TensorType& input = graph.tensor(node.inputs[0]).type;
    if (node.divide) {
        const int n = node.kernel_h * node.kernel_w;
        const auto divider = exact_divider(n, n * std::max(std::abs(input.lowest()), input.highest()));
        return {{0, divider.multiplier, static_cast<std::uint32_t>(divider.shift),
                 static_cast<std::uint32_t>(n / 2)}};
    }
    PostEntries entries;
    for (int channel = channel0; channel < channel0 + channels; ++channel) {
        pimvp_post_entry entry{input.zero_point, 1, 0, 0};  // the sum as it is
        if (!node.requant.empty()) {
            const auto c = static_cast<std::size_t>(channel);
            entry.multiplier = node.requant.multiplier[c];
            entry.shift = static_cast<std::uint32_t>(node.requant.shift[c]);
        }
        entries.push_back(entry);
    }
    return entries;
}

PostEntries operand_entries(const Graph& graph, const Node& node) {
    const Requant& r = node.requant;
    PostEntries entries;
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
        const std::size_t of = node.op == Op::multiply ? 0 : k;
        entries.push_back({graph.tensor(node.inputs[k]).type.zero_point, r.multiplier[of],
                           static_cast<std::uint32_t>(r.shift[of]), 0});
    }
    if (node.op == Op::add && node.sum_multiplier != 0) {
        entries[0].select = PIMVP_PAIR(1, node.left_shift);
        entries.push_back({0, node.sum_multiplier, static_cast<std::uint32_t>(node.sum_shift), 0});
    }
    return entries;
}

/// One bit out is a comparison: x - threshold + 1, clamped to 0..1, which needs no multiplier.
pimvp_post_entry merge_entry(const Graph& graph, const Node& node, std::size_t c) {
    const auto& from = node.channels[c];
    const int zero_point = graph.tensor(node.inputs[static_cast<std::size_t>(from.input)]).type.zero_point;
    const auto select = PIMVP_PAIR(from.input, from.channel);
    const auto multiplier = node.requant.multiplier[c];
    const int shift = node.requant.shift[c];
    if (!compares(node.requant, graph.tensor(node.output).type))
        return {zero_point, multiplier, static_cast<std::uint32_t>(shift), select};
    constexpr std::int64_t out_of_reach = 1 << 16;  // of the largest element
    const auto least = static_cast<std::int32_t>(std::min(threshold(multiplier, shift), out_of_reach));
    return {zero_point + least - 1, 1, 0, select};
}

/// Stored bits of bipolar elements may be compared and passed on, not added.
void check_bipolar(const Graph& graph, const Node& node) {
    if (node.op == Op::conv || node.op == Op::max_pool) return;
    for (const int t : node.inputs) {
        if (graph.tensor(t).type.kind != Kind::bipolar) continue;
        const Requant& r = node.requant;
        const bool passes_on =
            node.op == Op::merge &&
            std::all_of(r.multiplier.begin(), r.multiplier.end(), [](auto m) { return m == 1; }) &&
            std::all_of(r.shift.begin(), r.shift.end(), [](int s) { return s == 0; });
        if (!passes_on)
            fail(graph, node,
                 "the postprocessor does not compute with bipolar elements (" + graph.tensor(t).name + ")");
    }
}

}  // namespace

PostMode post_mode(const Graph& graph, const Node& node) {
    check_bipolar(graph, node);
    const Requant& r = node.requant;
    const bool padded = node.pad_top + node.pad_left + node.pad_bottom + node.pad_right > 0;
    std::uint32_t mode = 0;
    switch (node.op) {
        case Op::conv:
            if (r.steps > 0) return {PIMVP_POST_THRESHOLD, static_cast<std::uint32_t>(r.steps)};
            if (compares(r, graph.tensor(node.output).type)) return {PIMVP_POST_THRESHOLD, 1};
            mode = r.empty() ? PIMVP_POST_RAW : PIMVP_POST_REQUANT;
            break;
        case Op::max_pool:
            return {PIMVP_POST_MAX, 0};
        case Op::average_pool:
            if (node.divide && padded)
                fail(graph, node,
                     "the postprocessor divides by one number of elements: no padded average pooling");
            mode = node.divide ? PIMVP_POST_DIVIDE : PIMVP_POST_SUM;
            break;
        case Op::add:
            mode = PIMVP_POST_ADD;
            break;
        case Op::multiply:
            mode = PIMVP_POST_MULTIPLY;
            break;
        case Op::merge:
            mode = PIMVP_POST_MERGE;
            break;
    }
    if (r.steps > 0) fail(graph, node, "the postprocessor has thresholds behind arrays only");
    return {PIMVP_POST_MODE(mode, r.rounding), 0};
}

PostEntries post_entries(const Graph& graph, const Node& node, int channel0, int channels) {
    PostEntries entries;
    switch (node.op) {
        case Op::conv:
            return conv_entries(graph, node, channel0, channels);
        case Op::max_pool:
        case Op::average_pool:
            return pool_entries(graph, node, channel0, channels);
        case Op::add:
        case Op::multiply:
            return operand_entries(graph, node);
        case Op::merge:
            for (int channel = channel0; channel < channel0 + channels; ++channel)
                entries.push_back(merge_entry(graph, node, static_cast<std::size_t>(channel)));
            break;
    }
    return entries;
}

std::int64_t post_entry_count(const Graph& graph, const Node& node) {
    const std::int64_t channels = graph.tensor(node.output).shape.c;
    switch (node.op) {
        case Op::conv:
            return channels * (1 + (std::max(1, node.requant.steps) + 2) / 4);
        case Op::max_pool:
            return 0;
        case Op::average_pool:
            return node.divide ? 1 : channels;
        case Op::add:
        case Op::multiply:
            return static_cast<std::int64_t>(node.inputs.size()) + 1;
        case Op::merge:
            break;
    }
    return channels;
}

void take_sums(PostEntries& entries, const std::vector<int>& order, int channel0, int channels) {
    const std::size_t per_channel = entries.size() / static_cast<std::size_t>(channels);
    for (int k = 0; k < channels; ++k) {
        const int channel = order[static_cast<std::size_t>(channel0 + k)] - channel0;
        if (channel != k) entries[static_cast<std::size_t>(channel) * per_channel].select = PIMVP_PAIR(1, k);
    }
}

}  // namespace pimvp::net
