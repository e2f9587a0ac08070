// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace pimvp::test {

struct Outcome {
    int status = -1;
    std::string out, err;
};

/// The built pimvp with these arguments, while it runs; standard output and error in pipes' stead in files.
/// Killed with this object.
class RunningCommand {
  public:
    explicit RunningCommand(const std::vector<std::string>& arguments);
    ~RunningCommand();
    RunningCommand(const RunningCommand&) = delete;
    RunningCommand& operator=(const RunningCommand&) = delete;

    pid_t pid() const { return pid_; }
    bool ended() const;
    Outcome wait();  // status -1 if a signal ended it

  private:
    TempDir dir_;
    pid_t pid_ = -1;
};

/// Runs it to its end.
Outcome pimvp(const std::vector<std::string>& arguments);

/// A file's bytes; fails the test if there is no such file.
std::string slurp(const std::string& file);

/// `run PLATFORM --json -` with more arguments, parsed; fails the test unless it exits with 0.
nlohmann::json run_json(const std::string& platform, std::vector<std::string> arguments);

/// Tests that run two images of Fashion-MNIST; they skip where the Debian package is missing.
struct CommandTest : ::testing::Test {
    void SetUp() override;
    TempDir dir;
};

}  // namespace pimvp::test
