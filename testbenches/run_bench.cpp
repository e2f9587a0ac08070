// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/run_bench.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <systemc>

#include "modules/core/error.h"
#include "modules/core/output_file.h"

/// In place of the library's own, which prints its banner before sc_main() can ask it not to.
int main(int argc, char** argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
    return sc_core::sc_elab_and_sim(argc, argv);
}

namespace pimvp {

int run_bench(CLI::App& app, const std::string& name, int argc, char** argv,
              const std::function<int()>& body) {
    try {
        app.parse(argc, argv);
        return body();
    } catch (const CLI::Success& wanted) {
        return app.exit(wanted);
    } catch (const CLI::ParseError& error) {
        std::cerr << name << ": error: " << error.what() << " (" << name << " --help lists the options)\n";
        return 2;
    } catch (const Error& error) {
        std::cerr << name << ": error: " << error.what() << "\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << name << ": internal error: " << error.what() << "\n";
        return 1;
    }
}

void write_result(const std::string& file, const std::string& text) {
    if (file.empty()) return;
    if (file != "-") return write_file_atomically(file, text);
    std::cout << text << std::flush;
    if (!std::cout) throw Error("standard output: expected to write all of the result, found an error");
}

}  // namespace pimvp
