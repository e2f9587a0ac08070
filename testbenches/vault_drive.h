// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// One vault with an initiator that sends a pattern of requests.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "modules/vault/vault.h"
#include "testbenches/at_initiator.h"
#include "testbenches/protocol_checker.h"
#include "testbenches/vault_pattern.h"

namespace pimvp {

struct VaultDriveOptions {
    VaultPattern::Options pattern;  // its capacity and latest cycle are set to the vault's
    unsigned outstanding = 64;
    std::int64_t idle_ps = 0;
    bool check_protocol = true;  // costs more time than the vault
};

/// Four-phase requests from time 0 on. Every write writes what fill_pattern() says, every byte that is read
/// must be that or 0.
class VaultDrive : public sc_core::sc_module {
  public:
    VaultDrive(const sc_core::sc_module_name& name, const VaultParams& params,
               const VaultDriveOptions& options);
    ~VaultDrive() override;

    /// After the simulation: all were answered. Books the background energy until the end of span_ps().
    void finish();

    Vault& vault() { return vault_; }
    const VaultParams& params() const { return vault_.params(); }
    /// Null without check_protocol.
    const ProtocolChecker* checker() const { return checker_.get(); }
    std::uint64_t answered() const { return latencies_.size(); }
    std::uint64_t failed() const { return failed_; }  // another status than OK
    std::uint64_t wrong() const { return wrong_; }    // data
    std::uint64_t bytes() const { return bytes_; }
    /// From the first BEGIN_REQ to the end of the last data beat, or to the last answer if that is later: a
    /// write is answered once it is queued. After finish().
    std::int64_t span_ps() const { return last_ps_ - first_ps_; }
    std::int64_t last_ps() const { return last_ps_; }
    double bandwidth() const;  // bytes per second
    /// From BEGIN_REQ to BEGIN_RESP, annotated time included, in the order of the answers.
    const std::vector<std::int64_t>& latencies_ps() const { return latencies_; }

  private:
    bool next(AtJob& job);
    void answered(const AtJob& job);

    VaultPattern pattern_;
    const unsigned request_bytes_;
    Vault vault_;
    AtInitiator initiator_;
    std::unique_ptr<ProtocolChecker> checker_;
    std::vector<std::int64_t> latencies_;
    std::uint64_t failed_ = 0, wrong_ = 0, bytes_ = 0;
    std::int64_t first_ps_ = INT64_MAX, last_ps_ = 0;
};

/// Nearest rank; reorders the values.
std::int64_t percentile(std::vector<std::int64_t>& values, double share);

}  // namespace pimvp
