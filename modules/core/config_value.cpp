// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/config_value.h"

#include <algorithm>
#include <cmath>

#include "modules/core/error.h"
#include "modules/core/quantity_text.h"

namespace pimvp {
namespace {

using Kind = TomlValue::Kind;

const std::vector<std::string> kinds = {"paper", "silicon", "model", "assumed"};

std::string list(const std::vector<std::string>& items) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
    return out;
}

bool limited(const ParamSpec& spec) {
    return spec.low != spec.high;
}

std::string limits_text(const ParamSpec& spec) {
    if (spec.type == ParamType::integer)
        return std::to_string(static_cast<std::int64_t>(spec.low)) + " to " +
               std::to_string(static_cast<std::int64_t>(spec.high));
    return print_quantity(spec.low, spec.type) + " to " + print_quantity(spec.high, spec.type);
}

[[noreturn]] void fail(const Origin& origin, int line, const std::string& expected,
                       const std::string& found) {
    throw Error(origin.prefix(line) + "expected " + expected + ", found " + found);
}

void check_limits(const ParamSpec& spec, double si, const std::string& error_prefix) {
    // A limit typed in the schema as 20 * 1e-15 and the same text in a file may differ in the last bit.
    const auto slack = [](double limit) { return 1e-12 * std::abs(limit); };
    if (limited(spec) && (si < spec.low - slack(spec.low) || si > spec.high + slack(spec.high)))
        throw Error(error_prefix + "expected " + limits_text(spec) + ", found " +
                    print_quantity(si, spec.type));
}

double quantity(const ParamSpec& spec, const TomlValue& value, const Origin& origin) {
    double si = 0;
    if (value.kind == Kind::text) {
        try {
            si = parse_quantity(value.text, spec.type);
        } catch (const Error& e) {
            throw Error(origin.prefix(value.line) + e.what());
        }
    } else if (spec.type == ParamType::ratio && value.kind == Kind::integer) {
        si = static_cast<double>(value.integer);
    } else if (spec.type == ParamType::ratio && value.kind == Kind::real && std::isfinite(value.real)) {
        si = value.real;
    } else {
        fail(origin, value.line, expected_quantity(spec.type), describe(value));
    }
    check_limits(spec, si, origin.prefix(value.line));
    return si;
}

const std::string& text_field(const TomlValue& field, const Origin& origin) {
    if (field.kind != Kind::text) fail(origin, field.line, "a text as " + field.name, describe(field));
    return field.text;
}

std::string missing_fields(const TomlValue& table) {
    std::vector<std::string> missing;
    for (const char* field : {"value", "range", "kind", "source"})
        if (table.member(field) == nullptr) missing.push_back(field);
    return list(missing);
}

void assign_physical(Param& param, const TomlValue& given, const Origin& origin, bool inherited) {
    const char* form = "a table with value, range, kind and source";
    TomlValue table = given;
    if (given.kind != Kind::table) {
        if (!inherited) fail(origin, given.line, form, describe(given));
        table.kind = Kind::table;
        table.items = {given};
        table.items[0].name = "value";
    }
    for (const auto& field : table.items)
        if (field.name != "value" && field.name != "range" && field.name != "kind" && field.name != "source")
            fail(origin, field.line, form, "the field " + field.name);
    if (!inherited && !missing_fields(table).empty())
        fail(origin, given.line, form, "none of " + missing_fields(table));

    const auto* value = table.member("value");
    const auto* range = table.member("range");
    const auto* kind = table.member("kind");
    const auto* source = table.member("source");
    const double before = param.value;
    if (value != nullptr) param.value = quantity(param.spec, *value, origin);
    if (range != nullptr) {
        if (range->kind != Kind::array || range->items.size() != 2)
            fail(origin, range->line, "range = [low, high]", describe(*range));
        param.low = quantity(param.spec, range->items[0], origin);
        param.high = quantity(param.spec, range->items[1], origin);
        if (param.low > param.high)
            fail(origin, range->line, "range = [low, high]",
                 print_quantity(param.low, param.spec.type) + " above " +
                     print_quantity(param.high, param.spec.type));
        if (param.value < param.low || param.value > param.high)
            fail(origin, value != nullptr ? value->line : range->line,
                 "a value inside its range, " + print_quantity(param.low, param.spec.type) + " to " +
                     print_quantity(param.high, param.spec.type),
                 print_quantity(param.value, param.spec.type));
    }
    param.low = std::min(param.low, param.value);
    param.high = std::max(param.high, param.value);
    if (kind != nullptr) {
        if (std::find(kinds.begin(), kinds.end(), text_field(*kind, origin)) == kinds.end())
            fail(origin, kind->line, "kind to be one of " + list(kinds), describe(*kind));
        param.kind = kind->text;
    } else if (value != nullptr && param.value != before) {
        param.kind = "assumed";
    }
    if (source != nullptr) param.source = text_field(*source, origin);
}

}  // namespace

bool is_physical(ParamType type) {
    return type != ParamType::integer && type != ParamType::boolean && type != ParamType::text;
}

std::string Origin::place(int line) const {
    return file.empty() ? "--set" : file + ":" + std::to_string(line);
}

std::string Origin::prefix(int line) const {
    return file.empty() ? "--set " + key + ": " : place(line) + ": " + key + ": ";
}

void assign(Param& param, const TomlValue& value, const Origin& origin, bool inherited) {
    const ParamSpec& spec = param.spec;
    if (is_physical(spec.type)) {
        assign_physical(param, value, origin, inherited);
    } else if (spec.type == ParamType::text) {
        // Among texts such as "exact" there may be numbers, which need no quotes.
        const bool number = value.kind == Kind::integer;
        if (!number && value.kind != Kind::text)
            fail(origin, value.line, "a text or an integer", describe(value));
        const std::string text = number ? std::to_string(value.integer) : value.text;
        const auto& choices = spec.choices;
        if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
            fail(origin, value.line, "one of " + list(choices), describe(value));
        param.text = text;
    } else if (spec.type == ParamType::boolean) {
        if (value.kind != Kind::boolean) fail(origin, value.line, "true or false", describe(value));
        param.integer = value.integer;
    } else {
        const bool integer = value.kind == Kind::integer;
        const auto number = static_cast<double>(value.integer);
        if (!integer || (limited(spec) && (number < spec.low || number > spec.high)))
            fail(origin, value.line, limited(spec) ? "an integer, " + limits_text(spec) : "an integer",
                 describe(value));
        param.integer = value.integer;
    }
    param.origin = origin.place(value.line);
}

void assign_nominal(Param& param, double si, const std::string& error_prefix) {
    check_limits(param.spec, si, error_prefix);
    param.value = si;
    param.low = std::min(param.low, si);
    param.high = std::max(param.high, si);
}

std::string value_text(const Param& param) {
    switch (param.spec.type) {
        case ParamType::integer:
            return std::to_string(param.integer);
        case ParamType::boolean:
            return param.integer != 0 ? "true" : "false";
        case ParamType::text:
            return param.text;
        default:
            return print_quantity(param.value, param.spec.type);
    }
}

std::string toml_of(const Param& param) {
    const ParamType type = param.spec.type;
    if (type == ParamType::text) return toml_string(param.text);
    if (!is_physical(type)) return value_text(param);
    const auto number = [&](double si) {
        const std::string text = print_quantity(si, type);
        return type == ParamType::ratio ? text : toml_string(text);
    };
    return "{value = " + number(param.value) + ", range = [" + number(param.low) + ", " + number(param.high) +
           "], kind = " + toml_string(param.kind) + ", source = " + toml_string(param.source) + "}";
}

}  // namespace pimvp
