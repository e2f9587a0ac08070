// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cctype>
#include <sstream>

#include "modules/core/bits.h"
#include "modules/core/error.h"
#include "modules/vault/vault_params.h"

namespace pimvp {
namespace {

struct Field {
    const char* name;
    const char* key;  // of its number of values
    int place, bits, left;
    bool whole;  // given without a number of bits
};

int log2_of(const char* key, int value, int most_bits) {
    int bits = 0;
    while (bits < most_bits && 1 << bits < value) ++bits;
    if (value < 1 || value != 1 << bits)
        throw Error("vault." + std::string(key) + ": expected a power of two up to " +
                    std::to_string(1 << most_bits) + ", found " + std::to_string(value));
    return bits;
}

[[noreturn]] void fail(const std::string& expected, const std::string& text) {
    throw Error("vault.mapping: expected " + expected + ", found \"" + text + "\"");
}

/// "column:4" taken apart: the field, and the bits or -1.
Field& field_of(std::array<Field, 4>& fields, const std::string& word, const std::string& text, int& bits) {
    const auto colon = word.find(':');
    const std::string name = word.substr(0, colon);
    bits = -1;
    if (colon != std::string::npos) {
        const std::string number = word.substr(colon + 1);
        if (number.empty() || number.size() > 2) fail("a number of bits after '" + name + ":'", text);
        bits = 0;
        for (const char c : number) {
            if (std::isdigit(static_cast<unsigned char>(c)) == 0)
                fail("a number of bits after '" + name + ":'", text);
            bits = bits * 10 + (c - '0');
        }
        if (bits == 0) fail("at least 1 bit after '" + name + ":'", text);
    }
    for (auto& field : fields)
        if (name == field.name) return field;
    fail("the fields row, column, bank and group, not '" + name + "'", text);
}

}  // namespace

AddressMapping::AddressMapping(const std::string& text, const VaultOrganisation& organisation) {
    std::array<Field, 4> fields{{
        {"row", "rows", row_place, log2_of("rows", organisation.rows, 24), 0, false},
        {"column", "columns", column_place, log2_of("columns", organisation.columns, 16), 0, false},
        {"bank", "banks_per_group", bank_place, log2_of("banks_per_group", organisation.banks_per_group, 8),
         0, false},
        {"group", "bank_groups", group_place, log2_of("bank_groups", organisation.bank_groups, 8), 0, false},
    }};
    int shift = 0;
    for (auto& field : fields) {
        field.left = field.bits;
        shift += field.bits;
    }
    std::istringstream words(text);
    std::string word;
    std::array<bool, 4> seen{};
    while (words >> word) {
        int bits = -1;
        Field& field = field_of(fields, word, text, bits);
        bool& known = seen[static_cast<std::size_t>(&field - fields.data())];
        if (field.whole || (known && bits < 0))
            fail(std::string(field.name) + " once, or in parts of so many bits each", text);
        known = true;
        field.whole = bits < 0;
        if (bits < 0) bits = field.bits;
        if (bits > field.left)
            fail(std::string(field.name) + " to have " + std::to_string(field.bits) + " bits (vault." +
                     field.key + ")",
                 text);
        field.left -= bits;
        shift -= bits;
        if (bits > 0)
            pieces_.push_back({shift, field.place + field.left, low_mask(static_cast<unsigned>(bits))});
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!seen[i]) fail(std::string("the field ") + fields[i].name, text);
        if (fields[i].left > 0)
            fail(std::string(fields[i].name) + " to have " + std::to_string(fields[i].bits) +
                     " bits (vault." + fields[i].key + "), " + std::to_string(fields[i].left) + " more",
                 text);
    }
    keeps_pairs_ = !pieces_.empty() && pieces_.back().place == column_place;
}

std::uint64_t AddressMapping::encode(const DramAddress& address) const {
    const std::uint64_t packed = static_cast<std::uint64_t>(address.group) << group_place |
                                 static_cast<std::uint64_t>(address.bank) << bank_place |
                                 static_cast<std::uint64_t>(address.column) << column_place |
                                 static_cast<std::uint64_t>(address.row) << row_place;
    std::uint64_t block = 0;
    for (const auto& piece : pieces_) block |= ((packed >> piece.place) & piece.mask) << piece.shift;
    return block;
}

}  // namespace pimvp
