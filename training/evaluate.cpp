// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/evaluate.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "networks/executor.h"

namespace pimvp::training {

namespace {

constexpr double quantile = 1.959964;  // of the normal distribution, 97.5 %

}  // namespace

std::vector<int> integer_predictions(const net::Graph& graph, const net::Dataset& data, unsigned threads) {
    std::vector<int> predictions(data.count());
    std::atomic<std::size_t> next{0};
    std::exception_ptr problem;
    std::mutex problem_lock;
    const auto work = [&] {
        try {
            for (std::size_t i; (i = next++) < data.count();) {
                const auto activations = net::execute(graph, data.image(i));
                predictions[i] = net::argmax(activations[static_cast<std::size_t>(graph.output)]);
            }
        } catch (...) {
            const std::lock_guard<std::mutex> hold(problem_lock);
            problem = std::current_exception();
            next = data.count();
        }
    };
    std::vector<std::thread> pool;
    for (unsigned t = 0; t < threads; ++t) pool.emplace_back(work);
    for (auto& thread : pool) thread.join();
    if (problem) std::rethrow_exception(problem);
    return predictions;
}

double integer_accuracy(const net::Graph& graph, const net::Dataset& data, unsigned threads) {
    const auto predictions = integer_predictions(graph, data, threads);
    std::size_t right = 0;
    for (std::size_t i = 0; i < data.count(); ++i) right += predictions[i] == data.labels[i];
    return static_cast<double>(right) / static_cast<double>(data.count());
}

Interval proportion_interval(std::size_t right, std::size_t count) {
    const double n = static_cast<double>(count), p = static_cast<double>(right) / n, z = quantile;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

Comparison compare(const std::vector<int>& first, const std::vector<int>& second,
                   const std::vector<int>& labels) {
    Comparison result;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const bool a = first[i] == labels[i], b = second[i] == labels[i];
        result.only_first += a && !b;
        result.only_second += b && !a;
    }
    const double n = static_cast<double>(labels.size());
    const double a = static_cast<double>(result.only_first), b = static_cast<double>(result.only_second);
    result.difference = (a - b) / n;
    const double half = quantile * std::sqrt(a + b - (a - b) * (a - b) / n) / n;
    result.interval = {result.difference - half, result.difference + half};
    return result;
}

}  // namespace pimvp::training
