// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>

#include "modules/core/account.h"
#include "modules/core/config.h"
#include "modules/core/trace.h"
#include "modules/core/units.h"

namespace pimvp {

struct VaultNetworkParams {
    int columns = 4, rows = 4;  // of the mesh; vault v sits at column v % columns, row v / columns
    Period period{1000};
    int width_bits = 128;  // of a link, per direction
    int hop_cycles = 2;    // router and link
    Energy energy_per_bit_hop;
    Area area;  // all routers

    static Schema schema();  // keys vault_network.*
    static VaultNetworkParams from(const Config& config);
    int vaults() const { return columns * rows; }
};

/// The mesh in the logic die that joins vaults, PEs and the host. Addresses are those of the stack
/// (driver/pimvp_vault.h): the window of vault v leads to its DRAM and gate registers (vault[v]) or to its
/// PE's registers (pe[v]), the broadcast window, write only, to all vaults but the sender's own. Input v is
/// the PE of vault v, the last input the host's, which enters at vault 0.
///
/// Blocking transport that waits: a write returns when every destination has taken it, so that what its
/// sender does next comes after it; writes to different destinations go on side by side. Transfers book the
/// links of their way (columns first; a broadcast a tree of the sender's row and then all columns) for their
/// beats, and wait for links that are occupied. Byte enables travel with the data: enabled bytes count. May
/// be called by many threads at once.
///
/// Events: `bit_hop` (enabled data bits times links passed); counters `transfer`, `broadcast`, `stall_cycle`.
class VaultNetwork : public sc_core::sc_module {
  public:
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<VaultNetwork>> in{"in"};  // vaults() + 1
    sc_core::sc_vector<tlm_utils::simple_initiator_socket_tagged<VaultNetwork>> vault{"vault"};
    sc_core::sc_vector<tlm_utils::simple_initiator_socket_tagged<VaultNetwork>> pe{"pe"};

    VaultNetwork(const sc_core::sc_module_name& name, const VaultNetworkParams& params,
                 Tracer* tracer = nullptr);
    ~VaultNetwork() override;

    Account& account();
    const Account& account() const;
    void reset();

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace pimvp
