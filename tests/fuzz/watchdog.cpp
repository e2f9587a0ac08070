// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/watchdog.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

// Only there with a sanitizer.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace pimvp::fuzz {
namespace {

char text[512];  // for handlers, which must not allocate
char stack[1 << 16];

void say(const char* what) {
    const auto write_all = [](const char* part) {
        if (write(STDERR_FILENO, part, std::strlen(part)) < 0) _exit(4);
    };
    write_all("\nFAILED ");
    write_all(text);
    write_all(what);
}

void on_death() {
    say(": stopped by a sanitizer\n");
}

void on_crash(int number) {
    say(": crashed\n");
    signal(number, SIG_DFL);
    raise(number);
}

void on_time(int) {
    say(": took too long\n");
    _exit(3);
}

void install() {
    struct sigaction action {};
    action.sa_handler = on_time;
    sigaction(SIGPROF, &action, nullptr);
    if (__sanitizer_set_death_callback != nullptr) return __sanitizer_set_death_callback(on_death);
    // On a stack of its own: the crash may be one of the stack.
    stack_t own{};
    own.ss_sp = stack;
    own.ss_size = sizeof stack;
    sigaltstack(&own, nullptr);
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK | SA_RESETHAND;
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(number, &action, nullptr);
}

}  // namespace

void watch(const std::string& line, int seconds) {
    static const bool installed = (install(), true);
    static_cast<void>(installed);
    const std::size_t size = std::min(line.size(), sizeof text - 1);
    std::memcpy(text, line.data(), size);
    text[size] = '\0';
    itimerval timer{};
    timer.it_value.tv_sec = seconds;
    setitimer(ITIMER_PROF, &timer, nullptr);
}

}  // namespace pimvp::fuzz
