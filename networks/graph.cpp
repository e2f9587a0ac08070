// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/graph.h"

namespace pimvp::net {

std::int64_t TensorType::lowest() const {
    switch (kind) {
        case Kind::unsigned_integer:
            return 0;
        case Kind::signed_integer:
            return -(std::int64_t{1} << (bits - 1));
        case Kind::bipolar:
        case Kind::ternary:
            break;
    }
    return -1;
}

std::int64_t TensorType::highest() const {
    switch (kind) {
        case Kind::unsigned_integer:
            return (std::int64_t{1} << bits) - 1;
        case Kind::signed_integer:
            return (std::int64_t{1} << (bits - 1)) - 1;
        case Kind::bipolar:
        case Kind::ternary:
            break;
    }
    return 1;
}

std::int64_t Graph::macs(const Node& node) const {
    if (node.op != Op::conv) return 0;
    return tensor(node.output).shape.size() * (tensor(node.inputs[0]).shape.c / node.groups) * node.kernel_h *
           node.kernel_w;
}

std::int64_t Graph::macs() const {
    std::int64_t total = 0;
    for (const Node& node : nodes) total += macs(node);
    return total;
}

}  // namespace pimvp::net
