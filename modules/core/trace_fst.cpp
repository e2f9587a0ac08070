// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/trace_fst.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "modules/core/error.h"

extern char** environ;

namespace pimvp {

void require_vcd2fst(const std::string& for_file) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (access(((folder.empty() ? "." : folder) + "/vcd2fst").c_str(), X_OK) == 0) return;
    throw Error(
        for_file +
        ": expected the program vcd2fst (Debian package gtkwave) to write FST, found none on the PATH; "
        "a name that ends in .vcd needs no program");
}

void convert_vcd_to_fst(const std::string& vcd, const std::string& fst) {
    std::string program = "vcd2fst", from = vcd, to = fst;
    char* arguments[] = {program.data(), from.data(), to.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int refused = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = -1;
    if (refused == 0) waitpid(child, &status, 0);
    if (refused == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && std::ifstream(fst).peek() != EOF)
        return;
    std::remove(fst.c_str());
    throw Error(fst + ": expected vcd2fst to convert the trace, found that it failed");
}

}  // namespace pimvp
