// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pimvp {

/// Images (or points) done, rate and time left on one line of standard error that overwrites itself, ten
/// times a second at most. Shows nothing where standard error is no terminal.
class Progress {
  public:
    /// `before` of the total were done earlier and say nothing of the rate.
    Progress(std::int64_t total, bool wanted, const char* unit = "images", std::int64_t before = 0);
    ~Progress();  // clears the line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    bool shown() const { return shown_; }
    /// `more` stands between what is done and the rate.
    void update(std::int64_t done, const std::string& more = "");

  private:
    using Clock = std::chrono::steady_clock;
    const std::int64_t total_, before_;
    const char* const unit_;
    const bool shown_;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
};

}  // namespace pimvp
