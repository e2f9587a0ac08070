// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/work_options.h"

#include <CLI/CLI.hpp>

namespace pimvp {

void add_system_option(CLI::App& app, RunArguments& args) {
    app.add_option("PLATFORM", args.system,
                   "platform, PLATFORM:VARIANT or PLATFORM:FILE.toml (see pimvp list)")
        ->required()
        ->option_text(" ");
}

void add_work_options(CLI::App& app, RunArguments& args) {
    const std::string work = "What to run";
    app.add_option("--network", args.network,
                   "a name that pimvp list shows, or a file: .onnx (QDQ, QLinear, QONNX),\n"
                   ".tflite, or a layer table without weights (.json, .csv)\n"
                   "(default: what the variant names in platform.network)")
        ->option_text("NAME|FILE")
        ->group(work);
    app.add_option("--dataset", args.dataset,
                   "fashion-mnist, mnist, cifar10, cifar10:FILE.bin, idx:IMAGES,LABELS,\n"
                   "npy:INPUTS[,LABELS], raw:INPUTS[,LABELS]\n"
                   "(default: fashion-mnist; cifar10 for networks of 3x32x32 images; drawn\n"
                   "images for layer tables)")
        ->option_text("SPEC")
        ->group(work);
    app.add_option("--data-dir", args.data_dir,
                   "folder of data sets, then the only one searched\n"
                   "(default: $PIMVP_DATA and the system's folders)")
        ->option_text("DIR")
        ->group(work);
    app.add_option("--images", args.images, "images of the test split, inclusive (default: 0..9)")
        ->option_text("FIRST..LAST")
        ->group(work);
    app.add_flag("--no-check", args.no_check, "do not compare every tensor with the reference executor")
        ->group(work);
    add_import_options(app, args.import);

    const std::string change = "What to change";
    app.add_option("--param-set", args.param_set,
                   "one end of every parameter's range: low, nominal, high (default: nominal)")
        ->option_text("WHICH")
        ->group(change);
    app.add_option("--param-seed", args.changes.seed,
                   "draw every ranged parameter uniformly from its range by a hash of\n"
                   "(N, key): runs with one N agree on the parameters they share")
        ->check(seed_fault)
        ->option_text("N")
        ->group(change);
}

std::vector<std::string> work_words(const RunArguments& args) {
    std::vector<std::string> words = {args.system, "--images", args.images, "--param-set", args.param_set};
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) words.insert(words.end(), {option, value});
    };
    add("--network", args.network);
    add("--dataset", args.dataset);
    add("--data-dir", args.data_dir);
    if (args.changes.seed) add("--param-seed", std::to_string(*args.changes.seed));
    if (args.no_check) words.emplace_back("--no-check");
    const std::vector<std::string> import = words_of(args.import);
    words.insert(words.end(), import.begin(), import.end());
    return words;
}

}  // namespace pimvp
