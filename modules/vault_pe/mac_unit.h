// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Operand buffer, multipliers and accumulators of a PE: carries out the steps of a MacWalker. No SystemC and
// no time here.
#pragma once

#include <cstdint>
#include <vector>

#include "modules/vault_pe/mac_kernels.h"
#include "modules/vault_pe/mac_walker.h"

namespace pimvp {

class MacUnit {
  public:
    /// Before the steps of a command; buffers and accumulators are zero then.
    void start(const MacShape& shape, const MacWalker& walker);
    /// All kinds but finish. `data`: span() bytes of a step that reads, otherwise nullptr.
    void run(const PeStep& step, const std::uint8_t* data);
    /// finish: sums of pixel p, filter f are sums[p * vector_stride + f]. They stay until clear(), which
    /// empties those of the step.
    const std::int64_t* sums(const PeStep& step) const { return &acc_[step.acc]; }
    void clear(const PeStep& step);

  private:
    template <class T>
    struct Buffers {
        std::vector<T> residents, streamed;
    };
    template <class T>
    void load(const PeStep& step, const std::uint8_t* data, Buffers<T>& buffers);
    template <class T>
    void stream(const PeStep& step, const std::uint8_t* data, Buffers<T>& buffers);
    void multiply(const DotShape& shape, const Buffers<std::int16_t>& buffers, std::size_t resident,
                  std::int64_t* acc) const;
    void multiply(const DotShape& shape, const Buffers<std::int32_t>& buffers, std::size_t resident,
                  std::int64_t* acc) const;

    bool lanes_ = false, narrow_ = true;  // narrow: all operands fit 16 bits
    std::int32_t pad_value_ = 0;
    WordFormat resident_format_, streamed_format_;
    std::size_t slot_words_ = 0, longest_ = 0;
    Buffers<std::int16_t> narrow_buffers_;
    Buffers<std::int32_t> wide_buffers_;
    std::vector<std::int64_t> acc_;
};

}  // namespace pimvp
