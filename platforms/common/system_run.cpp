// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/system_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "driver/pimvp.h"
#include "modules/core/error.h"
#include "networks/tensor_bytes.h"
#include "platforms/common/checker.h"
#include "platforms/common/gather.h"
#include "platforms/common/timeline.h"

namespace pimvp {

namespace {

const char* driver_error(int result) {
    switch (result) {
        case PIMVP_BUS_ERROR:
            return "the bus answered with an error";
        case PIMVP_NO_DEVICE:
            return "no sequencer of this version";
        case PIMVP_DEVICE_FAILED:
            return "a sequencer stopped with an error";
        default:
            return "unknown";
    }
}

/// The driver's view of a compiled network.
pimvp_network driver_network(const net::Program& program, const net::AddressMap& map) {
    pimvp_network network{};
    network.image = program.image.data();
    network.image_bytes = program.image.size();
    network.image_address = program.image_address;
    network.paths = static_cast<std::uint32_t>(program.paths.size());
    for (std::size_t p = 0; p < program.paths.size(); ++p) {
        network.sequencer[p] = map.paths[p].sequencer;
        network.load_program[p] = program.paths[p].load_address;
        network.load_commands[p] = program.paths[p].load_commands;
        network.run_program[p] = program.paths[p].run_address;
        network.run_commands[p] = program.paths[p].run_commands;
    }
    network.input_address = program.input_address;
    network.input_bytes = program.input_bytes;
    network.output_address = program.output_address;
    network.output_bytes = program.output_bytes;
    return network;
}

int prediction(const net::Graph& graph, const std::vector<std::int32_t>& scores, RunResult& result) {
    if (graph.host_steps.empty()) return net::argmax(scores);
    auto real = net::host_outputs(graph, scores);
    const auto largest = std::max_element(real.begin(), real.end()) - real.begin();
    result.real_scores.push_back(std::move(real));
    return static_cast<int>(largest);
}

void drain(SystemParts& parts, std::int64_t until_ps) {
    for (auto* path : parts.paths)
        for (auto& macro : path->edram) macro->drain(from_ps(until_ps));
}

/// Cumulative energy of each path as a waveform, a step at each layer's end.
class EnergyProbes {
  public:
    EnergyProbes(Tracer* tracer, const std::string& platform, const std::vector<Path*>& paths)
        : tracer_(tracer) {
        for (auto* path : paths) {
            accounts_.push_back(path->accounts());
            signals_.push_back(
                tracer == nullptr ? -1 : tracer->add_real(platform + "." + path->prefix + "_energy_j"));
        }
    }
    void record(std::size_t path, std::int64_t at_ps) {
        if (tracer_ == nullptr) return;
        Zeptojoules sum = 0;
        for (const auto* account : accounts_[path]) sum += account->energy();
        tracer_->record_real(signals_[path], at_ps, joules(sum));
    }

