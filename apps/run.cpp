// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/run.h"

#include <iostream>
#include <set>
#include <systemc>

#include "apps/dump.h"
#include "apps/import_options.h"
#include "apps/npy.h"
#include "apps/output_file.h"
#include "apps/progress.h"
#include "apps/work.h"
#include "modules/core/error.h"
#include "modules/core/log.h"
#include "modules/core/trace_fst.h"
#include "platforms/common/report_json.h"
#include "platforms/common/report_text.h"

namespace pimvp {
namespace {

void set_time_resolution(const std::string& text) {
    if (text != "1ps" && text != "1fs")
        throw Error("--time-resolution: expected 1ps or 1fs, found '" + text + "'");
    sc_core::sc_set_time_resolution(1, text == "1ps" ? sc_core::SC_PS : sc_core::SC_FS);
}

/// Hours of simulation must not end at a full disk or a missing folder that was there to see.
void check_outputs(const RunArguments& args) {
    std::set<std::string> files;
    for (const std::string& file :
         {args.json, args.vcd, args.transactions, args.dump_outputs, args.dump_scores, args.dump_config}) {
        if (file.empty() || (file == "-" && file == args.json)) continue;
        if (!files.insert(file).second) throw Error(file + ": expected one output per file, found two");
        require_writable(file);
    }
    const auto& vcd = args.vcd;
    if (vcd.size() > 4 && vcd.compare(vcd.size() - 4, 4, ".fst") == 0) require_vcd2fst(vcd);
}

TraceOptions trace_options(const RunArguments& args) {
    TraceOptions trace;
    trace.file = args.vcd;
    trace.transactions = args.transactions;
    for (const auto& [option, value] : {std::pair{"--trace-scope", &args.trace_scope},
                                        {"--trace-from", &args.trace_from},
                                        {"--trace-to", &args.trace_to}})
        if (!value->empty() && !trace.wanted())
            throw Error(std::string(option) + ": expected --vcd or --transactions with it, found neither");
    trace.scope = args.trace_scope;
    if (!args.trace_from.empty()) trace.from_ps = parse_time_ps("--trace-from", args.trace_from);
    if (!args.trace_to.empty()) trace.to_ps = parse_time_ps("--trace-to", args.trace_to);
    if (trace.from_ps > trace.to_ps)
        throw Error("--trace-from: expected a time before --trace-to, found " + args.trace_from + " and " +
                    args.trace_to);
    return trace;
}

std::string scores_npy(const net::Graph& network, const RunResult& result) {
    std::vector<std::vector<float>> rows;
    for (const auto& outputs : result.scores) rows.push_back(host_scores(network, outputs));
    return npy_bytes(rows);
}

void write_outputs(const RunArguments& args, const Config& config, const net::Graph& network,
                   const RunResult& result) {
    if (!args.dump_outputs.empty())
        write_file_atomically(args.dump_outputs,
                              outputs_npy(network.tensor(network.output).type, result.scores));
    if (!args.dump_scores.empty()) write_file_atomically(args.dump_scores, scores_npy(network, result));
    if (!args.dump_config.empty()) write_file_atomically(args.dump_config, config.to_toml());
    if (!args.json.empty()) write_output(args.json, report_json(result));
    if (!args.quiet && args.json != "-") write_output("-", report_text(result));
}

}  // namespace

int run_network(const RunArguments& args) {
    set_time_resolution(args.time_resolution);
    init_logging(args.log_level);
    check_outputs(args);
    ConfigChanges changes = args.changes;
    changes.set = param_set(args.param_set);

    RunOptions options;
    options.trace = trace_options(args);
    options.quantum_ps = parse_time_ps("--quantum", args.quantum);
    options.check = !args.no_check;
    const SystemChoice choice = choose_system(args.system, changes);
    Work work = load_work(args, choice.config);
    options.network = std::move(work.network);
    options.dataset = std::move(work.dataset);
    options.first_image = work.images.first;
    options.last_image = work.images.last;
    // A softmax that cannot be computed shows in any scores.
    if (!args.dump_scores.empty()) {
        const net::Tensor& output = options.network.tensor(options.network.output);
        host_scores(options.network,
                    std::vector<std::int32_t>(static_cast<std::size_t>(output.shape.size())));
    }

    RunResult result;
    {
        Progress progress(options.last_image - options.first_image + 1, !args.quiet);
        if (progress.shown()) options.progress = [&](std::int64_t done) { progress.update(done); };
        result = choice.platform->run(choice.config, options);
    }
    result.platform = choice.platform->name;
    result.variant = choice.variant;
    result.network = work.file.name;
    result.network_file = work.file.file;
    result.network_options = options_in_effect(work.file.file, args.import, options.network);
    for (const std::string& word : words_of(args.import))
        result.network_words += (result.network_words.empty() ? "" : " ") + word;
    result.dataset = options.dataset.name;
    result.config = choice.config.non_default();
    if (changes.set != ParamSet::nominal) result.config["param_set"] = args.param_set;
    if (changes.seed) result.config["param_seed"] = std::to_string(*changes.seed);
    write_outputs(args, choice.config, options.network, result);

    if (result.power && !result.power->no_progress.empty())
        std::cerr << "pimvp: " << result.count() << " of " << options.last_image - options.first_image + 1
                  << " images done, then " << result.power->no_progress << "\n";
    const bool broken = result.bit_exact && !*result.bit_exact && result.non_ideal.empty();
    if (broken)
        std::cerr << "pimvp: error: not bit-exact, although nothing that may change integers is configured: "
                  << result.first_mismatch << "\n";
    bool differs = false;
    for (const RtlResult& rtl : result.rtl) {
        if (rtl.differences == 0) continue;
        differs = true;
        std::cerr << "pimvp: error: " << rtl.block << ": RTL and model differ in " << rtl.differences
                  << " of " << rtl.operations << " operations, first in " << rtl.first_difference << "\n";
    }
    return broken || differs ? 1 : 0;
}

}  // namespace pimvp
