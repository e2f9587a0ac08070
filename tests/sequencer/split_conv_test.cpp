// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A convolution in parts on a real array and postprocessor: whatever way its window is divided, the sums are
// those of the whole and of four nested loops.
#include <gtest/gtest.h>

#include <random>

#include "driver/pimvp_macro.h"
#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "modules/postprocess/postprocess.h"
#include "modules/sram_macro/sram_macro.h"
#include "tests/sequencer/bench.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

constexpr int height = 5, width = 6, channels = 8, half = 4, filters = 6, window = 9 * channels;
constexpr std::uint64_t sequencer_at = 0x700000, image_at = 0x4000, sums_of_whole = 0x5000;
constexpr std::uint32_t row_bytes = 4 * filters * width, sum_bytes = height * row_bytes;

struct System {
    Technology technology;
    Interconnect bus{"bus", InterconnectParams{}, 2, 4};
    Memory memory{"memory", MemoryParams::buffer(1 << 16, BufferFlavour::lop, Period{5000}), 2};
    Postprocess post{"post", PostprocessParams{}, technology};
    SramMacro macro{"macro", macro_params(), technology};
    Sequencer sequencer{"sequencer", sequencer_params(), technology};
    sc_core::sc_signal<bool> irq{"irq"};
    TestInitiator host;
    std::vector<std::uint8_t> program;

    explicit System(const TestInitiator::Script& script) : host("host", script) {
        sequencer.port.bind(bus.in[0]);
        host.port.bind(bus.in[1]);
        sequencer.irq.bind(irq);
        bus.out[0].bind(memory.in[0]);
        post.buffer.bind(memory.in[1]);
        bus.out[1].bind(post.target);
        bus.out[2].bind(macro.target);
        bus.out[3].bind(sequencer.target);
        bus.map(0, 0, 1 << 16);
        bus.map(1, post_at, PIMVP_POST_SIZE);
        bus.map(2, macro_at, PIMVP_MACRO_SIZE);
        bus.map(3, sequencer_at, PIMVP_SEQ_SIZE);
    }
    static SramMacroParams macro_params() {
        SramMacroParams params;
        params.rows = 256;
        return params;
    }
    static SequencerParams sequencer_params() {
        auto params = bench_params();
        params.line_buffer_bytes = 4096;
        return params;
    }
    template <class T>
    void add(std::uint32_t opcode, T command) {
        command.opcode = opcode;
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&command);
        program.insert(program.end(), bytes, bytes + 64);
    }
    /// A convolution whose sums go to `to`, with biases from entry `parameters`; `earlier` sums are added.
    void conv(std::uint64_t to, std::uint32_t parameters, std::uint64_t earlier, int first_channel, int count,
              const std::vector<pimvp_tile>& tiles) {
        pimvp_post post_command{};
        post_command.mode = PIMVP_POST_RAW;
        post_command.channels = filters;
        post_command.width = width;
        post_command.format = PIMVP_FORMAT(32, PIMVP_KIND_SIGNED);
        post_command.parameters = parameters;
        post_command.address = static_cast<std::uint32_t>(to);
        post_command.row_bytes = row_bytes;
        add(PIMVP_OP_POST, post_command);
        pimvp_conv c{};
        c.address = static_cast<std::uint32_t>(image_at) + static_cast<std::uint32_t>(first_channel);
        c.row_bytes = width * channels;
        c.size = c.out_size = PIMVP_PAIR(height, width);
        c.channels = static_cast<std::uint32_t>(count);
        c.pixel_bytes = count == channels ? 0 : channels;
        c.format = PIMVP_FORMAT(8, PIMVP_KIND_UNSIGNED);
        c.kernel = PIMVP_PAIR(3, 3);
        c.stride = c.pad = c.dilation = PIMVP_PAIR(1, 1);
        c.pad_value = 200;
        c.tiles = static_cast<std::uint32_t>(tiles.size());
        c.sums = static_cast<std::uint32_t>(earlier);
        add(PIMVP_OP_CONV, c);
        for (const auto& tile : tiles) add(PIMVP_OP_TILE, tile);
    }
};

/// Region `region` multiplies `rows` elements from `row0` on, of the whole window or of a group of channels.
pimvp_tile tile_of(std::uint32_t region, std::uint32_t row0, std::uint32_t rows, int group = -1) {
    pimvp_tile tile{};
    tile.macro = macro_at;
    tile.region = region;
    tile.row0 = row0;
    tile.rows = rows;
    tile.filters = filters;
    tile.result_bytes = 4;
    if (group >= 0) {
        tile.base = static_cast<std::uint32_t>(group * half);
        tile.run = half;
        tile.stride = channels;
    }
    return tile;
}

using SplitConv = SimTest;

