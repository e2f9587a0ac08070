// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How fast whole systems simulate, and how far that is from what the machine can do: the same network's
// convolutions through oneDNN in int8. Everything runs on one core; times are processor time, so that other
// load disturbs little; wall time stands beside it where a process is measured as a whole.
#include <benchmark/benchmark.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <dnnl.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <systemc>
#include <unordered_map>
#include <vector>

#include "apps/system_choice.h"
#include "bench/process.h"
#include "networks/graph.h"
#include "networks/import.h"
#include "networks/program.h"
#include "networks/schedule.h"
#include "platforms/dualpim/platform.h"
#include "tests/support/shared_data.h"

namespace {

using namespace pimvp;
using bench::run_process;
using bench::Usage;

struct Case {
    const char* name;
    const char* system;
    std::string network;
    std::vector<std::string> set;
};

/// One inference in a process of its own; `limit_s` is what it is meant to stay below.
struct Whole {
    const char* network;
    double limit_s;
};

constexpr int images = 200;

/// Processor seconds of an inference by network, for the ratio; only of simulations with exact ADCs.
std::map<std::string, double> simulation_s;

/// `pimvp run` on images 0..last.
Usage run(const Case& c, int last) {
    std::vector<std::string> words = {PIMVP_EXECUTABLE,
                                      "run",
                                      c.system,
                                      "--network",
                                      c.network,
                                      "--images",
                                      "0.." + std::to_string(last),
                                      "--no-check",
                                      "--quiet"};
    for (const std::string& assignment : c.set) {
        words.push_back("--set");
        words.push_back(assignment);
    }
    return run_process(std::move(words));
}
double run_s(const Case& c, int last) {
    return run(c, last).processor_s;
}

void simulate(benchmark::State& state, const Case& c) {
    double sum = 0;
    for (auto _ : state) {
        // Start, import and data set are the same for one image and cancel out.
        const double start_s = run_s(c, 0);
        const double inference_s = (run_s(c, images) - start_s) / images;
        state.SetIterationTime(inference_s);
        sum += inference_s;
    }
    const double mean_s = sum / static_cast<double>(state.iterations());
    if (c.set.empty()) simulation_s[c.network] = mean_s;
    state.counters["inferences/s"] = 1 / mean_s;
}

/// Processor seconds of what `f` does here.
template <class F>
double processor_s(const F& f) {
    const std::clock_t before = std::clock();
    f();
    return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
}

/// A whole process from start to end, and what its parts take; the rest is start, construction of the system
/// and loading of weights and programs.
void one_inference(benchmark::State& state, const Whole& whole) {
    const Case c{whole.network, "dualpim", whole.network, {}};
    Usage mean;
    double inference_s = 0;
    for (auto _ : state) {
        const Usage usage = run(c, 0);
        state.SetIterationTime(usage.processor_s);
        mean.processor_s += usage.processor_s;
        mean.wall_s += usage.wall_s;
        mean.peak_mb = std::max(mean.peak_mb, usage.peak_mb);
        constexpr int more = 10;
        inference_s += (run_s(c, more) - usage.processor_s) / more;
    }
    const auto n = static_cast<double>(state.iterations());
    const SystemChoice choice = choose_system(c.system, {});
    const net::Machine machine = dualpim::machine(choice.config);
    net::Graph graph;
    const double import_s =
        processor_s([&] { graph = net::import_network(find_network(whole.network).file); });
    const double compile_s = processor_s([&] {
        const net::Schedule schedule = net::schedule_network(graph, machine);
        const net::Program program =
            net::compile(schedule, machine, net::default_address_map(machine.paths.size()));
        benchmark::DoNotOptimize(program.image.data());
    });
    state.counters["limit_s"] = whole.limit_s;
    state.counters["processor_s"] = mean.processor_s / n;
    state.counters["wall_s"] = mean.wall_s / n;
    state.counters["peak_MB"] = mean.peak_mb;
    state.counters["import_s"] = import_s;
    state.counters["compile_s"] = compile_s;
    state.counters["inference_s"] = inference_s / n;
    state.counters["rest_s"] = (mean.processor_s - inference_s) / n - import_s - compile_s;
}

/// All convolutions of a network, u8 x s8 -> s32, one image, in the layouts that oneDNN likes best. What is
/// not a convolution is left out, so the machine could do no better than this.
class Convolutions {
  public:
    explicit Convolutions(const net::Graph& graph) {
        for (const net::Node& node : graph.nodes)
            if (node.op == net::Op::conv) add(graph, node);
    }
    void run() {
        for (Step& step : steps_) step.primitive.execute(stream_, step.arguments);
        stream_.wait();
    }

  private:
    using memory = dnnl::memory;
    struct Step {
        dnnl::convolution_forward primitive;
        std::unordered_map<int, memory> arguments;
    };

