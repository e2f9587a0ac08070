// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A whole accelerator of one path, wired by hand on one interconnect: sequencer, DMA engine, buffers,
// postprocessor and SRAM macros run one convolution with random weights, driven by the C driver; every output
// against the reference executor. A start for a system of one's own.
#include <string>

#include "driver/pimvp.h"
#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/technology.h"
#include "modules/dma/dma.h"
#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "modules/postprocess/postprocess.h"
#include "modules/sequencer/sequencer.h"
#include "modules/sram_macro/sram_macro.h"
#include "networks/executor.h"
#include "networks/program.h"
#include "testbenches/testbench.h"

using namespace pimvp;

namespace {

struct Options {
    std::int64_t channels = 16, size = 12, filters = 32, kernel = 3, stride = 1, pad = 1, input_bits = 4,
                 weight_bits = 4, macros = 2;
    Cell flip;
};

net::TensorType type(std::int64_t bits, net::Kind kind) {
    net::TensorType t;
    t.bits = static_cast<int>(bits);
    t.kind = kind;
    return t;
}

/// Pixels of 8 bits, of which `input_bits` are used -> inputs of that width -> convolution -> 32-bit sums.
net::Graph layer(Testbench& bench, const Options& o) {
    const auto n = [](std::int64_t value) { return static_cast<int>(value); };
    const net::Shape image{n(o.channels), n(o.size), n(o.size)};
    const auto inputs = type(o.input_bits, net::Kind::unsigned_integer);
    net::Graph graph;
    graph.name = "layer";
    graph.tensors.push_back({"pixels", image, type(8, net::Kind::unsigned_integer)});
    graph.tensors.push_back({"inputs", image, inputs});
    net::Node take;  // a merge that changes the width only
    take.name = "take";
    take.op = net::Op::merge;
    take.inputs = {0};
    take.output = 1;
    for (int c = 0; c < image.c; ++c) take.channels.push_back({0, c});
    take.requant = {std::vector<std::int32_t>(take.channels.size(), 1),
                    std::vector<int>(take.channels.size(), 0), inputs.lowest(), inputs.highest()};
    graph.nodes.push_back(take);

    net::Node conv;
    conv.name = "conv";
    conv.inputs = {1};
    conv.output = 2;
    conv.kernel_h = conv.kernel_w = n(o.kernel);
    conv.stride_h = conv.stride_w = n(o.stride);
    conv.pad_top = conv.pad_left = conv.pad_bottom = conv.pad_right = n(o.pad);
    conv.weight_type = type(o.weight_bits, net::Kind::signed_integer);
    const auto weights = bench.random(static_cast<std::size_t>(o.filters * o.channels * o.kernel * o.kernel),
                                      conv.weight_type.lowest(), conv.weight_type.highest());
    conv.weights.assign(weights.begin(), weights.end());
    conv.bias = bench.random(static_cast<std::size_t>(o.filters), -100, 100);
    graph.nodes.push_back(conv);
    const int out = n((o.size + 2 * o.pad - o.kernel) / o.stride + 1);
    graph.tensors.push_back({"sums", {n(o.filters), out, out}, type(32, net::Kind::signed_integer)});
    graph.input = 0;
    graph.output = 2;
    net::validate(graph);
    return graph;
}

/// The hardware. Another model of a block is bound where this one's is, to the same sockets.
struct Accelerator : sc_core::sc_module {
    enum Input : unsigned { from_host, from_sequencer, from_dma, inputs };
    enum Output : unsigned {
        to_dram,
        to_buffer,
        to_program,
        to_postprocess,
        to_sequencer,
        to_dma,
        first_macro
    };

    Accelerator(const sc_core::sc_module_name& nm, const Config& config, const net::AddressMap& map,
                unsigned macro_count, Tracer* tracer)
        : sc_module(nm),
          technology(Technology::from(config)),
          bus("bus", InterconnectParams::from(config, "array_bus"), inputs, first_macro + macro_count,
              tracer),
          dram("dram", MemoryParams::dram(config, "dram"), 1, tracer),
          buffer("buffer", MemoryParams::buffer(config, "activation_buffer"), 2, tracer),
          program("program", MemoryParams::buffer(config, "program_memory"), 1, tracer),
          dma("dma", DmaParams::from(config), tracer),
          postprocess("postprocess", PostprocessParams::from(config), technology, tracer),
          sequencer("sequencer", sequencer_params(config, map.paths[0], bus.params()), technology, tracer) {
        const auto& at = map.paths[0];
        sequencer.port.bind(bus.in[from_sequencer]);
        dma.port.bind(bus.in[from_dma]);
        bus.out[to_dram].bind(dram.in[0]);
        bus.out[to_buffer].bind(buffer.in[0]);
        postprocess.buffer.bind(buffer.in[1]);
        bus.out[to_program].bind(program.in[0]);
        bus.out[to_postprocess].bind(postprocess.target);
        bus.out[to_sequencer].bind(sequencer.target);
        bus.out[to_dma].bind(dma.target);
        sequencer.irq.bind(irq);
        bus.map(to_dram, map.dram, dram.params().bytes);
        bus.map(to_buffer, at.buffer, buffer.params().bytes);
        bus.map(to_program, at.program, program.params().bytes);
        bus.map(to_postprocess, at.postprocess, PIMVP_POST_SIZE);
        bus.map(to_sequencer, at.sequencer, PIMVP_SEQ_SIZE);
        bus.map(to_dma, at.dma, PIMVP_DMA_SIZE);
        for (unsigned m = 0; m < macro_count; ++m) {
            macros.push_back(std::make_unique<SramMacro>(("sram" + std::to_string(m)).c_str(),
                                                         SramMacroParams::from(config, static_cast<int>(m)),
                                                         technology, tracer));
            bus.out[first_macro + m].bind(macros.back()->target);
            bus.map(first_macro + m, map.macro(0, static_cast<int>(m)), PIMVP_MACRO_SIZE);
        }
    }

