// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "apps/import_options.h"
#include "apps/system_choice.h"

namespace pimvp {

/// The options of `pimvp run` as they were typed.
struct RunArguments {
    std::string system, network, dataset, data_dir;
    std::string images = "0..9";
    ImportArguments import;
    ConfigChanges changes;
    std::string param_set = "nominal";
    bool no_check = false, quiet = false;
    std::string json, vcd, transactions, dump_outputs, dump_scores, dump_config;
    std::string trace_scope, trace_from, trace_to;
    std::string quantum = "0", time_resolution = "1ps", log_level = "warn";
};

struct ImageRange {
    std::int64_t first = 0, last = 0;  // inclusive
};
/// "FIRST..LAST". Throws Error for anything else.
ImageRange parse_images(const std::string& text);
/// Throws Error that says how many images the set has.
void check_images(const ImageRange& range, std::size_t count, const std::string& dataset);

/// "10 us" or "0" as whole picoseconds. `option` is for the message.
std::int64_t parse_time_ps(const std::string& option, const std::string& text);

}  // namespace pimvp
