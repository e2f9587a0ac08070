// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/progress.h"

#include <unistd.h>

#include <cstdio>

namespace pimvp {

Progress::Progress(std::int64_t total, bool wanted, const char* unit, std::int64_t before)
    : total_(total), before_(before), unit_(unit), shown_(wanted && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::update(std::int64_t done, const std::string& more) {
    const auto now = Clock::now();
    if (!shown_ || now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = static_cast<double>(done - before_) / seconds;
    char left[32] = "";
    if (rate > 0)
        std::snprintf(left, sizeof left, ", %.0f s left", static_cast<double>(total_ - done) / rate);
    std::fprintf(stderr, "\r\033[K%lld/%lld %s%s, %.*f %s/s%s", static_cast<long long>(done),
                 static_cast<long long>(total_), unit_, more.c_str(), rate < 1 ? 3 : 1, rate, unit_, left);
    std::fflush(stderr);
}

}  // namespace pimvp
