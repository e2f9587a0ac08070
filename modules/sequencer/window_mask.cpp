// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/window_mask.h"

#include <stdexcept>
#include <string>

#include "driver/pimvp_program.h"

namespace pimvp {

void WindowMask::add(const pimvp_mask& command) {
    constexpr std::uint32_t most = 8 * sizeof command.bits;
    const auto taken = [&](std::uint32_t i) { return (command.bits[i / 32] >> (i % 32) & 1u) != 0; };
    const auto refuse = [](const std::string& what) { throw std::invalid_argument("MASK " + what); };
    if (bits_ == 0) refuse("for a sequencer without index memory");
    if (command.count == 0 || command.count > most)
        refuse("of " + std::to_string(command.count) + " elements, expected 1 to " + std::to_string(most));
    if (command.first != elements_)
        refuse("from element " + std::to_string(command.first) + ", expected " + std::to_string(elements_));
    for (std::uint32_t i = command.count; i < most; ++i)
        if (taken(i))
            refuse("of " + std::to_string(command.count) + " elements sets bit " + std::to_string(i));
    if (elements_ + command.count > static_cast<std::size_t>(bits_))
        refuse("up to element " + std::to_string(elements_ + command.count) + ", the index memory has " +
               std::to_string(bits_) + " bits");
    for (std::uint32_t i = 0; i < command.count; ++i) {
        if (!taken(i)) continue;
        const std::size_t element = elements_ + i;
        ++kept_;
        if (!runs_.empty() && runs_.back().first + runs_.back().count == element)
            ++runs_.back().count;
        else
            runs_.push_back({element, 1});
    }
    elements_ += command.count;
}

void WindowMask::clear() {
    elements_ = kept_ = 0;
    runs_.clear();
}

}  // namespace pimvp
