// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <systemc>

#include "modules/sequencer/command_processor.h"
#include "modules/vault_pe/vault_pe_params.h"

namespace pimvp {

/// The processing element below a vault: runs the program that the host put into the vault's DRAM
/// (driver/pimvp_vault.h), streams operands from there, and sends results to the vaults that need them.
/// Operands of one kind stay in the operand buffer, those of the other stream past 16 multipliers and an
/// adder tree (or 16 accumulators), `stationary` cycles for each block; a double read feeds two groups of
/// them. A layer lasts as long as the slower of DRAM and multipliers; reads are ahead of the arithmetic as
/// far as `outstanding` allows.
///
/// POOL and VECTOR read rows the same way, for POOL all rows of the window for every row of outputs.
///
/// A layer's record says `fetch` if the multipliers waited longer for data than data for them, otherwise
/// `array`; `vector` for POOL and VECTOR.
///
/// Registers and irq: CommandProcessor. Events: `mac` and `mac_bit` (a product of a by b bits counts a * b),
/// with all 16 lanes of a block; `operand_read`, `operand_write`, `result_read`, `result_write` (32 bits
/// each), `input_bit` (an operand's bit into and out of the input buffer), `decode_bit`, `requantise` (an
/// output); counters `streamed_word`, `resident_word`, `stored_word`, `mac_cycle`, `starved_cycle`.
class VaultPe : public CommandProcessor {
  public:
    tlm_utils::simple_initiator_socket<VaultPe> memory{"memory"};    // the own vault; nb_transport
    tlm_utils::simple_initiator_socket<VaultPe> network{"network"};  // addresses of the stack; b_transport

    VaultPe(const sc_core::sc_module_name& name, const VaultPeParams& params, Tracer* tracer = nullptr);
    ~VaultPe() override;

    const VaultPeParams& params() const;

  private:
    struct Implementation;
    void begin_program() override;
    void execute(const Command& words, std::size_t& index) override;
    void fetch(std::uint64_t address, Command& words, int activity) override;
    void signal(std::uint64_t address, std::uint32_t value, int activity) override;
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& time);

    std::unique_ptr<Implementation> implementation_;
};

}  // namespace pimvp
