// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <string>

namespace pimvp {

/// Runs `action`, which returns a text, in a process of its own: a simulation can be run once per process,
/// and more are wanted. What it throws becomes the text, after "exception: "; of one that a signal ends the
/// text says so.
template <class Action>
std::string in_child(Action action) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) return "no pipe";
    const pid_t child = fork();
    if (child < 0) return "no process";
    if (child == 0) {
        std::string text;
        try {
            text = action();
        } catch (const std::exception& error) {
            text = std::string("exception: ") + error.what();
        }
        for (std::size_t sent = 0; sent < text.size();) {
            const auto n = write(pipe_ends[1], text.data() + sent, text.size() - sent);
            if (n <= 0) break;
            sent += static_cast<std::size_t>(n);
        }
        _exit(0);
    }
    close(pipe_ends[1]);
    std::string text;
    char part[4096];
    for (ssize_t n = 0; (n = read(pipe_ends[0], part, sizeof part)) > 0;)
        text.append(part, static_cast<std::size_t>(n));
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    return text;
}

}  // namespace pimvp
