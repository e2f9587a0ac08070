// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "tests/networks/rounding_oracle.h"
#include "tests/vault_program/stack.h"

namespace pimvp::net::test {

namespace {

unsigned thresholds_of(const pimvp_post& post) {
    return std::max(1u, post.operand_format[0]);
}

}  // namespace

Finisher::Finisher(const pimvp_post& post, std::vector<pimvp_post_entry> entries)
    : post_(post), entries_(std::move(entries)) {}

std::size_t Finisher::entries(const pimvp_post& post, const pimvp_post_entry& first) {
    std::size_t operands = 0;
    while (operands < 4 && post.operand_format[operands] != 0) ++operands;
    switch (post.mode & 0xFF) {
        case PIMVP_POST_THRESHOLD:
            return post.channels * (1 + (thresholds_of(post) - 1 + 3) / 4);
        case PIMVP_POST_MAX:
            return 0;
        case PIMVP_POST_DIVIDE:
            return 1;
        case PIMVP_POST_ADD:
            return operands + (first.select != 0 ? 1 : 0);
        case PIMVP_POST_MULTIPLY:
            return 2;
        default:
            return post.channels;
    }
}

std::int64_t Finisher::clamp(std::int64_t y) const {
    return std::min<std::int64_t>(std::max<std::int64_t>(y, post_.low), post_.high);
}

std::int64_t Finisher::scale(std::int64_t x, const pimvp_post_entry& entry) const {
    return rounded(x, entry.multiplier, static_cast<int>(entry.shift),
                   static_cast<Rounding>(post_.mode >> 8));
}

std::int64_t Finisher::of_sum(int channel, std::int64_t sum) const {
    const auto c = static_cast<std::size_t>(channel);
    switch (post_.mode & 0xFF) {
        case PIMVP_POST_RAW:
            return sum + entries_.at(c).bias;
        case PIMVP_POST_REQUANT:
            return clamp(scale(sum + entries_.at(c).bias, entries_[c]) + post_.zero_point);
        case PIMVP_POST_THRESHOLD:
            break;
        default:
            throw std::runtime_error("a convolution does not end in that mode");
    }
    const unsigned n = thresholds_of(post_);
    const pimvp_post_entry* entry = &entries_.at(c * (1 + (n - 1 + 3) / 4));
    const std::int64_t acc = sum + entry->bias;
    unsigned reached = acc >= entry->multiplier ? 1 : 0;
    for (unsigned k = 1; k < n; ++k) {
        const pimvp_post_entry& four = entry[1 + (k - 1) / 4];
        const std::int32_t values[] = {four.bias, four.multiplier, static_cast<std::int32_t>(four.shift),
                                       static_cast<std::int32_t>(four.select)};
        reached += acc >= values[(k - 1) % 4] ? 1 : 0;
    }
    return std::int64_t{post_.low} + (entry->shift != 0 ? n - reached : reached);
}

std::int64_t Finisher::of_window(int channel, const std::vector<std::int64_t>& elements) const {
    std::int64_t sum = 0;
    for (const auto x : elements) sum += x;
    const auto n = static_cast<std::int64_t>(elements.size());
    const auto c = static_cast<std::size_t>(channel);
    switch (post_.mode & 0xFF) {
        case PIMVP_POST_MAX:
            return *std::max_element(elements.begin(), elements.end());
        case PIMVP_POST_SUM:
            return clamp(scale(sum - n * entries_.at(c).bias, entries_[c]) + post_.zero_point);
        case PIMVP_POST_DIVIDE: {
            const auto& e = entries_.at(0);
            const auto raised = (sum < 0 ? -sum : sum) + e.select;
            const std::int64_t quotient = (raised * e.multiplier) >> e.shift;
            return clamp(sum < 0 ? -quotient : quotient);
        }
        default:
            throw std::runtime_error("a pool does not end in that mode");
    }
}

std::int64_t Finisher::of_operands(int channel,
                                   const std::vector<std::vector<std::int64_t>>& operands) const {
    const auto c = static_cast<std::size_t>(channel);
    const auto value = [&](std::size_t k) { return operands.at(k).at(c) - entries_.at(k).bias; };
    switch (post_.mode & 0xFF) {
        case PIMVP_POST_MULTIPLY:
            return clamp(scale(value(0) * value(1), entries_[0]) + post_.zero_point);
        case PIMVP_POST_MERGE: {
            const auto& e = entries_.at(c);
            const auto x = operands.at(e.select >> 16).at(e.select & 0xFFFF);
            return clamp(scale(x - e.bias, e) + post_.zero_point);
        }
        case PIMVP_POST_ADD:
            break;
        default:
            throw std::runtime_error("a vector operation does not end in that mode");
    }
    const bool two_stages = entries_.at(0).select != 0;
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < operands.size(); ++k)
        sum += two_stages ? scale(value(k) * (std::int64_t{1} << (entries_[0].select & 0xFFFF)), entries_[k])
                          : value(k) * entries_[k].multiplier;
    const pimvp_post_entry one{0, 1, entries_[0].shift, 0};
    return clamp(scale(sum, two_stages ? entries_.at(operands.size()) : one) + post_.zero_point);
}

}  // namespace pimvp::net::test