    void add(const net::Graph& graph, const net::Node& node) {
        using tag = memory::format_tag;
        using type = memory::data_type;
        const net::Shape in = graph.tensor(node.inputs.front()).shape, out = graph.tensor(node.output).shape;
        const memory::dims source = {1, in.c, in.h, in.w}, result = {1, out.c, out.h, out.w};
        const bool grouped = node.groups > 1;
        const memory::dims weights = grouped ? memory::dims{node.groups, out.c / node.groups,
                                                            in.c / node.groups, node.kernel_h, node.kernel_w}
                                             : memory::dims{out.c, in.c, node.kernel_h, node.kernel_w};
        // oneDNN's dilation 0 is none.
        const dnnl::convolution_forward::desc wanted(
            dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
            {source, type::u8, tag::any}, {weights, type::s8, tag::any}, {result, type::s32, tag::any},
            {node.stride_h, node.stride_w}, {node.dilation_h - 1, node.dilation_w - 1},
            {node.pad_top, node.pad_left}, {node.pad_bottom, node.pad_right});
        const dnnl::convolution_forward::primitive_desc chosen(wanted, engine_);
        steps_.push_back({dnnl::convolution_forward(chosen),
                          {{DNNL_ARG_SRC, memory(chosen.src_desc(), engine_)},
                           {DNNL_ARG_WEIGHTS, memory(chosen.weights_desc(), engine_)},
                           {DNNL_ARG_DST, memory(chosen.dst_desc(), engine_)}}});
    }

    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream_{engine_};
    std::vector<Step> steps_;
};

void machine_limit(benchmark::State& state, const std::string& network) {
    const net::Graph graph = net::import_network(find_network(network).file);
    Convolutions convolutions(graph);
    const double before = static_cast<double>(std::clock());
    for (auto _ : state) convolutions.run();
    const double inference_s = (static_cast<double>(std::clock()) - before) / CLOCKS_PER_SEC /
                               static_cast<double>(state.iterations());
    state.counters["inferences/s"] = 1 / inference_s;
    const auto simulated = simulation_s.find(network);
    if (simulated != simulation_s.end())
        state.counters["simulation/oneDNN"] = simulated->second / inference_s;
}

void pin_to_one_core() {
    cpu_set_t cores;
    sched_getaffinity(0, sizeof cores, &cores);
    int core = 0;
    while (!CPU_ISSET(core, &cores)) ++core;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) throw std::runtime_error("cannot pin to a core");
}

}  // namespace

// SystemC's library, which the command line brings, has main().
int sc_main(int argc, char** argv) {
    pin_to_one_core();
    // The OpenMP under oneDNN looks once, before this line.
    if (const char* threads = std::getenv("OMP_NUM_THREADS");
        threads == nullptr || std::string(threads) != "1") {
        setenv("OMP_NUM_THREADS", "1", 1);
        execv("/proc/self/exe", argv);
        throw std::runtime_error("cannot start again with one thread");
    }
    const std::vector<std::string> five_bits = {"sram_macro.adc_bits=5", "edram_macro.adc_bits=5",
                                                "edram_macro.adc_lsb=1"};
    std::vector<Case> cases = {
        {"dualnet_50", "dualpim", "fmnist_dualnet_50", {}},
        {"dualnet_50_adc5", "dualpim", "fmnist_dualnet_50", five_bits},
        {"int4", "dualpim:int4", "fmnist_int4", {}},
        {"int4_adc5", "dualpim:int4", "fmnist_int4", five_bits},
        {"ternary", "dualpim:ternary", "fmnist_ternary", {}},
        {"ternary_adc5", "dualpim:ternary", "fmnist_ternary", five_bits},
    };
    const std::string resnet8 = test::shared_data("models/mlperf-tiny/pretrainedResnet_quant.tflite");
    if (resnet8.empty())
        std::fprintf(stderr,
                     "ResNet-8 is left out: no models/mlperf-tiny/pretrainedResnet_quant.tflite under "
                     "$PIMVP_DATA or ../shared/data\n");
    else
        cases.push_back({"resnet8", "dualpim", resnet8, {}});
    for (const Case& c : cases)
        benchmark::RegisterBenchmark(("simulate/" + std::string(c.name)).c_str(),
                                     [c](benchmark::State& state) { simulate(state, c); })
            ->UseManualTime()
            ->Iterations(3)
            ->Unit(benchmark::kMillisecond);
    // Once more those with exact ADCs.
    for (const Case& c : cases) {
        if (!c.set.empty()) continue;
        benchmark::RegisterBenchmark(
            ("onednn_u8s8s32/" + std::string(c.name)).c_str(),
            [network = c.network](benchmark::State& state) { machine_limit(state, network); })
            ->Unit(benchmark::kMillisecond);
    }
    for (const Whole& whole : {Whole{"resnet18_imagenet", 1.0}, Whole{"vgg8_cifar10", 0.4}})
        benchmark::RegisterBenchmark(("one_inference/" + std::string(whole.network)).c_str(),
                                     [whole](benchmark::State& state) { one_inference(state, whole); })
            ->UseManualTime()
            ->Iterations(5)
            ->Unit(benchmark::kMillisecond);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
