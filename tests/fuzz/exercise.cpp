// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/exercise.h"

#include <stdexcept>

#include "modules/core/error.h"
#include "networks/executor.h"
#include "networks/program.h"
#include "networks/schedule.h"
#include "networks/softmax.h"
#include "networks/validate.h"

namespace pimvp::fuzz {
namespace {

// Beyond these sizes a network that was read is not run: time goes with them, and faults do not.
constexpr std::int64_t most_work = 300000, most_elements = 50000, most_weights_compiled = 20000;

net::PathGeometry path(const char* name, net::CellKind cell, int macros, int rows, int columns) {
    net::PathGeometry p;
    p.name = name;
    p.cell = cell;
    p.macros = macros;
    p.rows = rows;
    p.columns = columns;
    p.buffer_bytes = 1 << 14;
    p.program_bytes = 1 << 14;
    p.parameter_entries = 64;
    p.line_buffer_bytes = 1 << 12;
    return p;
}

const std::vector<net::Machine>& machines() {
    static const std::vector<net::Machine> list = [] {
        net::Machine one, two;
        one.paths = {path("sram", net::CellKind::bit, 4, 32, 64)};
        two.paths = {path("sram", net::CellKind::bit, 3, 64, 32),
                     path("edram", net::CellKind::ternary, 2, 32, 32)};
        one.dram_bytes = two.dram_bytes = 1 << 20;
        return std::vector<net::Machine>{one, two};
    }();
    return list;
}

void check_range(const net::Graph& graph, const net::Activations& activations) {
    for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
        const net::TensorType& type = graph.tensors[t].type;
        for (const std::int32_t value : activations.at(t))
            if (value < type.lowest() || value > type.highest())
                throw std::logic_error("tensor '" + graph.tensors[t].name + "': " + std::to_string(value) +
                                       " is not in its range");
    }
}

bool run(const net::Graph& graph) {
    std::vector<std::uint8_t> image(static_cast<std::size_t>(graph.tensor(graph.input).shape.size()));
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i * 37 + 11);
    try {
        const net::Activations activations = net::execute(graph, image.data());
        check_range(graph, activations);
        const auto& scores = activations[static_cast<std::size_t>(graph.output)];
        net::host_outputs(graph, scores);
        if (graph.softmax_beta > 0)
            net::tflite_softmax(scores, graph.softmax_beta, graph.tensor(graph.output).type.scale);
        return true;
    } catch (const Error&) {
        return false;
    } catch (const std::overflow_error&) {
        return false;
    }
}

bool compile(const net::Graph& graph, const net::Machine& machine) {
    try {
        const net::Schedule schedule = net::schedule_network(graph, machine);
        net::compile(schedule, machine, net::default_address_map(machine.paths.size()));
        return true;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

Outcome exercise(const net::Graph& graph) {
    Outcome outcome;
    outcome.accepted = true;
    try {
        net::validate(graph);
    } catch (const Error& error) {
        throw std::logic_error(std::string("imported, but not valid: ") + error.what());
    }
    std::int64_t work = 0, elements = 0, weights = 0;
    for (const net::Node& node : graph.nodes) {
        work += net::check_node(graph, node);
        weights += static_cast<std::int64_t>(node.weights.size());
    }
    for (const net::Tensor& tensor : graph.tensors) elements += tensor.shape.size();
    if (elements > most_elements) return outcome;
    if (work <= most_work) outcome.executed = run(graph);
    if (weights <= most_weights_compiled)
        for (const net::Machine& machine : machines())
            outcome.compiled = compile(graph, machine) || outcome.compiled;
    return outcome;
}

}  // namespace pimvp::fuzz
