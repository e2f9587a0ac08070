// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Programs for arrays whose window runs along the wordlines: how much work, in how many passes, and what is
// left to do after a power loss.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "modules/core/error.h"
#include "networks/program.h"
#include "networks/schedule.h"
#include "tests/mapping/array_image.h"
#include "tests/mapping/machines.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

using pimvp::test::expect_error;

const TensorType u8 = integer_type(8, Kind::unsigned_integer), bit = integer_type(1, Kind::unsigned_integer),
                 s8 = integer_type(8, Kind::signed_integer), pair = integer_type(1, Kind::bipolar);

Machine row_machine(int macros, int columns) {
    auto path = path_of("mram", CellKind::row, macros, 256, columns);
    path.reserved_rows = 16;
    path.line_buffer_bytes = 1 << 14;
    path.parameter_entries = 1 << 14;
    path.program_bytes = 1 << 20;
    Machine machine = machine_of({path});
    machine.dram_bytes = 1 << 28;
    return machine;
}

/// Layers one after the other; outputs by one threshold or multiplier.
class Layers {
  public:
    explicit Layers(const Shape& image) : b(image) {}
    Layers& conv(int outputs, int kernel, int pad, const TensorType& weights, const TensorType& type) {
        const Shape in = shape();
        Node node = random_conv(random, b.graph, b.graph.output, outputs, kernel, kernel, weights);
        node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = pad;
        const int h = in.h + 2 * pad - kernel + 1, w = in.w + 2 * pad - kernel + 1;
        if (type.bits < 32) random_requant(random, node, outputs, 0.01, type);
        b.append(std::move(node), {outputs, h, w}, type);
        return *this;
    }
    Layers& pool() {
        Node node;
        node.op = Op::max_pool;
        node.inputs = {b.graph.output};
        node.kernel_h = node.kernel_w = node.stride_h = node.stride_w = 2;
        const Shape in = shape();
        const auto type = b.graph.tensor(b.graph.output).type;
        b.append(std::move(node), {in.c, in.h / 2, in.w / 2}, type);
        return *this;
    }
    Shape shape() const { return b.graph.tensor(b.graph.output).shape; }

    Random random{1};
    GraphBuilder b;
};

/// The network of DoReFa-Net's SVHN example (Zhou et al., 2016): first and last layer with 8 bits.
Graph dorefa_svhn() {
    Layers net({3, 40, 40});
    net.conv(48, 5, 0, s8, bit).pool().conv(64, 3, 1, pair, bit).conv(64, 3, 1, pair, bit).pool();
    net.conv(128, 3, 0, pair, bit).conv(128, 3, 1, pair, bit).conv(128, 3, 0, pair, bit);
    net.conv(512, 5, 0, pair, u8).conv(10, 1, 0, s8, accumulator_type());
    return net.b.graph;
}

std::int64_t row_operations(const Graph& graph, const Mapping& mapping, std::size_t n) {
    const auto& out = graph.tensor(graph.nodes[n].output).shape;
    const auto& in = graph.tensor(graph.nodes[n].inputs[0]).type;
    std::int64_t sum = 0;
    for (const auto& tile : mapping.nodes[n].tiles)
        sum += std::int64_t{out.h} * out.w * tile.filters * tile.slice.bits * in.bits;
    return sum;
}

TEST(RowPrograms, RowOperationsOfDoReFaSvhn) {
    const Graph graph = dorefa_svhn();
    ASSERT_EQ(graph.macs(), 41735424);
    // Sum over the quantised layers of P x O x ceil(K / columns): one bit by one bit.
    for (const auto& [columns, operations] : {std::pair{512, 106752}, std::pair{256, 176512}}) {
        for (const int filters : {0, 16}) {
            SCOPED_TRACE(std::to_string(columns) + " columns");
            Machine machine = row_machine(64, columns);
            machine.paths[0].filters_per_tile = filters;
            const auto mapping = map_network(graph, machine);
            std::int64_t sum = 0;
            for (std::size_t n = 1; n + 1 < graph.nodes.size(); ++n) {
                sum += row_operations(graph, mapping, n);
                for (const auto& tile : mapping.nodes[n].tiles) EXPECT_TRUE(tile.slice.is_bipolar);
            }
            EXPECT_EQ(sum, operations);
            EXPECT_EQ(row_operations(graph, mapping, 0), 36 * 36 * 48 * 8 * 8);
            EXPECT_EQ(mapping.reloaded_bits, 0);
        }
    }
}

