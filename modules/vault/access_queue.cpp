// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/access_queue.h"

namespace pimvp {

namespace {

bool same_block(const Access& a, const Access& b) {
    return a.bank == b.bank && a.row == b.row && a.column >> 1 == b.column >> 1 &&
           (a.pair || b.pair || a.column == b.column);
}

}  // namespace

AccessQueue::AccessQueue(int reads, int writes) : capacity_{reads, writes} {
    reset();
}

void AccessQueue::reset() {
    count_ = blocked_ = {};
    next_age_ = 0;
    const int size = capacity_[0] + capacity_[1];
    pool_.assign(static_cast<std::size_t>(size), Access{});
    free_.clear();
    for (int i = size - 1; i >= 0; --i) free_.push_back(i);
    ages_ = {};
    hits_ = others_ = {};
    hit_banks_ = other_banks_ = {};
    touched_ = {};
}

void AccessQueue::insert_within(List& list, int index) {
    const std::uint64_t age = (*this)[index].age;
    int before = none, after = list.head;
    while ((*this)[after].age < age) {
        before = after;
        after = (*this)[after].next_in_bank;
    }
    (*this)[index].next_in_bank = after;
    (before == none ? list.head : (*this)[before].next_in_bank) = index;
}

void AccessQueue::update(bool kind, int bank) {
    const std::uint64_t bit = std::uint64_t{1} << bank;
    hit_banks_[kind] = hits_[kind][bank].head == none ? hit_banks_[kind] & ~bit : hit_banks_[kind] | bit;
    other_banks_[kind] =
        others_[kind][bank].head == none ? other_banks_[kind] & ~bit : other_banks_[kind] | bit;
}

bool AccessQueue::finds_older(const Access& access) const {
    const bool other = !access.write;
    for (int i = ages_[other].head; i != none && (*this)[i].age < access.age; i = (*this)[i].younger)
        if (same_block((*this)[i], access)) return true;
    return false;
}

void AccessQueue::unblock(bool kind, const BankState& state) {
    for (int i = ages_[kind].head; i != none; i = (*this)[i].younger) {
        Access& access = (*this)[i];
        if (!access.blocked || meets_older(access)) continue;
        access.blocked = false;
        --blocked_[kind];
        enlist(i, state.row(access.bank), false);
    }
}

void AccessQueue::row_opened(int bank, int row) {
    for (const bool kind : {false, true}) {
        List& others = others_[kind][bank];
        List left;
        for (int i = others.head; i != none;) {
            const int next = (*this)[i].next_in_bank;
            append((*this)[i].row == row ? hits_[kind][bank] : left, i);
            i = next;
        }
        others = left;
        update(kind, bank);
    }
}

void AccessQueue::row_closed(int bank) {
    for (const bool kind : {false, true}) {
        List& hits = hits_[kind][bank];
        if (hits.head == none) continue;
        for (int i = hits.head; i != none;) {
            const int next = (*this)[i].next_in_bank;
            insert_by_age(others_[kind][bank], i);
            i = next;
        }
        hits = {};
        update(kind, bank);
    }
}

}  // namespace pimvp
