// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/trace.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <set>
#include <stdexcept>
#include <vector>

#include "modules/core/error.h"
#include "modules/core/output_file.h"
#include "modules/core/trace_fst.h"
#include "modules/core/transaction_log.h"

namespace pimvp {
namespace {

/// Short names of printable characters, as IEEE 1364 clause 18.2.1 allows: base 94 from '!'.
std::string identifier(std::size_t index) {
    std::string code;
    do {
        code += static_cast<char>('!' + index % 94);
        index /= 94;
    } while (index-- > 0);
    return code;
}

bool ends_with(const std::string& s, const std::string& tail) {
    return s.size() >= tail.size() && s.compare(s.size() - tail.size(), tail.size(), tail) == 0;
}

struct Signal {
    std::string leaf, code;
    int bits = 1;  // 0: real
    bool known = false;
    std::uint64_t value = 0;  // a real's bits
};

/// A scope of the hierarchy; children and signals in the order of declaration.
struct Scope {
    std::string name;
    std::vector<Scope> children;
    std::vector<std::size_t> signals;
};

struct Record {
    std::int64_t time;
    std::uint64_t value;
    int signal;
};

}  // namespace

struct Tracer::Impl {
    explicit Impl(const TraceOptions& o)
        : options(o),
          fst(ends_with(o.file, ".fst")),
          output(o.file),
          unconverted(fst && !output.direct() ? output.path() : "", o.file) {
        if (fst) require_vcd2fst(options.file);
        if (fst && output.direct())
            throw Error(options.file + ": expected a regular file for FST, found a pipe or a device");
        stream.open(fst ? unconverted.path() : output.path(), std::ios::binary | std::ios::trunc);
        if (!stream)
            throw Error(options.file + ": expected a file that can be written, found " +
                        std::strerror(errno));
    }

    int add(const std::string& name, int bits) {
        if (begun || !records.empty())
            throw std::logic_error("trace signal " + name + " declared after the first record");
        if (!names.insert(name).second) throw std::logic_error("trace signal " + name + " declared twice");
        if (name.compare(0, options.scope.size(), options.scope) != 0) return -1;
        Scope* scope = &root;
        std::size_t start = 0;
        for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', start)) {
            const std::string part = name.substr(start, dot - start);
            auto& children = scope->children;
            auto child = std::find_if(children.begin(), children.end(),
                                      [&](const Scope& s) { return s.name == part; });
            if (child == children.end()) child = children.insert(child, Scope{part, {}, {}});
            scope = &*child;
            start = dot + 1;
        }
        scope->signals.push_back(signals.size());
        signals.push_back({name.substr(start), identifier(signals.size()), bits});
        return static_cast<int>(signals.size()) - 1;
    }

    void push(int signal, std::int64_t time, std::uint64_t value) {
        if (signal < 0 || time > options.to_ps || !refused.empty()) return;
        if (time < flushed) throw std::logic_error("trace record older than the last flush");
        records.push_back({time, value, signal});
    }

    void declare(const Scope& scope) {
        for (const auto i : scope.signals) {
            const Signal& s = signals[i];
            const std::string width = std::to_string(std::max(s.bits, 1));
            text += s.bits == 0 ? "$var real 64 " : "$var wire " + width + " ";
            text += s.code + " " + s.leaf;
            if (s.bits > 1) text += " [" + std::to_string(s.bits - 1) + ":0]";
            text += " $end\n";
        }
        for (const auto& child : scope.children) {
            text += "$scope module " + child.name + " $end\n";
            declare(child);
            text += "$upscope $end\n";
        }
    }

