// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/command_fields.h"

#include "driver/pimvp_macro.h"
#include "networks/mapping.h"
#include "networks/post_entries.h"

namespace pimvp::net {

std::uint32_t format_of(const TensorType& type) {
    return PIMVP_FORMAT(element_bits(type),
                        is_signed_element(type) ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED);
}

pimvp_post post_command(const Graph& graph, const Node& node) {
    const Tensor& output = graph.tensor(node.output);
    const auto mode = post_mode(graph, node);
    const bool clamps = !node.requant.empty() || node.divide;
    pimvp_post c{};
    c.opcode = PIMVP_OP_POST;
    c.mode = mode.mode;
    c.channels = static_cast<std::uint32_t>(output.shape.c);
    c.width = static_cast<std::uint32_t>(output.shape.w);
    c.format = format_of(output.type);
    c.low = static_cast<std::int32_t>(clamps ? node.requant.low : output.type.lowest());
    c.high = static_cast<std::int32_t>(clamps ? node.requant.high : output.type.highest());
    if (output.type.kind == Kind::bipolar) c.low = 0, c.high = 1;  // as it is stored
    c.zero_point = (c.mode & 0xFF) == PIMVP_POST_THRESHOLD ? 0 : output.type.zero_point;
    c.operand_format[0] = mode.thresholds;
    return c;
}

std::int32_t pad_value(const Node& node, const TensorType& input) {
    // Padding is what stands for zero; in a maximum it must never win.
    return node.op == Op::max_pool && input.kind != Kind::bipolar ? static_cast<std::int32_t>(input.lowest())
                                                                  : input.zero_point;
}

std::int64_t pixel_bits(const Tensor& tensor) {
    return std::int64_t{tensor.shape.c} * element_bits(tensor.type);
}

}  // namespace pimvp::net