  private:
    Tracer* tracer_;
    std::vector<std::vector<Account*>> accounts_;
    std::vector<int> signals_;
};

}  // namespace

RunResult run_system(const std::string& platform, const net::Machine& machine, const Config& config,
                     const RunOptions& options, const Build& build) {
    const auto& images = options.dataset;
    const auto schedule = net::schedule_network(options.network, machine);
    if (!(schedule.graph.tensor(schedule.graph.input).shape == images.shape)) {
        const auto& want = schedule.graph.tensor(schedule.graph.input).shape;
        throw Error("data set " + images.name + ": network " + options.network.name + " expects images of " +
                    std::to_string(want.c) + " x " + std::to_string(want.h) + " x " + std::to_string(want.w) +
                    ", found " + std::to_string(images.shape.c) + " x " + std::to_string(images.shape.h) +
                    " x " + std::to_string(images.shape.w));
    }
    const auto& graph = schedule.graph;
    const auto map = net::default_address_map(machine.paths.size());
    const auto program = net::compile(schedule, machine, map);
    const auto network = driver_network(program, map);
    std::unique_ptr<Tracer> tracer;
    if (!options.trace.file.empty()) tracer = std::make_unique<Tracer>(options.trace);

    RunResult result;
    Timeline timeline;
    std::vector<LayerRecord> records;
    LayerTimes layer_times(program.layers.size());
    std::vector<int> commands_done(program.layers.size(), 0);  // of this image
    SystemParts parts;
    std::unique_ptr<Checker> checker;
    std::string failure;
    std::int64_t finished_ps = 0;
    bool done = false;

    const HostProgram host_program = [&](HostCpu& cpu) {
        const auto access = cpu.access();
        cpu.set_activity(Activity::load);
        int status = pimvp_load(&access, &network);
        std::int64_t now_ps = cpu.local_time_ps();
        timeline.add(0, now_ps, {}, Activity::load);
        result.load_time = Duration::si(static_cast<double>(now_ps) * 1e-12);
        cpu.set_activity(Activity::io);
        std::int64_t first_doorbell_ps = 0, last_interrupt_ps = 0;
        for (auto i = options.first_image; status == PIMVP_OK && i <= options.last_image; ++i) {
            auto image =
                net::input_integers(graph, images.image(static_cast<std::size_t>(i)), images.integers);
            const auto input = net::pack_tensor(graph.tensor(graph.input), image);
            if (checker) checker->begin(i, std::move(image));
            records.clear();
            std::fill(commands_done.begin(), commands_done.end(), 0);
            std::vector<std::uint8_t> output(network.output_bytes);
            status = pimvp_run(&access, &network, input.data(), output.data());
            if (status != PIMVP_OK) break;
            auto scores = net::unpack_tensor(graph.tensor(graph.output), output);
            if (checker) checker->check_scores(scores);
            const auto doorbell_ps = parts.paths[0]->sequencer->doorbell_ps(),
                       end_ps = parts.paths[0]->sequencer->end_ps();
            if (result.count() == 0) first_doorbell_ps = doorbell_ps;
            last_interrupt_ps = end_ps;
            timeline.add(now_ps, doorbell_ps, {}, Activity::io);
            timeline.add(doorbell_ps, end_ps, layer_times.add(records, doorbell_ps), Activity::io);
            now_ps = end_ps;
            // Refreshes are pulled by accesses; those that fell due while an array was idle must be there
            // before they are history.
            drain(parts, end_ps);
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
        drain(parts, finished_ps);
        if (status != PIMVP_OK) failure = driver_error(status);
        done = true;
        sc_core::sc_stop();
    };

    tlm::tlm_global_quantum::instance().set(from_ps(options.quantum_ps));
    parts = build(machine, map, host_program, tracer.get());
    if (options.check)
        checker = std::make_unique<Checker>(schedule, [&](const net::TensorHome& home, std::size_t bytes) {
            auto& path = *parts.paths[static_cast<std::size_t>(home.path)];
            if (!home.in_memory) return peek(path, home.offset, bytes);
            const auto spilled = machine.dram_bytes - schedule.spilled_bytes + home.offset;
            return peek_system(path, map.dram + static_cast<std::uint64_t>(spilled), bytes);
        });
    EnergyProbes energy(tracer.get(), platform, parts.paths);
    for (std::size_t p = 0; p < parts.paths.size(); ++p)
        parts.paths[p]->sequencer->on_layer([&, p](const LayerRecord& record) {
            if (record.activity < Activity::first_layer) return;
            records.push_back(record);
            energy.record(p, record.end_ps);
            const auto layer = static_cast<std::size_t>(record.activity - Activity::first_layer);
            if (++commands_done[layer] == program.layers[layer].commands && checker)
                checker->check(program.layers[layer].node);
        });

    const auto wall_start = std::chrono::steady_clock::now();
    sc_core::sc_start();
    result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_start).count();
    for (const auto* path : parts.paths)
        if (path->sequencer->failed())
            failure = std::string(path->sequencer->name()) + ": " + path->sequencer->failure();
    if (!failure.empty() || !done)
        throw std::runtime_error(
            "simulation of " + platform +
            " failed: " + (failure.empty() ? "the host waits for an interrupt that never comes" : failure));
    if (tracer) tracer->close(finished_ps);

    if (checker) {
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
    gather(result, parts, schedule, program, layer_times, timeline, config);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    result.peak_memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    return result;
}

}  // namespace pimvp