TEST(RowPrograms, AResidentLayerIsOnePass) {
    Machine machine = row_machine(64, 512);
    const Graph svhn = dorefa_svhn();
    const auto schedule = schedule_network(svhn, machine);
    for (const auto& node : schedule.mapping.nodes)
        if (!node.tiles.empty()) {
            EXPECT_TRUE(node.resident);
            EXPECT_EQ(node.passes.size(), 1u);
        }
    EXPECT_EQ(schedule.mapping.nodes[8].tiles.size(), 21u);  // conv6: ceil(3200 / 512) x ceil(512 / 240)
    expect_weights_in_image(svhn, machine);

    // AlexNet's first linear layer has 6 x 6 x 256 = 9216 elements; here for fewer outputs.
    machine = row_machine(54, 512);
    Layers fc({256, 6, 6});
    fc.b.graph.tensors[0].type = bit;
    fc.conv(512, 6, 0, pair, bit);
    const auto mapping = map_network(fc.b.graph, machine);
    ASSERT_EQ(mapping.nodes[0].passes.size(), 1u);
    EXPECT_EQ(mapping.nodes[0].tiles.size(), 54u);  // 18 x 3
    EXPECT_TRUE(mapping.nodes[0].resident);
}

TEST(RowPrograms, OnePassAlsoWhereTheLineBufferHoldsOneColumn) {
    Layers net({64, 8, 20});
    net.conv(8, 3, 0, s8, u8);
    Machine machine = row_machine(16, 512);
    machine.paths[0].line_buffer_bytes = 4 * 3 * 64;  // held rows x kernel columns x channels
    EXPECT_EQ(map_network(net.b.graph, machine).nodes[0].passes.size(), 1u);
    expect_weights_in_image(net.b.graph, machine);
    machine.paths[0].line_buffer_bytes -= 1;
    EXPECT_EQ(map_network(net.b.graph, machine).nodes[0].passes.size(), 2u);
    expect_weights_in_image(net.b.graph, machine);
}

TEST(RowPrograms, SetupDoesWhatAPowerLossUndid) {
    const Graph graph = dorefa_svhn();
    Machine machine = row_machine(64, 512);
    const auto schedule = schedule_network(graph, machine);
    const auto map = default_address_map(1);
    const auto plain = compile(schedule, machine, map);
    EXPECT_EQ(plain.paths[0].setup_commands, 0u);
    EXPECT_EQ(plain.paths[0].setup_address, 0u);
    machine.separate_setup = true;
    const auto program = compile(schedule, machine, map);
    // All else is as without: the setup program is the last in the image.
    ASSERT_GT(program.image.size(), plain.image.size());
    EXPECT_TRUE(std::equal(plain.image.begin(), plain.image.end(), program.image.begin()));
    EXPECT_EQ(program.paths[0].load_address, plain.paths[0].load_address);
    EXPECT_EQ(program.paths[0].run_address, plain.paths[0].run_address);

    const auto& placed = program.paths[0];
    std::vector<Words> setup(placed.setup_commands);
    const auto bytes = image_bytes(program, map, placed.setup_address, setup.size() * 64);
    for (std::size_t i = 0; i < setup.size(); ++i) std::memcpy(setup[i].w.data(), &bytes[64 * i], 64);
    const auto load = decode(program, machine, map)[0].load;
    EXPECT_FALSE(parameters(program, map, 0, setup).empty());
    EXPECT_EQ(parameters(program, map, 0, setup), parameters(program, map, 0, load));
    // Every region register has the value of the load program; no cell is written.
    ArrayImage loaded(machine, map), again(machine, map);
    for (const auto& command : load) loaded.run(program, command, false);
    for (const auto& command : setup) again.run(program, command, true);
    std::size_t tiles = 0, copies = 0;
    for (const auto& node : schedule.mapping.nodes)
        for (const auto& tile : node.tiles) {
            ++tiles;
            const auto macro = static_cast<std::uint32_t>(tile.macro),
                       region = static_cast<std::uint32_t>(tile.region);
            EXPECT_EQ(again.region(macro, region), loaded.region(macro, region));
        }
    EXPECT_EQ(again.regions(), tiles);
    EXPECT_EQ(loaded.regions(), tiles);
    for (const auto& command : setup) copies += command.opcode() == 1;
    EXPECT_EQ(copies, 1u);
    EXPECT_EQ(setup.size(), tiles + 2);  // the parameters' copy, END
    EXPECT_EQ(setup.back().opcode(), 0u);
    EXPECT_EQ(setup.back().w[2], 0u);  // no interrupt
    for (const auto& command : setup) EXPECT_EQ(command.activity(), 0);
}

