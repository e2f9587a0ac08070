// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A postprocessor between a scripted initiator and a buffer: random partial sums are requantised or compared
// with thresholds, random rows are added or merged, and every output in the buffer is checked.
#include <algorithm>
#include <cmath>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/bits.h"
#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/memory/memory.h"
#include "modules/postprocess/postprocess.h"
#include "testbenches/testbench.h"

using namespace pimvp;

namespace {

struct Options {
    std::string mode = "all";
    std::int64_t channels = 64, width = 16, height = 8, bits = 4, tiles = 2, flip = -1;
};

using Values = std::vector<std::int32_t>;

constexpr unsigned operand_bits = 4, operands = 2;
constexpr int greatest_sum = 500;

struct Mode {
    std::string name;
    pimvp_post_mode code;
    std::uint32_t shift;  // brings what it computes about to the range of the outputs
    bool takes_sums() const { return code == PIMVP_POST_REQUANT || code == PIMVP_POST_THRESHOLD; }
};
const Mode modes[] = {{"requant", PIMVP_POST_REQUANT, 21},
                      {"threshold", PIMVP_POST_THRESHOLD, 0},
                      {"add", PIMVP_POST_ADD, 15},
                      {"merge", PIMVP_POST_MERGE, 15}};

/// value x multiplier / 2^shift to the nearest integer, halves up, plus zero point, clamped: in real numbers,
/// which hold these products exactly.
std::int32_t scaled(std::int64_t value, const pimvp_post_entry& entry, const pimvp_post& post) {
    const double nearest =
        std::floor(std::ldexp(static_cast<double>(value), -static_cast<int>(entry.shift)) + 0.5);
    return static_cast<std::int32_t>(std::clamp<double>(post.zero_point + nearest, post.low, post.high));
}

pimvp_post configuration(const Options& o, const Mode& mode, std::uint32_t parameters) {
    pimvp_post post{};
    const bool threshold = mode.code == PIMVP_POST_THRESHOLD;
    const auto bits = threshold ? 1u : static_cast<unsigned>(o.bits);
    post.mode = mode.code;
    post.channels = static_cast<std::uint32_t>(o.channels);
    post.width = static_cast<std::uint32_t>(o.width);
    post.format = PIMVP_FORMAT(bits, threshold ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED);
    post.low = threshold ? 0 : -(1 << (bits - 1));
    post.high = threshold ? 1 : (1 << (bits - 1)) - 1;
    post.zero_point = 1;
    post.parameters = parameters;
    post.row_bytes = (post.width * post.channels * bits + 7) / 8;
    if (!mode.takes_sums())
        for (unsigned k = 0; k < operands; ++k)
            post.operand_format[k] = PIMVP_FORMAT(operand_bits, PIMVP_KIND_UNSIGNED);
    return post;
}

std::vector<pimvp_post_entry> random_entries(Testbench& bench, const Options& o, const Mode& mode) {
    std::vector<pimvp_post_entry> entries;
    for (std::int64_t c = 0; c < o.channels; ++c) {
        pimvp_post_entry entry{};
        entry.bias = bench.random(1, mode.takes_sums() ? -100 : 0, mode.takes_sums() ? 100 : 15)[0];
        entry.multiplier = mode.code == PIMVP_POST_THRESHOLD ? bench.random(1, -greatest_sum, greatest_sum)[0]
                                                             : bench.random(1, 1 << 14, (1 << 15) - 1)[0];
        entry.shift = mode.shift;
        const auto select = PIMVP_PAIR(bench.random(operands), bench.random(o.channels));
        if (mode.code == PIMVP_POST_MERGE) entry.select = select;
        entries.push_back(entry);
    }
    return entries;
}

/// Writes the partial sums of all pixels, tile by tile; returns the outputs that must follow.
Values drive_sums(Testbench& bench, TestInitiator& self, const Options& o, const pimvp_post& post,
                  const std::vector<pimvp_post_entry>& entries) {
    Values expected;
    for (std::int64_t pixel = 0; pixel < o.height * o.width; ++pixel) {
        Values sums(entries.size(), 0);
        for (std::int64_t t = 1; t <= o.tiles; ++t) {
            const auto partial = bench.random(entries.size(), -greatest_sum, greatest_sum);
            const auto status = self.write(t == o.tiles ? PIMVP_POST_PSUM32_LAST : PIMVP_POST_PSUM32,
                                           partial.data(), static_cast<unsigned>(4 * partial.size()));
            bench.scoreboard.accepted("partial sums", status);
            for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += partial[c];
        }
        for (std::size_t c = 0; c < sums.size(); ++c) {
            const std::int64_t biased = sums[c] + entries[c].bias;
            expected.push_back(post.mode == PIMVP_POST_THRESHOLD
                                   ? biased >= entries[c].multiplier
                                   : scaled(biased * entries[c].multiplier, entries[c], post));
        }
    }
    return expected;
}

/// The same with rows of two operands.
Values drive_rows(Testbench& bench, TestInitiator& self, const Options& o, const pimvp_post& post,
                  const std::vector<pimvp_post_entry>& entries) {
    Values expected;
    const auto channels = static_cast<std::size_t>(o.channels),
               elements = channels * static_cast<std::size_t>(o.width);
    for (std::int64_t y = 0; y < o.height; ++y) {
        Values row[operands];
        for (unsigned k = 0; k < operands; ++k) {
            row[k] = bench.random(elements, 0, (1 << operand_bits) - 1);
            std::vector<std::uint8_t> packed((elements * operand_bits + 7) / 8);
            pack(row[k].data(), elements, operand_bits, packed.data(), 0);
            bench.scoreboard.accepted("operand row",
                                      self.write(PIMVP_POST_OPERAND + k * PIMVP_POST_OPERAND_STRIDE, packed));
        }
        for (std::size_t i = 0; i < elements; ++i) {
            const pimvp_post_entry& entry = entries[i % channels];
            std::int64_t value = 0;
            if (post.mode == PIMVP_POST_ADD)
                for (unsigned k = 0; k < operands; ++k)
                    value += std::int64_t{row[k][i] - entries[k].bias} * entries[k].multiplier;
            else
                value = std::int64_t{row[entry.select >> 16][i - i % channels + (entry.select & 0xFFFF)] -
                                     entry.bias} *
                        entry.multiplier;
            expected.push_back(scaled(value, entry, post));
        }
    }
    return expected;
}

/// What the tensor is in the buffer.
Values stored(TestInitiator& reader, const Options& o, const pimvp_post& post) {
    const unsigned bits = post.format & 0xFFFF;
    const auto elements = static_cast<std::size_t>(o.width * o.channels);
    Values values;
    for (std::int64_t y = 0; y < o.height; ++y) {
        std::vector<std::uint8_t> row(post.row_bytes);
        reader.debug_read(static_cast<std::uint64_t>(y) * post.row_bytes, row.data(), post.row_bytes);
        Values outputs(elements);
        unpack(row.data(), 0, bits, (post.format >> 16) == PIMVP_KIND_SIGNED, elements, outputs.data());
        values.insert(values.end(), outputs.begin(), outputs.end());
    }
    return values;
}

void check_sizes(const Options& o, const PostprocessParams& params, const MemoryParams& memory) {
    const auto bytes = (o.width * o.channels * std::max<std::int64_t>(o.bits, operand_bits) + 7) / 8;
    const auto expect = [](const char* what, std::int64_t found, std::int64_t most) {
        if (found > most)
            throw Error(std::string(what) + ": expected at most " + std::to_string(most) + ", found " +
                        std::to_string(found));
    };
    expect("--channels", o.channels, params.limits.channels);
    expect("parameters of all modes", std::size(modes) * o.channels, params.parameter_entries);
    expect("bytes of a row", bytes, params.limits.row_bytes);
    expect("bytes of the output", bytes * o.height, static_cast<std::int64_t>(memory.bytes));
    if (o.flip >= o.channels) expect("--flip-parameter", o.flip, o.channels - 1);
}

void simulate(Testbench& bench, const Options& o) {
    const auto params = PostprocessParams::from(bench.config());
    const auto memory = MemoryParams::buffer(bench.config(), "activation_buffer");
    check_sizes(o, params, memory);
    const auto pixels = o.width * o.height;

    Postprocess post("postprocess", params, Technology::from(bench.config()), bench.tracer());
    Memory buffer("buffer", memory, 2, bench.tracer());
    ProtocolChecker front("front"), back("back");
    TestInitiator reader("reader", [](TestInitiator&) {});  // looks into the buffer, untimed
    TestInitiator host("host", [&](TestInitiator& self) {
        self.set_activity(Activity::load);
        std::vector<pimvp_post_entry> entries[std::size(modes)];
        for (std::size_t m = 0; m < std::size(modes); ++m) {
            entries[m] = random_entries(bench, o, modes[m]);
            const std::uint64_t at = PIMVP_POST_PARAMETERS + m * entries[m].size() * sizeof(pimvp_post_entry);
            bench.scoreboard.accepted(
                "parameters",
                self.write(at, entries[m].data(),
                           static_cast<unsigned>(entries[m].size() * sizeof(pimvp_post_entry))));
            if (o.flip < 0) continue;
            pimvp_post_entry wrong = entries[m][static_cast<std::size_t>(o.flip)];
            wrong.bias ^= 1 << 9;
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(&wrong);
            self.debug_write(at + static_cast<std::uint64_t>(o.flip) * sizeof wrong,
                             {bytes, bytes + sizeof wrong});
        }
        bench.measure(self);
        for (std::size_t m = 0; m < std::size(modes); ++m) {
            const Mode& mode = modes[m];
            if (o.mode != "all" && o.mode != mode.name) continue;
            const auto start = sc_core::sc_time_stamp();
            const auto config = configuration(o, mode, static_cast<std::uint32_t>(m * entries[m].size()));
            bench.scoreboard.accepted("configuration", self.write(PIMVP_POST_CONFIG, config));
            const auto expected =
                (mode.takes_sums() ? drive_sums : drive_rows)(bench, self, o, config, entries[m]);
            self.read<std::uint32_t>(PIMVP_POST_DONE);  // waits for the last store
            bench.scoreboard.accepted("stores", self.last_status());
            bench.scoreboard.compare(mode.name, expected, stored(reader, o, config));

            const auto cycles =
                static_cast<double>(to_ps(sc_core::sc_time_stamp() - start) / params.period.ps);
            const auto ceil = [](std::int64_t work, unsigned lanes) { return (work + lanes - 1) / lanes; };
            const auto least = mode.takes_sums()
                                   ? pixels * std::max(o.tiles * ceil(o.channels, params.lanes_accumulate),
                                                       ceil(o.channels, params.lanes_requant))
                                   : o.height * operands * ceil(o.width * o.channels, params.lanes_requant);
            const auto outputs = static_cast<double>(pixels * o.channels);
            bench.figure(mode.name + "_outputs_per_cycle", outputs / cycles, "",
                         mode.name + ", outputs per cycle");
            bench.beside(mode.name + "_outputs_per_cycle", outputs / static_cast<double>(least),
                         "the slower stage without configuration, first fill and last store");
        }
    });
    host.port.bind(front.target);
    front.port.bind(post.target);
    post.buffer.bind(back.target);
    back.port.bind(buffer.in[0]);
    reader.port.bind(buffer.in[1]);
    bench.run(host, {&front, &back});
    bench.report(post.account());
    bench.report(buffer.account());
}

}  // namespace

int sc_main(int argc, char** argv) {
    Testbench bench("postprocess_bench",
                    "A postprocessor turns random partial sums and rows into activations; every\n"
                    "output in the buffer is checked.");
    Options options;
    bench.option("--mode", options.mode, {"all", "requant", "threshold", "add", "merge"}, "what it computes");
    bench.option("--channels", options.channels, 2, 4096, "of the outputs");
    bench.option("--width", options.width, 1, 65'535, "pixels in a row");
    bench.option("--height", options.height, 1, 65'535, "rows");
    bench.option("--bits", options.bits, 1, 16, "of an output (of a threshold: 1)");
    bench.option("--tiles", options.tiles, 1, 100, "partial sums of one output");
    bench.option("--flip-parameter", options.flip, 0, 4095,
                 "change the bias of that channel behind the bench's back");
    return bench.main(argc, argv, [&] { simulate(bench, options); });
}
