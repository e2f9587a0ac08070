// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Tiles that take groups of window elements by lists in the index memory.
#include <algorithm>

#include "modules/core/bits.h"
#include "tests/sequencer/fixture.h"
#include "tests/sequencer/mask_case.h"

namespace pimvp::test {
namespace {

SequencerParams list_params() {
    auto params = bench_params();
    params.line_buffer_bytes = 1 << 15;
    return params;
}

/// A random layer, each tile with groups of its own.
struct ListCase {
    MaskCase layer;
    std::uint32_t group, width;
    struct List {
        std::vector<std::uint32_t> codes;
        std::uint32_t rows = 0, at = 0;
    };
    std::vector<List> lists;

    ListCase(std::mt19937& random, int round) : layer(random, round) {
        const auto elements = static_cast<std::uint32_t>(layer.kept.size());
        group = 1 + static_cast<std::uint32_t>(random() % 9);
        const std::uint32_t groups = (elements + group - 1) / group;
        width = 1;
        while (groups > 1u << width) ++width;
        width = std::min(16u, width + static_cast<std::uint32_t>(random() % 3));
        auto at = static_cast<std::uint32_t>(random() % 5);
        for (std::size_t t = 0; t < 1 + random() % 3; ++t) {
            List list;
            for (std::uint32_t g = 0; g < groups; ++g)
                if (random() % 2 == 0 || (g + 1 == groups && list.codes.empty())) {
                    list.codes.push_back(g);
                    list.rows += std::min(group, elements - g * group);
                }
            list.at = at;
            at += bytes(list) + static_cast<std::uint32_t>(random() % 3);
            lists.push_back(list);
        }
    }
    std::uint32_t bytes(const List& list) const {
        return (static_cast<std::uint32_t>(list.codes.size()) * width + 7) / 8;
    }
    void store(Everything& memory, Everything& index) const {
        layer.store(memory);
        for (const auto& list : lists)
            for (std::uint32_t i = 0; i < 8 * bytes(list); ++i) {
                auto& byte = index.bytes[list.at + i / 8];
                const bool one =
                    i / width < list.codes.size() && (list.codes[i / width] >> i % width & 1u) != 0;
                byte = static_cast<std::uint8_t>((byte & ~(1u << i % 8)) | (one ? 1u << i % 8 : 0u));
            }
    }
    void add_to(ProgramText& program) const {
        auto conv = layer.conv();
        conv.tiles = static_cast<std::uint32_t>(lists.size());
        program.add(PIMVP_OP_CONV, conv);
        for (std::uint32_t t = 0; t < conv.tiles; ++t) {
            pimvp_tile tile{};
            tile.activity = 3;
            tile.macro = macro_at;
            tile.region = t;
            tile.rows = lists[t].rows;
            tile.filters = 1;
            tile.result_bytes = 4;
            tile.index = lists[t].at;
            tile.index_bits = width;
            tile.group = group;
            program.add(PIMVP_OP_TILE, tile);
        }
    }
    /// What a tile gets for output pixel (y, x): element by element.
    std::vector<std::uint8_t> inputs(const List& list, int y, int x) const {
        std::vector<std::uint8_t> packed((list.rows * layer.bits + 7) / 8, 0);
        std::size_t bit = 0;
        const auto elements = static_cast<std::uint32_t>(layer.kept.size());
        for (const std::uint32_t code : list.codes)
            for (std::uint32_t j = code * group; j < std::min(elements, (code + 1) * group); ++j) {
                const int ch = static_cast<int>(j) % layer.c, place = static_cast<int>(j) / layer.c;
                const int iy = y * layer.stride_h - layer.top + place / layer.kernel_w * layer.dilation_h;
                const int ix = x * layer.stride_w - layer.left + place % layer.kernel_w * layer.dilation_w;
                const bool inside = iy >= 0 && iy < layer.h && ix >= 0 && ix < layer.w;
                const int value =
                    inside ? layer.image[static_cast<std::size_t>((iy * layer.w + ix) * layer.c + ch)]
                           : layer.pad_value;
                for (unsigned b = 0; b < layer.bits; ++b, ++bit)
                    if ((value >> b & 1) != 0) packed[bit / 8] |= static_cast<std::uint8_t>(1u << bit % 8);
            }
        return packed;
    }
};

struct IndexTest : SequencerTest {
    Everything lists{"lists", 1};
    IndexTest() : SequencerTest(list_params()) {
        sequencer.index.bind(lists.in[0]);
        lists.latency_ps = 5'000;
    }
    std::uint64_t count(const std::string& event) const {
        const auto& account = sequencer.account();
        for (Account::EventId e = 0; e < account.events(); ++e)
            if (account.event_name(e) == event) return account.total(e, 3);
        ADD_FAILURE() << "no event " << event;
        return 0;
    }
};

TEST_F(IndexTest, EachTileGetsWhatItsListNames) {
    std::mt19937 random(9);
    std::uint64_t gathered = 0;
    run([&](TestInitiator& host) {
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 1);
        for (int round = 0; round < 120; ++round) {
            SCOPED_TRACE("round " + std::to_string(round));
            const ListCase test(random, round);
            ProgramText program(memory, program_at);
            test.add_to(program);
            program.end();
            test.store(memory, lists);
            memory.log.clear(), lists.log.clear();
            start(host, program.count());
            sc_core::wait(irq.posedge_event());
            host.write<std::uint32_t>(PIMVP_SEQ_IRQ_STATUS, 1);
            ASSERT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE) << sequencer.failure();
            const auto sent = memory.to(macro_at, macro_at + 0x100000, true);
            const auto positions = static_cast<std::size_t>(test.layer.out_h * test.layer.out_w);
            ASSERT_EQ(sent.size(), positions * test.lists.size());
            for (std::size_t i = 0; i < sent.size(); ++i) {
                const auto& list = test.lists[i % test.lists.size()];
                const int pixel = static_cast<int>(i / test.lists.size());
                ASSERT_EQ(sent[i].data,
                          test.inputs(list, pixel / test.layer.out_w, pixel % test.layer.out_w));
                gathered += list.rows * test.layer.bits;
            }
            // Each list once for the layer, once for every position.
            EXPECT_EQ(lists.log.size(), test.lists.size() * (positions + 1));
        }
    });
    EXPECT_EQ(count("window_bit"), gathered);
}

