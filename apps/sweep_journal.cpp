// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/sweep_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "modules/core/error.h"

namespace pimvp {
namespace {

using nlohmann::json;

constexpr const char* magic = "pimvp_sweep";

[[noreturn]] void refuse(const std::string& file, const char* expected) {
    throw Error(file + ": expected " + expected + ", found " + std::strerror(errno));
}

std::string read_all(int descriptor, const std::string& file) {
    std::string text;
    char buffer[65536];
    for (;;) {
        const ssize_t got = pread(descriptor, buffer, sizeof buffer, static_cast<off_t>(text.size()));
        if (got == 0) return text;
        if (got < 0 && errno != EINTR) refuse(file, "a file that can be read");
        if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
    }
}

std::string identity_line(const SweepIdentity& identity) {
    json fields = json::array();
    for (const auto& [what, text] : identity) fields.push_back({what, text});
    return json{{magic, 1}, {"sweep", fields}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// Names the first difference between what the journal is of and what was asked for.
void require_same(const std::string& file, const std::string& line, const SweepIdentity& identity) {
    const std::string advice = "; another --csv keeps both, --restart discards what it has";
    if (line == identity_line(identity)) return;
    const json found = json::parse(line, nullptr, false);
    if (!found.is_object() || !found.contains(magic) || !found.contains("sweep"))
        throw Error(file + ":1: expected the journal of a sweep, found something else" + advice);
    const auto fields = found["sweep"].get<SweepIdentity>();
    for (std::size_t i = 0; i < identity.size(); ++i) {
        const bool same_kind = i < fields.size() && fields[i].first == identity[i].first;
        if (same_kind && fields[i].second == identity[i].second) continue;
        throw Error(file + ": another sweep is under way there: its " +
                    (same_kind ? identity[i].first + " is '" + fields[i].second + "', now '" +
                                     identity[i].second + "'"
                               : std::string("options differ")) +
                    advice);
    }
    throw Error(file + ": another sweep is under way there: its options differ" + advice);
}

}  // namespace

SweepJournal::SweepJournal(const std::string& file, const SweepIdentity& identity, std::size_t points,
                           bool restart)
    : file_(file) {
    lock();
    try {
        if (restart && ftruncate(descriptor_, 0) != 0) refuse(file_, "a file that can be written");
        read(identity, points);
    } catch (...) {
        close(descriptor_);
        throw;
    }
}

SweepJournal::~SweepJournal() {
    close(descriptor_);
}

void SweepJournal::lock() {
    for (;;) {
        descriptor_ = open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (descriptor_ < 0) refuse(file_, "a file that can be written");
        struct stat opened {
        }, named{};
        const bool regular = fstat(descriptor_, &opened) == 0 && S_ISREG(opened.st_mode);
        const bool mine = regular && flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
        // Who had it may have finished, and removed it, between the two.
        if (mine && stat(file_.c_str(), &named) == 0 && named.st_ino == opened.st_ino) return;
        const int reason = errno;
        close(descriptor_);
        if (!regular) throw Error(file_ + ": expected a regular file or none, found something else");
        if (!mine && reason != EINTR)
            throw Error(file_ + ": another sweep with this --csv is running; wait for it, or name another");
    }
}

void SweepJournal::read(const SweepIdentity& identity, std::size_t points) {
    const std::string text = read_all(descriptor_, file_);
    std::size_t start = 0;
    for (int number = 1;; ++number) {
        const auto end = text.find('\n', start);
        if (end == std::string::npos) break;
        const std::string line = text.substr(start, end - start + 1);
        start = end + 1;
        if (number == 1) {
            require_same(file_, line, identity);
            continue;
        }
        try {
            const json entry = json::parse(line);
            const std::size_t point = entry.at("point");
            SweepRow row{entry.at("figures").get<std::vector<std::string>>(), entry.at("error")};
            const bool complete = row.figures.size() == sweep_figures().size() || !row.error.empty();
            if (point >= points || !complete) throw Error("");
            rows_[point] = std::move(row);
        } catch (const std::exception&) {
            throw Error(file_ + ":" + std::to_string(number) +
                        ": expected a finished point, found something else; --restart discards them all");
        }
    }
    // What a kill left of a last line must not become the beginning of the next.
    if (start < text.size() && ftruncate(descriptor_, static_cast<off_t>(start)) != 0)
        refuse(file_, "a file that can be written");
    if (start == 0) write_line(identity_line(identity));
}

void SweepJournal::write_line(const std::string& line) {
    for (std::size_t done = 0; done < line.size();) {
        const ssize_t written = write(descriptor_, line.data() + done, line.size() - done);
        if (written < 0 && errno != EINTR) refuse(file_, "to write what is finished");
        if (written > 0) done += static_cast<std::size_t>(written);
    }
    if (fsync(descriptor_) != 0) refuse(file_, "to write what is finished");
}

void SweepJournal::append(std::size_t point, const SweepRow& row) {
    const json entry = {{"point", point}, {"figures", row.figures}, {"error", row.error}};
    write_line(entry.dump() + "\n");
    rows_[point] = row;
}

void SweepJournal::remove() {
    if (unlink(file_.c_str()) != 0) refuse(file_, "a file that can be removed");
}

}  // namespace pimvp
