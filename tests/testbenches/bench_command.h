// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace pimvp::test {

struct Outcome {
    int status = -1;
    std::string out, err;
};

/// Runs a testbench; `arguments` as a shell splits them.
Outcome bench(const std::string& name, const std::string& arguments);

/// With `--json -`: expects that exit status and nothing but JSON.
nlohmann::json bench_json(const std::string& name, const std::string& arguments, int status = 0);

std::string slurp(const std::string& file);

}  // namespace pimvp::test