/// One pixel of eight elements of 8 bits in groups of three: 0, 1 and the short one.
struct BadLists : IndexTest {
    void fails(std::vector<std::uint32_t> codes, std::uint32_t rows, const std::string& reason,
               const std::function<void(pimvp_tile&)>& change = {}) {
        std::uint8_t packed[8] = {};
        for (std::size_t k = 0; k < codes.size(); ++k) put_bits(packed, 3 * k, codes[k], 3);
        lists.put(0, packed);
        pimvp_conv conv{};
        conv.address = buffer_at;
        conv.row_bytes = conv.channels = 8;
        conv.format = PIMVP_FORMAT(8, 0);
        conv.size = conv.out_size = conv.kernel = conv.stride = conv.dilation = PIMVP_PAIR(1, 1);
        conv.tiles = 1;
        pimvp_tile tile{};
        tile.macro = macro_at;
        tile.rows = rows;
        tile.filters = 1;
        tile.result_bytes = 4;
        tile.index_bits = 3;
        tile.group = 3;
        if (change) change(tile);
        text.add(PIMVP_OP_CONV, conv).add(PIMVP_OP_TILE, tile).end();
        expect_failure(0, reason);
    }
};

TEST_F(BadLists, NotAscending) {
    fails({1, 0}, 6, "group 0 after 1");
}
TEST_F(BadLists, Twice) {
    fails({1, 1}, 6, "group 1 after 1");
}
TEST_F(BadLists, BehindTheWindow) {
    fails({0, 3}, 6, "group 3 of 3 elements, the window has 8");
}
TEST_F(BadLists, MoreThanItsRows) {
    fails({0, 1}, 5, "group 1 ends at row 6");
}
TEST_F(BadLists, MoreRowsThanTheWindowHas) {
    fails({2, 2}, 4, "more groups than the window has");
}
TEST_F(BadLists, WideCodes) {
    fails({0}, 3, "index codes of 17 bits", [](pimvp_tile& tile) { tile.index_bits = 17; });
}
TEST_F(BadLists, EmptyGroups) {
    fails({0}, 3, "for groups of 0", [](pimvp_tile& tile) { tile.group = 0; });
}
TEST_F(BadLists, WithRuns) {
    fails({0}, 3, "in no runs", [](pimvp_tile& tile) { tile.run = 1; });
}
TEST_F(BadLists, BehindTheMemory) {
    lists.fails_at = 64;
    fails({0}, 3, "index memory", [](pimvp_tile& tile) { tile.index = 64; });
}

TEST_F(SequencerTest, AListWithoutIndexMemory) {
    pimvp_conv conv{};
    conv.address = buffer_at;
    conv.row_bytes = conv.channels = 8;
    conv.format = PIMVP_FORMAT(8, 0);
    conv.size = conv.out_size = conv.kernel = conv.stride = conv.dilation = PIMVP_PAIR(1, 1);
    conv.tiles = 1;
    pimvp_tile tile{};
    tile.rows = 3, tile.filters = 1, tile.result_bytes = 4, tile.index_bits = 1, tile.group = 3;
    text.add(PIMVP_OP_CONV, conv).add(PIMVP_OP_TILE, tile).end();
    expect_failure(0, "there is no index memory");
}

}  // namespace
}  // namespace pimvp::test
