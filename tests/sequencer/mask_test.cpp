// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Convolutions that take some of their windows' elements.
#include <algorithm>

#include "tests/sequencer/fixture.h"
#include "tests/sequencer/mask_case.h"

namespace pimvp::test {
namespace {

SequencerParams mask_params(std::int64_t mask_bits, int link_bits = 512) {
    auto params = bench_params();
    params.line_buffer_bytes = 1 << 15;
    params.mask_bits = mask_bits;
    params.link_bits = link_bits;
    return params;
}
struct MaskTest : SequencerTest {
    explicit MaskTest(const SequencerParams& params = mask_params(1024)) : SequencerTest(params) {}
    std::uint64_t count(const std::string& event, int activity = 3) const {
        const auto& account = sequencer.account();
        for (Account::EventId e = 0; e < account.events(); ++e)
            if (account.event_name(e) == event) return account.total(e, activity);
        ADD_FAILURE() << "no event " << event;
        return 0;
    }
};

TEST_F(MaskTest, SumsAreThoseOfTheDenseConvolution) {
    std::mt19937 random(5);
    int commands = 0, elements = 0, kept = 0;
    run([&](TestInitiator& host) {
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 1);
        for (int round = 0; round < 160; ++round) {
            SCOPED_TRACE("round " + std::to_string(round));
            const MaskCase layer(random, round);
            ProgramText program(memory, program_at);
            for (const auto& mask : layer.masks(round % 3 == 0 ? 384 : 1 + random() % 64)) {
                program.add(PIMVP_OP_MASK, mask);
                ++commands;
                if (round % 4 == 0) program.add(PIMVP_OP_POST, pimvp_post{});
            }
            pimvp_write write{};
            write.address = 0x5000, write.count = 1;
            program.add(PIMVP_OP_WRITE, write).add(PIMVP_OP_COPY, pimvp_copy{});
            program.add(PIMVP_OP_CONV, layer.conv());
            for (const auto& tile : layer.tiles()) program.add(PIMVP_OP_TILE, tile);
            program.end();
            layer.store(memory);
            memory.log.clear();
            memory.forward = [&](const Access& access) { return layer.multiply(memory, access), false; };
            start(host, program.count());
            sc_core::wait(irq.posedge_event());
            host.write<std::uint32_t>(PIMVP_SEQ_IRQ_STATUS, 1);
            ASSERT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE) << sequencer.failure();
            const auto sums = memory.to(post_at + PIMVP_POST_PSUM32, post_at + PIMVP_POST_OPERAND, true);
            const auto tiles = layer.tile_rows.size();
            ASSERT_EQ(sums.size(), tiles * static_cast<std::size_t>(layer.out_h * layer.out_w));
            for (std::size_t pixel = 0; pixel < sums.size() / tiles; ++pixel)
                for (int f = 0; f < layer.filters; ++f) {
                    std::uint32_t total = 0;
                    for (std::size_t t = 0; t < tiles; ++t)
                        total += sums[pixel * tiles + t].word(static_cast<std::size_t>(f));
                    const int y = static_cast<int>(pixel) / layer.out_w;
                    ASSERT_EQ(static_cast<std::int32_t>(total),
                              layer.sum(f, y, static_cast<int>(pixel) % layer.out_w));
                }
            elements += static_cast<int>(layer.kept.size());
            kept += static_cast<int>(std::count(layer.kept.begin(), layer.kept.end(), true));
        }
    });
    EXPECT_GT(commands, 200) << "masks of several commands";
    EXPECT_LT(kept, elements * 3 / 4);
}

