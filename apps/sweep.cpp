// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/sweep.h"

#include <algorithm>
#include <filesystem>

#include "apps/child_process.h"
#include "apps/output_file.h"
#include "apps/progress.h"
#include "apps/sweep_identity.h"
#include "apps/sweep_journal.h"
#include "apps/work_options.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

/// Before hours of simulation.
void check_output(const std::string& csv) {
    std::error_code ignored;
    if (csv == "-" ||
        (std::filesystem::exists(csv, ignored) && !std::filesystem::is_regular_file(csv, ignored)))
        throw Error("--csv: expected the name of a file, to keep finished points beside it, found '" + csv +
                    "'");
    require_writable(csv);
}

std::vector<std::string> words_of(const RunArguments& run, const SweepPoints& points, std::size_t point) {
    std::vector<std::string> words = {"/proc/self/exe", "run", "--json", "-", "--quiet"};
    const std::vector<std::string> work = work_words(run), values = points.values(point);
    words.insert(words.end(), work.begin(), work.end());
    for (std::size_t i = 0; i < values.size(); ++i)
        words.insert(words.end(), {"--set", points.settings()[i].key + "=" + values[i]});
    return words;
}

std::string points_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " point" : " points");
}

/// Runs what the journal does not have.
void complete(SweepJournal& journal, const SweepArguments& args, const SweepPoints& points) {
    std::vector<std::size_t> open;
    std::size_t failed = 0;
    for (std::size_t point = 0; point < points.count(); ++point) {
        const auto row = journal.rows().find(point);
        const bool bad = row != journal.rows().end() && !row->second.error.empty();
        const bool again = row == journal.rows().end() || (bad && args.retry_failed);
        if (again)
            open.push_back(point);
        else
            failed += bad ? 1 : 0;
    }
    std::size_t done = points.count() - open.size();
    Progress progress(static_cast<std::int64_t>(points.count()), !args.quiet, "points",
                      static_cast<std::int64_t>(done));
    Processes processes;
    processes.count = open.size();
    processes.at_a_time = args.jobs;
    processes.words = [&](std::size_t i) { return words_of(args.run, points, open[i]); };
    processes.ended = [&](std::size_t i, const ProcessEnd& end) {
        const SweepRow row = sweep_row(end);
        journal.append(open[i], row);
        failed += row.error.empty() ? 0 : 1;
        ++done;
    };
    processes.tick = [&](int running) {
        progress.update(static_cast<std::int64_t>(done),
                        ", " + std::to_string(failed) + " failed, " + std::to_string(running) + " running");
    };
    run_processes(processes);
}

}  // namespace

int run_sweep(const SweepArguments& args) {
    if (args.jobs < 1 || args.jobs > 256)
        throw Error("--jobs: expected 1..256, found " + std::to_string(args.jobs));
    const SweepPoints points(parse_sweep_settings(args.settings));
    check_output(args.csv);
    const SweepIdentity identity = identify_sweep(args.run, points);

    const std::string file = args.csv + ".partial";
    SweepJournal journal(file, identity, points.count(), args.restart);
    try {
        complete(journal, args, points);
    } catch (const Interrupted& signal) {
        throw Interrupted(std::string(signal.what()) + ": " + std::to_string(journal.rows().size()) + " of " +
                          points_text(points.count()) + " are finished and kept in " + file +
                          "; the same command goes on with the rest");
    }
    std::vector<SweepRow> rows;
    for (const auto& [point, row] : journal.rows()) rows.push_back(row);
    write_file_atomically(args.csv, sweep_csv(points, rows));
    journal.remove();

    const auto failed =
        std::count_if(rows.begin(), rows.end(), [](const SweepRow& r) { return !r.error.empty(); });
    if (!args.quiet)
        write_output("-", args.csv + ": " + points_text(points.count()) + ", " + std::to_string(failed) +
                              " failed" + (failed > 0 ? " (see its column error)" : "") + "\n");
    return 0;
}

}  // namespace pimvp
