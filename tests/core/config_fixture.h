// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "modules/core/config.h"
#include "modules/core/error.h"

namespace pimvp {

/// A folder of configuration files of the test's own, and a small schema with every parameter type.
struct ConfigTest : ::testing::Test {
    void SetUp() override {
        const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
        folder = std::filesystem::temp_directory_path() /
                 ("pimvp_config_" + std::string(info->name()) + "_" +
                  std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "_" +
                  std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directories(folder);
        previous = std::filesystem::current_path();
        std::filesystem::current_path(folder);
    }
    void TearDown() override {
        std::filesystem::current_path(previous);
        std::filesystem::remove_all(folder);
    }

    static void write(const std::string& name, const std::string& content) { std::ofstream(name) << content; }

    static Schema schema() {
        return {{"seed", ParamType::integer, "seed of every random number", 0, 0, {}},
                {"macro.rows", ParamType::integer, "wordlines", 1, 4096, {}},
                {"macro.bypass", ParamType::boolean, "skips the adder tree", 0, 0, {}},
                {"macro.adc", ParamType::text, "resolution", 0, 0, {"exact", "5", "6"}},
                {"macro.load", ParamType::capacitance, "cell load", 0.1e-15, 1e-15, {}},
                {"macro.slope", ParamType::ratio, "decades per bit", 0, 1, {}},
                {"bus.period", ParamType::duration, "clock", 0, 0, {}}};
    }

    /// Eleven lines; line 6 is the load, line 10 the period.
    static constexpr const char* defaults =
        "description = \"the paper's system\"\n"
        "seed = 7\n"
        "[macro]\n"
        "rows = 128\n"
        "bypass = false\n"
        "load = {value = \"0.35 fF\", range = [\"0.25 fF\", \"0.5 fF\"], kind = \"model\", source = \"a "
        "fit\"}\n"
        "adc = \"exact\"\n"
        "slope = {value = 0.5, range = [0, 0.75], kind = \"assumed\", source = \"none\"}\n"
        "[bus]\n"
        "period = {value = \"5 ns\", range = [\"5 ns\", \"5 ns\"], kind = \"paper\", source = \"table 1\"}\n";

    static Config load(const std::string& content) {
        write("default.toml", content);
        return Config::load("default.toml", schema());
    }
    static Config load_variant(const std::string& content) {
        write("default.toml", defaults);
        write("variant.toml", content);
        return Config::load("variant.toml", schema());
    }
    /// `text` with its first `from` replaced.
    static std::string replaced(std::string text, const std::string& from, const std::string& to) {
        return text.replace(text.find(from), from.size(), to);
    }
    template <class Action>
    static std::string error_of(Action action) {
        try {
            action();
        } catch (const Error& e) {
            return e.what();
        }
        return "no error";
    }
    static std::string load_error(const std::string& content) {
        return error_of([&] { load(content); });
    }
    static std::string variant_error(const std::string& content) {
        return error_of([&] { load_variant(content); });
    }
    static std::string set_error(const std::string& assignment) {
        Config config = load(defaults);
        return error_of([&] { config.set(assignment); });
    }

    std::filesystem::path folder, previous;
};

}  // namespace pimvp
