// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/checker.h"

#include <utility>

#include "networks/tensor_bytes.h"

namespace pimvp {

Checker::Checker(const net::Schedule& schedule, Peek peek) : schedule_(schedule), peek_(std::move(peek)) {}

void Checker::begin(std::int64_t index, std::vector<std::int32_t> input) {
    image_ = index;
    expected_ = net::execute(schedule_.graph, std::move(input));
}

void Checker::check(int node) {
    if (!mismatch_.empty()) return;
    const int output = schedule_.graph.nodes[static_cast<std::size_t>(node)].output;
    const auto& tensor = schedule_.graph.tensor(output);
    const auto& home = schedule_.homes[static_cast<std::size_t>(output)];
    const auto& expected = expected_[static_cast<std::size_t>(output)];
    const auto bytes = peek_(home, static_cast<std::size_t>(home.bytes(tensor.shape)));
    const auto found = net::unpack_tensor(tensor, bytes);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (found[i] == expected[i]) continue;
        const auto width = static_cast<std::size_t>(tensor.shape.w),
                   height = static_cast<std::size_t>(tensor.shape.h);
        mismatch_ = "image " + std::to_string(image_) + ", tensor " + tensor.name + ", channel " +
                    std::to_string(i / width / height) + ", row " + std::to_string(i / width % height) +
                    ", column " + std::to_string(i % width) + ": expected " + std::to_string(expected[i]) +
                    ", found " + std::to_string(found[i]);
        return;
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
