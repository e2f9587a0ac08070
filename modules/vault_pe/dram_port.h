// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <systemc>
#include <tlm>
#include <utility>
#include <vector>

#include "modules/core/payload.h"

namespace pimvp {

class VaultPe;

/// `run` bytes out of every `pitch`, from the first on.
struct BytePattern {
    unsigned run = 0, pitch = 0;
};
/// Patterns as byte enables, which a payload repeats. They stay where they are.
class ByteEnables {
  public:
    std::vector<unsigned char>& of(BytePattern pattern);

  private:
    std::map<std::pair<unsigned, unsigned>, std::vector<unsigned char>> patterns_;
};

/// An access by DramPort, with the buffer for its data.
class DramAccess : public tlm::tlm_generic_payload {
  public:
    bool is_done() const { return done_; }
    /// When its data are there, or a write is taken; may be later than the kernel's time.
    std::int64_t done_ps() const { return done_ps_; }
    std::uint8_t* data() { return buffer_.data(); }

  private:
    friend class DramPort;
    explicit DramAccess(tlm::tlm_mm_interface* owner) : tlm_generic_payload(owner) { set_extension(&hint_); }
    ~DramAccess() override { clear_extension(&hint_); }
    friend struct std::default_delete<DramAccess>;

    ActivityHint hint_;
    std::vector<std::uint8_t> buffer_;
    bool done_ = false;
    std::int64_t done_ps_ = 0;
};

/// Approximately timed initiator on a PE's memory socket: requests leave in the order of their submission,
/// one after the other, several are on their way. For one thread.
class DramPort : private tlm::tlm_mm_interface {
  public:
    /// Spawns a method: to be built with its module.
    explicit DramPort(tlm_utils::simple_initiator_socket<VaultPe>& socket);
    ~DramPort() override;
    DramPort(const DramPort&) = delete;
    DramPort& operator=(const DramPort&) = delete;

    /// An access with a buffer of so many bytes, whose content is whatever was there. With a pattern whose
    /// gaps hold whole blocks, byte enables leave them out; those of a write leave out all gaps.
    DramAccess& prepare(tlm::tlm_command command, std::uint64_t address, unsigned bytes, BytePattern pattern,
                        int activity);
    void submit(DramAccess& access);
    /// From a thread: returns when it is done.
    void wait_for(DramAccess& access);
    /// Of a done access: nobody looks at it any more.
    void release(DramAccess& access) { access.release(); }

    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& time);

  private:
    void free(tlm::tlm_generic_payload* payload) override;
    void send();
    void finish(DramAccess& access, const sc_core::sc_time& delay);

    tlm_utils::simple_initiator_socket<VaultPe>& socket_;
    std::vector<std::unique_ptr<DramAccess>> accesses_;
    std::vector<DramAccess*> spare_;
    std::deque<DramAccess*> waiting_;
    const DramAccess* requesting_ = nullptr;  // between BEGIN_REQ and END_REQ
    const DramAccess* awaited_ = nullptr;     // by the thread
    sc_core::sc_time free_;                   // when the next request may begin
    sc_core::sc_event send_, done_;
    ByteEnables enables_;
};

}  // namespace pimvp
