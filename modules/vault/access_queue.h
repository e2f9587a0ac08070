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
struct alignas(64) Access {
    std::uint64_t age = 0;         // order of entry
    std::int64_t entered = 0;      // cycle
    Transfer* transfer = nullptr;  // of a read; a write may be forgotten before it is issued
    int row = 0, activity = 0, bank = 0;
    std::uint16_t column = 0;
    std::uint8_t bits = 16;
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

    /// There is room. A new access, to be filled in (from `entered` to `pair`) and pushed. `open_row`: of its
    /// bank.
    int next_free() const { return free_.back(); }
    void push(int index, int open_row);
    /// The oldest hit of its bank and kind leaves; `state` tells open rows for those that it blocked.
    void pop_hit(int index, const BankState& state);
    void row_opened(int bank, int row);
    void row_closed(int bank);

  private:
    struct List {
        int head = none, tail = none;
    };
    void append(List& list, int index);
    void insert_by_age(List& list, int index) {
        if (list.tail == none || (*this)[list.tail].age < (*this)[index].age)
            append(list, index);
        else
            insert_within(list, index);
    }
    void insert_within(List& list, int index);
    void enlist(int index, int open_row, bool youngest);
    bool meets_older(const Access& access) const {
        return count_[!access.write] != 0 && touched_[!access.write][hash(access)] != 0 &&
               finds_older(access);
    }
    bool finds_older(const Access& access) const;
    void update(bool kind, int bank);
    void unblock(bool kind, const BankState& state);
    static unsigned hash(const Access& a) {
        return (static_cast<unsigned>(a.row) * 37u + static_cast<unsigned>(a.bank) * 11u + (a.column >> 1)) &
               255u;
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

// An access comes and goes in these: most of what a run does.

inline int AccessQueue::oldest() const {
    const int read = ages_[0].head, write = ages_[1].head;
    if (read == none || write == none) return read == none ? write : read;
    return (*this)[read].age < (*this)[write].age ? read : write;
}

inline void AccessQueue::append(List& list, int index) {
    (*this)[index].next_in_bank = none;
    if (list.tail == none)
        list.head = index;
    else
        (*this)[list.tail].next_in_bank = index;
    list.tail = index;
}

inline void AccessQueue::enlist(int index, int open_row, bool youngest) {
    const Access& access = (*this)[index];
    const std::uint64_t bit = std::uint64_t{1} << access.bank;
    (access.row == open_row ? hit_banks_ : other_banks_)[access.write] |= bit;
    List& list = (access.row == open_row ? hits_ : others_)[access.write][access.bank];
    if (youngest)
        append(list, index);
    else
        insert_by_age(list, index);
}

inline void AccessQueue::push(int index, int open_row) {
    free_.pop_back();
    Access& access = (*this)[index];
    access.age = next_age_++;
    access.found = Access::Row::hit;
    const bool kind = access.write;
    ++count_[kind];
    ++touched_[kind][hash(access)];
    List& ages = ages_[kind];
    access.older = ages.tail;
    access.younger = none;
    (ages.tail == none ? ages.head : (*this)[ages.tail].younger) = index;
    ages.tail = index;
    access.blocked = meets_older(access);
    if (access.blocked)
        ++blocked_[kind];
    else
        enlist(index, open_row, true);
}

inline void AccessQueue::pop_hit(int index, const BankState& state) {
    const Access& access = (*this)[index];
    const bool kind = access.write;
    List& hits = hits_[kind][access.bank];
    hits.head = access.next_in_bank;
    if (hits.head == none) {
        hits.tail = none;
        hit_banks_[kind] &= ~(std::uint64_t{1} << access.bank);
    }
    (access.older == none ? ages_[kind].head : (*this)[access.older].younger) = access.younger;
    (access.younger == none ? ages_[kind].tail : (*this)[access.younger].older) = access.older;
    --count_[kind];
    --touched_[kind][hash(access)];
    free_.push_back(index);
    if (blocked_[!kind] > 0) unblock(!kind, state);
}

}  // namespace pimvp
