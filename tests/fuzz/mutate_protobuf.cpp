// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "tests/fuzz/mutate.h"

namespace pimvp::fuzz {
namespace {

constexpr int deepest = 10;

enum Wire { varint = 0, fixed64 = 1, text = 2, fixed32 = 5 };

struct Field {
    std::uint32_t number = 0;
    int wire = varint;
    std::uint64_t value = 0;
    std::string bytes;            // text that is no message
    std::vector<Field> children;  // text that reads as a message
    bool message = false;
    std::optional<std::uint64_t> length;  // said instead of the true one
};
using Message = std::vector<Field>;

bool read_varint(const std::string& bytes, std::size_t& at, std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes[at++]);
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

// What a text is, the wire does not say: what reads as a message is taken for one.
std::optional<Message> parse(const std::string& bytes, int depth) {
    Message message;
    for (std::size_t at = 0; at < bytes.size();) {
        std::uint64_t tag = 0;
        if (!read_varint(bytes, at, tag) || tag >> 3 == 0 || tag >> 3 > 10000) return std::nullopt;
        Field field;
        field.number = static_cast<std::uint32_t>(tag >> 3);
        field.wire = static_cast<int>(tag & 7);
        if (field.wire == varint) {
            if (!read_varint(bytes, at, field.value)) return std::nullopt;
        } else if (field.wire == fixed32 || field.wire == fixed64) {
            const std::size_t size = field.wire == fixed32 ? 4 : 8;
            if (bytes.size() - at < size) return std::nullopt;
            std::memcpy(&field.value, bytes.data() + at, size);
            at += size;
        } else if (field.wire == text) {
            std::uint64_t size = 0;
            if (!read_varint(bytes, at, size) || size > bytes.size() - at) return std::nullopt;
            field.bytes = bytes.substr(at, static_cast<std::size_t>(size));
            at += static_cast<std::size_t>(size);
            if (depth < deepest && size > 1) {
                if (auto children = parse(field.bytes, depth + 1)) {
                    field.children = std::move(*children);
                    field.message = true;
                }
            }
        } else {
            return std::nullopt;
        }
        message.push_back(std::move(field));
    }
    return message;
}

void write_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

std::string write(const Message& message) {
    std::string out;
    for (const Field& field : message) {
        write_varint(out, std::uint64_t{field.number} << 3 | static_cast<unsigned>(field.wire));
        if (field.wire == varint) {
            write_varint(out, field.value);
        } else if (field.wire == text) {
            const std::string bytes = field.message ? write(field.children) : field.bytes;
            write_varint(out, field.length.value_or(bytes.size()));
            out += bytes;
        } else {
            out.append(reinterpret_cast<const char*>(&field.value), field.wire == fixed32 ? 4 : 8);
        }
    }
    return out;
}

struct Place {
    Message* parent;
    std::size_t index;
    Field& field() const { return (*parent)[index]; }
};

void collect(Message& message, std::vector<Place>& places) {
    for (std::size_t i = 0; i < message.size(); ++i) {
        places.push_back({&message, i});
        collect(message[i].children, places);
    }
}

std::uint64_t bits_of(float real) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &real, sizeof bits);
    return bits;
}

void change_value(Field& field, const std::string& donor, Random& random) {
    constexpr std::uint64_t extremes[] = {0,
                                          1,
                                          2,
                                          3,
                                          0x7fffffff,
                                          0x80000000,
                                          0xffffffff,
                                          0x100000000,
                                          0x10000,
                                          0x1000003,
                                          std::uint64_t{1} << 62,
                                          std::uint64_t{1} << 63,
                                          ~std::uint64_t{0},
                                          ~std::uint64_t{0} - 1,
                                          0xffffffff80000000};
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const float reals[] = {0,      -0.0F, 1,     -1,       0.5F,      1e-45F,
                           1e-30F, 1e30F, 3e38F, infinity, -infinity, std::nanf("")};
    if (field.wire == varint)
        field.value = random.chance(50) ? random.of(extremes) : field.value + random.below(9) - 4;
    else if (field.wire == fixed32)
        field.value = random.chance(70) ? bits_of(random.of(reals)) : random.next() & 0xffffffff;
    else if (field.wire == fixed64)
        field.value = random.next();
    else if (!field.message && field.bytes.size() % 4 == 0 && field.bytes.size() >= 4 && random.chance(40)) {
        const auto bits = static_cast<std::uint32_t>(bits_of(random.of(reals)));
        std::memcpy(field.bytes.data() + (random.below(field.bytes.size()) & ~std::size_t{3}), &bits, 4);
    } else if (!field.message) {
        mutate_bytes(field.bytes, donor, random);
    }
}

/// A field of `places` with the number, if there is one.
const Field* same_number(const std::vector<Place>& places, std::uint32_t number, Random& random) {
    const std::size_t first = random.below(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Field& field = places[(first + i) % places.size()].field();
        if (field.number == number) return &field;
    }
    return nullptr;
}

void change(const std::vector<Place>& places, const std::vector<Place>& donors, const std::string& donor,
            Random& random) {
    const Place place = random.of(places);
    Field& field = place.field();
    Message& siblings = *place.parent;
    const auto here = siblings.begin() + static_cast<std::ptrdiff_t>(place.index);
    switch (random.below(13)) {
        case 0:
        case 1:
        case 2:
            change_value(field, donor, random);
            break;
        case 3:
            siblings.erase(here);
            break;
        case 4: {
            const Field copy = field;
            siblings.insert(here, copy);
            break;
        }
        case 5:
            std::swap(field, siblings[random.below(siblings.size())]);
            break;
        case 6:
            field.number = 1 + static_cast<std::uint32_t>(random.below(20));
            break;
        case 7:
        case 8:
        case 9: {
            // A text of the same kind from elsewhere: names tie cycles, tensors get others' values.
            const Field* other = same_number(random.chance(70) ? places : donors, field.number, random);
            if (other == nullptr) break;
            const Field copy = *other;
            field = copy;
            break;
        }
        case 10: {
            if (donors.empty()) break;
            const Field copy = random.of(donors).field();
            siblings.insert(here, copy);
            break;
        }
        case 11: {
            std::size_t depth = random.chance(90) ? 1 + random.below(4) : 1 + random.below(120);
            for (; depth > 0 && field.wire == text; --depth) {
                Field outer;
                outer.number = field.number;
                outer.wire = text;
                outer.message = true;
                outer.children.push_back(field);
                field = outer;
            }
            break;
        }
        case 12:
            if (random.chance(30))
                field.length = random.chance(50) ? random.next() >> random.below(64) : random.below(20);
            break;
    }
}

}  // namespace

void mutate_protobuf(std::string& bytes, const std::string& donor, Random& random) {
    if (random.chance(15)) return mutate_bytes(bytes, donor, random);
    std::optional<Message> message = parse(bytes, 0);
    if (!message || message->empty()) return mutate_bytes(bytes, donor, random);
    std::vector<Place> places, donors;
    std::optional<Message> other;
    // Long files are taken apart for themselves alone.
    if (donor.size() < 20000) other = parse(donor, 0);
    if (other) collect(*other, donors);
    collect(*message, places);
    change(places, donors.empty() ? places : donors, donor, random);
    bytes = write(*message);
}

}  // namespace pimvp::fuzz
