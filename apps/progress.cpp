// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/progress.h"

#include <unistd.h>

#include <cstdio>

namespace pimvp {

Progress::Progress(std::int64_t total, bool wanted)
    : total_(total), shown_(wanted && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::update(std::int64_t done) {
    const auto now = Clock::now();
    if (!shown_ || now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = static_cast<double>(done) / seconds;
    const double left = rate > 0 ? static_cast<double>(total_ - done) / rate : 0;
    std::fprintf(stderr, "\r\033[K%lld/%lld images, %.1f images/s, %.0f s left", static_cast<long long>(done),
                 static_cast<long long>(total_), rate, left);
    std::fflush(stderr);
}

}  // namespace pimvp
