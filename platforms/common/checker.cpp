// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/checker.h"

#include <utility>

namespace pimvp {

Checker::Checker(const net::Graph& graph, Look look) : graph_(graph), look_(std::move(look)) {}

void Checker::begin(std::int64_t index, std::vector<std::int32_t> input) {
    image_ = index;
    expected_ = net::execute(graph_, std::move(input));
}

void Checker::check(int node) {
    if (!mismatch_.empty()) return;
    const int output = graph_.nodes[static_cast<std::size_t>(node)].output;
    const auto& tensor = graph_.tensor(output);
    const auto& expected = expected_[static_cast<std::size_t>(output)];
    const auto found = look_(output);
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
    const auto& expected = expected_[static_cast<std::size_t>(graph_.output)];
    for (std::size_t i = 0; i < expected.size() && mismatch_.empty(); ++i)
        if (i >= scores.size() || scores[i] != expected[i])
            mismatch_ = "image " + std::to_string(image_) + ", score " + std::to_string(i) +
                        " as the host reads it: expected " + std::to_string(expected[i]) + ", found " +
                        (i < scores.size() ? std::to_string(scores[i]) : "nothing");
}

}  // namespace pimvp
