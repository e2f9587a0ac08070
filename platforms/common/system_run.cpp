// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/system_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>

#include "driver/pimvp.h"
#include "modules/core/error.h"
#include "networks/dataset.h"
#include "networks/host_values.h"
#include "platforms/common/checker.h"
#include "platforms/common/gather.h"
#include "platforms/common/host_driver.h"
#include "platforms/common/timeline.h"

namespace pimvp {

namespace {

std::string driver_error(int result) {
    switch (result) {
        case PIMVP_BUS_ERROR:
            return "the bus answered with an error";
        case PIMVP_NO_DEVICE:
            return "no sequencer of this version";
        case PIMVP_DEVICE_FAILED:
            return "a sequencer stopped with an error";
        default:
            return "the driver answered with " + std::to_string(result) + ", which is none of its results";
    }
}

int prediction(const net::Graph& graph, const std::vector<std::int32_t>& scores, RunResult& result) {
    if (graph.host_steps.empty()) return net::argmax(scores);
    auto real = net::host_outputs(graph, scores);
    const auto largest = std::max_element(real.begin(), real.end()) - real.begin();
    result.real_scores.push_back(std::move(real));
    return static_cast<int>(largest);
}

/// Cumulative energy of a part as a waveform, a step at each layer's end.
class EnergyProbe {
  public:
    EnergyProbe(Tracer* tracer, const std::string& name, const std::vector<Account*>& accounts)
        : tracer_(tracer), accounts_(accounts) {
        if (tracer != nullptr) signal_ = tracer->add_real(name);
    }
    void record(std::int64_t at_ps) const {
        if (tracer_ == nullptr) return;
        Zeptojoules sum = 0;
        for (const auto* account : accounts_) sum += account->energy();
        tracer_->record_real(signal_, at_ps, joules(sum));
    }

