// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the requests of vault_traffic go, and what they write.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace pimvp {

struct VaultRequest {
    std::int64_t cycle = 0;  // not before
    bool write = false;
    std::uint64_t address = 0;
};

/// A pattern by its name: `stream` (one request after the other from 0 on, round the capacity), `random`
/// (multiples of the request's length, uniform), `strided:BYTES` (from request to request), `file:PATH`
/// (lines `cycle,R|W,address`, the address in decimal or 0x hexadecimal, cycles not decreasing).
class VaultPattern {
  public:
    struct Options {
        std::string name = "stream";
        std::uint64_t requests = 0;  // of a file: at most, 0 for all
        unsigned request_bytes = 32;
        double write_share = 0;  // of patterns without a file
        std::uint64_t seed = 1, capacity = 0;
        std::int64_t latest_cycle = 0;  // that a file may name
    };
    /// Throws Error on a name, a file or a line that it does not understand, and on requests that do not fit.
    explicit VaultPattern(const Options& options);

    std::uint64_t requests() const { return options_.requests; }
    /// False at the end.
    bool next(VaultRequest& request);

  private:
    enum class Kind { strided, random, file };
    void read_file(const std::string& file);

    Options options_;
    Kind kind_ = Kind::strided;
    std::uint64_t stride_ = 0, at_ = 0, sent_ = 0;
    std::uint64_t write_below_ = 0;  // of 2^32
    std::vector<VaultRequest> file_;
    std::mt19937_64 random_;
};

/// What every write puts at an address, so that each read can be judged without a copy of the memory: a byte
/// is what was put there, or 0.
void fill_pattern(std::uint64_t address, std::vector<std::uint8_t>& data);
bool is_pattern_or_zero(std::uint64_t address, const std::vector<std::uint8_t>& data);

}  // namespace pimvp
