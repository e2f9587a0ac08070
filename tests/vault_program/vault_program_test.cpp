// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/vault_program.h"

#include <gtest/gtest.h>

#include <cstring>

#include "driver/pimvp_vault.h"
#include "networks/executor.h"
#include "networks/host_values.h"
#include "networks/requant.h"
#include "networks/validate.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/expect_error.h"
#include "tests/vault_program/stack.h"

namespace pimvp::net::test {
namespace {

using pimvp::test::expect_error;

VaultMachine random_machine(Random& random) {
    VaultMachine machine;
    machine.vaults = random.chance(40) ? 16 : random.between(1, 16);
    machine.bytes = 1 << 24;
    machine.gated = random.chance(80);
    machine.double_blocks = random.chance(70);
    machine.mac_groups = random.between(1, 2);
    machine.stationary = 1 << random.between(0, 3);
    return machine;
}

std::int64_t bytes_of(const Tensor& tensor, const VaultTensor& place) {
    return place.row_bytes * tensor.shape.h;
}

/// Every word of a tensor's elements was stored once, padding never.
void expect_stored_once(const Tensor& tensor, const VaultTensor& place,
                        const std::vector<std::uint8_t>& stores) {
    const std::int64_t words = tensor.type.bits == 32 ? 2 : 1;
    std::int64_t once = 0, all = 0;
    for (std::int64_t y = 0; y < tensor.shape.h; ++y)
        for (std::int64_t w = 0; w < place.row_bytes / 2; ++w) {
            const auto n = stores.at(static_cast<std::size_t>((place.address + y * place.row_bytes) / 2 + w));
            const bool in_row = w < std::int64_t{tensor.shape.w} * place.pixel_words;
            once += in_row && w % place.pixel_words < tensor.shape.c * words && n == 1 ? 1 : 0;
            all += n;
        }
    EXPECT_EQ(once, tensor.shape.size() * words) << tensor.name;
    EXPECT_EQ(all, once) << tensor.name;
}

/// Runs a network's programs on plain arrays and compares every tensor of every vault; returns how many MAC
/// commands of each mode there were.
std::array<int, 3> run_and_compare(const Graph& graph, const VaultMachine& machine,
                                   const std::vector<std::int32_t>& input, bool backwards) {
    SCOPED_TRACE(graph.name + " on " + std::to_string(machine.vaults) + " vaults");
    const VaultProgram program = compile_for_vaults(graph, machine);
    Stack stack(machine.vaults, static_cast<std::size_t>(program.used_bytes), 0xA5);
    const auto count = static_cast<std::size_t>(machine.vaults);
    EXPECT_EQ(program.images.size(), count);
    for (int v = 0; v < machine.vaults; ++v) stack.load(v, 0, program.images[static_cast<std::size_t>(v)]);
    stack.run(std::vector<std::uint32_t>(count, program.load_address),
              std::vector<std::uint32_t>(count, program.load_commands), backwards);
    const auto at = [&](int t) -> const VaultTensor& { return program.tensors[static_cast<std::size_t>(t)]; };
    for (int v = 0; v < machine.vaults; ++v)
        stack.load(v, at(graph.input).address,
                   vault_bytes(graph.tensor(graph.input), at(graph.input), input));
    stack.run(program.run_address, program.run_commands, backwards);

    const Activations expected = execute(graph, input);
    for (int v = 0; v < machine.vaults; ++v) {
        for (std::size_t r = 0; r < program.regions.size(); ++r) {
            const auto &set = stack.regions(v)[r], &said = stack.regions(0)[r];
            EXPECT_EQ(set.base, program.regions[r].base);
            EXPECT_EQ(set.limit, program.regions[r].limit);
            EXPECT_EQ(set.bits, static_cast<unsigned>(program.regions[r].bits));
            EXPECT_EQ(set.pair, program.regions[r].pair ? 1u : 0u);
            EXPECT_EQ(set.pair, said.pair);
        }
        for (int t = 0; t < static_cast<int>(graph.tensors.size()); ++t) {
            const Tensor& tensor = graph.tensor(t);
            const auto bytes =
                stack.read(v, at(t).address, static_cast<std::size_t>(bytes_of(tensor, at(t))));
            EXPECT_EQ(vault_values(tensor, at(t), bytes), expected[static_cast<std::size_t>(t)])
                << tensor.name << " in vault " << v;
            if (t != graph.input && v == 0) expect_stored_once(tensor, at(t), stack.stores(v));
        }
    }
    EXPECT_EQ(program.infos.size(), graph.nodes.size());
    for (std::size_t k = 0; k < program.infos.size(); ++k) {
        const VaultLayer& layer = program.layers[k];
        EXPECT_EQ(stack.worked().at(static_cast<std::uint32_t>(3 + k)), program.infos[k].commands);
        EXPECT_LE(layer.row_groups * layer.filter_groups, machine.vaults);
        EXPECT_GT(layer.estimated_cycles, 0);
        const Tensor& output = graph.tensor(graph.nodes[k].output);
        EXPECT_EQ(layer.stored_words,
                  output.shape.size() * (output.type.bits == 32 ? 2 : 1) * machine.vaults);
    }
    return {stack.mac_modes(0), stack.mac_modes(1), stack.mac_modes(2)};
}

std::vector<std::int32_t> random_values(Random& random, const Tensor& tensor) {
    std::vector<std::int32_t> values;
    for (std::int64_t i = 0; i < tensor.shape.size(); ++i) {
        auto x =
            random.between(static_cast<int>(tensor.type.lowest()), static_cast<int>(tensor.type.highest()));
        if (tensor.type.kind == Kind::bipolar && x == 0) x = 1;
        values.push_back(x);
    }
    return values;
}

void run_random_networks(std::uint32_t first, std::uint32_t count, std::array<int, 3>& modes) {
    for (std::uint32_t seed = first; seed < first + count; ++seed) {
        Random random(seed);
        RandomShape shape;
        shape.nodes = random.between(2, 8);
        shape.most_channels = random.chance(50) ? 9 : 50;
        shape.score_map = random.chance(20);
        auto options = RandomGraphOptions::everything_on_hardware();
        options.wide_layers = random.chance(20);
        const Graph graph = random_graph(seed, shape, options);
        const auto image = random_image(seed, graph.tensor(graph.input).shape);
        const auto run = run_and_compare(graph, random_machine(random), input_integers(graph, image.data()),
                                         seed % 2 == 0);
        for (std::size_t m = 0; m < 3; ++m) modes[m] += run[m];
        if (testing::Test::HasFailure()) return;
    }
}

TEST(VaultProgram, RunsRandomNetworksAsTheExecutorDoes) {
    std::array<int, 3> modes{};
    run_random_networks(1, 400, modes);
    for (const int commands : modes) EXPECT_GT(commands, 50);
}

/// One convolution with its own types.
struct Layer {
    int channels, filters, groups, side, kernel;
    TensorType in, weights, out;
};
Graph one_conv(Random& random, const Layer& layer) {
    GraphBuilder builder({layer.channels, layer.side, layer.side});
    builder.graph.tensors[0].type = layer.in;
    Node node = random_conv(random, builder.graph, 0, layer.filters, layer.kernel, layer.kernel,
                            layer.weights, layer.groups);
    if (layer.in.kind != Kind::bipolar)
        node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = layer.kernel / 2;
    const int side = layer.in.kind != Kind::bipolar ? layer.side : layer.side - layer.kernel + 1;
    const double factor = 1.0 / (1 << std::max(0, layer.in.bits + layer.weights.bits - 12));
    node.requant = make_requant(std::vector<double>(static_cast<std::size_t>(layer.filters), factor),
                                layer.out.lowest(), layer.out.highest());
    builder.append(std::move(node), {layer.filters, side, side}, layer.out);
    validate(builder.graph);
    return builder.graph;
}

TEST(VaultProgram, RunsEveryPairOfPrecisions) {
    Random random(5);
    VaultMachine machine;
    machine.bytes = 1 << 22;
    for (int a = 1; a <= 16; ++a)
        for (int w = 1; w <= 16; ++w) {
            machine.vaults = 1 + (a + w) % 16;
            Layer layer{20,
                        18,
                        1,
                        4,
                        3,
                        integer_type(a, a % 2 == 0 ? Kind::signed_integer : Kind::unsigned_integer),
                        integer_type(w, w % 3 == 0 && w < 16 ? Kind::unsigned_integer : Kind::signed_integer),
                        integer_type(a, Kind::signed_integer)};
            if (a % 3 == 1) layer.channels = layer.filters = layer.groups = 18;  // depthwise
            if (a % 3 == 2) layer.channels = 6, layer.groups = 2;
            const Graph graph = one_conv(random, layer);
            run_and_compare(graph, machine, random_values(random, graph.tensor(0)), w % 2 == 0);
            ASSERT_FALSE(HasFailure()) << a << " x " << w;
        }
}

TEST(VaultProgram, DoublesWeightsOfBipolarInputs) {
    Random random(6);
    VaultMachine machine;
    machine.bytes = 1 << 22;
    for (const Kind kind : {Kind::bipolar, Kind::ternary, Kind::signed_integer})
        for (const int groups : {1, 32}) {
            Layer layer{32,
                        32,
                        groups,
                        5,
                        3,
                        integer_type(1, Kind::bipolar),
                        integer_type(kind == Kind::bipolar   ? 1
                                     : kind == Kind::ternary ? 2
                                                             : 15,
                                     kind),
                        integer_type(9, Kind::signed_integer)};
            const Graph graph = one_conv(random, layer);
            run_and_compare(graph, machine, random_values(random, graph.tensor(0)), false);
        }
    Layer layer{16,
                16,
                1,
                3,
                1,
                integer_type(1, Kind::bipolar),
                integer_type(16, Kind::signed_integer),
                integer_type(8, Kind::signed_integer)};
    const Graph graph = one_conv(random, layer);
    expect_error([&] { compile_for_vaults(graph, machine); }, "node0", "17 bits of a weight", "takes 16");
}

/// The region that holds all of [base, base + bytes); bits 16 outside all.
VaultRegion region_of(const VaultProgram& program, std::int64_t base, std::int64_t bytes) {
    for (const auto& region : program.regions) {
        if (base + bytes <= region.base || base >= region.limit) continue;
        EXPECT_TRUE(base >= region.base && base + bytes <= region.limit) << "not all in one region";
        return region;
    }
    return {};
}

TEST(VaultProgram, GatesWeightsAndTensorsAndNothingElse) {
    for (std::uint32_t seed = 300; seed < 330; ++seed) {
        Random random(seed);
        const Graph graph = random_graph(seed, {}, RandomGraphOptions::everything_on_hardware());
        VaultMachine machine = random_machine(random);
        machine.gated = true;
        const VaultProgram program = compile_for_vaults(graph, machine);
        EXPECT_LE(program.regions.size(), PIMVP_GATE_REGIONS);
        std::int64_t gated = 0, tensors = 0, limit = 0;
        for (const auto& region : program.regions) {
            EXPECT_EQ(region.base % 64, 0u);
            EXPECT_EQ(region.limit % 64, 0u);
            EXPECT_LE(limit, region.base);
            EXPECT_LT(region.base, region.limit);
            EXPECT_EQ(region.pair, machine.double_blocks && region.bits <= 8);
            limit = region.limit;
            if (region.base >= program.images[0].size()) gated += region.limit - region.base;
        }
        for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
            const Tensor& tensor = graph.tensors[t];
            const auto& place = program.tensors[t];
            const int bits = tensor.type.kind == Kind::bipolar ? 1 : std::min(tensor.type.bits, 16);
            EXPECT_EQ(region_of(program, place.address, bytes_of(tensor, place)).bits, bits) << tensor.name;
            EXPECT_EQ(place.address % 64 + static_cast<unsigned>(place.row_bytes % 64), 0u);
            if (bits < 16) tensors += bytes_of(tensor, place);
        }
        EXPECT_EQ(gated, tensors);
        for (std::size_t v = 0; v < program.images.size(); ++v) {
            const auto& image = program.images[v];
            EXPECT_LE(static_cast<std::int64_t>(image.size()), program.used_bytes);
            EXPECT_EQ(region_of(program, program.run_address[v], program.run_commands[v] * 64).bits, 16);
            EXPECT_EQ(region_of(program, program.load_address, program.load_commands * 64).bits, 16);
            for (std::uint32_t k = 0; k < program.run_commands[v]; ++k) {
                pimvp_mac mac;
                pimvp_post post;
                std::memcpy(&mac, image.data() + program.run_address[v] + k * 64, sizeof mac);
                std::memcpy(&post, &mac, sizeof post);
                if ((mac.opcode & 0xFFFF) == PIMVP_OP_POST && (post.mode & 0xFF) != PIMVP_POST_MAX) {
                    EXPECT_EQ(region_of(program, post.parameters, 16).bits, 16);
                    EXPECT_EQ(post.opcode >> 16, machine.vaults > 1 ? PIMVP_REACH_ALL : PIMVP_REACH_OWN);
                }
                if (mac.opcode != PIMVP_OP_MAC) continue;
                const auto& node = graph.nodes[mac.activity - 3];
                const bool bipolar = graph.tensor(node.inputs[0]).type.kind == Kind::bipolar;
                EXPECT_EQ(region_of(program, mac.weights, 32).bits,
                          static_cast<int>(mac.weight_format & 0xFFFF) - (bipolar ? 1 : 0));
            }
        }
        machine.gated = false;
        EXPECT_TRUE(compile_for_vaults(graph, machine).regions.empty());
    }
}

TEST(VaultProgram, SaysWhatDoesNotFit) {
    Random random(7);
    const Graph graph =
        one_conv(random, {16, 64, 1, 8, 3, integer_type(8, Kind::unsigned_integer),
                          integer_type(8, Kind::signed_integer), integer_type(8, Kind::signed_integer)});
    VaultMachine machine;
    const auto needed = compile_for_vaults(graph, machine).used_bytes;
    // Tensors alone: 16 and 64 channels of 8 x 8 words.
    EXPECT_GT(needed, (16 + 64) * 64 * 2);
    machine.bytes = needed;
    EXPECT_EQ(compile_for_vaults(graph, machine).used_bytes, needed);
    machine.bytes = needed - 1;
    expect_error([&] { compile_for_vaults(graph, machine); }, "needs " + std::to_string(needed) + " bytes",
                 "a vault has " + std::to_string(needed - 1));
    machine.vaults = 17;
    expect_error([&] { compile_for_vaults(graph, machine); }, "1 to 16 vaults", "17");
}

TEST(VaultProgram, PoolsMoreElementsThanAFormatCounts) {
    for (const Op op : {Op::max_pool, Op::average_pool}) {
        GraphBuilder builder({3, 64, 65});
        Node node;
        node.op = op;
        node.inputs = {0};
        node.kernel_h = 64;
        node.kernel_w = 65;
        const auto type = integer_type(8, Kind::unsigned_integer);
        if (op == Op::average_pool) node.requant = make_requant(std::vector<double>(3, 1.0 / 4160), 0, 255);
        builder.append(std::move(node), {3, 1, 1}, type);
        validate(builder.graph);
        Random random(8);
        run_and_compare(builder.graph, {}, random_values(random, builder.graph.tensor(0)), false);
    }
}

TEST(VaultProgram, PoolsManyChannelsInSeveralCommands) {
    GraphBuilder builder({5000, 2, 2});
    Node node;
    node.op = Op::max_pool;
    node.inputs = {0};
    node.kernel_h = node.kernel_w = 2;
    builder.append(std::move(node), {5000, 1, 1}, integer_type(8, Kind::unsigned_integer));
    Random random(9);
    VaultMachine one;
    one.vaults = 1;
    run_and_compare(builder.graph, one, random_values(random, builder.graph.tensor(0)), false);
    EXPECT_EQ(compile_for_vaults(builder.graph, one).infos[0].commands, 2);
}

TEST(VaultProgram, RefusesMoreThanFourOperands) {
    GraphBuilder builder({4, 3, 3});
    Node node;
    node.op = Op::add;
    node.inputs = std::vector<int>(5, 0);
    const auto type = integer_type(8, Kind::unsigned_integer);
    node.requant = make_common_requant(std::vector<double>(5, 0.2), 0, 255);
    builder.append(std::move(node), {4, 3, 3}, type);
    validate(builder.graph);
    expect_error([&] { compile_for_vaults(builder.graph, {}); }, "node0", "5 operands", "takes 4");
}

TEST(VaultTensor, HoldsLeftAlignedWords) {
    Tensor tensor{"t", {20, 2, 1}, integer_type(4, Kind::signed_integer)};
    const VaultTensor place{0, 64, 32};
    std::vector<std::int32_t> values(40, 0);
    values[0] = -1;          // channel 0, row 0
    values[2 * 19 + 1] = 7;  // channel 19, row 1
    const auto bytes = vault_bytes(tensor, place, values);
    std::vector<std::uint8_t> expected(128, 0);
    expected[1] = 0xF0;
    expected[64 + 2 * 19 + 1] = 0x70;
    EXPECT_EQ(bytes, expected);
    EXPECT_EQ(vault_values(tensor, place, bytes), values);

    tensor = {"scores", {3, 1, 1}, accumulator_type()};
    const std::vector<std::int32_t> scores = {-2, 0x12345678, 0};
    const auto raw = vault_bytes(tensor, {0, 64, 6}, scores);
    EXPECT_EQ(std::vector<std::uint8_t>(raw.begin(), raw.begin() + 8),
              (std::vector<std::uint8_t>{0xFE, 0xFF, 0xFF, 0xFF, 0x78, 0x56, 0x34, 0x12}));
    EXPECT_EQ(vault_values(tensor, {0, 64, 6}, raw), scores);

    tensor = {"signs", {2, 1, 1}, integer_type(1, Kind::bipolar)};
    const auto signs = vault_bytes(tensor, {0, 64, 2}, {-1, 1});
    EXPECT_EQ(signs[1], 0x00);
    EXPECT_EQ(signs[3], 0x80);
    EXPECT_EQ(vault_values(tensor, {0, 64, 2}, signs), (std::vector<std::int32_t>{-1, 1}));
}

}  // namespace
}  // namespace pimvp::net::test
