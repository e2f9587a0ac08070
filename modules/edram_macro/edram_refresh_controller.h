// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/technology.h"
#include "modules/edram_macro/refresh_schedule.h"

namespace pimvp {

/// Decides when the rows of gain-cell macros are refreshed. Port in[i] serves macro i with the protocol of
/// driver/pimvp_refresh.h; arrays are refreshed independently of each other. A decision takes no time: it is
/// made while the access is decoded. The energy of a row refresh in the array is counted by the macro; the
/// controller counts its own counters' flip-flops.
class EdramRefreshController : public sc_core::sc_module {
  public:
    using Port = tlm_utils::simple_target_socket_tagged<EdramRefreshController>;
    sc_core::sc_vector<Port> in;

    /// One port per element of `arrays`. Throws Error where RefreshParams::resolved() does.
    EdramRefreshController(const sc_core::sc_module_name& name, const std::vector<RefreshParams>& arrays,
                           const Technology& technology);
    ~EdramRefreshController() override;

    const Account& account() const { return account_; }
    Account& account() { return account_; }
    std::uint64_t refreshes() const { return account_.total(refresh_); }
    std::uint64_t skipped() const { return account_.total(skip_); }  // due, but the row held no data
    std::uint64_t postponed() const { return account_.total(postpone_); }
    std::uint64_t stolen_ps() const {
        return account_.total(stolen_);
    }  // accesses delayed, summed over macros
    /// Power-on: no row holds data.
    void reset();

  private:
    struct Array;
    void b_transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(int port, tlm::tlm_generic_payload& payload);
    tlm::tlm_response_status read(const Array& array, tlm::tlm_generic_payload& payload) const;
    tlm::tlm_response_status write(Array& array, const tlm::tlm_generic_payload& payload);
    void answer(Array& array, std::int64_t start_ps, int activity);

    std::vector<std::unique_ptr<Array>> arrays_;
    Account account_;
    Account::EventId refresh_, skip_, postpone_, stolen_;
};

}  // namespace pimvp
