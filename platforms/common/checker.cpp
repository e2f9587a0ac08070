// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/checker.h"

#include <utility>

#include "modules/core/bits.h"

namespace pimvp {

Checker::Checker(const net::Schedule& schedule, Peek peek) : schedule_(schedule), peek_(std::move(peek)) {}

void Checker::begin(std::int64_t index, const std::uint8_t* image) {
    image_ = index;
    expected_ = net::execute(schedule_.graph, image);
}

void Checker::check(int node) {
    if (!mismatch_.empty()) return;
    const int output = schedule_.graph.nodes[static_cast<std::size_t>(node)].output;
    const auto& tensor = schedule_.graph.tensor(output);
    const auto& home = schedule_.homes[static_cast<std::size_t>(output)];
    const auto& expected = expected_[static_cast<std::size_t>(output)];
    const auto bytes = peek_(home.path, home.offset, static_cast<std::size_t>(home.bytes(tensor.shape)));
    const auto bits = static_cast<unsigned>(tensor.type.bits);
    const bool is_signed = tensor.type.kind != net::Kind::unsigned_integer;
    for (int y = 0; y < tensor.shape.h; ++y) {
        const std::uint8_t* row =
            bytes.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(home.row_bytes);
        for (int x = 0; x < tensor.shape.w; ++x) {
            for (int c = 0; c < tensor.shape.c; ++c) {
                const auto bit = (static_cast<std::size_t>(x) * static_cast<std::size_t>(tensor.shape.c) +
                                  static_cast<std::size_t>(c)) *
                                 bits;
                const std::int32_t found = is_signed ? get_signed(row, bit, bits)
                                                     : static_cast<std::int32_t>(get_bits(row, bit, bits));
                const auto wanted =
                    expected[(static_cast<std::size_t>(c) * static_cast<std::size_t>(tensor.shape.h) +
                              static_cast<std::size_t>(y)) *
                                 static_cast<std::size_t>(tensor.shape.w) +
                             static_cast<std::size_t>(x)];
                if (found == wanted) continue;
                mismatch_ = "image " + std::to_string(image_) + ", tensor " + tensor.name + ", channel " +
                            std::to_string(c) + ", row " + std::to_string(y) + ", column " +
                            std::to_string(x) + ": expected " + std::to_string(wanted) + ", found " +
                            std::to_string(found);
                return;
            }
        }
    }
}

void Checker::check_scores(const std::vector<std::int32_t>& scores) {
    const auto& expected = expected_[static_cast<std::size_t>(schedule_.graph.output)];
    for (std::size_t i = 0; i < expected.size() && mismatch_.empty(); ++i)
        if (i >= scores.size() || scores[i] != expected[i])
            mismatch_ = "image " + std::to_string(image_) + ", score " + std::to_string(i) +
                        " as the host reads it: expected " + std::to_string(expected[i]) + ", found " +
                        (i < scores.size() ? std::to_string(scores[i]) : "nothing");
}

}  // namespace pimvp
