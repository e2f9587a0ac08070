// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/claims_scores.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "apps/progress.h"
#include "apps/work.h"
#include "modules/core/error.h"
#include "networks/executor.h"

namespace pimvp {
namespace {

int prediction(const net::Graph& network, const std::uint8_t* image) {
    const net::Activations tensors = net::execute(network, image);
    const std::vector<float> outputs =
        net::host_outputs(network, tensors[static_cast<std::size_t>(network.output)]);
    return static_cast<int>(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

}  // namespace

ReferenceScores reference_scores(const std::string& network, const std::string& images, int threads,
                                 bool progress) {
    RunArguments args;
    args.network = network;
    args.images = "0..0";
    const Work work = load_work(args, Config());
    const ImageRange range = parse_images(images);
    const auto end = std::min(range.last + 1, static_cast<std::int64_t>(work.dataset.count()));
    if (range.first >= end) check_images(range, work.dataset.count(), work.dataset.name);

    ReferenceScores scores;
    scores.first = range.first;
    scores.predictions.resize(static_cast<std::size_t>(end - range.first));
    std::atomic<std::int64_t> next{range.first};
    std::mutex lock;
    std::exception_ptr problem;
    std::int64_t done = 0;
    Progress shown(end - range.first, progress);
    const auto loop = [&] {
        try {
            for (std::int64_t i; (i = next++) < end;) {
                const int found = prediction(work.network, work.dataset.image(static_cast<std::size_t>(i)));
                scores.predictions[static_cast<std::size_t>(i - range.first)] = found;
                const std::lock_guard<std::mutex> hold(lock);
                shown.update(++done);
            }
        } catch (...) {
            const std::lock_guard<std::mutex> hold(lock);
            problem = std::current_exception();
            next = end;
        }
    };
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) pool.emplace_back(loop);
    for (std::thread& thread : pool) thread.join();
    if (problem) std::rethrow_exception(problem);

    std::size_t labelled = 0, right = 0;
    for (std::size_t i = 0; i < scores.predictions.size(); ++i) {
        const int label = work.dataset.labels[static_cast<std::size_t>(range.first) + i];
        scores.labels.push_back(label);
        if (label < 0) continue;
        ++labelled;
        if (label == scores.predictions[i]) ++right;
    }
    if (labelled == 0) throw Error("data set " + work.dataset.name + ": expected labels, found none");
    scores.accuracy = static_cast<double>(right) / static_cast<double>(labelled);
    return scores;
}

}  // namespace pimvp
