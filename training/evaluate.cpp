// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/evaluate.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "networks/executor.h"

namespace pimvp::training {

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

}  // namespace pimvp::training
