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

int AccessQueue::oldest() const {
    const int read = ages_[0].head, write = ages_[1].head;
    if (read == none || write == none) return read == none ? write : read;
    return (*this)[read].age < (*this)[write].age ? read : write;
}

void AccessQueue::append(List& list, int index) {
    (*this)[index].next_in_bank = none;
    if (list.tail == none)
        list.head = index;
    else
        (*this)[list.tail].next_in_bank = index;
    list.tail = index;
}

void AccessQueue::insert_by_age(List& list, int index) {
    const std::uint64_t age = (*this)[index].age;
    if (list.tail == none || (*this)[list.tail].age < age) return append(list, index);
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

void AccessQueue::enlist(int index, int open_row) {
    const Access& access = (*this)[index];
    const std::uint64_t bit = std::uint64_t{1} << access.bank;
    if (access.row == open_row) {
        insert_by_age(hits_[access.write][access.bank], index);
        hit_banks_[access.write] |= bit;
    } else {
        insert_by_age(others_[access.write][access.bank], index);
        other_banks_[access.write] |= bit;
    }
}

bool AccessQueue::meets_older(const Access& access) const {
    const bool other = !access.write;
    if (count_[other] == 0 || touched_[other][hash(access)] == 0) return false;
    for (int i = ages_[other].head; i != none && (*this)[i].age < access.age; i = (*this)[i].younger)
        if (same_block((*this)[i], access)) return true;
    return false;
}

void AccessQueue::push(const Access& given, int open_row) {
    const int index = free_.back();
    free_.pop_back();
    Access& access = (*this)[index];
    access = given;
    access.age = next_age_++;
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
        enlist(index, open_row);
}

void AccessQueue::pop_hit(int index, const BankState& state) {
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

void AccessQueue::unblock(bool kind, const BankState& state) {
    for (int i = ages_[kind].head; i != none; i = (*this)[i].younger) {
        Access& access = (*this)[i];
        if (!access.blocked || meets_older(access)) continue;
        access.blocked = false;
        --blocked_[kind];
        enlist(i, state.row(access.bank));
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
