// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The read and the write queue of a vault's controller, ordered by age, and by bank into accesses to the open
// row and others, so that choosing looks at banks and never at all accesses. No SystemC here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "modules/vault/bank_state.h"

namespace pimvp {

class Transfer;

/// One column access, of one block or of an even and its odd neighbour.
struct Access {
    std::uint64_t age = 0;         // order of entry
    std::int64_t entered = 0;      // cycle
    Transfer* transfer = nullptr;  // of a read; a write may be forgotten before it is issued
    int row = 0, activity = 0;
    std::uint16_t column = 0;
    std::uint8_t bank = 0, bits = 16;
    bool write = false, pair = false;
    bool blocked = false;  // by an older one of the other kind to the same block
    enum class Row : std::uint8_t { hit, miss, conflict } found = Row::hit;
    int older = -1, younger = -1, next_in_bank = -1;  // indices
};

/// Accesses to the same block keep their order: among one kind by age, and an access that meets an older one
/// of the other kind is blocked until that one is gone. `kind`: 0 reads, 1 writes.
class AccessQueue {
  public:
    static constexpr int none = -1;

    AccessQueue(int reads, int writes);
    void reset();

    bool room(bool kind) const { return count_[kind] < capacity_[kind]; }
    int count(bool kind) const { return count_[kind]; }
    bool empty() const { return count_[0] + count_[1] == 0; }
    /// Not blocked.
    int eligible(bool kind) const { return count_[kind] - blocked_[kind]; }
    int blocked(bool kind) const { return blocked_[kind]; }

    Access& operator[](int index) { return pool_[static_cast<std::size_t>(index)]; }
    const Access& operator[](int index) const { return pool_[static_cast<std::size_t>(index)]; }
    int oldest(bool kind) const { return ages_[kind].head; }
    int oldest() const;
    /// Banks with accesses to their open row, and banks with others.
    std::uint64_t hit_banks(bool kind) const { return hit_banks_[kind]; }
    std::uint64_t other_banks(bool kind) const { return other_banks_[kind]; }
    int hit(bool kind, int bank) const { return hits_[kind][bank].head; }
    int other(bool kind, int bank) const { return others_[kind][bank].head; }

    /// There is room. `open_row`: of its bank.
    void push(const Access& access, int open_row);
    /// The oldest hit of its bank and kind leaves; `state` tells open rows for those that it blocked.
    void pop_hit(int index, const BankState& state);
    void row_opened(int bank, int row);
    void row_closed(int bank);

  private:
    struct List {
        int head = none, tail = none;
    };
    void append(List& list, int index);
    void insert_by_age(List& list, int index);
    void enlist(int index, int open_row);
    bool meets_older(const Access& access) const;
    void unblock(bool kind, const BankState& state);
    void update(bool kind, int bank);
    static unsigned hash(const Access& a) {
        return (static_cast<unsigned>(a.row) * 37u + a.bank * 11u + (a.column >> 1)) & 255u;
    }

    std::array<int, 2> capacity_, count_{}, blocked_{};
    std::uint64_t next_age_ = 0;
    std::vector<Access> pool_;
    std::vector<int> free_;
    std::array<List, 2> ages_;
    std::array<std::array<List, BankState::most_banks>, 2> hits_, others_;
    std::array<std::uint64_t, 2> hit_banks_{}, other_banks_{};
    std::array<std::array<std::uint32_t, 256>, 2> touched_{};  // accesses by hash of their block
};

}  // namespace pimvp
