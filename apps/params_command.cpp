// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/command.h"
#include "apps/import_options.h"
#include "apps/output_file.h"
#include "apps/system_choice.h"
#include "modules/core/quantity_text.h"
#include "platforms/common/text_table.h"

namespace pimvp {
namespace {

struct Arguments {
    std::string system, json, param_set = "nominal";
    ConfigChanges changes;
};

bool is_physical(const Param& p) {
    return p.spec.type != ParamType::integer && p.spec.type != ParamType::boolean &&
           p.spec.type != ParamType::text;
}

std::string range_text(const Param& p) {
    if (!is_physical(p) || !(p.low < p.high)) return "";
    return print_quantity(p.low, p.spec.type) + " .. " + print_quantity(p.high, p.spec.type);
}

std::string block_of(const std::string& key) {
    return key.substr(0, key.find('.'));
}

std::string name_of(const std::string& key) {
    const auto dot = key.find('.');
    return dot == std::string::npos ? key : key.substr(dot + 1);
}

std::string choices_text(const Param& p) {
    return p.spec.choices.empty() ? "" : " (" + comma_list(p.spec.choices) + ")";
}

/// A block at a time: a table of values, then what each means and where it comes from.
std::string as_text(const SystemChoice& choice) {
    const std::vector<Param> params = choice.config.params();
    std::string out =
        choice.platform->name + ":" + choice.variant + "  " + choice.config.description() + "\n";
    for (std::size_t i = 0; i < params.size();) {
        const std::string block = block_of(params[i].spec.key);
        TextTable table({{""}, {"", TextTable::Align::right}, {""}, {""}});
        std::string meanings;
        for (; i < params.size() && block_of(params[i].spec.key) == block; ++i) {
            const Param& p = params[i];
            const std::string name = name_of(p.spec.key);
            table.add({name + (p.overridden ? " *" : ""), value_text(p), range_text(p), p.kind});
            meanings += wrapped(name + ": " + p.spec.what + choices_text(p) +
                                    (p.source.empty() ? "" : ". Source: " + p.source),
                                100, 4);
        }
        out += "\n" + block + "\n" + table.text() + meanings;
    }
    return out + "\n* differs from the variant default\n";
}

std::string as_json(const SystemChoice& choice) {
    using nlohmann::json;
    json list = json::array();
    for (const Param& p : choice.config.params()) {
        json one = {{"key", p.spec.key},
                    {"value", value_text(p)},
                    {"what", p.spec.what},
                    {"origin", p.origin},
                    {"overridden", p.overridden}};
        if (!p.spec.choices.empty()) one["choices"] = p.spec.choices;
        if (is_physical(p)) {
            one["si"] = {{"value", p.value}, {"low", p.low}, {"high", p.high}};
            one["range"] = {print_quantity(p.low, p.spec.type), print_quantity(p.high, p.spec.type)};
            one["kind"] = p.kind;
            one["source"] = p.source;
        }
        list.push_back(one);
    }
    return json{{"schema", 1},
                {"platform", choice.platform->name},
                {"variant", choice.variant},
                {"description", choice.config.description()},
                {"params", list}}
               .dump(2) +
           "\n";
}

int show(const Arguments& args) {
    ConfigChanges changes = args.changes;
    changes.set = param_set(args.param_set);
    const SystemChoice choice = choose_system(args.system, changes);
    write_output(args.json.empty() ? "-" : args.json, args.json.empty() ? as_text(choice) : as_json(choice));
    return 0;
}

}  // namespace

Command add_params_command(CLI::App& app) {
    auto args = std::make_shared<Arguments>();
    CLI::App* params = app.add_subcommand("params", "Every parameter: value, range, kind, source");
    params->add_option("PLATFORM", args->system, "platform, PLATFORM:VARIANT or PLATFORM:FILE.toml")
        ->required()
        ->option_text(" ");
    params->add_option("--set", args->changes.assignments, "as for pimvp run")
        ->allow_extra_args(false)
        ->option_text("KEY=VALUE");
    params->add_option("--param-set", args->param_set, "as for pimvp run")->option_text("WHICH");
    params->add_option("--param-seed", args->changes.seed, "as for pimvp run")
        ->check(seed_fault)
        ->option_text("N");
    params->add_option("--json", args->json, "as JSON; - for standard output")->option_text("FILE|-");
    params->footer(
        "A parameter of kind paper is published for this system, silicon measured on another chip, model\n"
        "computed by a tool, assumed everything else.\n"
        "Example: pimvp params dualpim:default --json -");
    return {params, [args] { return show(*args); }};
}

}  // namespace pimvp
