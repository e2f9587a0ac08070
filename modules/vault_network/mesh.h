// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The links of a mesh and who occupies them until when. No SystemC here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/vault_network/vault_network_params.h"

namespace pimvp {

/// Links between neighbouring routers, and ports between routers and who sits there: vault v and PE v at
/// router v, the host at router 0. Transfers cut through: the first beat goes on to the next link after
/// hop_cycles, the last follows beats later. A link serves in the order of the calls. Times are picoseconds.
class Mesh {
  public:
    /// `name` is that of the block, for probes. Events are booked to `account`.
    Mesh(const VaultNetworkParams& params, const std::string& name, Account& account, Tracer* tracer);

    int vaults() const { return vaults_; }
    int vault_port(int vault) const { return vault; }
    int pe_port(int vault) const { return vaults_ + vault; }
    int host_port() const { return 2 * vaults_; }
    int router(int port) const { return port == host_port() ? 0 : port % vaults_; }

    /// Latency of a word without data from port to port: links times hop.
    std::int64_t latency_ps(int from, int to) const;
    /// Sends data and returns when all of them are there.
    std::int64_t send(int from, int to, std::int64_t now_ps, std::uint64_t bytes, int activity);
    /// Sends data once through a tree to the ports `to`, one per router at most; returns when each has them.
    std::vector<std::int64_t> broadcast(int from, const std::vector<int>& to, std::int64_t now_ps,
                                        std::uint64_t bytes, int activity);
    void reset();

  private:
    enum Direction { east, west, south, north };
    struct Link {
        std::int64_t free_ps = 0;
        Probe busy;
    };
    struct Data {
        std::int64_t duration_ps;  // of all beats
        std::uint64_t bits;
        int activity;
    };

    Data data(std::uint64_t bytes, int activity) const;
    /// Books a link or port for data whose first beat is there at head_ps; returns when it starts.
    std::int64_t occupy(Link& link, std::int64_t head_ps, const Data& data);
    /// Books the link from `router` on; returns when the first beat is at the next router.
    std::int64_t pass(int router, Direction direction, std::int64_t head_ps, const Data& data);

    const VaultNetworkParams params_;
    const int vaults_;
    const std::int64_t hop_ps_;
    Account& account_;
    const Account::EventId bit_hop_, stall_cycle_;
    std::vector<Link> links_;          // [router][direction]
    std::vector<Link> enter_, leave_;  // per port
};

}  // namespace pimvp
