// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace pimvp {

/// Images done, rate and time left on one line of standard error that overwrites itself, ten times a second
/// at most. Shows nothing where standard error is no terminal.
class Progress {
  public:
    Progress(std::int64_t total, bool wanted);
    ~Progress();  // clears the line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    bool shown() const { return shown_; }
    void update(std::int64_t done);

  private:
    using Clock = std::chrono::steady_clock;
    const std::int64_t total_;
    const bool shown_;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
};

}  // namespace pimvp
