// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Interconnect, memories and DMA engine: rectangles travel from DRAM to a buffer and back, both memories are
// compared byte for byte with copies made by plain loops, and the bandwidth reached stands beside the
// narrowest part's.
#include <algorithm>

#include "driver/pimvp_sequencer.h"
#include "modules/core/error.h"
#include "modules/dma/dma.h"
#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "testbenches/testbench.h"

using namespace pimvp;

namespace {

struct Options {
    std::int64_t copies = 64, row_bytes = 1024, rows = 16, gap = 0, align = 16, flip = -1;
    std::string direction = "both";
};

constexpr std::uint64_t dram_at = 0x80000000u, buffer_at = 0x10000000u, dma_at = 0x20000000u;
constexpr std::int64_t dram_bytes = 1 << 20;  // of it, what the bench uses

using Bytes = std::vector<std::uint8_t>;

/// One side of a copy: the first byte, and from row to row.
struct Side {
    std::uint32_t base, stride;
};

/// Somewhere in a memory of `bytes`, aligned as asked for, with up to `gap` bytes between rows.
Side place(Testbench& bench, const Options& o, std::int64_t bytes) {
    const std::int64_t stride = o.row_bytes + bench.random(o.gap + 1),
                       length = (o.rows - 1) * stride + o.row_bytes;
    if (length > bytes)
        throw Error("--rows, --row-bytes, --gap: expected a rectangle of at most " + std::to_string(bytes) +
                    " bytes, found " + std::to_string(length));
    return {static_cast<std::uint32_t>(bench.random((bytes - length) / o.align + 1) * o.align),
            static_cast<std::uint32_t>(stride)};
}

void copy(const Options& o, const Bytes& from, const Side& source, Bytes& to, const Side& destination) {
    for (std::int64_t row = 0; row < o.rows; ++row)
        for (std::int64_t i = 0; i < o.row_bytes; ++i)
            to[static_cast<std::size_t>(destination.base + row * destination.stride + i)] =
                from[static_cast<std::size_t>(source.base + row * source.stride + i)];
}

std::vector<std::int32_t> integers(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

/// Bits a second through a port of that many bits.
double bandwidth(int bits, Period period) {
    return bits / period.duration().si();
}

void simulate(Testbench& bench, const Options& o) {
    const auto& config = bench.config();
    const auto bus_params = InterconnectParams::from(config, "bus");
    const auto dram_params = MemoryParams::dram(config, "dram");
    const auto buffer_params = MemoryParams::buffer(config, "activation_buffer");
    const auto buffer_bytes = static_cast<std::int64_t>(buffer_params.bytes);
    if (o.flip >= buffer_bytes)
        throw Error("--flip-byte: expected a byte of the buffer, 0.." + std::to_string(buffer_bytes - 1) +
                    ", found " + std::to_string(o.flip));
    // What both memories must hold; drawn and copied before the simulation, which only has to follow.
    const auto start = bench.random(static_cast<std::size_t>(dram_bytes), 0, 255);
    const Bytes dram_start(start.begin(), start.end());
    Bytes dram_end = dram_start, buffer_end(buffer_params.bytes);
    struct Job {
        std::uint32_t registers[6];  // from PIMVP_DMA_SOURCE on
    };
    std::vector<Job> jobs;
    for (std::int64_t i = 0; i < o.copies; ++i) {
        const bool in = o.direction == "in" || (o.direction == "both" && i % 2 == 0);
        const Side outside = place(bench, o, dram_bytes), inside = place(bench, o, buffer_bytes);
        const Side &from = in ? outside : inside, &to = in ? inside : outside;
        copy(o, in ? dram_end : buffer_end, from, in ? buffer_end : dram_end, to);
        jobs.push_back({{static_cast<std::uint32_t>((in ? dram_at : buffer_at) + from.base),
                         static_cast<std::uint32_t>((in ? buffer_at : dram_at) + to.base),
                         static_cast<std::uint32_t>(o.row_bytes), static_cast<std::uint32_t>(o.rows),
                         from.stride, to.stride}});
    }
    Bytes dram_found(dram_start.size()), buffer_found(buffer_end.size());

    enum Output : unsigned { to_dram, to_buffer, to_dma, outputs };
    Interconnect bus("bus", bus_params, 2, outputs, bench.tracer());
    Memory dram("dram", dram_params, 1, bench.tracer()), buffer("buffer", buffer_params, 1, bench.tracer());
    Dma dma("dma", DmaParams::from(config), bench.tracer());
    ProtocolChecker from_host("from_host"), from_dma("from_dma"), at_buffer("at_buffer");
    TestInitiator host("host", [&](TestInitiator& self) {
        self.debug_write(dram_at, dram_start);
        bench.measure(self);
        for (const Job& job : jobs) {
            bench.scoreboard.accepted("DMA registers", self.write(dma_at + PIMVP_DMA_SOURCE, job));
            bench.scoreboard.accepted("copy", self.write<std::uint32_t>(dma_at + PIMVP_DMA_START, 1));
        }
        if (o.flip >= 0) {
            const auto address = buffer_at + static_cast<std::uint64_t>(o.flip);
            std::uint8_t byte = 0;
            self.debug_read(address, &byte, 1);
            self.debug_write(address, {static_cast<std::uint8_t>(byte ^ 1)});
        }
        self.debug_read(dram_at, dram_found.data(), static_cast<unsigned>(dram_found.size()));
        self.debug_read(buffer_at, buffer_found.data(), static_cast<unsigned>(buffer_found.size()));
    });
    // To try another memory, bind its socket where this one's is.
    host.port.bind(from_host.target);
    from_host.port.bind(bus.in[0]);
    dma.port.bind(from_dma.target);
    from_dma.port.bind(bus.in[1]);
    bus.out[to_dram].bind(dram.in[0]);
    bus.out[to_buffer].bind(at_buffer.target);
    at_buffer.port.bind(buffer.in[0]);
    bus.out[to_dma].bind(dma.target);
    bus.map(to_dram, dram_at, dram_params.bytes);
    bus.map(to_buffer, buffer_at, buffer_params.bytes);
    bus.map(to_dma, dma_at, PIMVP_DMA_SIZE);
    bench.run(host, {&from_host, &from_dma, &at_buffer});
    bench.scoreboard.compare("DRAM", integers(dram_end), integers(dram_found));
    bench.scoreboard.compare("buffer", integers(buffer_end), integers(buffer_found));

    Zeptojoules energy = 0;
    for (Account* account : {&bus.account(), &dram.account(), &buffer.account(), &dma.account()}) {
        bench.report(*account);
        energy += account->energy(Testbench::measured);
    }
    const double bits = 8.0 * static_cast<double>(o.copies * o.rows * o.row_bytes);
    bench.figure("time_per_copy_s", bench.measured_s() / static_cast<double>(o.copies), "s", "time per copy");
    bench.figure("bits_per_s", bits / bench.measured_s(), "bit/s", "bandwidth");
    bench.beside("bits_per_s",
                 std::min({bandwidth(bus_params.width_bits, bus_params.period),
                           bandwidth(dram_params.word_bits, dram_params.period),
                           bandwidth(buffer_params.word_bits, buffer_params.period)}),
                 "the narrowest of bus, DRAM and buffer, without any latency");
    bench.figure("energy_per_bit_j", joules(energy) / bits, "J", "energy per bit copied");
}

}  // namespace

int sc_main(int argc, char** argv) {
    Testbench bench("memory_bench",
                    "A DMA engine copies rectangles between DRAM and a buffer over an interconnect;\n"
                    "every byte of both is checked.");
    Options options;
    bench.option("--copies", options.copies, 1, 100'000, "rectangles copied");
    bench.option("--row-bytes", options.row_bytes, 1, 1 << 20, "bytes of a row");
    bench.option("--rows", options.rows, 1, 65'536, "rows of a rectangle");
    bench.option("--gap", options.gap, 0, 65'536, "bytes between two rows, at most");
    bench.option("--align", options.align, 1, 4096, "of the rectangles' addresses");
    bench.option("--direction", options.direction, {"both", "in", "out"}, "to the buffer, or from it");
    bench.option("--flip-byte", options.flip, 0, 1 << 30,
                 "invert a bit of that byte of the buffer at the end");
    return bench.main(argc, argv, [&] { simulate(bench, options); });
}