    void write_value(const Signal& s) {
        if (s.bits == 0) {
            double real = 0;
            if (s.known) std::memcpy(&real, &s.value, sizeof real);
            char buffer[40];
            text += 'r';
            text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, real).ptr);
            text += ' ';
        } else if (s.bits == 1) {
            text += !s.known ? 'x' : s.value != 0 ? '1' : '0';
        } else {
            text += 'b';
            int top = s.bits - 1;
            while (s.known && top > 0 && (s.value >> top & 1) == 0) --top;
            if (!s.known) text += 'x';
            for (; s.known && top >= 0; --top) text += (s.value >> top & 1) != 0 ? '1' : '0';
            text += ' ';
        }
        text += s.code;
        text += '\n';
    }

    /// Header and first dump, once everything up to from_ps is known.
    void begin() {
        begun = true;
        text += "$timescale 1 ps $end\n";
        declare(root);
        text += "$enddefinitions $end\n#" + std::to_string(options.from_ps) + "\n$dumpvars\n";
        for (const auto& signal : signals) write_value(signal);
        text += "$end\n";
        written_time = options.from_ps;
    }

    void emit(std::int64_t before) {
        const auto pending = std::stable_partition(records.begin(), records.end(),
                                                   [&](const Record& r) { return r.time < before; });
        std::stable_sort(records.begin(), pending, [](const Record& a, const Record& b) {
            return a.time != b.time ? a.time < b.time : a.signal < b.signal;
        });
        for (auto it = records.begin(); it != pending; ++it) {
            const auto next = it + 1;
            if (next != pending && next->time == it->time && next->signal == it->signal) continue;
            if (!begun && it->time > options.from_ps) begin();
            Signal& signal = signals[static_cast<std::size_t>(it->signal)];
            if (signal.known && signal.value == it->value) continue;
            // A real's first dump is 0 even if unknown.
            const bool shown = begun && signal.bits == 0 && !signal.known && it->value == 0;
            signal.known = true;
            signal.value = it->value;
            if (!begun || shown) continue;
            if (it->time != written_time) text += "#" + std::to_string(it->time) + "\n";
            written_time = it->time;
            write_value(signal);
            if (text.size() > std::size_t{1} << 20) drain();
        }
        records.erase(records.begin(), pending);
        if (!begun && before > options.from_ps) begin();
    }

    void drain() {
        if (refused.empty()) stream.write(text.data(), static_cast<std::streamsize>(text.size()));
        text.clear();
        note_failure();
    }

    /// An exception within the simulation would come out as a bug of the model; close() is outside of it.
    void note_failure() {
        if (!stream && refused.empty()) refused = std::strerror(errno);
    }

    void require_signals() const {
        if (options.scope.empty() || !signals.empty()) return;
        std::string found = "none of " + std::to_string(names.size()) + " that does";
        if (!names.empty()) found += "; the first is " + *names.begin();
        throw Error("trace scope '" + options.scope + "': expected signals whose name starts so, found " +
                    found);
    }

    TraceOptions options;
    bool fst;
    OutputFile output;
    TemporaryFile unconverted;  // the VCD behind an FST
    std::ofstream stream;
    std::string text, refused;  // why a write failed
    std::vector<Signal> signals;
    std::set<std::string> names;
    Scope root;
    std::vector<Record> records;
    std::int64_t flushed = INT64_MIN, written_time = 0;
    bool begun = false;
};

Tracer::Tracer(const TraceOptions& options) {
    if (!options.file.empty()) impl_ = std::make_unique<Impl>(options);
    if (!options.transactions.empty()) transactions_ = std::make_unique<TransactionLog>(options);
}
Tracer::~Tracer() = default;

int Tracer::add_wire(const std::string& name, int bits, std::optional<std::uint64_t> initial) {
    if (bits < 1 || bits > 64) throw std::logic_error("trace signal " + name + " has not 1 to 64 bits");
    const int signal = impl_ ? impl_->add(name, bits) : -1;
    if (signal >= 0 && initial) {
        Signal& s = impl_->signals[static_cast<std::size_t>(signal)];
        s.known = true;
        s.value = *initial;
    }
    return signal;
}

int Tracer::add_real(const std::string& name) {
    return impl_ ? impl_->add(name, 0) : -1;
}

void Tracer::record(int signal, std::int64_t time_ps, std::uint64_t value) {
    if (signal < 0) return;
    const int bits = impl_->signals[static_cast<std::size_t>(signal)].bits;
    impl_->push(signal, time_ps, bits < 64 ? value & ((std::uint64_t{1} << bits) - 1) : value);
}

void Tracer::record_real(int signal, std::int64_t time_ps, double value) {
    if (signal < 0) return;
    value += 0.0;  // one zero
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    impl_->push(signal, time_ps, bits);
}

void Tracer::flush(std::int64_t time_ps) {
    if (transactions_) transactions_->flush(time_ps);
    if (!impl_) return;
    impl_->emit(time_ps);
    impl_->flushed = std::max(impl_->flushed, time_ps);
    impl_->drain();
}

void Tracer::close(std::int64_t end_ps) {
    if (impl_) impl_->require_signals();
    if (transactions_) {
        transactions_->require_links();
        transactions_->close();
    }
    if (!impl_) return;
    Impl& t = *impl_;
    t.emit(INT64_MAX);
    if (!t.begun) t.begin();
    const std::int64_t end = std::min(end_ps, t.options.to_ps);
    if (end > t.written_time) t.text += "#" + std::to_string(end) + "\n";
    t.drain();
    t.stream.close();
    t.note_failure();
    if (!t.refused.empty()) throw Error(t.options.file + ": expected to write the trace, found " + t.refused);
    if (t.fst) convert_vcd_to_fst(t.unconverted.path(), t.output.path());
    t.output.commit();
}

}  // namespace pimvp
