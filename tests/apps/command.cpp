// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/apps/command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

extern char** environ;

namespace pimvp::test {

RunningCommand::RunningCommand(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {PIMVP_EXECUTABLE};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, dir_.path("out").c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, dir_.path("err").c_str(), O_WRONLY | O_CREAT, 0600);
    if (posix_spawn(&pid_, PIMVP_EXECUTABLE, &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
}

RunningCommand::~RunningCommand() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

bool RunningCommand::ended() const {
    siginfo_t info{};
    return pid_ <= 0 || (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                         info.si_pid == pid_);
}

Outcome RunningCommand::wait() {
    Outcome outcome;
    int status = 0;
    if (pid_ > 0 && waitpid(pid_, &status, 0) == pid_ && WIFEXITED(status))
        outcome.status = WEXITSTATUS(status);
    pid_ = -1;
    outcome.out = slurp(dir_.path("out"));
    outcome.err = slurp(dir_.path("err"));
    return outcome;
}

Outcome pimvp(const std::vector<std::string>& arguments) {
    return RunningCommand(arguments).wait();
}

std::string slurp(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in.good()) << file;
    return {std::istreambuf_iterator<char>(in), {}};
}

nlohmann::json run_json(const std::string& platform, std::vector<std::string> arguments) {
    std::vector<std::string> all = {"run", platform, "--json", "-"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = pimvp(all);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    auto json = nlohmann::json::parse(outcome.out, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << outcome.out;
    return json;
}

void CommandTest::SetUp() {
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
        GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
}

}  // namespace pimvp::test
