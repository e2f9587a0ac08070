// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "modules/core/error.h"

namespace pimvp::test {

/// Runs `action` and returns the message of the Error that it must throw.
template <typename Action>
std::string error_of(Action action) {
    try {
        action();
    } catch (const Error& e) {
        return e.what();
    }
    ADD_FAILURE() << "expected an Error, none was thrown";
    return {};
}

/// Expects an Error whose message holds every one of `parts`.
template <typename Action, typename... Parts>
void expect_error(Action action, const Parts&... parts) {
    const std::string message = error_of(action);
    for (const std::string& part : {std::string(parts)...}) {
        EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
    }
}

}  // namespace pimvp::test
