// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/sweep_settings.h"

#include <algorithm>
#include <utility>

#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr std::size_t most_points = 1'000'000;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
    throw Error("--set: expected key=value,value,..., found '" + text + "': " + why);
}

}  // namespace

SweepSetting parse_sweep_setting(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) refuse(text, "no '='");
    SweepSetting setting{trimmed(text.substr(0, equals)), {}};
    if (setting.key.empty()) refuse(text, "no key");
    std::string value;
    bool quoted = false;
    const auto take = [&] {
        value = trimmed(value);
        if (value.empty() || value == "\"\"") refuse(text, "an empty value");
        if (std::find(setting.values.begin(), setting.values.end(), value) != setting.values.end())
            refuse(text, "the value " + value + " twice");
        setting.values.push_back(value);
        value.clear();
    };
    for (std::size_t i = equals + 1; i < text.size(); ++i) {
        if (text[i] == ',' && !quoted) {
            take();
            continue;
        }
        if (text[i] == '"') quoted = !quoted;
        value += text[i];
        if (quoted && text[i] == '\\' && i + 1 < text.size()) value += text[++i];
    }
    if (quoted) refuse(text, "quotes that are not closed");
    take();
    return setting;
}

std::vector<SweepSetting> parse_sweep_settings(const std::vector<std::string>& texts) {
    std::vector<SweepSetting> settings;
    for (const std::string& text : texts) {
        SweepSetting setting = parse_sweep_setting(text);
        for (const SweepSetting& other : settings)
            if (other.key == setting.key)
                throw Error("--set: expected every key once, with all its values, found '" + setting.key +
                            "' twice");
        settings.push_back(std::move(setting));
    }
    if (settings.empty()) throw Error("--set: expected at least one key=value,value,..., found none");
    return settings;
}

SweepPoints::SweepPoints(std::vector<SweepSetting> settings) : settings_(std::move(settings)) {
    for (const SweepSetting& setting : settings_) {
        if (setting.values.size() > most_points / count_)
            throw Error("--set: expected at most " + std::to_string(most_points) +
                        " combinations, found more");
        count_ *= setting.values.size();
    }
}

std::vector<std::string> SweepPoints::values(std::size_t point) const {
    std::vector<std::string> out(settings_.size());
    for (std::size_t i = settings_.size(); i-- > 0;) {
        const auto& values = settings_[i].values;
        out[i] = values[point % values.size()];
        point /= values.size();
    }
    return out;
}

}  // namespace pimvp
