// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/vault_pe.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "driver/pimvp_vault.h"
#include "modules/vault_pe/vault_pe_implementation.h"

namespace pimvp {
namespace {

PostLimits sum_limits(const VaultPeParams& params) {
    PostLimits limits;
    limits.row_bytes = static_cast<unsigned>(std::max<std::int64_t>(params.result_buffer_bytes, 64));
    limits.channels = std::max(limits.row_bytes / 8, 16u);
    limits.accumulator_bits = 48;
    return limits;
}

Energy share_of_bits(const VaultPeParams& params) {
    return params.mac * (params.mac_precision_share / 256);
}

}  // namespace

VaultPe::Implementation::Implementation(VaultPe& owner, const VaultPeParams& given, Account& book)
    : pe(owner),
      params(given),
      account(book),
      mac_event(account.add_event("mac", given.mac * (1 - given.mac_precision_share))),
      mac_bit_event(account.add_event("mac_bit", share_of_bits(given))),
      operand_read(account.add_event("operand_read", given.operand_read)),
      operand_write(account.add_event("operand_write", given.operand_write)),
      result_read(account.add_event("result_read", given.result_read)),
      result_write(account.add_event("result_write", given.result_write)),
      input_bit(account.add_event("input_bit", given.input_bit)),
      decode_bit(account.add_event("decode_bit", given.decode_bit)),
      requantise(account.add_event("requantise", given.requantise)),
      streamed_word(account.add_counter("streamed_word")),
      resident_word(account.add_counter("resident_word")),
      stored_word(account.add_counter("stored_word")),
      mac_cycle(account.add_counter("mac_cycle")),
      starved_cycle(account.add_counter("starved_cycle")),
      port(owner.memory),
      stores(port, owner.network, static_cast<std::size_t>(given.outstanding)),
      sums_unit(sum_limits(given)) {
    account.set_leakage(given.leakage);
    account.add_area("pe", given.area);
}

VaultPe::VaultPe(const sc_core::sc_module_name& module_name, const VaultPeParams& given, Tracer* tracer)
    : CommandProcessor(module_name, {given.period, given.vault, given.decode_cycles, Energy{}, 5}, tracer) {
    given.check();
    implementation_ = std::make_unique<Implementation>(*this, given, account_);
    memory.register_nb_transport_bw(this, &VaultPe::nb_transport_bw);
}

VaultPe::~VaultPe() = default;

const VaultPeParams& VaultPe::params() const {
    return implementation_->params;
}

tlm::tlm_sync_enum VaultPe::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                            sc_core::sc_time& time) {
    return implementation_->port.nb_transport_bw(payload, phase, time);
}

void VaultPe::begin_program() {
    implementation_->post = {};
}

void VaultPe::fetch(std::uint64_t address, Command& words, int activity) {
    implementation_->access(tlm::TLM_READ_COMMAND, address, words.data(), command_bytes, activity);
    now_ps_ = Implementation::now();
}

void VaultPe::signal(std::uint64_t address, std::uint32_t value, int activity) {
    auto& payload = implementation_->signal_payload.write(address, &value, 4, activity);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    network->b_transport(payload, delay);
    if (delay > sc_core::SC_ZERO_TIME) wait(delay);
    if (payload.is_response_error()) throw Failure{describe_access(payload)};
    now_ps_ = Implementation::now();
}

void VaultPe::execute(const Command& words, std::size_t&) {
    Implementation& i = *implementation_;
    if (from_ps(now_ps_) > sc_core::sc_time_stamp()) wait(from_ps(now_ps_) - sc_core::sc_time_stamp());
    i.activity = static_cast<int>(words[1]);
    i.pe_free_ps = now_ps_;
    std::string failure;
    try {
        switch (words[0] & 0xFFFFu) {
            case PIMVP_OP_WRITE:
                i.write_registers(decode<pimvp_write>(words));
                break;
            case PIMVP_OP_POST:
                i.post = decode<pimvp_post>(words);
                i.check_post();
                break;
            case PIMVP_OP_MAC:
                i.mac(decode<pimvp_mac>(words));
                break;
            case PIMVP_OP_POOL:
                i.pool(decode<pimvp_conv>(words));
                break;
            case PIMVP_OP_VECTOR:
                i.vector_rows(decode<pimvp_vector>(words));
                break;
            default:
                throw Failure{"unknown opcode " + std::to_string(words[0])};
        }
    } catch (const Failure& met) {
        failure = met.what;
    } catch (const std::invalid_argument& met) {
        failure = met.what();
    }
    // Not in the handlers: nobody may wait() there.
    if (!failure.empty()) i.drain();
    now_ps_ = std::max(Implementation::now(), now_ps_);
    if (!failure.empty()) throw Failure{failure};
}

