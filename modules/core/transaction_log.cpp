// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/transaction_log.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <set>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/error.h"
#include "modules/core/output_file.h"
#include "modules/core/trace.h"

namespace pimvp {
namespace {

const char* text_of(TransactionCommand command) {
    constexpr const char* names[] = {"read", "write", "ignore"};
    return names[static_cast<std::size_t>(command)];
}

const char* text_of(TransactionResponse response) {
    constexpr const char* names[] = {
        "ok",          "incomplete",       "generic_error", "address_error", "command_error",
        "burst_error", "byte_enable_error"};
    return names[static_cast<std::size_t>(response)];
}

std::string text_of_activity(int activity) {
    switch (activity) {
        case Activity::load:
            return "load";
        case Activity::idle:
            return "idle";
        case Activity::io:
            return "io";
        default:
            return "layer" + std::to_string(activity - Activity::first_layer);
    }
}

}  // namespace

struct TransactionLog::Impl {
    explicit Impl(const TraceOptions& o)
        : file(o.transactions), scope(o.scope), from_ps(o.from_ps), to_ps(o.to_ps), output(file) {
        stream.open(output.path(), std::ios::binary | std::ios::trunc);
        if (!stream)
            throw Error(file + ": expected a file that can be written, found " + std::strerror(errno));
        text = "start_ps,end_ps,initiator,target,command,address,bytes,response,activity\n";
    }

    bool in_scope(const std::string& name) const { return name.compare(0, scope.size(), scope) == 0; }

    void write_row(const Transaction& t) {
        char address[20];
        *std::to_chars(address, address + sizeof address - 1, t.address, 16).ptr = '\0';
        text += std::to_string(t.start_ps) + ',' + std::to_string(t.end_ps) + ',';
        text += links[static_cast<std::size_t>(t.link)];
        text += ',';
        text += text_of(t.command);
        text += ",0x";
        text += address;
        text += ',' + std::to_string(t.bytes) + ',';
        text += text_of(t.response);
        text += ',' + text_of_activity(t.activity) + '\n';
        if (text.size() > std::size_t{1} << 20) drain();
    }

    void emit(std::int64_t before) {
        const auto rest = std::stable_partition(pending.begin(), pending.end(),
                                                [&](const Transaction& t) { return t.start_ps < before; });
        std::stable_sort(pending.begin(), rest,
                         [](const Transaction& a, const Transaction& b) { return a.start_ps < b.start_ps; });
        for (auto it = pending.begin(); it != rest; ++it) write_row(*it);
        pending.erase(pending.begin(), rest);
        drain();
    }

    /// An exception within the simulation would come out as a bug of the model; close() is outside of it.
    void drain() {
        if (refused.empty()) stream.write(text.data(), static_cast<std::streamsize>(text.size()));
        text.clear();
        note_failure();
    }
    void note_failure() {
        if (!stream && refused.empty()) refused = std::strerror(errno);
    }

    const std::string file, scope;
    const std::int64_t from_ps, to_ps;
    OutputFile output;
    std::ofstream stream;
    std::string text, refused;       // why a write failed
    std::vector<std::string> links;  // "initiator,target"
    std::set<const void*> known;
    std::string first_initiator;  // of all links, for the message
    std::vector<Transaction> pending;
};

TransactionLog::TransactionLog(const TraceOptions& options) : impl_(std::make_unique<Impl>(options)) {}
TransactionLog::~TransactionLog() = default;

int TransactionLog::add_link(const void* identity, const std::string& initiator, const std::string& target) {
    Impl& t = *impl_;
    if (!t.known.insert(identity).second) return -1;
    if (t.first_initiator.empty()) t.first_initiator = initiator;
    if (!t.in_scope(initiator) && !t.in_scope(target)) return -1;
    t.links.push_back(initiator + "," + target);
    return static_cast<int>(t.links.size()) - 1;
}

void TransactionLog::record(const Transaction& transaction) {
    Impl& t = *impl_;
    if (transaction.link < 0 || transaction.end_ps < t.from_ps || transaction.start_ps > t.to_ps) return;
    if (t.refused.empty()) t.pending.push_back(transaction);
}

void TransactionLog::flush(std::int64_t time_ps) {
    impl_->emit(time_ps);
}

void TransactionLog::require_links() const {
    if (impl_->scope.empty() || !impl_->links.empty()) return;
    throw Error("trace scope '" + impl_->scope +
                "': expected links with an end whose name starts so, found none of " +
                std::to_string(impl_->known.size()) + " that has" +
                (impl_->known.empty() ? "" : "; the first starts at " + impl_->first_initiator));
}

void TransactionLog::close() {
    Impl& t = *impl_;
    t.emit(INT64_MAX);
    t.stream.close();
    t.note_failure();
    if (!t.refused.empty()) throw Error(t.file + ": expected to write the transactions, found " + t.refused);
    t.output.commit();
}

}  // namespace pimvp
