// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/unique_name.h"

#include <algorithm>

namespace pimvp::net {

std::string unique_name(const std::string& name, std::set<std::string>& taken, const std::string& otherwise) {
    std::string clean;
    for (const char c : name) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!clean.empty() || (plain && c != '_')) clean += plain ? c : '_';
    }
    if (clean.empty()) clean = otherwise;
    // Names that are numbers, as exporters give to values, say what they are.
    if (std::all_of(clean.begin(), clean.end(), [](char c) { return c >= '0' && c <= '9'; }))
        clean = otherwise + "_" + clean;
    std::string candidate = clean;
    for (int i = 2; !taken.insert(candidate).second; ++i) candidate = clean + "_" + std::to_string(i);
    return candidate;
}

}  // namespace pimvp::net