/// One pixel of eight bytes, one output; two tiles take all of it, one after the other over eight wires.
struct TimedTest : MaskTest {
    TimedTest() : MaskTest(mask_params(64, 8)) {}
    static pimvp_conv conv() {
        pimvp_conv conv{};
        conv.activity = 3;
        conv.address = buffer_at;
        conv.row_bytes = 8;
        conv.channels = 8;
        conv.format = PIMVP_FORMAT(8, 0);
        conv.size = conv.out_size = conv.kernel = conv.stride = conv.dilation = PIMVP_PAIR(1, 1);
        conv.tiles = 2;
        return conv;
    }
    static pimvp_tile tile(std::uint32_t region, std::uint32_t rows) {
        pimvp_tile tile{};
        tile.macro = macro_at;
        tile.region = region;
        tile.rows = rows;
        tile.filters = 1;
        tile.result_bytes = 4;
        return tile;
    }
    static pimvp_mask mask(std::uint32_t first, std::uint32_t count, std::uint32_t bits) {
        pimvp_mask mask{};
        mask.activity = 3;
        mask.first = first;
        mask.count = count;
        mask.bits[0] = bits;
        return mask;
    }
    void add_layer(std::uint32_t rows) {
        text.add(PIMVP_OP_CONV, conv()).add(PIMVP_OP_TILE, tile(0, rows)).add(PIMVP_OP_TILE, tile(1, rows));
    }
};

