// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/claims_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "modules/core/error.h"

extern char** environ;

namespace pimvp {

ProcessEnd run_process(const std::vector<std::string>& words, const std::string& error_file) {
    std::vector<std::string> copies = words;
    std::vector<char*> argv;
    for (std::string& word : copies) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, error_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t child = 0;
    const int refused = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (refused != 0) throw Error(words[0] + ": expected a program to run, found " + std::strerror(refused));

    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) throw Error(words[0] + ": waiting for it failed, " + std::strerror(errno));
    if (WIFEXITED(status)) return {WEXITSTATUS(status), "status " + std::to_string(WEXITSTATUS(status))};
    return {-1, "signal " + std::to_string(WTERMSIG(status))};
}

}  // namespace pimvp