void VaultPe::Implementation::drain() {
    for (auto& flight : flights) {
        if (flight.access == nullptr) continue;
        port.wait_for(*flight.access);
        port.release(*flight.access);
    }
    flights.clear();
    stores.flush();
    stores.take_failure();
}

void VaultPe::Implementation::access(tlm::tlm_command direction, std::uint64_t address, void* data,
                                     unsigned bytes, int on) {
    DramAccess& a = port.prepare(direction, address, bytes, {}, on);
    if (direction == tlm::TLM_WRITE_COMMAND) std::memcpy(a.data(), data, bytes);
    port.submit(a);
    port.wait_for(a);
    if (direction == tlm::TLM_READ_COMMAND) std::memcpy(data, a.data(), bytes);
    const std::string failure = a.is_response_error() ? describe_access(a) : std::string();
    port.release(a);
    if (!failure.empty()) throw Failure{failure};
}

void VaultPe::Implementation::write_registers(const pimvp_write& command) {
    if (command.count == 0 || command.count > 12)
        throw Failure{"WRITE of " + std::to_string(command.count) + " registers"};
    constexpr std::uint64_t end = std::uint64_t{PIMVP_VAULT_GATE} + PIMVP_GATE_SIZE;
    if (command.address < PIMVP_VAULT_GATE || command.address + 4ull * command.count > end)
        throw Failure{"WRITE to " + std::to_string(command.address) +
                      ": a PE writes to the gate's registers only"};
    for (std::uint32_t k = 0; k < command.count; ++k) {
        std::uint32_t value = command.value[k];
        access(tlm::TLM_WRITE_COMMAND, command.address + 4ull * k, &value, 4, activity);
    }
}

void VaultPe::Implementation::catch_up() {
    const auto free = from_ps(pe_free_ps);
    if (free > sc_core::sc_time_stamp()) sc_core::wait(free - sc_core::sc_time_stamp());
}

WordFormat VaultPe::Implementation::format_of(const PeStep& step) const {
    if (!row_formats.empty()) return row_formats[step.slot];
    const bool resident = step.kind == PeStep::Kind::load || step.kind == PeStep::Kind::fill;
    return resident ? resident_format : streamed_format;
}

std::int64_t VaultPe::Implementation::blocks_at_once(const PeStep& step) const {
    const unsigned bits = format_of(step).bits;
    return params.gated && params.double_blocks && params.mac_groups >= 2 && bits <= 8 ? 2 : 1;
}

void VaultPe::Implementation::run_steps(const More& more, const Act& act, int on) {
    std::size_t at = 0;
    int reading = 0;
    steps.clear();
    bool ended = false;
    for (;;) {
        while (!ended && reading < params.outstanding) {
            if (at == steps.size()) {
                at = 0;
                ended = !more(steps);
                continue;
            }
            const PeStep& step = steps[at++];
            DramAccess* access = nullptr;
            if (step.reads()) {
                access =
                    &port.prepare(tlm::TLM_READ_COMMAND, step.address, static_cast<unsigned>(step.span()),
                                  {step.run, step.count > 1 ? step.pitch : step.run}, on);
                port.submit(*access);
                ++reading;
            }
            flights.push_back({step, access});
        }
        if (flights.empty()) return;
        const PeStep step = flights.front().step;
        DramAccess* access = flights.front().access;
        if (step.kind == PeStep::Kind::finish) {
            catch_up();
            flights.pop_front();
            act(step, nullptr);
            continue;
        }
        const std::int64_t at_once = blocks_at_once(step), once = step.residents;
        const std::int64_t work = (step.blocks() + at_once - 1) / at_once * once;
        if (access == nullptr) {
            pe_free_ps += cycles(work);
            flights.pop_front();
            act(step, nullptr);
            continue;
        }
        port.wait_for(*access);
        if (access->is_response_error()) throw Failure{describe_access(*access)};
        const std::int64_t arrived = access->done_ps();
        held_ps += std::max<std::int64_t>(0, pe_free_ps - arrived);
        const std::int64_t free = std::max(pe_free_ps + cycles(work), arrived + cycles(once));
        starved_ps += free - pe_free_ps - cycles(work);
        pe_free_ps = free;
        act(step, access->data());
        port.release(*access);
        flights.pop_front();
        --reading;
        // The place in the input buffer is free for another read when these data are used up.
        catch_up();
    }
}

void VaultPe::Implementation::end_command(std::uint32_t on, std::int64_t start_ps, Stage bound) {
    catch_up();
    stores.flush();
    const std::string failure = stores.take_failure();
    if (!failure.empty()) throw Failure{failure};
    account.count(starved_cycle, static_cast<std::uint64_t>(starved_ps / params.period.ps), activity);
    pe.now_ps_ = now();
    pe.layer_done(static_cast<int>(on), start_ps, bound);
}

}  // namespace pimvp