TEST_F(TimedTest, AMaskTakesACycleAndLessTravels) {
    for (unsigned i = 0; i < 8; ++i) memory.put(buffer_at + i, static_cast<std::uint8_t>(0xA0 + i));
    text.add(PIMVP_OP_MASK, mask(0, 5, 0b10010)).add(PIMVP_OP_MASK, mask(5, 3, 0b001));
    add_layer(3);
    add_layer(8);
    text.end();
    std::vector<LayerRecord> layers;
    sequencer.on_layer([&](const LayerRecord& record) { layers.push_back(record); });
    run([&](TestInitiator& host) {
        run_to_end(host, text.count());
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE) << sequencer.failure();
    });
    ASSERT_EQ(layers.size(), 2u);
    // Commands take 10 ns to fetch and 10 ns to decode, a MASK 5 ns more; TILEs are fetched only.
    EXPECT_EQ(layers[0].start_ps - sequencer.doorbell_ps(), 2 * 25'000 + 20'000 + 2 * 10'000);
    EXPECT_EQ(layers[1].start_ps - layers[0].end_ps, 20'000 + 2 * 10'000);
    // A row of eight bytes takes eight beats of 5 ns, then the inputs travel.
    const auto inputs = memory.to(macro_at, macro_at + 0x100000, true);
    ASSERT_EQ(inputs.size(), 4u);
    const std::vector<std::uint8_t> all = {0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7},
                                    some = {0xA1, 0xA4, 0xA5};
    for (int i = 0; i < 4; ++i) EXPECT_EQ(inputs[static_cast<std::size_t>(i)].data, i < 2 ? some : all);
    EXPECT_EQ(inputs[0].at_ps - layers[0].start_ps, 40'000);
    EXPECT_EQ(inputs[1].at_ps - layers[0].start_ps, 40'000 + 3 * 5'000);
    EXPECT_EQ(inputs[2].at_ps - layers[1].start_ps, 40'000);
    EXPECT_EQ(inputs[3].at_ps - layers[1].start_ps, 40'000 + 8 * 5'000);
    EXPECT_EQ(count("mask_write_bit"), 8u);
    EXPECT_EQ(count("mask_bit"), 8u) << "one output of the first layer";
    EXPECT_EQ(count("window_bit"), 8u * 3 + 8u * 8);
    EXPECT_EQ(count("line_buffer_bit"), 2u * 64);
}

TEST_F(TimedTest, EveryOutputReadsTheWholeMask) {
    auto six = conv();
    six.size = six.out_size = PIMVP_PAIR(2, 3);
    six.row_bytes = 24;
    six.tiles = 1;
    text.add(PIMVP_OP_MASK, mask(0, 8, 0b11)).add(PIMVP_OP_CONV, six).add(PIMVP_OP_TILE, tile(0, 2)).end();
    run([&](TestInitiator& host) { run_to_end(host, text.count()); });
    EXPECT_EQ(count("mask_bit"), 6u * 8);
    EXPECT_EQ(count("window_bit"), 6u * 2 * 8);
    double area = 0;
    for (const auto& part : sequencer.account().area_components())
        if (part.name == "index_memory") area = part.area.si();
    EXPECT_NEAR(area * 1e12, 64 * 6 * 0.614, 1e-6) << "a flip-flop is six NAND2";
}

struct NoIndexMemory : MaskTest {
    NoIndexMemory() : MaskTest(mask_params(0)) {}
};
TEST_F(NoIndexMemory, HasNoAreaAndTakesNoMask) {
    for (const auto& part : sequencer.account().area_components()) EXPECT_NE(part.name, "index_memory");
    text.add(PIMVP_OP_MASK, TimedTest::mask(0, 8, 1)).end();
    expect_failure(0, "without index memory");
}

TEST_F(TimedTest, CountZero) {
    text.add(PIMVP_OP_MASK, mask(0, 0, 0)).end();
    expect_failure(0, "of 0 elements");
}
TEST_F(TimedTest, CountOver384) {
    text.add(PIMVP_OP_MASK, mask(0, 385, 0)).end();
    expect_failure(0, "of 385 elements, expected 1 to 384");
}
TEST_F(TimedTest, Gap) {
    text.add(PIMVP_OP_MASK, mask(0, 3, 1)).add(PIMVP_OP_MASK, mask(4, 4, 1)).end();
    expect_failure(1, "from element 4, expected 3");
}
TEST_F(TimedTest, Overlap) {
    text.add(PIMVP_OP_MASK, mask(0, 5, 1)).add(PIMVP_OP_MASK, mask(4, 4, 1)).end();
    expect_failure(1, "from element 4, expected 5");
}
TEST_F(TimedTest, NotFromZero) {
    text.add(PIMVP_OP_MASK, mask(1, 8, 1)).end();
    expect_failure(0, "from element 1, expected 0");
}
TEST_F(TimedTest, BitsBeyondCount) {
    text.add(PIMVP_OP_MASK, mask(0, 7, 0x81)).end();
    expect_failure(0, "of 7 elements sets bit 7");
}
TEST_F(TimedTest, MoreThanTheMemoryHolds) {
    text.add(PIMVP_OP_MASK, mask(0, 64, 1)).add(PIMVP_OP_MASK, mask(64, 1, 1)).end();
    expect_failure(1, "up to element 65, the index memory has 64 bits");
}
TEST_F(TimedTest, TooShortForTheWindow) {
    text.add(PIMVP_OP_MASK, mask(0, 7, 7));
    add_layer(3);
    text.end();
    expect_failure(1, "MASK of 7 elements, the window has 8");
}
TEST_F(TimedTest, TooLongForTheWindow) {
    text.add(PIMVP_OP_MASK, mask(0, 9, 7));
    add_layer(3);
    text.end();
    expect_failure(1, "MASK of 9 elements, the window has 8");
}
TEST_F(TimedTest, NothingKept) {
    text.add(PIMVP_OP_MASK, mask(0, 8, 0));
    add_layer(3);
    text.end();
    expect_failure(1, "keeps none of 8");
}
TEST_F(TimedTest, ATileBeyondTheKeptElements) {
    text.add(PIMVP_OP_MASK, mask(0, 8, 7));
    add_layer(4);
    text.end();
    expect_failure(1, "4 rows from 0, the window has 3");
}
TEST_F(TimedTest, ATileInRuns) {
    auto runs = tile(0, 1);
    runs.run = runs.stride = 1;
    auto one = conv();
    one.tiles = 1;
    text.add(PIMVP_OP_MASK, mask(0, 8, 7)).add(PIMVP_OP_CONV, one).add(PIMVP_OP_TILE, runs).end();
    expect_failure(1, "in runs of 1 of a window with a mask");
}
TEST_F(TimedTest, PoolWithAMask) {
    text.add(PIMVP_OP_MASK, mask(0, 8, 1)).add(PIMVP_OP_POOL, conv()).end();
    expect_failure(1, "POOL after MASK of 8 elements");
}
TEST_F(TimedTest, VectorWithAMask) {
    pimvp_vector vector{};
    vector.operands = 1, vector.height = 1, vector.row_bytes[0] = 1;
    text.add(PIMVP_OP_MASK, mask(0, 8, 1)).add(PIMVP_OP_VECTOR, vector).end();
    expect_failure(1, "VECTOR after MASK");
}
TEST_F(TimedTest, EndWithAMask) {
    text.add(PIMVP_OP_MASK, mask(0, 8, 1)).end();
    expect_failure(1, "END after MASK");
}

}  // namespace
}  // namespace pimvp::test
