// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers without arrays: windows and rows that go straight to the postprocessor.
#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "modules/core/error.h"
#include "networks/command_fields.h"
#include "networks/layer_commands.h"

namespace pimvp::net {

namespace {

/// Where `of` is the elementwise operator: a pixel may then be cut into several of fewer channels.
int view_channels(const Node& node, int channels, std::int64_t most) {
    if (node.op == Op::merge || channels <= most) return channels;
    int n = static_cast<int>(most);
    while (channels % n != 0) --n;
    return n;
}

}  // namespace

/// Channels do not depend on each other: as many at once as the line buffer and the postprocessor take.
void LayerCommands::pool(const ScheduledNode& item, const Node& node) {
    const auto &input = graph_.tensor(node.inputs[0]), &output = graph_.tensor(node.output);
    const auto& limits = geometry(item.path);
    const int in_bits = element_bits(input.type), out_bits = element_bits(output.type);
    const int step = 8 / std::gcd(8, std::gcd(in_bits, out_bits));
    check(item, node, post_entries(graph_, node, 0, output.shape.c));
    int channels = output.shape.c;
    std::vector<Strip> strips;
    while (channels > 0) {
        if (channels <= limits.post_channels) {
            strips = cut_into_strips(graph_, node,
                                     {limits.line_buffer_bytes, limits.post_row_bytes, channels * in_bits,
                                      static_cast<int>(pixel_bits(input)), channels * out_bits,
                                      static_cast<int>(pixel_bits(output))});
            if (!strips.empty()) break;
        }
        // Equal parts, of channels that fill bytes; pixels must fill bytes too.
        if (pixel_bits(input) % 8 != 0 || pixel_bits(output) % 8 != 0) channels = 0;
        channels = channels / 2 / step * step;
    }
    if (strips.empty())
        throw Error("network " + graph_.name + ": layer " + node.name + ": " +
                    std::to_string(output.shape.c) + " channels with a window of " +
                    std::to_string(node.kernel_h) + " x " + std::to_string(node.kernel_w) +
                    " fit neither the line buffer of " + std::to_string(limits.line_buffer_bytes) +
                    " bytes of path " + limits.name + " nor, divided at bytes, parts of it");
    const auto& home = schedule_.homes[static_cast<std::size_t>(node.output)];
    for (int c0 = 0; c0 < output.shape.c; c0 += channels) {
        Piece current = piece(node);
        current.channels = std::min(channels, output.shape.c - c0);
        current.parameters = add_entries(item, post_entries(graph_, node, c0, current.channels));
        // With its count where elements do not fill bytes: the postprocessor sees bytes only.
        const std::int64_t window = std::int64_t{node.kernel_h} * node.kernel_w;
        current.operand_format[0] = format_of(input.type);
        if (window <= 4095) current.operand_format[0] |= static_cast<std::uint32_t>(window) << 20;
        const bool all = current.channels == output.shape.c;
        current.pixel_bytes = all ? 0 : static_cast<std::uint32_t>(pixel_bits(output) / 8);
        for (const auto& strip : strips) {
            current.width = strip.width;
            current.address =
                post_address(home, address(home)) +
                static_cast<std::uint64_t>(strip.out0 * pixel_bits(output) / 8 + c0 * out_bits / 8);
            post(item, current);
            auto c = window_command(node, strip, c0, current.channels);
            c.opcode = PIMVP_OP_POOL;
            report(item, command(c));
        }
    }
}

/// More channels than the postprocessor has: some of them at a time, pixel by pixel, each a row of its own.
void LayerCommands::wide_merge(const ScheduledNode& item, const Node& node) {
    const auto& limits = geometry(item.path);
    const auto& output = graph_.tensor(node.output);
    const int bits = element_bits(output.type), step = 8 / std::gcd(8, bits);
    const auto in_a_row =
        std::min(limits.post_channels,
                 std::min<std::int64_t>(limits.post_row_bytes, std::numeric_limits<int>::max()) * 8 / bits);
    const int most = static_cast<int>(in_a_row) / step * step;
    bool at_bytes = most > 0 && pixel_bits(output) % 8 == 0;
    for (const int t : node.inputs) {
        const auto pixel = pixel_bits(graph_.tensor(t));
        at_bytes = at_bytes && pixel % 8 == 0;
        if ((pixel + 7) / 8 > limits.post_row_bytes)
            throw Error("network " + graph_.name + ": node " + node.name + ": a pixel of " +
                        graph_.tensor(t).name + " has " + std::to_string((pixel + 7) / 8) +
                        " bytes, the row buffers of path " + limits.name + " have " +
                        std::to_string(limits.post_row_bytes));
    }
    if (!at_bytes)
        throw Error("network " + graph_.name + ": node " + node.name + ": " + std::to_string(output.shape.c) +
                    " output channels a pixel, the postprocessor of path " + limits.name + " takes " +
                    std::to_string(limits.post_channels) + " and pixels do not fill bytes");
    check(item, node, post_entries(graph_, node, 0, output.shape.c));
    const auto& home = schedule_.homes[static_cast<std::size_t>(node.output)];
    Piece current = piece(node);
    current.width = 1;
    current.row_bytes = static_cast<std::uint32_t>(pixel_bits(output) / 8);
    for (int c0 = 0; c0 < output.shape.c; c0 += most) {
        current.channels = std::min(most, output.shape.c - c0);
        current.parameters = add_entries(item, post_entries(graph_, node, c0, current.channels));
        current.address = post_address(home, address(home)) + static_cast<std::uint64_t>(c0 * bits / 8);
        pimvp_vector v = operands(item, node, current);
        for (std::size_t k = 0; k < node.inputs.size(); ++k)
            v.row_bytes[k] = static_cast<std::uint32_t>(pixel_bits(graph_.tensor(node.inputs[k])) / 8);
        v.height = static_cast<std::uint32_t>(output.shape.h * output.shape.w);
        post(item, current);
        report(item, command(v));
    }
}

/// A VECTOR command over whole operands; their formats go into the piece.
pimvp_vector LayerCommands::operands(const ScheduledNode& item, const Node& node, Piece& piece) const {
    pimvp_vector v{};
    v.opcode = PIMVP_OP_VECTOR;
    v.activity = static_cast<std::uint32_t>(activity_);
    v.height = static_cast<std::uint32_t>(graph_.tensor(node.output).shape.h);
    v.operands = static_cast<std::uint32_t>(node.inputs.size());
    v.shared = item.exchange ? 1 : 0;
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
        const auto& operand = graph_.tensor(node.inputs[k]);
        const auto& from = schedule_.homes[static_cast<std::size_t>(node.inputs[k])];
        v.address[k] = static_cast<std::uint32_t>(address(from));
        v.row_bytes[k] = static_cast<std::uint32_t>(from.row_bytes);
        piece.operand_format[k] = format_of(operand.type);
        if (node.op == Op::merge && operand.shape.c <= 4095)
            piece.operand_format[k] |= static_cast<std::uint32_t>(operand.shape.c) << 20;
    }
    return v;
}

