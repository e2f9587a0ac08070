// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/config.h"
#include "modules/core/payload.h"
#include "modules/core/trace.h"

namespace pimvp {

struct DmaParams {
    Period period{5000};
    int access_cycles = 1;    // one register access
    int start_cycles = 4;     // from START to the first read
    int chunk_bytes = 4096;   // what is read before it is written; the engine has two such buffers
    Energy flip_flop_energy;  // one bit clocked into a register: each byte passes eight
    Power leakage;
    Area area;

    /// Throws Error that begins with `where` if a value is impossible.
    void check(const std::string& where) const;
    /// Keys `BLOCK.period`, ...
    static Schema schema(const std::string& block = "dma");
    static DmaParams from(const Config& config, const std::string& block = "dma", int instance = -1);
};

/// Copies rectangles of bytes. Registers PIMVP_DMA_* (driver/pimvp_sequencer.h), any number of whole ones per
/// access. A write of 1 to START copies in the caller's thread and returns when the last write is done; its
/// activity hint goes on with every transaction. Rows are merged into chunks, and within a chunk into the
/// longest contiguous accesses; a chunk's writes start when it was read, while the next chunk is read, into
/// the other buffer. Chunks are read and written in order, so source and destination may share a memory; if
/// they overlap, later chunks see what earlier ones wrote. A zero size, a rectangle that passes 2^32 and an
/// error response stop the copy: STATUS becomes 1, START gets a generic error.
///
/// It does not synchronise with other initiators: who writes START has done so.
/// Events: `byte` (8 flip-flops); counters `copy`, `failed_copy`. Probe: `busy`.
class Dma : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<Dma> target{"target"};
    tlm_utils::simple_initiator_socket<Dma> port{"port"};

    /// Throws Error on bad parameters.
    Dma(const sc_core::sc_module_name& module_name, const DmaParams& params, Tracer* tracer = nullptr);

    const DmaParams& params() const { return params_; }
    Account& account() { return account_; }
    const Account& account() const { return account_; }
    /// Registers and counts zero.
    void reset();
    /// Power loss: registers zero.
    void lose();

  private:
    static constexpr unsigned registers = 8;

    /// One side of the copy: where byte `k` of the rectangle, counted row by row, lies.
    struct Side {
        std::uint64_t base, stride;
    };
    struct Rectangle {
        std::uint64_t row_bytes, rows;
        Side source, destination;
    };

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    tlm::tlm_response_status check_register_access(const tlm::tlm_generic_payload& payload) const;
    void access_registers(tlm::tlm_generic_payload& payload);

    Rectangle rectangle() const;
    bool fits(const Rectangle& r) const;
    /// Both move `local_ps` on to the end of what they did, failed or not.
    bool copy(const Rectangle& r, int activity, std::int64_t& local_ps);
    bool transfer(bool write, const Rectangle& r, std::uint64_t from, std::uint64_t to, int activity,
                  std::int64_t& local_ps);

    const DmaParams params_;
    Account account_;
    Account::EventId byte_, copy_, failed_copy_;
    Probe busy_;
    std::uint32_t register_[registers] = {};
    std::vector<unsigned char> buffer_;
    Payload payload_;
    bool copying_ = false;
};

}  // namespace pimvp
