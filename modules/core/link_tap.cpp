// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/link_tap.h"

#include "modules/core/transaction_log.h"

namespace pimvp {
namespace {

TransactionCommand command_of(const tlm::tlm_generic_payload& payload) {
    if (payload.is_read()) return TransactionCommand::read;
    return payload.is_write() ? TransactionCommand::write : TransactionCommand::ignore;
}

TransactionResponse response_of(const tlm::tlm_generic_payload& payload) {
    switch (payload.get_response_status()) {
        case tlm::TLM_OK_RESPONSE:
            return TransactionResponse::ok;
        case tlm::TLM_INCOMPLETE_RESPONSE:
            return TransactionResponse::incomplete;
        case tlm::TLM_ADDRESS_ERROR_RESPONSE:
            return TransactionResponse::address_error;
        case tlm::TLM_COMMAND_ERROR_RESPONSE:
            return TransactionResponse::command_error;
        case tlm::TLM_BURST_ERROR_RESPONSE:
            return TransactionResponse::burst_error;
        case tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE:
            return TransactionResponse::byte_enable_error;
        default:
            return TransactionResponse::generic_error;
    }
}

sc_core::sc_interface* called_through(tlm::tlm_base_initiator_socket_b<>& socket) {
    auto& port = socket.get_base_port();
    return port.size() > 0 ? port.get_interface() : nullptr;
}

template <class F>
void for_each_object(const std::vector<sc_core::sc_object*>& objects, const F& f) {
    for (sc_core::sc_object* object : objects) {
        f(*object);
        for_each_object(object->get_child_objects(), f);
    }
}

}  // namespace

void LinkTap::write(const tlm::tlm_generic_payload& payload, std::int64_t start_ps,
                    std::int64_t end_ps) const {
    log_->record({start_ps, end_ps, link_, activity_of(payload), payload.get_address(),
                  payload.get_data_length(), command_of(payload), response_of(payload)});
}

LinkTaps::LinkTaps(Tracer* tracer) : log_(tracer != nullptr ? tracer->transactions() : nullptr) {
    if (log_ == nullptr) return;
    for_each_object(sc_core::sc_get_top_level_objects(), [this](sc_core::sc_object& object) {
        const sc_core::sc_object* owner = object.get_parent_object();
        if (owner == nullptr) owner = &object;
        if (auto* initiator = dynamic_cast<tlm::tlm_base_initiator_socket_b<>*>(&object)) {
            if (auto* interface = called_through(*initiator)) initiators_.emplace(interface, owner->name());
        } else if (auto* target = dynamic_cast<tlm::tlm_base_target_socket_b<>*>(&object)) {
            targets_.emplace(target->get_base_export().get_interface(), owner->name());
        }
    });
}

LinkTap LinkTaps::at(tlm::tlm_base_target_socket_b<>& target) {
    return log_ == nullptr ? LinkTap{} : at(target.get_base_export().get_interface());
}

LinkTap LinkTaps::at(tlm::tlm_base_initiator_socket_b<>& initiator) {
    return log_ == nullptr ? LinkTap{} : at(called_through(initiator));
}

LinkTap LinkTaps::at(sc_core::sc_interface* interface) {
    const auto from = initiators_.find(interface), to = targets_.find(interface);
    if (from == initiators_.end() || to == targets_.end()) return {};
    return {log_, log_->add_link(interface, from->second, to->second)};
}

}  // namespace pimvp
