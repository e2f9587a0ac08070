// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/onnx_window.h"

#include <algorithm>
#include <tuple>

namespace pimvp::net {
namespace {

constexpr int longest = 65536;

/// One direction of a window.
struct Side {
    int size, kernel, stride, dilation;  // size of the input without padding
    int before = 0, after = 0;           // padding

    std::int64_t span() const { return std::int64_t{dilation} * (kernel - 1) + 1; }
    std::int64_t room() const { return std::int64_t{size} + before + after - span(); }
};

// ONNX: output size ceil(size / stride); SAME_UPPER puts the odd element of the padding at the end.
void pad_same(Side& side, bool upper) {
    const std::int64_t outputs = (std::int64_t{side.size} + side.stride - 1) / side.stride;
    const std::int64_t total =
        std::clamp<std::int64_t>((outputs - 1) * side.stride + side.span() - side.size, 0, 2 * longest);
    const auto half = static_cast<int>(total / 2), rest = static_cast<int>(total - half);
    side.before = upper ? half : rest;
    side.after = upper ? rest : half;
}

// A last window that is only partly inside is counted, unless it begins in the padding at the end.
void round_up(Side& side) {
    std::int64_t outputs = (side.room() + side.stride - 1) / side.stride + 1;
    if ((outputs - 1) * side.stride >= std::int64_t{side.size} + side.before) --outputs;
    const std::int64_t missing = (outputs - 1) * side.stride - side.room();
    if (missing > 0) side.after += static_cast<int>(missing);
}

}  // namespace

void set_kernel(const OnnxNode& from, Node& node) {
    from.require(from.has("kernel_shape"), "expected the attribute 'kernel_shape'");
    const std::vector<int> kernel = from.list("kernel_shape", 2, 1, 1, longest);
    node.kernel_h = kernel[0], node.kernel_w = kernel[1];
}

void set_window(const OnnxNode& from, Node& node, Shape& output, int height, int width,
                const OnnxPads& padded) {
    const std::vector<int> strides = from.list("strides", 2, 1, 1, longest);
    const std::vector<int> dilations = from.list("dilations", 2, 1, 1, longest);
    const std::vector<int> pads = from.list("pads", 4, 0, 0, longest);
    const auto found = from.attributes.find("auto_pad");
    const std::string automatic = found == from.attributes.end() ? "NOTSET" : found->second.text;
    const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    from.require(
        same || automatic == "VALID" || automatic == "NOTSET",
        "attribute 'auto_pad': expected NOTSET, VALID, SAME_UPPER or SAME_LOWER, found " + automatic);
    from.require(automatic == "NOTSET" || std::all_of(pads.begin(), pads.end(), [](int p) { return p == 0; }),
                 "expected either the attribute 'pads' or 'auto_pad', found both");

    Side vertical{height, node.kernel_h, strides[0], dilations[0], pads[0], pads[2]};
    Side horizontal{width, node.kernel_w, strides[1], dilations[1], pads[1], pads[3]};
    // A Pad before the layer enlarges its input, which auto_pad looks at.
    for (const auto& [side, before, after] :
         {std::tuple{&vertical, padded[0], padded[2]}, std::tuple{&horizontal, padded[1], padded[3]}}) {
        side->size += before + after;
        if (same) pad_same(*side, automatic == "SAME_UPPER");
        from.require(side->room() >= 0, "expected a kernel that fits the padded input, found " +
                                            std::to_string(node.kernel_h) + "x" +
                                            std::to_string(node.kernel_w) + " on " + std::to_string(height) +
                                            "x" + std::to_string(width));
        const int end = side->after;
        if (from.integer("ceil_mode", 0) != 0) round_up(*side);
        from.require(side->after == end || node.op == Op::max_pool,
                     "attribute 'ceil_mode': expected 0, or windows that fit without a rest: an average "
                     "would divide by fewer elements at the end");
        side->before += before;
        side->after += after;
        side->size -= before + after;
    }
    node.stride_h = strides[0], node.stride_w = strides[1];
    node.dilation_h = dilations[0], node.dilation_w = dilations[1];
    node.pad_top = vertical.before, node.pad_bottom = vertical.after;
    node.pad_left = horizontal.before, node.pad_right = horizontal.after;
    output.h = static_cast<int>(vertical.room() / node.stride_h) + 1;
    output.w = static_cast<int>(horizontal.room() / node.stride_w) + 1;
}

}  // namespace pimvp::net
