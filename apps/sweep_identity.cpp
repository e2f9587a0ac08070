// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/sweep_identity.h"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "apps/work.h"
#include "apps/work_options.h"
#include "modules/core/error.h"
#include "platforms/common/report_json.h"

namespace pimvp {
namespace {

/// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv).
class Hash {
  public:
    template <typename Bytes>
    Hash& add(const Bytes& bytes) {
        for (const auto byte : bytes) value_ = (value_ ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3u;
        return *this;
    }
    std::string text() const {
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value_));
        return digits;
    }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

std::string file_hash(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return Hash().add(std::string(std::istreambuf_iterator<char>(in), {})).text();
}

/// Every value by itself: what is wrong with it is wrong in every combination.
void check_values(const Config& config, const std::vector<SweepSetting>& settings) {
    for (const SweepSetting& setting : settings)
        for (const std::string& value : setting.values) {
            Config changed = config;
            changed.set(setting.key + "=" + value);
        }
}

/// One for each network of the sweep.
std::vector<Config> network_choices(const RunArguments& run, const Config& config,
                                    const std::vector<SweepSetting>& settings) {
    std::vector<Config> choices;
    for (const SweepSetting& setting : settings)
        if (setting.key == "platform.network" && run.network.empty())
            for (const std::string& value : setting.values) {
                choices.push_back(config);
                choices.back().set(setting.key + "=" + value);
            }
    if (choices.empty()) choices.push_back(config);
    return choices;
}

}  // namespace

SweepIdentity identify_sweep(const RunArguments& run, const SweepPoints& points) {
    ConfigChanges changes = run.changes;
    changes.set = param_set(run.param_set);
    const Config config = choose_system(run.system, changes).config;
    check_values(config, points.settings());

    SweepIdentity identity;
    std::string words;
    for (const std::string& word : work_words(run)) words += (words.empty() ? "" : " ") + word;
    identity.emplace_back("command", words);
    for (const SweepSetting& setting : points.settings()) {
        std::string text = setting.key;
        for (const std::string& value : setting.values) text += (text == setting.key ? "=" : ",") + value;
        identity.emplace_back("--set", text);
    }
    identity.emplace_back("configuration", Hash().add(config.to_toml()).text());
    for (const Config& choice : network_choices(run, config, points.settings())) {
        const Work work = load_work(run, choice);
        identity.emplace_back("network", work.file.name + " " + file_hash(work.file.file));
        identity.emplace_back(
            "data set",
            work.dataset.name + " " + Hash().add(work.dataset.pixels).add(work.dataset.labels).text());
    }
    identity.emplace_back("pimvp", version() + " " + file_hash("/proc/self/exe"));
    return identity;
}

}  // namespace pimvp
