// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Configurations of the platform, and --set.
#include <stdexcept>

#include "modules/core/config.h"
#include "modules/core/error.h"
#include "platforms/dualpim/platform.h"
#include "tests/fuzz/formats.h"
#include "tests/support/temp_dir.h"

namespace pimvp::fuzz {
namespace {

const test::TempDir& folder() {
    static const test::TempDir dir;
    return dir;
}

const Schema& schema() {
    static const Schema all = dualpim::schema();
    return all;
}

/// What is read can be written, and read again to the same.
void check(const Config& config) {
    for (const Param& param : config.params()) value_text(param);
    config.non_default();
    const std::string text = config.to_toml();
    try {
        const Config again = Config::load(folder().write("again.toml", text), schema());
        if (again.to_toml() != text)
            throw std::logic_error("a configuration that changes when it is read again");
    } catch (const Error& error) {
        throw std::logic_error(std::string("written, but refused: ") + error.what());
    }
    try {
        dualpim::machine(config);
    } catch (const Error&) {
        return;
    }
}

Outcome run_toml(const Input& input) {
    folder().write("default.toml", input[1]);
    const std::string file = folder().write("variant.toml", input[0]);
    Outcome outcome;
    try {
        const Config config = Config::load(file, schema());
        outcome.accepted = true;
        check(config);
    } catch (const Error&) {
        return outcome;
    }
    return outcome;
}

Outcome run_set(const Input& input) {
    static const Config base = Config::load(PIMVP_SOURCE_DIR "/platforms/dualpim/default.toml", schema());
    Config config = base;
    Outcome outcome;
    for (const std::string& assignment : input) {
        try {
            config.set(assignment);
            outcome.accepted = true;
        } catch (const Error&) {
            continue;
        }
    }
    if (outcome.accepted) check(config);
    return outcome;
}

}  // namespace

Format toml_format() {
    Format format{"toml", 8000, {}, 0, mutate_text, run_toml};
    // Read from another folder, it must still find what it inherits.
    std::string base = source_file("platforms/dualpim/default.toml");
    const std::string parents = "../common/";
    for (auto at = base.find(parents); at != std::string::npos; at = base.find(parents))
        base.replace(at, parents.size(), PIMVP_SOURCE_DIR "/platforms/common/");
    for (const char* variant : {"int4", "no-refresh", "ternary"})
        format.corpus.push_back({source_file(std::string("platforms/dualpim/") + variant + ".toml"), base});
    format.corpus.push_back(
        {"inherit = \"default\"\n[\"sram_macro[1]\"]\nrows = 32\n[host]\nperiod = \"2 ns\"\n", base});
    return format;
}

Format set_format() {
    return {"set",
            2000,
            {{"platform.sram_macros=4", "host.period=2 ns", "sram_macro[1].rows = 32", "dram.bytes=1048576"},
             {"platform.network=\"other\"",
              "technology.supply = {value = \"0.8 V\", kind = \"assumed\", source = \"x\"}",
              "host.included=true", "platform.ternary_on=sram"},
             {"technology.adc_area_slope=0.04", "host.active_power=20 mW", "host.burst_bytes=0x100",
              "platform.edram_macros=0"}},
            0,
            mutate_text,
            run_set};
}

}  // namespace pimvp::fuzz
