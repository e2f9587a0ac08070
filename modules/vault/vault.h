// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/vault/vault_params.h"

namespace pimvp {

/// One pseudo-channel of stacked DRAM with its controller and gated I/O. Approximately timed: four phases by
/// nb_transport, several payloads in flight per socket; b_transport waits. A payload may have any length and
/// alignment; it is one column access per block that it touches (per pair of blocks in a region with
/// `double`), entering the queues in address order as they have room, exactly as if each access were a
/// request of its own that arrives as soon as it is taken. Byte enables are data masks: blocks without an
/// enabled byte are not accessed. END_REQ of a payload comes when its last access is in the queues (one
/// request is thus held back by the base protocol's exclusion rule: full queues are back-pressure). A read is
/// answered when its last data beat is there, a write when all of its accesses are in the queues. A read sees
/// every write that was accepted before it.
///
/// Also answers for the gate's registers (driver/pimvp_vault.h) at PIMVP_VAULT_GATE, by either transport.
/// Debug transport sees logical words of all 16 bits and leaves no trace. Refuses DMI.
///
/// Events and counters: VaultAccount (vault_account.h); probes and order of commands: Controller
/// (controller.h). Probes of times without traffic are recorded when the vault is next looked at:
/// book_background() before Tracer::flush(). Logs the transactions on its links: by four phases from
/// BEGIN_REQ to END_RESP.
///
/// Response status: address error outside DRAM and registers, burst error for length 0, a streaming width
/// below the length, or a register access that is not one aligned word; command error for IGNORE.
class Vault : public sc_core::sc_module {
  public:
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<Vault>> in{"in"};

    /// Throws Error on bad parameters or if the command trace cannot be written.
    Vault(const sc_core::sc_module_name& name, const VaultParams& params, unsigned ports = 1,
          Tracer* tracer = nullptr);
    ~Vault() override;

    const VaultParams& params() const;
    /// Energy of DRAM, gate and data lines. Background and refresh are booked up to `until_ps` by
    /// book_background(), on the activity of the access that was served last before them.
    Account& account();
    const Account& account() const;
    /// Lets refreshes and power states that fall before `until_ps` happen, and books background energy up to
    /// there: to be called before anybody reads the account.
    void book_background(std::int64_t until_ps);
    /// Nothing queued or on its way; the kernel has events until then. The command trace, if there is one, is
    /// complete up to now, and a file of that name when this module is gone.
    bool idle() const;
    /// When the last data beat of what was served so far is over: of a write, later than its answer. 0 if
    /// nothing was.
    std::int64_t data_end_ps() const;
    /// Makes the command trace, if there is one, a complete file; later commands are not in it. Throws Error
    /// if it could not be written, which else is told on standard error when this module is gone.
    void finish_command_trace();
    /// As new, from now on: cells and registers zero, counts zero; payloads on their way are forgotten.
    void reset();

  private:
    tlm::tlm_sync_enum nb_transport_fw(int socket, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& time);
    void b_transport(int socket, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    unsigned transport_dbg(int socket, tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(int socket, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    void wake();
    void end_of_elaboration() override;

    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace pimvp