void LayerCommands::vector(const ScheduledNode& item, const Node& node) {
    const auto& limits = geometry(item.path);
    const auto& output = graph_.tensor(node.output);
    const auto fail = [&](const std::string& what) {
        throw Error("network " + graph_.name + ": node " + node.name + ": " + what);
    };
    if (node.inputs.size() > 4)
        fail(std::to_string(node.inputs.size()) + " inputs, the postprocessor takes up to 4");
    if (node.op == Op::merge && output.shape.c > limits.post_channels) return wide_merge(item, node);
    const int channels = view_channels(node, output.shape.c, limits.post_channels);
    const int width = output.shape.w * (output.shape.c / channels);

    // Bits per pixel of the output and of every operand: their rows are cut at bytes and fit the row buffers.
    std::vector<std::int64_t> bits = {std::int64_t{channels} * element_bits(output.type)};
    for (const int t : node.inputs) {
        const auto& operand = graph_.tensor(t);
        bits.push_back(std::int64_t{node.op == Op::merge ? operand.shape.c : channels} *
                       element_bits(operand.type));
    }
    const auto fits = [&](std::int64_t w) {
        return std::all_of(bits.begin(), bits.end(), [&](std::int64_t b) {
            return (w * b + 7) / 8 <= limits.post_row_bytes && (w == width || w * b % 8 == 0);
        });
    };
    int strip = width;
    while (strip > 0 && !fits(strip)) --strip;
    if (strip == 0)
        fail("a pixel of its operands fits no row buffer of " + std::to_string(limits.post_row_bytes) +
             " bytes of path " + limits.name + ", or rows cannot be divided at bytes");

    const auto entries = post_entries(graph_, node, 0, output.shape.c);
    check(item, node, entries);
    Piece current = piece(node);
    current.channels = channels;
    current.parameters = add_entries(item, entries);
    const pimvp_vector whole = operands(item, node, current);
    const auto& home = schedule_.homes[static_cast<std::size_t>(node.output)];
    for (int x = 0; x < width; x += strip) {
        current.width = std::min(strip, width - x);
        current.address = post_address(home, address(home)) + static_cast<std::uint64_t>(x * bits[0] / 8);
        post(item, current);
        pimvp_vector v = whole;
        for (std::size_t k = 0; k < node.inputs.size(); ++k)
            v.address[k] += static_cast<std::uint32_t>(x * bits[k + 1] / 8);
        report(item, command(v));
    }
}

}  // namespace pimvp::net
