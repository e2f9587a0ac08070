// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <memory>
#include <systemc>
#include <tlm>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/vault_network/vault_network_params.h"

namespace pimvp {

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
/// Without others in the way a transfer over n links takes n * hop_cycles + beats, and the answer n *
/// hop_cycles more (of a read: plus its beats; a read's request and a write's answer occupy nothing). The
/// port by which data enter or leave the mesh is occupied too, but takes no hop. Routers have room for what
/// waits. A vault or PE takes one broadcast after the other; it sees a payload of its own, with the sender's
/// extensions. A broadcast's status is that of the first destination that refuses.
///
/// Response status: address error outside all windows, across the end of one or across the beginning of the
/// PE's registers; command error for a broadcast that is no write; burst error for length 0. Debug transport
/// passes through, DMI is refused.
///
/// Events: `bit_hop` (enabled data bits times links passed); counters `transfer` (broadcasts too),
/// `broadcast`, `stall_cycle` (waited for a link or port). Probes: 1 while `link_V_east`, ... from router V
/// or the ports `to_vault_V`, `to_pe_V`, `to_host` are occupied. Logs the transactions on the links at all of
/// its sockets.
class VaultNetwork : public sc_core::sc_module {
  public:
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<VaultNetwork>> in{"in"};  // vaults() + 1
    sc_core::sc_vector<tlm_utils::simple_initiator_socket_tagged<VaultNetwork>> vault{"vault"};
    sc_core::sc_vector<tlm_utils::simple_initiator_socket_tagged<VaultNetwork>> pe{"pe"};

    /// Throws Error on bad parameters.
    VaultNetwork(const sc_core::sc_module_name& name, const VaultNetworkParams& params,
                 Tracer* tracer = nullptr);
    ~VaultNetwork() override;

    const VaultNetworkParams& params() const;
    Account& account();
    const Account& account() const;
    /// Links free, counts zero; not while transfers are on their way.
    void reset();

  private:
    void b_transport(int input, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    void end_of_elaboration() override;
    unsigned transport_dbg(int input, tlm::tlm_generic_payload& payload);

    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace pimvp
