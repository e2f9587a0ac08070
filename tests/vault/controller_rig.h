// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modules/vault/controller.h"
#include "testbenches/vault_trace.h"
#include "tests/support/temp_dir.h"

namespace pimvp::test {

/// A controller without SystemC, whose commands can be looked at.
class ControllerRig {
  public:
    explicit ControllerRig(const VaultParams& given)
        : params(given),
          mapping(params.mapping, params.organisation),
          gate(params.organisation.bytes(), params.gated, params.double_blocks),
          ledger(account, params) {
        trace_.emplace(folder_.path("trace.csv"), 0, params.organisation.banks_per_group);
        controller.emplace("controller", params, gate, ledger, &*trace_, nullptr);
    }

    /// Advances to the cycle, then requests so many blocks. False: it waits for room.
    bool request(std::int64_t cycle, bool write, const DramAddress& at, std::uint64_t blocks = 1) {
        controller->advance(cycle);
        Transfer::Request bytes;
        bytes.write = write;
        bytes.address = mapping.encode(at) * 32;
        bytes.bytes = 32 * blocks;
        data_.emplace_back(bytes.bytes);
        bytes.data = data_.back().data();
        transfers.emplace_back();
        transfers.back().start(bytes);
        return controller->submit(transfers.back(), cycle);
    }
    bool read(std::int64_t cycle, const DramAddress& at, std::uint64_t blocks = 1) {
        return request(cycle, false, at, blocks);
    }
    bool write(std::int64_t cycle, const DramAddress& at, std::uint64_t blocks = 1) {
        return request(cycle, true, at, blocks);
    }
    /// The cycle of the next last data beat of a read.
    std::int64_t finished() {
        if (controller->finished().empty()) return -1;
        const auto report = controller->finished().front();
        controller->finished().pop_front();
        return report.cycle;
    }

    /// Ends the controller's life.
    std::vector<DramTraceLine> lines(std::int64_t until) {
        controller->advance(until);
        controller.reset();
        trace_.reset();
        return read_dram_trace(folder_.path("trace.csv"));
    }
    /// "clock COMMAND group.bank", space after space; without the place for commands to all.
    std::string commands(std::int64_t until) {
        std::string text;
        for (const auto& line : lines(until)) {
            if (!text.empty()) text += ' ';
            text += std::to_string(line.clock) + ' ' + dram_command_name(line.command);
            const bool all = line.command == DramCommand::pre_ab || line.command == DramCommand::ref_ab ||
                             line.command == DramCommand::pde || line.command == DramCommand::pdx;
            if (!all) text += ' ' + std::to_string(line.group) + '.' + std::to_string(line.bank);
        }
        return text;
    }

    const VaultParams params;
    AddressMapping mapping;
    Account account{"vault"};
    IoGate gate;
    VaultAccount ledger;
    std::deque<Transfer> transfers;
    std::optional<Controller> controller;

  private:
    TempDir folder_;
    std::optional<CommandTrace> trace_;
    std::deque<std::vector<std::uint8_t>> data_;
};

}  // namespace pimvp::test
