// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

/// An initiator of one's own: it knows plain generic payloads and the two address maps in driver/, and
/// nothing else of pimvp. Port `macro` goes to a PIM macro, port `vault` to a DRAM vault.
class Initiator : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<Initiator> macro{"macro"}, vault{"vault"};

    explicit Initiator(const sc_core::sc_module_name& name);

    /// All results were as expected.
    bool good() const { return good_; }
    sc_core::sc_time access_time() const { return access_time_; }
    sc_core::sc_time read_time(int bits) const { return bits == 4 ? gated_read_ : whole_read_; }

  private:
    using Socket = tlm_utils::simple_initiator_socket<Initiator>;
    using Bytes = std::vector<std::uint8_t>;

    void run();
    void multiply();
    void move_nibbles();
    void transfer(Socket& socket, tlm::tlm_command command, std::uint64_t address, void* data,
                  std::size_t bytes);
    void write(Socket& socket, std::uint64_t address, std::uint32_t word);
    void check(bool condition, const char* what);

    bool good_ = true;
    sc_core::sc_time access_time_, whole_read_, gated_read_;
};