    static SequencerParams sequencer_params(const Config& config, const net::AddressMap::Path& at,
                                            const InterconnectParams& bus) {
        auto params = SequencerParams::from(config);
        params.dma = at.dma;
        params.postprocess = at.postprocess;
        params.link_bits = bus.width_bits;
        params.hop_cycles = bus.hop_cycles;
        return params;
    }

    const Technology technology;
    Interconnect bus;
    Memory dram, buffer, program;
    Dma dma;
    Postprocess postprocess;
    Sequencer sequencer;
    std::vector<std::unique_ptr<SramMacro>> macros;
    sc_core::sc_signal<bool> irq{"irq"};
};

/// The C driver's way to the hardware.
struct Bus {
    TestInitiator& initiator;
    sc_core::sc_signal<bool>& irq;

    static int answer(tlm::tlm_response_status status) { return status == tlm::TLM_OK_RESPONSE ? 0 : -1; }
    static int read(void* self, std::uint64_t address, void* data, std::size_t bytes) {
        return answer(static_cast<Bus*>(self)->initiator.read(address, data, static_cast<unsigned>(bytes)));
    }
    static int write(void* self, std::uint64_t address, const void* data, std::size_t bytes) {
        return answer(static_cast<Bus*>(self)->initiator.write(address, data, static_cast<unsigned>(bytes)));
    }
    static int wait_for_interrupt(void* self) {
        auto& irq = static_cast<Bus*>(self)->irq;
        while (!irq.read()) sc_core::wait(irq.value_changed_event());
        return 0;
    }
    pimvp_access access() { return {this, read, write, wait_for_interrupt}; }
};

net::Machine machine(const Config& config, const Options& o) {
    net::PathGeometry path;
    path.name = "sram";
    path.macros = static_cast<int>(o.macros);
    path.rows = static_cast<int>(config.integer("sram_macro.rows"));
    path.columns = static_cast<int>(config.integer("sram_macro.columns"));
    path.buffer_bytes = config.integer("activation_buffer.bytes");
    path.program_bytes = config.integer("program_memory.bytes");
    path.parameter_entries = PostprocessParams::from(config).parameter_entries;
    path.line_buffer_bytes = config.integer("sequencer.line_buffer_bytes");
    path.mask_bits = config.integer("sequencer.mask_bits");
    return {{path}, config.integer("dram.bytes"), false};
}

void simulate(Testbench& bench, const Options& o) {
    const auto& config = bench.config();
    const auto sram = SramMacroParams::from(config, 0);
    bench.check(o.flip, sram.rows, sram.columns);
    const auto graph = layer(bench, o);
    const auto& image_shape = graph.tensor(graph.input).shape;
    const auto& output_shape = graph.tensor(graph.output).shape;
    const auto pixels =
        bench.random(static_cast<std::size_t>(image_shape.size()), 0, (1 << o.input_bits) - 1);
    const std::vector<std::uint8_t> image(pixels.begin(), pixels.end());  // CHW
    const auto expected = net::execute(graph, image.data())[static_cast<std::size_t>(graph.output)];

    const auto hardware = machine(config, o);
    const auto map = net::default_address_map(1);
    const auto schedule = net::schedule_network(graph, hardware);
    const auto program = net::compile(schedule, hardware, map);
    const auto& path = program.paths[0];
    pimvp_network network{};
    const pimvp_segment segment = {program.image.data(), program.image.size(), program.image_address};
    network.segments = &segment;
    network.segment_count = 1;
    network.paths = 1;
    network.sequencer[0] = map.paths[0].sequencer;
    network.load_program[0] = path.load_address;
    network.load_commands[0] = path.load_commands;
    network.run_program[0] = path.run_address;
    network.run_commands[0] = path.run_commands;
    network.input_address = program.input_address;
    network.input_bytes = program.input_bytes;
    network.output_address = program.output_address;
    network.output_bytes = program.output_bytes;

    Accelerator chip("chip", config, map, static_cast<unsigned>(o.macros), bench.tracer());
    LayerRecord conv;
    chip.sequencer.on_layer([&](const LayerRecord& record) {
        if (record.activity >= Activity::first_layer) conv = record;  // the last layer is the convolution
    });
    ProtocolChecker checker("checker");
    std::vector<std::int32_t> found(expected.size());
    TestInitiator host("host", [&](TestInitiator& self) {
        Bus bus{self, chip.irq};
        const auto access = bus.access();
        self.set_activity(Activity::load);
        bench.scoreboard.compare("driver, load", PIMVP_OK, pimvp_load(&access, &network));
        if (o.flip.given()) {
            const auto bit = static_cast<std::uint64_t>(o.flip.row) * sram.columns +
                             static_cast<std::uint64_t>(o.flip.column);
            const std::uint64_t address = map.macro(0, 0) + PIMVP_MACRO_CELLS + bit / 8;
            std::uint8_t byte = 0;
            self.debug_read(address, &byte, 1);
            self.debug_write(address, {static_cast<std::uint8_t>(byte ^ (1u << bit % 8))});
        }
        bench.measure(self);
        const std::size_t c = static_cast<std::size_t>(image_shape.c), area = image.size() / c;
        std::vector<std::uint8_t> hwc(image.size());
        for (std::size_t i = 0; i < hwc.size(); ++i) hwc[i] = image[i % c * area + i / c];
        std::vector<std::int32_t> sums(expected.size());
        bench.scoreboard.compare("driver, run", PIMVP_OK,
                                 pimvp_run(&access, &network, hwc.data(), sums.data()));
        const std::size_t f = static_cast<std::size_t>(output_shape.c), out = sums.size() / f;
        for (std::size_t i = 0; i < sums.size(); ++i) found[i % f * out + i / f] = sums[i];
    });
    host.port.bind(checker.target);
    checker.port.bind(chip.bus.in[Accelerator::from_host]);
    bench.run(host, {&checker});
    bench.scoreboard.compare("outputs", expected, found);

    for (Account* account :
         {&chip.sequencer.account(), &chip.bus.account(), &chip.dram.account(), &chip.buffer.account(),
          &chip.program.account(), &chip.dma.account(), &chip.postprocess.account()})
        bench.report(*account);
    for (auto& macro : chip.macros) bench.report(macro->account());
    const auto macs = static_cast<double>(graph.macs());
    const auto cycles = static_cast<double>((conv.end_ps - conv.start_ps) / sram.period.ps);
    // All macros full all the time: rows x filters products in the cycles of one access.
    const Region full{0,
                      sram.rows,
                      0,
                      sram.columns / static_cast<std::uint32_t>(o.weight_bits),
                      static_cast<std::uint32_t>(o.weight_bits),
                      PIMVP_KIND_SIGNED,
                      static_cast<std::uint32_t>(o.input_bits),
                      PIMVP_KIND_UNSIGNED,
                      4};
    const double peak = static_cast<double>(o.macros) * full.rows * full.filters /
                        static_cast<double>(access_cost(sram, chip.technology, full).cycles);
    bench.figure("layer_cycles", cycles, "",
                 std::string("cycles of the layer, bound by ") + stage_name(conv.bound));
    bench.beside("layer_cycles", macs / peak, "products / peak of the macros");
    bench.figure("utilisation", schedule.mapping.nodes.back().utilisation, "%", "cells in use");
    bench.figure("latency_s",
                 static_cast<double>(chip.sequencer.end_ps() - chip.sequencer.doorbell_ps()) * 1e-12, "s",
                 "doorbell to interrupt");
    bench.figure("macs", macs, "", "products");
}

}  // namespace

int sc_main(int argc, char** argv) {
    Testbench bench("sequencer_bench",
                    "An accelerator of one path runs one convolution with random weights; every output\n"
                    "is checked with the reference executor.");
    Options options;
    bench.option("--channels", options.channels, 1, 512, "of the input");
    bench.option("--size", options.size, 1, 256, "height and width of the input");
    bench.option("--filters", options.filters, 1, 512, "output channels");
    bench.option("--kernel", options.kernel, 1, 15, "height and width of a filter");
    bench.option("--stride", options.stride, 1, 8, "down and right");
    bench.option("--pad", options.pad, 0, 7, "pixels on each side");
    bench.option("--input-bits", options.input_bits, 1, 8, "of an input");
    bench.option("--weight-bits", options.weight_bits, 2, 8, "of a weight");
    bench.option("--macros", options.macros, 1, 64, "SRAM macros");
    bench.option("--flip-cell", options.flip, "invert one stored bit of the first macro after loading");
    return bench.main(argc, argv, [&] { simulate(bench, options); });
}
