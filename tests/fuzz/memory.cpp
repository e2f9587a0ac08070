// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/memory.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {

std::size_t in_use = 0, begin = 0, most = 0, limit = 0;
bool refused = false;

}  // namespace

void* operator new(std::size_t size) {
    if (limit != 0 && (size > limit || in_use + size > begin + limit)) {
        refused = true;
        throw std::bad_alloc();
    }
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    in_use += malloc_usable_size(memory);
    if (in_use > most) most = in_use;
    return memory;
}

void operator delete(void* memory) noexcept {
    if (memory != nullptr) in_use -= malloc_usable_size(memory);
    std::free(memory);
}

void* operator new[](std::size_t size) {
    return operator new(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    try {
        return operator new(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept {
    return operator new(size, tag);
}
void operator delete[](void* memory) noexcept {
    operator delete(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    operator delete(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    operator delete(memory);
}

namespace pimvp::fuzz {

void limit_memory(std::size_t bytes) {
    begin = most = in_use;
    limit = bytes;
    refused = false;
}

std::size_t peak_memory() {
    return most - begin;
}

bool memory_was_refused() {
    return refused;
}

}  // namespace pimvp::fuzz
