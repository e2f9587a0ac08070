// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "networks/graph.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {

/// What is done to a good graph, and what validate() must say. Plain data, so that the tables cost the
/// compiler nothing.
struct Damage {
    const char* name;
    void (*apply)(Graph&);
    const char* message[3];  // parts of it
};

inline void expect_complaint(Graph graph, const Damage& damage) {
    damage.apply(graph);
    const std::string message = pimvp::test::error_of([&] { validate(graph); });
    EXPECT_NE(message.find("network test"), std::string::npos) << message;
    for (const char* part : damage.message) {
        if (part == nullptr) continue;
        EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
    }
}

}  // namespace pimvp::net::test
