// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Other processes of ours. SystemC elaborates once per process, so every simulation of many is one.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pimvp {

struct ProcessEnd {
    int status = -1;     // exit status, -1 if a signal ended it
    std::string text;    // "status 1", "signal 11"
    std::string output;  // all that it wrote to its standard output
    std::string error;   // and to its standard error
};

/// What one of our own commands says is wrong: its standard error on one line, without "pimvp: error: ".
std::string error_message(const ProcessEnd& end);
/// The same, and how it ended unless it refused bad input. Empty if all went well.
std::string failure_message(const ProcessEnd& end);

/// SIGINT, SIGTERM or SIGHUP came while processes ran. They have been stopped.
struct Interrupted : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Runs words[0] with the rest as arguments and waits for it. Throws Error if it cannot be started.
ProcessEnd run_process(const std::vector<std::string>& words);

struct Processes {
    std::size_t count = 0;
    int at_a_time = 1;
    std::function<std::vector<std::string>(std::size_t index)> words;     // asked for just before it starts
    std::function<void(std::size_t index, const ProcessEnd& end)> ended;  // in the order in which they end
    std::function<void(int running)> tick;  // after starts and ends, and each second; may be empty
};

/// Runs them in the order of their indices, so many at a time, from the calling thread. None outlives the
/// caller: the kernel kills them when it ends, however it ends. If anything here throws, those that run are
/// killed first. Throws Error if one cannot be started, and Interrupted.
void run_processes(const Processes& processes);

}  // namespace pimvp
