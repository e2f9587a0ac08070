// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/result_figure.h"

#include <nlohmann/json.hpp>

namespace pimvp {

using nlohmann::json;

json result_figure(const json& result, const char* pointer) {
    const json& value = result.at(json::json_pointer(pointer));
    if (!value.is_object()) return value;
    double sum = 0;
    for (const json& one : value) sum += one.get<double>();
    return value.empty() ? json() : json(sum / static_cast<double>(value.size()));
}

std::string printable(const std::string& text) {
    return json::parse(json(text).dump(-1, ' ', true, json::error_handler_t::replace)).get<std::string>();
}

}  // namespace pimvp
