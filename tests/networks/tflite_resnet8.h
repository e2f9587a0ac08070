// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "networks/dataset.h"
#include "networks/import.h"
#include "tests/support/shared_data.h"

namespace pimvp::net::test {

/// MLPerf Tiny's ResNet-8, the lossless test images of CIFAR-10, and what an independent integer reference
/// made of them. Empty names where the data is not there.
struct ResNet8 {
    std::string network = pimvp::test::shared_data("models/mlperf-tiny/pretrainedResnet_quant.tflite");
    std::string images = pimvp::test::shared_data("datasets/cifar10-lossless/test_1000.bin");
    std::string golden = pimvp::test::shared_data("golden/resnet8-int8");

    bool there() const { return !network.empty() && !images.empty() && !golden.empty(); }
    Graph graph(Rounding rounding) const {
        ImportOptions options;
        options.tflite = rounding;
        return import_network(network, options);
    }
    Dataset dataset() const { return load_cifar10({images}); }
};

/// Expects the logits of the images first..last to be the golden ones, and returns how many predictions are
/// the label.
int compare_logits(const ResNet8& data, Rounding rounding, const std::string& golden, std::size_t first,
                   std::size_t last);

}  // namespace pimvp::net::test
