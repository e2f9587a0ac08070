// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <new>

#include "apps/child_process.h"
#include "apps/command.h"
#include "apps/system_choice.h"
#include "modules/core/error.h"
#include "platforms/common/report_json.h"

namespace pimvp {
namespace {

constexpr int bad_input = 2, internal_error = 1, interrupted = 130;

std::vector<std::string> names(const std::vector<Command>& commands) {
    // The launcher's own are worth suggesting, too.
    std::vector<std::string> all = {"test", "exec"};
    for (const Command& command : commands) all.push_back(command.options->get_name());
    return all;
}

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> all;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) all.push_back("--" + name);
    return all;
}

/// CLI11 says which word it did not expect, but not which one was meant; and of a missing platform it
/// complains before it does of the misspelt option that came instead.
std::string explain(const CLI::ParseError& error, const CLI::App& app, const std::vector<Command>& commands) {
    const auto chosen = app.get_subcommands();
    const CLI::App& asked = chosen.empty() ? app : *chosen.front();
    for (const std::string& word : asked.remaining(false)) {
        if (chosen.empty() && word[0] != '-') {
            const auto known = names(commands);
            return "unknown command '" + word + "'" + suggestion(word, known) +
                   " expected one of: " + comma_list(known);
        }
        if (word.size() > 1 && word[0] == '-') {
            const std::string option = word.substr(0, word.find('='));
            const std::string where = chosen.empty() ? "pimvp" : "pimvp " + asked.get_name();
            return "unknown option '" + option + "'" + suggestion(option, option_names(asked)) + " " + where +
                   " --help lists them";
        }
    }
    const std::string where = chosen.empty() ? "pimvp --help" : "pimvp " + asked.get_name() + " --help";
    return std::string(error.what()) + " (" + where + " tells more)";
}

/// To the commands an empty text is an option that was not given.
void refuse_empty_values(const CLI::App& app) {
    for (const CLI::App* chosen : app.get_subcommands())
        for (const CLI::Option* option : chosen->get_options())
            for (const std::string& value : option->results())
                if (value.empty()) throw Error(option->get_name() + ": expected a value, found an empty one");
}

int act(const std::vector<Command>& commands, const CLI::App& app) {
    for (const Command& command : commands)
        if (command.options->parsed()) return command.action();
    std::cerr << app.help();
    return bad_input;
}

}  // namespace

int command_line(std::vector<std::string> arguments) {
    CLI::App app(
        "Virtual platforms of processing-in-memory accelerators: runs a trained network on a modelled\n"
        "system, bit by bit, and reports accuracy, latency, energy, area and utilisation.",
        "pimvp");
    app.set_version_flag("--version", version());
    app.get_formatter()->column_width(36);
    app.footer(
        "The launcher ./pimvp adds:\n"
        "  test [--full] [CTEST ARGS]  build and run the tests\n"
        "  exec TESTBENCH [ARGS]       run one of the testbench executables\n"
        "Exit status: 0 good, 1 a bug in pimvp, 2 bad input, 130 stopped by a signal.");
    app.require_subcommand(0, 1);
    const std::vector<Command> commands = {
        add_run_command(app),    add_compare_command(app), add_list_command(app), add_inspect_command(app),
        add_params_command(app), add_claims_command(app),  add_sweep_command(app)};
    try {
        std::reverse(arguments.begin(), arguments.end());
        app.parse(arguments);
        refuse_empty_values(app);
        return act(commands, app);
    } catch (const CLI::Success& wanted) {
        return app.exit(wanted);
    } catch (const CLI::ParseError& error) {
        std::cerr << "pimvp: error: " << explain(error, app, commands) << "\n";
        return bad_input;
    } catch (const Error& error) {
        std::cerr << "pimvp: error: " << error.what() << "\n";
        return bad_input;
    } catch (const Interrupted& error) {
        std::cerr << "pimvp: " << error.what() << "\n";
        return interrupted;
    } catch (const std::bad_alloc&) {
        std::cerr << "pimvp: error: not enough memory\n";
        return bad_input;
    } catch (const std::exception& error) {
        std::cerr << "pimvp: internal error: " << error.what() << "\n";
        return internal_error;
    }
}

}  // namespace pimvp