  private:
    Tracer* tracer_;
    std::vector<Account*> accounts_;
    int signal_ = -1;
};

/// Firmware is what the user gives, like a network: what goes wrong with it is no bug of ours.
[[noreturn]] void fail_run(const std::string& platform, const std::string& failure,
                           const HostDriver& driver) {
    const std::string text = "simulation of " + platform + " failed: " + failure;
    if (driver.where().empty()) throw std::runtime_error(text);
    throw Error(text + "; firmware at " + driver.where());
}

void check_images(const net::Graph& graph, const std::string& network, const net::Dataset& images) {
    const auto& want = graph.tensor(graph.input).shape;
    if (want == images.shape) return;
    throw Error("data set " + images.name + ": network " + network + " expects images of " +
                std::to_string(want.c) + " x " + std::to_string(want.h) + " x " + std::to_string(want.w) +
                ", found " + std::to_string(images.shape.c) + " x " + std::to_string(images.shape.h) + " x " +
                std::to_string(images.shape.w));
}

}  // namespace

RunResult run_system(const std::string& platform, const CompiledNetwork& network, const Config& config,
                     const RunOptions& options, const Build& build, const Describe& describe) {
    const auto& images = options.dataset;
    const auto& graph = network.graph;
    check_images(graph, options.network.name, images);
    std::unique_ptr<Tracer> tracer;
    if (options.trace.wanted()) tracer = std::make_unique<Tracer>(options.trace);

    RunResult result;
    SystemParts parts;
    Timeline timeline([&](std::int64_t from_ps, std::int64_t to_ps) {
        return parts.powered_ps ? parts.powered_ps(from_ps, to_ps) : to_ps - from_ps;
    });
    std::vector<LayerRecord> records;
    LayerTimes layer_times(network.layers.size());
    std::vector<int> commands_done(network.layers.size(), 0);  // of this image
    const CommandProcessor* first = nullptr;
    std::unique_ptr<Checker> checker;
    std::unique_ptr<HostDriver> driver;
    std::exception_ptr refused;  // what the driver does not take
    std::string failure;
    std::int64_t finished_ps = 0;
    bool done = false;
    const auto settle = [&](std::int64_t until_ps) {
        if (parts.settle) parts.settle(until_ps);
    };

    const auto given_up = [&] { return parts.no_progress && !parts.no_progress().empty(); };

    const HostProgram host_program = [&](HostCpu& cpu) {
        try {
            driver = make_host_driver(parts.host->params(), cpu, network.driver);
        } catch (const Error&) {
            refused = std::current_exception();
            sc_core::sc_stop();
            return;
        }
        cpu.set_activity(Activity::load);
        int status = driver->load();
        std::int64_t now_ps = cpu.local_time_ps();
        timeline.add(0, now_ps, {}, Activity::load);
        result.load_time = Duration::si(static_cast<double>(now_ps) * 1e-12);
        cpu.set_activity(Activity::io);
        if (parts.start_supply) parts.start_supply(now_ps);
        std::int64_t first_doorbell_ps = 0, last_interrupt_ps = 0;
        for (auto i = options.first_image; status == PIMVP_OK && i <= options.last_image; ++i) {
            auto image =
                net::input_integers(graph, images.image(static_cast<std::size_t>(i)), images.integers);
            const auto input = network.input_bytes(image);
            if (checker) checker->begin(i, std::move(image));
            records.clear();
            std::fill(commands_done.begin(), commands_done.end(), 0);
            std::vector<std::uint8_t> output(network.driver.output_bytes);
            const auto rung_before_ps = first->doorbell_ps();
            status = driver->run(input.data(), output.data());
            if (status != PIMVP_OK) break;
            if (first->doorbell_ps() == rung_before_ps || first->end_ps() < first->doorbell_ps()) {
                failure = "image " + std::to_string(i) + ": the driver answered " +
                          (first->doorbell_ps() == rung_before_ps ? "without a doorbell"
                                                                  : "before the sequencer's interrupt");
                break;
            }
            auto scores = network.output_values(output);
            if (checker) checker->check_scores(scores);
            const auto doorbell_ps = first->doorbell_ps(), end_ps = first->end_ps();
            if (result.count() == 0) first_doorbell_ps = doorbell_ps;
            last_interrupt_ps = end_ps;
            timeline.add(now_ps, doorbell_ps, {}, Activity::io);
            timeline.add(doorbell_ps, end_ps, layer_times.add(records, doorbell_ps), Activity::io);
            now_ps = end_ps;
            // Refreshes are pulled by accesses; those that fell due while an array was idle must be there
            // before they are history.
            settle(end_ps);
            if (tracer) tracer->flush(end_ps);
            result.latency.push_back(Duration::si(static_cast<double>(end_ps - doorbell_ps) * 1e-12));
            result.predictions.push_back(prediction(graph, scores, result));
            result.labels.push_back(images.labels[static_cast<std::size_t>(i)]);
            result.scores.push_back(std::move(scores));
            if (options.progress) options.progress(static_cast<std::int64_t>(result.count()));
        }
        finished_ps = cpu.local_time_ps();
        timeline.add(now_ps, finished_ps, {}, Activity::io);
        result.span = Duration::si(static_cast<double>(last_interrupt_ps - first_doorbell_ps) * 1e-12);
        settle(finished_ps);
        if (status != PIMVP_OK && !given_up())
            failure = driver->failure().empty() ? driver_error(status) : driver->failure();
        done = true;
        sc_core::sc_stop();
    };

    tlm::tlm_global_quantum::instance().set(from_ps(options.quantum_ps));
    parts = build(host_program, tracer.get());
    if (options.check) checker = std::make_unique<Checker>(graph, parts.look);
    for (auto& part : parts.parts) {
        if (part.processor == nullptr) continue;
        if (first == nullptr) first = part.processor;
        const EnergyProbe energy(tracer.get(), platform + "." + part.name + "_energy_j", part.accounts);
        part.processor->on_layer([&, energy](const LayerRecord& record) {
            if (record.activity < Activity::first_layer) return;
            records.push_back(record);
            energy.record(record.end_ps);
            const auto layer = static_cast<std::size_t>(record.activity - Activity::first_layer);
            if (++commands_done[layer] == network.layers[layer].commands && checker)
                checker->check(network.layers[layer].node);
        });
    }

    const auto wall_start = std::chrono::steady_clock::now();
    sc_core::sc_start();
    result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_start).count();
    if (refused) std::rethrow_exception(refused);
    for (const auto& part : parts.parts)
        if (part.processor != nullptr && part.processor->failed() && !given_up())
            failure = std::string(part.processor->name()) + ": " + part.processor->failure();
    if (failure.empty() && !done) failure = "the host waits for an interrupt that never comes";
    if (!failure.empty()) fail_run(platform, failure, *driver);
    if (tracer) tracer->close(finished_ps);

    if (checker && result.count() > 0) {
        result.bit_exact = checker->exact();
        result.first_mismatch = checker->first_mismatch();
    }
    result.platform = platform;
    result.network = options.network.name;
    result.dataset = images.name;
    result.shape_only = graph.shape_only;
    result.score_bits = graph.tensor(graph.output).type.bits;
    result.first_image = options.first_image;
    result.last_image = options.last_image;
    gather(result, parts, network, layer_times, timeline,
           config.boolean("host.included") || parts.host->params().on_supply);
    result.config = config.non_default();
    describe(result, parts);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    result.peak_memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    return result;
}

}  // namespace pimvp
