// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Walker and MAC unit on a plain array, and the kernels, against loops written differently.
#include "modules/vault_pe/mac_walker.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <stdexcept>

#include "modules/vault_pe/mac_kernels.h"
#include "modules/vault_pe/mac_unit.h"
#include "tests/vault_pe/conv_case.h"

namespace pimvp::test {
namespace {

constexpr std::uint32_t input_at = 4096, weights_at = 1 << 20;

struct Totals {
    std::int64_t streamed = 0, loaded = 0, macs = 0, reads = 0, longest = 0;
};

/// Runs the steps; sums by [row][column][filter].
std::map<std::array<int, 3>, std::int64_t> run_steps(const pimvp_mac& mac, const pimvp_post& post,
                                                     const VaultPeParams& params,
                                                     const std::vector<std::uint8_t>& memory,
                                                     Totals& totals) {
    const MacShape shape = MacShape::of(mac, post);
    MacWalker walker(shape, params);
    MacUnit unit;
    unit.start(shape, walker);
    std::map<std::array<int, 3>, std::int64_t> sums;
    std::vector<PeStep> steps;
    while (walker.next(steps)) {
        for (const auto& step : steps) {
            if (step.kind == PeStep::Kind::finish) {
                EXPECT_LE(step.count, walker.finished_pixels());
                EXPECT_LE(step.filters, walker.finished_filters());
                for (std::uint32_t p = 0; p < step.count; ++p)
                    for (std::uint32_t f = 0; f < step.filters; ++f) {
                        const std::array<int, 3> at{static_cast<int>(step.row),
                                                    static_cast<int>(step.column + p),
                                                    static_cast<int>(step.filter + f)};
                        EXPECT_TRUE(sums.emplace(at, unit.sums(step)[p * step.vector_stride + f]).second)
                            << "finished twice";
                    }
                unit.clear(step);
                continue;
            }
            // Only what the step reads is there for the unit: the rest is noise.
            std::vector<std::uint8_t> data;
            if (step.reads()) {
                EXPECT_LE(step.span(), std::max<std::int64_t>(params.burst_bytes, step.run));
                data.assign(step.span(), 0xA5);
                for (std::uint32_t v = 0; v < step.count; ++v)
                    for (std::uint32_t b = 0; b < step.run; ++b) {
                        const std::size_t at = std::size_t{step.address} + v * step.pitch + b;
                        EXPECT_LT(at, memory.size());
                        data[v * step.pitch + b] = memory[at];
                    }
                ++totals.reads;
                totals.longest = std::max<std::int64_t>(totals.longest, step.span());
            }
            if (step.kind == PeStep::Kind::load) totals.loaded += step.words();
            if (step.kind == PeStep::Kind::stream) totals.streamed += step.words();
            if (step.kind == PeStep::Kind::stream || step.kind == PeStep::Kind::pad)
                totals.macs += std::int64_t{16} * step.blocks() * step.residents;
            unit.run(step, data.empty() ? nullptr : data.data());
        }
    }
    return sums;
}

void expect_right(const ConvCase& c, const VaultPeParams& params, std::mt19937& random, Totals& totals) {
    const ConvData data = draw_data(c, random);
    std::vector<std::uint8_t> memory;
    place(c, data, input_at, weights_at, memory, random);
    memory.resize(memory.size() + 64);
    const auto sums = run_steps(command_of(c, input_at, weights_at), raw_post(c), params, memory, totals);
    ASSERT_EQ(sums.size(), static_cast<std::size_t>(c.rows * c.out_width * c.filters));
    for (const auto& [at, sum] : sums)
        ASSERT_EQ(sum, expected_sum(c, data, c.first_row + at[0], at[1], at[2]))
            << "mode " << c.mode << " row " << at[0] << " column " << at[1] << " filter " << at[2];
}

TEST(MacWalker, SumsOfRandomConvolutionsAreThoseOfPlainLoops) {
    std::mt19937 random(1);
    for (int i = 0; i < 400; ++i) {
        const ConvCase c = draw_case(random);
        VaultPeParams params;
        params.stationary = 1 << random() % 4;
        params.operand_buffer_bytes = std::int64_t{512} << random() % 4;
        params.result_buffer_bytes = std::int64_t{512} << random() % 4;
        params.burst_bytes = std::int64_t{64} << random() % 7;
        Totals totals;
        SCOPED_TRACE(i);
        ASSERT_NO_FATAL_FAILURE(expect_right(c, params, random, totals));
    }
}

/// 8 x 8 pixels of 32 channels, 3 x 3 kernel, 4 filters of 9 * 2 blocks: 2304 bytes, which stay. 64 pixels
/// of 6 + 4 * 4 bytes are one tile. Every tap of every filter reads the pixels that it meets: 8 for the
/// middle columns and rows, 7 at the edges: 22 * 22 over all taps.
TEST(MacWalker, ReadsWhatIsNeededAndNoMore) {
    ConvCase c;
    c.height = c.width = c.rows = c.out_width = 8;
    c.tensor_channels = c.channels = 32;
    c.filters = 4;
    c.kernel_h = c.kernel_w = 3;
    c.pad_top = c.pad_left = 1;
    std::mt19937 random(2);
    Totals totals;
    expect_right(c, VaultPeParams{}, random, totals);
    EXPECT_EQ(totals.loaded, 4 * 9 * 32);
    EXPECT_EQ(totals.streamed, 4 * 22 * 22 * 32);
    EXPECT_EQ(totals.macs, 4 * 64 * 9 * 32) << "padding is multiplied too";
    EXPECT_EQ(totals.reads, 4 + 4 * 3 * 22);  // of a row each

    VaultPeParams two;
    two.stationary = 2;
    totals = {};
    expect_right(c, two, random, totals);
    EXPECT_EQ(totals.streamed, 2 * 22 * 22 * 32);
    EXPECT_EQ(totals.macs, 4 * 64 * 9 * 32);

    VaultPeParams small;  // 4 tiles of 16 pixels: the filters are loaded once nevertheless
    small.result_buffer_bytes = 16 * (6 + 4 * 4);
    totals = {};
    expect_right(c, small, random, totals);
    EXPECT_EQ(totals.loaded, 4 * 9 * 32);
    small.operand_buffer_bytes = 9 * 64;  // and here one filter at a time, for each tile
    totals = {};
    expect_right(c, small, random, totals);
    EXPECT_EQ(totals.loaded, 4 * 4 * 9 * 32);
}

/// 5 output pixels of 3 x 3 windows over 3 channels: 27 words, 2 blocks; 7 filters stream past each.
TEST(MacWalker, WeightsStreamPastWindows) {
    ConvCase c;
    c.mode = PIMVP_MAC_STREAM_WEIGHTS;
    c.height = 3;
    c.width = 7;
    c.tensor_channels = c.channels = 3;
    c.filters = 7;
    c.kernel_h = c.kernel_w = 3;
    c.out_width = 5;
    std::mt19937 random(3);
    Totals totals;
    expect_right(c, VaultPeParams{}, random, totals);
    EXPECT_EQ(totals.loaded, 5 * 27);
    EXPECT_EQ(totals.streamed, 5 * 7 * 32);
    EXPECT_EQ(totals.reads, 5 * (3 + 1));
    VaultPeParams four;
    four.stationary = 4;
    totals = {};
    expect_right(c, four, random, totals);
    EXPECT_EQ(totals.streamed, 2 * 7 * 32);
    EXPECT_EQ(totals.macs, 5 * 7 * 32);
}

/// 40 channels in 3 blocks; each tap meets each pixel once.
TEST(MacWalker, LanesLoadTapsOnce) {
    ConvCase c;
    c.mode = PIMVP_MAC_LANES;
    c.height = c.width = 6;
    c.rows = c.out_width = 4;
    c.tensor_channels = c.channels = c.filters = 40;
    c.kernel_h = c.kernel_w = 3;
    std::mt19937 random(4);
    Totals totals;
    VaultPeParams params;
    params.result_buffer_bytes = 4 * 16 * 10;  // a row of 4 pixels, RAW
    expect_right(c, params, random, totals);
    EXPECT_EQ(totals.loaded, 9 * 48);
    EXPECT_EQ(totals.streamed, 3 * 9 * 16 * 16);
}

TEST(MacWalker, RefusesWhatDoesNotFit) {
    ConvCase c;
    const auto refused = [](const ConvCase& bad, const VaultPeParams& params) {
        const MacShape shape = MacShape::of(command_of(bad, input_at, weights_at), raw_post(bad));
        EXPECT_THROW(MacWalker(shape, params), std::invalid_argument);
    };
    VaultPeParams params;
    params.operand_buffer_bytes = 63;
    params.stationary = 2;
    refused(c, params);
    params = {};
    params.result_buffer_bytes = 6 + 4 * 4 - 1;
    refused(c, params);
    c.mode = PIMVP_MAC_LANES;
    c.filters = 16;
    c.kernel_h = 3;
    params = {};
    params.operand_buffer_bytes = 3 * 32 - 1;
    refused(c, params);
}

TEST(MacShape, SaysWhatItExpects) {
    const ConvCase good;
    const auto refused = [&](const pimvp_mac& mac, const char* text) {
        try {
            MacShape::of(mac, raw_post(good));
            ADD_FAILURE() << "accepted; expected: " << text;
        } catch (const std::invalid_argument& error) {
            EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
        }
    };
    const pimvp_mac base = command_of(good, input_at, weights_at);
    EXPECT_NO_THROW(MacShape::of(base, raw_post(good)));
    auto mac = base;
    mac.filters = PIMVP_PAIR(3, 4);
    refused(mac, "mode 0 to 2, found 3");
    mac = base;
    mac.filters = PIMVP_PAIR(0, 5);
    refused(mac, "as many channels as it has filters, found 4");
    mac = base;
    mac.channels = PIMVP_PAIR(16, 15);
    refused(mac, "at least 16 channels, found 15");
    mac = base;
    mac.channels = PIMVP_PAIR(16, 17);
    refused(mac, "found 16");
    mac = base;
    mac.stride = PIMVP_PAIR(0, 1);
    refused(mac, "strides");
    mac = base;
    mac.dilation = PIMVP_PAIR(1, 0);
    refused(mac, "dilations");
    mac = base;
    mac.weights += 32;
    refused(mac, "multiple of 64");
    mac = base;
    mac.pad_value = 256;
    refused(mac, "pad value");
    mac = base;
    mac.input_format = PIMVP_FORMAT(17, PIMVP_KIND_SIGNED);
    refused(mac, "17 bits");
    EXPECT_THROW(MacShape::of(base, pimvp_post{}), std::invalid_argument);
    auto post = raw_post(good);
    post.mode = PIMVP_POST_MAX;
    EXPECT_THROW(MacShape::of(base, post), std::invalid_argument);
}

TEST(MacKernels, DecodeTakesTheTopBits) {
    std::mt19937 random(5);
    for (unsigned bits = 1; bits <= 16; ++bits)
        for (const bool is_signed : {false, true}) {
            const WordFormat format{bits, is_signed};
            std::vector<std::uint8_t> words;
            std::vector<std::int32_t> values(77);
            for (std::size_t i = 0; i < values.size(); ++i) {
                values[i] = draw(random, bits, is_signed);
                put_word(words, 2 * i, values[i], bits, &random);
            }
            std::vector<std::int32_t> wide(77);
            decode_words(words.data(), 77, format, wide.data());
            EXPECT_EQ(wide, values) << bits;
            if (!format.fits_int16()) continue;
            std::vector<std::int16_t> narrow(77);
            decode_words(words.data(), 77, format, narrow.data());
            EXPECT_TRUE(std::equal(narrow.begin(), narrow.end(), values.begin())) << bits;
            std::vector<std::uint16_t> raw(values.begin(), values.end());
            std::vector<std::uint8_t> back(154);
            encode_words(raw.data(), 77, bits, back.data());
            decode_words(back.data(), 77, format, wide.data());
            EXPECT_EQ(wide, values) << bits;
        }
}

/// Extremes only: sums of 32 bits that overflow would show here.
TEST(MacKernels, DotProductsDoNotOverflow) {
    for (unsigned a = 1; a <= 16; ++a)
        for (unsigned b = 1; b <= 16; ++b) {
            const WordFormat fa{a, true}, fb{b, true};
            DotShape shape;
            shape.vectors = 1;
            shape.words = 9216;
            const std::vector<std::int16_t> x(9216, static_cast<std::int16_t>(-fa.largest())),
                y(9216, static_cast<std::int16_t>(-fb.largest()));
            std::int64_t acc = 7;
            dot_products(shape, x.data(), y.data(), longest_dot32(fa, fb), &acc);
            EXPECT_EQ(acc, 7 + 9216 * fa.largest() * fb.largest()) << a << " x " << b;
        }
}

/// On processors with AVX2 two forms of each; odd sizes, extremes, every precision.
TEST(MacKernels, PortableFormsGiveTheSame) {
    std::mt19937 random(6);
    for (int i = 0; i < 300; ++i) {
        const WordFormat a{static_cast<unsigned>(1 + random() % 16), true},
            b{static_cast<unsigned>(1 + random() % 15), false};
        DotShape shape;
        shape.vectors = 1 + random() % 5;
        shape.words = 1 + random() % 100;
        shape.residents = 1 + random() % 4;
        shape.resident_pitch = shape.words + random() % 3;
        shape.vector_stride = shape.residents;
        std::vector<std::uint8_t> words;
        for (std::size_t k = 0; k < shape.vectors * shape.words; ++k)
            put_word(words, 2 * k, draw(random, a.bits, true), a.bits, &random);
        std::vector<std::int16_t> x(shape.vectors * shape.words), same(x.size());
        decode_words(words.data(), x.size(), a, x.data());
        portable::decode_words(words.data(), x.size(), a, same.data());
        ASSERT_EQ(x, same);
        std::vector<std::int16_t> y(shape.residents * shape.resident_pitch);
        for (auto& v : y) v = static_cast<std::int16_t>(draw(random, b.bits, false));
        std::vector<std::int64_t> sums(shape.vectors * shape.residents, 3), others = sums;
        dot_products(shape, x.data(), y.data(), longest_dot32(a, b), sums.data());
        portable::dot_products(shape, x.data(), y.data(), longest_dot32(a, b), others.data());
        ASSERT_EQ(sums, others);
        std::int64_t plain = 3;
        for (std::size_t k = 0; k < shape.words; ++k) plain += std::int64_t{x[k]} * y[k];
        ASSERT_EQ(sums[0], plain);
        shape.vector_stride = shape.words;
        std::vector<std::int64_t> lanes(x.size()), also = lanes;
        lane_products(shape, x.data(), y.data(), lanes.data());
        portable::lane_products(shape, x.data(), y.data(), also.data());
        ASSERT_EQ(lanes, also);
    }
}

}  // namespace
}  // namespace pimvp::test
