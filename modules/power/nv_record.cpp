// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/nv_record.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <stdexcept>

namespace pimvp {

namespace {

std::uint32_t check_value(const std::uint32_t* words, std::size_t count) {
    boost::crc_32_type crc;
    for (std::size_t i = 0; i < count; ++i) {
        const unsigned char bytes[4] = {
            static_cast<unsigned char>(words[i]), static_cast<unsigned char>(words[i] >> 8),
            static_cast<unsigned char>(words[i] >> 16), static_cast<unsigned char>(words[i] >> 24)};
        crc.process_bytes(bytes, sizeof bytes);
    }
    return crc.checksum();
}

}  // namespace

NvRecord::NvRecord(std::size_t words, std::uint64_t seed, std::uint32_t first_sequence)
    : words_(words), random_(seed), next_sequence_(first_sequence) {
    for (Slot& slot : slots_) {
        slot.resize(slot_words());
        for (auto& word : slot) word = static_cast<std::uint32_t>(random_());
        // One seed in 2^32 draws a check value that holds; unwritten cells are no record.
        if (valid(slot)) slot.back() = ~slot.back();
    }
}

NvRecord::Slot NvRecord::image(const std::uint32_t* words) const {
    Slot slot(words, words + words_);
    slot.push_back(next_sequence_);
    slot.push_back(check_value(slot.data(), slot.size()));
    return slot;
}

void NvRecord::write(const std::uint32_t* words, bool torn) {
    if (torn) {
        write_torn(words, static_cast<std::size_t>(random_() % slot_words()));
        return;
    }
    slots_[target_] = image(words);
    newest_ = target_;
    target_ = 1 - target_;
    ++next_sequence_;
}

void NvRecord::write_torn(const std::uint32_t* words, std::size_t cut) {
    if (cut >= slot_words()) throw std::logic_error("NvRecord: a word beyond the slot was to be cut");
    Slot& slot = slots_[target_];
    const Slot whole = image(words);
    std::copy_n(whole.begin(), cut, slot.begin());
    slot[cut] = static_cast<std::uint32_t>(random_());
    // The garbage may happen to be what was to be written, or what completes the old record.
    newest_ = newest();
    target_ = newest_ < 0 ? 1 - target_ : 1 - newest_;
    next_sequence_ = newest_ < 0 ? next_sequence_ : slots_[newest_][words_] + 1;
}

bool NvRecord::valid(const Slot& slot) const {
    return slot.back() == check_value(slot.data(), slot.size() - 1);
}

int NvRecord::newest() const {
    const bool first = valid(slots_[0]), second = valid(slots_[1]);
    if (!first || !second) return first ? 0 : second ? 1 : -1;
    const std::uint32_t ahead = slots_[1][words_] - slots_[0][words_];
    return ahead < 0x80000000u ? 1 : 0;
}

bool NvRecord::restore(std::uint32_t* words) const {
    const int slot = newest();
    if (slot < 0) return false;
    std::copy_n(slots_[slot].begin(), words_, words);
    return true;
}

std::uint64_t NvRecord::sequence() const {
    return newest_ < 0 ? 0 : slots_[newest_][words_];
}

}  // namespace pimvp
