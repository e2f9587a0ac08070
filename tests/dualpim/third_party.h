// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Networks that others trained, or tables of their shapes, on whole platforms.
#pragma once

#include <string>
#include <vector>

#include "networks/import.h"
#include "platforms/common/result.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {

struct SystemCase {
    std::string variant = "default";
    std::vector<std::string> settings = {};  // --set
    std::int64_t last_image = 0;             // from image 0 on
    bool check = true;
    std::string platform = "dualpim";
};

/// A network with its data set and the outputs that an independent reference computed for each image.
struct ThirdParty {
    std::string network, images, golden;  // below the shared data
    std::string set;                      // mnist or cifar10; `images` is its folder
    bool there() const;
};
extern const ThirdParty resnet8_double, resnet8_single, tfc_1w1a, tfc_2w2a, cnv_2w2a;

/// Runs the images and expects the golden outputs of each; with checking, every tensor too.
RunResult run_against_golden(const ThirdParty& what, const SystemCase& system,
                             const net::ImportOptions& options = {});

/// Runs one drawn image of a table of layers (a name in layers/pimcomp) with checking.
RunResult run_table(const std::string& table, const SystemCase& system,
                    const net::ImportOptions& options = {});

}  // namespace pimvp::test
