// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "modules/core/output_file.h"

namespace pimvp {

/// DRAM commands as CSV, so that any other tool can check them: a header line, then
/// `clock,command,pseudo_channel,bank_group,bank,row,column`; clock in cycles (ACT: its first), fields that a
/// command does not have are empty. RD and WR name the row that is open.
class CommandTrace {
  public:
    enum class Command { ACT, RD, WR, RDA, WRA, PREpb, PREab, REFab, REFpb, PDE, PDX };

    /// Throws Error if the file cannot be written.
    CommandTrace(const std::string& file, int pseudo_channel, int banks_per_group);
    /// finish(), if nobody did; a failure is told on standard error.
    ~CommandTrace();
    CommandTrace(const CommandTrace&) = delete;
    CommandTrace& operator=(const CommandTrace&) = delete;

    /// -1: the command has no such field.
    void record(std::int64_t clock, Command command, int bank = -1, int row = -1, int column = -1);
    /// The file appears under its name; what is recorded later is not in it. Throws Error if not all could be
    /// written.
    void finish();

  private:
    void drain();

    const std::string name_;
    OutputFile file_;
    std::ofstream stream_;
    std::string channel_, text_;
    int banks_per_group_;
    bool finished_ = false;
};

}  // namespace pimvp