TEST(RowPrograms, SetupIsRefusedWhereItWouldNotBeEnough) {
    const Graph graph = dorefa_svhn();
    const auto compiled = [&](int macros, std::int64_t entries, bool separate_setup) {
        Machine machine = row_machine(macros, 512);
        machine.paths[0].parameter_entries = entries;
        machine.separate_setup = separate_setup;
        compile(schedule_network(graph, machine), machine, default_address_map(1));
    };
    EXPECT_NO_THROW(compiled(64, 1 << 14, true));
    EXPECT_NO_THROW(compiled(64, 512, false));
    expect_error([&] { compiled(64, 512, true); }, "path mram", "512 parameter entries");
    EXPECT_NO_THROW(compiled(12, 1 << 14, false));
    expect_error([&] { compiled(12, 1 << 14, true); }, "path mram", "too few macros", "node8");
}

TEST(RowPrograms, PixelsOfWholeBytesCanBeAskedFor) {
    Layers net({8, 4, 4});
    net.conv(12, 3, 0, s8, bit).conv(3, 1, 0, s8, accumulator_type());
    Machine machine = row_machine(16, 512);
    EXPECT_NO_THROW(schedule_network(net.b.graph, machine));
    machine.whole_byte_pixels = true;
    expect_error([&] { schedule_network(net.b.graph, machine); }, "node0", "12 output channels of 1 bits",
                 "found 12 bits");
    Layers whole({8, 4, 4});
    whole.conv(16, 3, 0, s8, bit).conv(3, 1, 0, s8, accumulator_type());
    EXPECT_NO_THROW(schedule_network(whole.b.graph, machine));
}

TEST(AddressMap, MacrosOfTheLastPathGoOnToMemory) {
    const auto one = default_address_map(1);
    EXPECT_EQ(one.macro(0, 0), 0x11000000u);
    EXPECT_EQ(one.macro(0, 887), 0x7FE00000u);
    expect_error([&] { one.macro(0, 888); }, "path 0", "macro 888", "room for 888");
    const auto two = default_address_map(2);
    EXPECT_EQ(two.macro(0, 119), 0x1FE00000u);
    expect_error([&] { two.macro(0, 120); }, "path 0", "room for 120");
    EXPECT_EQ(two.macro(1, 759), 0x7FE00000u);
    expect_error([&] { two.macro(1, 760); }, "path 1", "room for 760");
    const auto seven = default_address_map(7);
    EXPECT_EQ(seven.macro(6, 119), 0x7FE00000u);
    expect_error([&] { default_address_map(8); }, "at most 7", "found 8");

    Layers net({8, 1, 1});
    net.conv(4, 1, 0, s8, accumulator_type());
    const auto compiled = [&](int macros) {
        const auto machine = row_machine(macros, 64);
        return compile(schedule_network(net.b.graph, machine), machine, default_address_map(1));
    };
    EXPECT_NO_THROW(compiled(888));
    expect_error([&] { compiled(889); }, "macro 888");
}

}  // namespace
}  // namespace pimvp::net::test
