// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/network_text.h"

namespace pimvp {
namespace {

std::string by(int a, int b) {
    return std::to_string(a) + "x" + std::to_string(b);
}

}  // namespace

std::string shape_text(const net::Shape& s) {
    return by(s.c, s.h) + "x" + std::to_string(s.w);
}

std::string type_text(const net::TensorType& type) {
    switch (type.kind) {
        case net::Kind::unsigned_integer:
            return "uint" + std::to_string(type.bits);
        case net::Kind::signed_integer:
            return "int" + std::to_string(type.bits);
        case net::Kind::bipolar:
            return "bipolar";
        case net::Kind::ternary:
            return "ternary";
    }
    return {};
}

std::string op_text(const net::Graph& graph, const net::Node& node) {
    if (node.op == net::Op::add) return "add";
    if (node.op == net::Op::merge) return "merge";
    const net::Shape& in = graph.tensor(node.inputs.front()).shape;
    const bool whole = node.kernel_h == in.h && node.kernel_w == in.w;
    if (node.op == net::Op::conv && whole && node.groups == 1) return "linear";
    std::string text = (node.op == net::Op::conv       ? "conv "
                        : node.op == net::Op::max_pool ? "max pool "
                                                       : "average pool ") +
                       by(node.kernel_h, node.kernel_w);
    if (node.stride_h != node.stride_w)
        text += " /" + by(node.stride_h, node.stride_w);
    else if (node.stride_h > 1)
        text += " /" + std::to_string(node.stride_h);
    return node.groups > 1 ? text + " g" + std::to_string(node.groups) : text;
}

}  // namespace pimvp
