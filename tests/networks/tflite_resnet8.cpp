// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/networks/tflite_resnet8.h"

#include <gtest/gtest.h>

#include "networks/executor.h"
#include "networks/npy.h"

namespace pimvp::net::test {

int compare_logits(const ResNet8& data, Rounding rounding, const std::string& golden, std::size_t first,
                   std::size_t last) {
    const Graph graph = data.graph(rounding);
    const Dataset dataset = data.dataset();
    const NpyArray array = read_npy(data.golden + "/" + golden);
    EXPECT_EQ(array.shape, (std::vector<std::int64_t>{1000, 10}));
    const std::vector<std::int32_t> expected = array.integers();
    EXPECT_EQ(dataset.count(), 1000u);
    int right = 0;
    for (std::size_t i = first; i <= last; ++i) {
        const Activations tensors = execute(graph, dataset.image(i));
        const std::vector<std::int32_t>& logits = tensors[static_cast<std::size_t>(graph.output)];
        const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(i) * 10;
        EXPECT_EQ(logits, std::vector<std::int32_t>(begin, begin + 10)) << "image " << i;
        right += argmax(logits) == dataset.labels[i];
    }
    return right;
}

}  // namespace pimvp::net::test