TEST_F(SplitConv, AnyDivisionOfTheWindowGivesTheSameSums) {
    std::mt19937 rng(41);
    std::vector<std::uint8_t> image(height * width * channels), cells(256 * 16);
    for (auto& x : image) x = static_cast<std::uint8_t>(rng());
    int weights[window][filters], bias[filters];
    for (auto& b : bias) b = static_cast<int>(rng() % 100000) - 50000;
    // Wordlines 0 to 71 hold the window in its order, 72 on its channels 0 to 3, 108 on channels 4 to 7.
    for (int e = 0; e < window; ++e)
        for (int f = 0; f < filters; ++f) {
            weights[e][f] = static_cast<int>(rng() % 256) - 128;
            const int pixel = e / channels, c = e % channels;
            const int again = window + (c < half ? 0 : window / 2) + pixel * half + c % half;
            cells[static_cast<std::size_t>(16 * e + f)] = cells[static_cast<std::size_t>(16 * again + f)] =
                static_cast<std::uint8_t>(weights[e][f]);
        }

    System* system = nullptr;
    System s([&](TestInitiator& host) {
        auto& me = *system;
        host.write(image_at, image);
        host.write(macro_at + PIMVP_MACRO_CELLS, cells);
        pimvp_post_entry entries[2 * filters] = {};
        for (int f = 0; f < filters; ++f) entries[f].bias = bias[f];
        host.write(post_at + PIMVP_POST_PARAMETERS, entries, sizeof entries);
        const std::uint32_t regions[][2] = {{0, 72}, {0, 41}, {41, 31}, {72, 36}, {108, 36}};
        for (std::uint32_t i = 0; i < 5; ++i) {
            const std::uint32_t fields[] = {
                regions[i][0], regions[i][1], 0, filters, 8, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_UNSIGNED, 4, 0};
            host.write(macro_at + PIMVP_MACRO_REGION_BASE + i * PIMVP_MACRO_REGION_STRIDE, fields,
                       sizeof fields);
        }
        const auto out = [](int i) { return sums_of_whole + static_cast<std::uint64_t>(0x800 * i); };
        me.conv(out(0), 0, 0, 0, channels, {tile_of(0, 0, 72)});
        // Two tiles of one CONV, two CONVs that leave their sums where they were, and the same by groups of
        // channels: gathered out of the whole window, then fetched apart.
        me.conv(out(1), 0, 0, 0, channels, {tile_of(1, 0, 41), tile_of(2, 41, 31)});
        me.conv(out(2), 0, 0, 0, channels, {tile_of(1, 0, 41)});
        me.conv(out(2), filters, out(2), 0, channels, {tile_of(2, 41, 31)});
        me.conv(out(3), 0, 0, 0, channels, {tile_of(3, 0, 36, 0), tile_of(4, 0, 36, 1)});
        me.conv(out(4), 0, 0, 0, half, {tile_of(3, 0, 36)});
        me.conv(out(4), filters, out(4), half, half, {tile_of(4, 0, 36)});
        me.add(PIMVP_OP_END, pimvp_end{});
        host.write(0, me.program);
        host.write<std::uint32_t>(sequencer_at + PIMVP_SEQ_PROGRAM, 0);
        host.write<std::uint32_t>(sequencer_at + PIMVP_SEQ_COMMANDS,
                                  static_cast<std::uint32_t>(me.program.size() / 64));
        host.write<std::uint32_t>(sequencer_at + PIMVP_SEQ_CONTROL, 1);
        sc_core::wait(sc_core::sc_time(10, sc_core::SC_MS));
        EXPECT_EQ(host.read<std::uint32_t>(sequencer_at + PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE)
            << me.sequencer.failure();

        std::vector<std::int32_t> expected;
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                for (int f = 0; f < filters; ++f) {
                    int sum = bias[f];
                    for (int e = 0; e < window; ++e) {
                        const int iy = y - 1 + e / channels / 3, ix = x - 1 + e / channels % 3;
                        const bool inside = iy >= 0 && iy < height && ix >= 0 && ix < width;
                        const int at = (iy * width + ix) * channels + e % channels;
                        sum += weights[e][f] * (inside ? image[static_cast<std::size_t>(at)] : 200);
                    }
                    expected.push_back(sum);
                }
        for (int i = 0; i < 5; ++i) {
            std::vector<std::int32_t> sums(sum_bytes / 4);
            host.debug_read(out(i), sums.data(), sum_bytes);
            EXPECT_EQ(sums, expected) << i;
        }
    });
    system = &s;
    sc_core::sc_start(sc_core::sc_time(20, sc_core::SC_MS));
    EXPECT_TRUE(s.host.done());
}

}  // namespace
}  // namespace pimvp::test
