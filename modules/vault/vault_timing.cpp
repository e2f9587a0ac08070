// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "modules/core/config_keys.h"
#include "modules/core/config_toml.h"
#include "modules/core/error.h"
#include "modules/core/home_folder.h"
#include "modules/core/quantity_text.h"
#include "modules/vault/vault_params.h"

namespace pimvp {
namespace {

using Kind = TomlValue::Kind;

struct Key {
    const char* name;
    int VaultTiming::*cycles;
    int low;
};
constexpr int most_cycles = 1000000, most_picoseconds = 1000000;
constexpr std::array<Key, 25> keys{{
    {"burst_cycles", &VaultTiming::burst_cycles, 2},
    {"cl", &VaultTiming::cl, 1},
    {"cwl", &VaultTiming::cwl, 1},
    {"rcd_read", &VaultTiming::rcd_read, 1},
    {"rcd_write", &VaultTiming::rcd_write, 1},
    {"rp", &VaultTiming::rp, 1},
    {"ras", &VaultTiming::ras, 1},
    {"rc", &VaultTiming::rc, 1},
    {"ccd_s", &VaultTiming::ccd_s, 1},
    {"ccd_l", &VaultTiming::ccd_l, 1},
    {"rrd_s", &VaultTiming::rrd_s, 2},  // two cycles of the row bus
    {"rrd_l", &VaultTiming::rrd_l, 2},
    {"faw", &VaultTiming::faw, 0},
    {"rtp", &VaultTiming::rtp, 1},
    {"wr", &VaultTiming::wr, 1},
    {"wtr_s", &VaultTiming::wtr_s, 1},
    {"wtr_l", &VaultTiming::wtr_l, 1},
    {"rtw", &VaultTiming::rtw, 1},
    {"rfc", &VaultTiming::rfc, 1},
    {"refi", &VaultTiming::refi, 1},
    {"rfc_pb", &VaultTiming::rfc_pb, 1},
    {"refi_pb", &VaultTiming::refi_pb, 1},
    {"rref_d", &VaultTiming::rref_d, 1},
    {"xp", &VaultTiming::xp, 1},
    {"cke", &VaultTiming::cke, 1},
}};

std::string folder() {
    return vault_folder() + "/timings";
}

bool ends_in_toml(const std::string& text) {
    return text.size() > 5 && text.compare(text.size() - 5, 5, ".toml") == 0;
}

/// The file of a name, which must be one of the folder's: no path leads out of it.
std::string file_of(const std::string& name) {
    if (ends_in_toml(name)) return name;
    const std::string where = folder();
    if (!std::filesystem::is_directory(where))
        throw Error("vault.timing: expected the folder " + where +
                    ", found none; PIMVP_HOME names the project's");
    std::vector<std::string> known;
    for (const auto& entry : std::filesystem::directory_iterator(where))
        if (entry.path().extension() == ".toml") known.push_back(entry.path().stem().string());
    std::sort(known.begin(), known.end());
    if (std::find(known.begin(), known.end(), name) != known.end()) return where + "/" + name + ".toml";
    std::string list;
    for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
    throw Error("vault.timing: expected a file that ends in .toml or one of " + list + ", found \"" + name +
                "\"");
}

class Reader {
  public:
    explicit Reader(const std::string& file) : file_(file), document_(read_toml(file)) {}

    VaultTiming read() const {
        check_names();
        VaultTiming t;
        t.name = std::filesystem::path(file_).stem().string();
        const TomlValue& description = find("description");
        if (description.kind != Kind::text) fail(description, "a text, the source", describe(description));
        t.tck_ps = picoseconds(find("tck"));
        for (const auto& key : keys) t.*key.cycles = cycles(find(key.name), key.low);
        check(t);
        return t;
    }

  private:
    [[noreturn]] void fail(const TomlValue& at, const std::string& expected, const std::string& found) const {
        throw Error(file_ + ":" + std::to_string(at.line) + ": " + at.name + ": expected " + expected +
                    ", found " + found);
    }

    void check_names() const {
        std::vector<std::string> known{"description", "tck"};
        for (const auto& key : keys) known.emplace_back(key.name);
        for (const auto& item : document_.items)
            if (std::find(known.begin(), known.end(), item.name) == known.end())
                fail(item, "a known key", item.name + "; did you mean " + nearest(item.name, known) + "?");
    }

    const TomlValue& find(const std::string& key) const {
        const auto* value = document_.member(key);
        if (value == nullptr) throw Error(file_ + ": expected a value for " + key + ", found none");
        return *value;
    }

    std::int64_t picoseconds(const TomlValue& value) const {
        if (value.kind != Kind::text) fail(value, expected_quantity(ParamType::duration), describe(value));
        const std::string place = file_ + ":" + std::to_string(value.line) + ": tck";
        double seconds = 0;
        try {
            seconds = parse_quantity(value.text, ParamType::duration);
        } catch (const Error& error) {
            throw Error(place + ": " + error.what());
        }
        const auto period = Period::of(Duration::si(seconds), place.c_str());
        if (period.ps > most_picoseconds) fail(value, "1 ps to 1 us", describe(value));
        return period.ps;
    }

    int cycles(const TomlValue& value, int low) const {
        if (value.kind != Kind::integer || value.integer < low || value.integer > most_cycles)
            fail(value, std::to_string(low) + " to " + std::to_string(most_cycles) + " cycles",
                 describe(value));
        return static_cast<int>(value.integer);
    }

    void at_least(const char* key, int value, int least, const char* why) const {
        if (value < least)
            fail(find(key), "at least " + std::to_string(least) + " (" + why + ")", std::to_string(value));
    }

    void check(const VaultTiming& t) const {
        // The block of 32 bytes is four beats of the 64 data lines: nothing else fits the organisation.
        if (t.burst_cycles != 2) fail(find("burst_cycles"), "2", std::to_string(t.burst_cycles));
        at_least("rc", t.rc, t.ras + t.rp, "ras + rp");
        at_least("ccd_s", t.ccd_s, t.burst_cycles, "burst_cycles");
        at_least("ccd_l", t.ccd_l, t.ccd_s, "ccd_s");
        at_least("rrd_l", t.rrd_l, t.rrd_s, "rrd_s");
        at_least("wtr_l", t.wtr_l, t.wtr_s, "wtr_s");
        at_least("rtw", t.rtw, t.cl + t.burst_cycles - t.cwl, "cl + burst_cycles - cwl, or data collide");
        // Between two refreshes there must be time for an access to a closed bank.
        at_least("refi", t.refi, t.rfc + t.rc + t.rp + t.cl + t.burst_cycles,
                 "rfc + rc + rp + cl + burst_cycles");
        at_least("refi_pb", t.refi_pb, t.rref_d, "rref_d");
    }

    std::string file_;
    TomlValue document_;
};

}  // namespace

std::string vault_folder() {
    return home_folder() + "/modules/vault";
}

VaultTiming VaultTiming::load(const std::string& name_or_file) {
    return Reader(file_of(name_or_file)).read();
}

}  // namespace pimvp
