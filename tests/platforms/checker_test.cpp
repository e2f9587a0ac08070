// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The checker behind `bit_exact`: it must accept what the reference executor computes, tensor by tensor, and
// notice one wrong bit in any.
#include "platforms/common/checker.h"

#include <gtest/gtest.h>

#include "networks/schedule.h"
#include "networks/tensor_bytes.h"
#include "tests/mapping/machines.h"
#include "tests/mapping/random_graph.h"

namespace pimvp::test {

namespace {

/// A tensor as it lies in a buffer: rows of pixels from a byte boundary, channels fastest, bit by bit.
std::vector<std::uint8_t> packed(const net::Tensor& tensor, const std::vector<std::int32_t>& values,
                                 int row_bytes) {
    std::vector<std::uint8_t> bytes(
        static_cast<std::size_t>(row_bytes) * static_cast<std::size_t>(tensor.shape.h), 0);
    std::size_t i = 0;
    for (int c = 0; c < tensor.shape.c; ++c)
        for (int y = 0; y < tensor.shape.h; ++y)
            for (int x = 0; x < tensor.shape.w; ++x, ++i)
                for (int b = 0; b < tensor.type.bits; ++b)
                    if ((static_cast<std::uint32_t>(values[i]) >> b & 1u) != 0) {
                        const int bit = (x * tensor.shape.c + c) * tensor.type.bits + b;
                        bytes[static_cast<std::size_t>(y * row_bytes + bit / 8)] |=
                            static_cast<std::uint8_t>(1u << (bit % 8));
                    }
    return bytes;
}

}  // namespace

TEST(Checker, AcceptsEveryTensorAndNoticesOneWrongBitInAny) {
    const auto graph = net::test::random_graph(3);
    const auto schedule = net::schedule_network(
        graph, net::test::machine_of({net::test::sram_path(40, 64, 64), net::test::edram_path(40, 64, 64)}));
    const auto image = net::test::random_image(5, graph.tensor(graph.input).shape);
    const auto expected = net::execute(schedule.graph, image.data());
    for (std::size_t n = 0; n < schedule.graph.nodes.size(); ++n) {
        const auto output = static_cast<std::size_t>(schedule.graph.nodes[n].output);
        auto memory =
            packed(schedule.graph.tensors[output], expected[output], schedule.homes[output].row_bytes);
        Checker checker(schedule.graph, [&](int tensor) {
            EXPECT_EQ(tensor, static_cast<int>(output));
            return net::unpack_tensor(schedule.graph.tensors[output], memory);
        });
        checker.begin(0, net::input_integers(graph, image.data()));
        checker.check(static_cast<int>(n));
        EXPECT_TRUE(checker.exact()) << checker.first_mismatch();
        memory[0] ^= 1;  // the first bit of the first element
        checker.check(static_cast<int>(n));
        EXPECT_FALSE(checker.exact());
        EXPECT_NE(checker.first_mismatch().find(schedule.graph.tensors[output].name), std::string::npos)
            << checker.first_mismatch();
    }
}

TEST(Checker, NoticesScoresThatTheHostReadsWrongly) {
    const auto graph = net::test::random_graph(3);
    const auto schedule =
        net::schedule_network(graph, net::test::machine_of({net::test::sram_path(40, 64, 64)}));
    const auto image = net::test::random_image(5, graph.tensor(graph.input).shape);
    auto scores = net::execute(graph, image.data())[static_cast<std::size_t>(graph.output)];
    Checker checker(schedule.graph, {});
    checker.begin(7, net::input_integers(graph, image.data()));
    if (graph.tensor(graph.output).shape.h * graph.tensor(graph.output).shape.w == 1) {
        checker.check_scores(scores);
        EXPECT_TRUE(checker.exact()) << checker.first_mismatch();
    }
    scores.back() += 1;
    checker.check_scores(scores);
    EXPECT_NE(checker.first_mismatch().find("image 7"), std::string::npos);
}

}  // namespace pimvp::test
