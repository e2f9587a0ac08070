// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

struct pimvp_mask;

namespace pimvp {

/// The index memory of a sequencer: which elements of its windows a convolution takes, as MASK commands say.
/// No SystemC.
class WindowMask {
  public:
    /// Consecutive window elements that are taken.
    struct Run {
        std::size_t first, count;
    };

    explicit WindowMask(std::int64_t bits) : bits_(bits) {}

    /// Takes a command. Throws std::invalid_argument for one that does not continue the last one, that has no
    /// elements, too many or bits beyond them, and for more elements than the memory has bits.
    void add(const pimvp_mask& command);
    void clear();

    bool empty() const { return elements_ == 0; }
    std::size_t elements() const { return elements_; }  // that the commands spoke of
    std::size_t kept() const { return kept_; }
    const std::vector<Run>& runs() const { return runs_; }  // ascending, as few as possible

  private:
    std::int64_t bits_;
    std::size_t elements_ = 0, kept_ = 0;
    std::vector<Run> runs_;
};

}  // namespace pimvp
