// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pimvp {

/// One setting of a sweep and its values, as typed but without blanks around them.
struct SweepSetting {
    std::string key;
    std::vector<std::string> values;  // quotes kept: what --set of a single run takes
};

/// "key=a,b,c". Commas separate values, but for those inside double quotes. Throws Error for an empty key or
/// value, a value that comes twice, and quotes that are not closed.
SweepSetting parse_sweep_setting(const std::string& text);

/// All of them. Throws Error if there are none, or two of one key.
std::vector<SweepSetting> parse_sweep_settings(const std::vector<std::string>& texts);

/// Every combination of the values, the first setting's slowest. Throws Error for more than a million.
class SweepPoints {
  public:
    explicit SweepPoints(std::vector<SweepSetting> settings);
    const std::vector<SweepSetting>& settings() const { return settings_; }
    std::size_t count() const { return count_; }
    /// One value per setting.
    std::vector<std::string> values(std::size_t point) const;

  private:
    std::vector<SweepSetting> settings_;
    std::size_t count_ = 1;
};

}  // namespace pimvp
