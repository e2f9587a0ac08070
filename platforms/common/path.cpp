// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/path.h"

#include <stdexcept>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/dma/dma.h"
#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "modules/postprocess/postprocess.h"
#include "modules/sequencer/resumable_sequencer.h"
#include "modules/sequencer/sequencer.h"

namespace pimvp {

namespace {

// Outputs of a path's interconnect before its macros, and its inputs.
enum Output : unsigned {
    to_system,
    to_buffer,
    to_program,
    to_postprocess,
    to_sequencer,
    to_dma,
    first_macro
};
enum Input : unsigned { from_sequencer, from_dma, from_system, from_postprocess, inputs };

void append(Schema& all, const Schema& part) {
    all.insert(all.end(), part.begin(), part.end());
}

}  // namespace

Path::Path() = default;
Path::Path(Path&&) noexcept = default;
Path::~Path() = default;

std::vector<Account*> Path::accounts() {
    std::vector<Account*> result = {&sequencer->account(), &bus->account(),         &buffer->account(),
                                    &program->account(),   &postprocess->account(), &dma->account()};
    if (index) result.push_back(&index->account());
    result.insert(result.end(), arrays.others.begin(), arrays.others.end());
    for (auto& macro : arrays.macros) result.push_back(macro.account);
    return result;
}

void Path::connect(Interconnect& system, unsigned index) {
    bus->out[to_system].bind(system.in[index]);
    system.out[index].bind(bus->in[from_system]);
}

ParamSpec implementation_key(const std::string& block) {
    return {block + ".implementation", ParamType::text, "model, or RTL in lockstep with it", 0, 0,
            {"model", "rtl"}};
}

Schema path_schema(bool mram_memories, bool index_memory) {
    Schema all;
    append(all, Technology::schema());
    append(all, SequencerParams::schema());
    append(all, PostprocessParams::schema());
    append(all, DmaParams::schema("dma"));
    append(all, InterconnectParams::schema("array_bus"));
    for (const char* block : {"activation_buffer", "program_memory"})
        append(all, mram_memories ? MemoryParams::mram_schema(block) : MemoryParams::buffer_schema(block));
    if (index_memory) append(all, MemoryParams::buffer_schema("index_memory"));
    return all;
}

void check_instances(const Config& config, const std::map<std::string, int>& counts) {
    for (const auto& param : config.params()) {
        const auto& key = param.spec.key;
        const auto open = key.find('['), close = key.find(']');
        if (open == std::string::npos || close == std::string::npos) continue;
        const auto block = key.substr(0, open);
        const auto found = counts.find(block);
        if (found == counts.end())
            throw Error(param.origin + ": " + key + ": there is one " + block + " only, without an index");
        const auto index = std::stoll(key.substr(open + 1, close - open - 1));
        if (index >= found->second)
            throw Error(param.origin + ": " + key + ": expected an instance below " +
                        std::to_string(found->second) + ", found " + std::to_string(index));
    }
}

void check_alike(const Config& config, const std::string& block, const std::vector<std::string>& keys,
                 int instances) {
    for (int m = 0; m < instances; ++m)
        for (const auto& key : keys) {
            const auto all = config.integer(block + "." + key), one = config.integer(block + "." + key, m);
            if (one != all)
                throw Error(block + "[" + std::to_string(m) + "]." + key + ": expected " +
                            std::to_string(all) + " as in all of the path, found " + std::to_string(one));
        }
}

net::PathGeometry path_geometry(const std::string& name, const std::string& block, net::CellKind cell,
                                int macros, const Config& config) {
    auto g = path_geometry(name, cell, macros, config);
    g.rows = static_cast<int>(config.integer(block + ".rows"));
    g.columns = static_cast<int>(config.integer(block + ".columns"));
    check_alike(config, block, {"rows", "columns"}, macros);
    return g;
}

net::PathGeometry path_geometry(const std::string& name, net::CellKind cell, int macros,
                                const Config& config) {
    net::PathGeometry g;
    g.name = name;
    g.cell = cell;
    g.macros = macros;
    g.buffer_bytes = config.integer("activation_buffer.bytes");
    g.program_bytes = config.integer("program_memory.bytes");
    const auto post = PostprocessParams::from(config);
    g.post_channels = post.limits.channels;
    g.post_row_bytes = post.limits.row_bytes;
    g.accumulator_bits = static_cast<int>(post.limits.accumulator_bits);
    g.multiplier_bits = static_cast<int>(post.limits.multiplier_bits);
    g.parameter_entries = post.parameter_entries;
    g.line_buffer_bytes = config.integer("sequencer.line_buffer_bytes");
    g.mask_bits = config.integer("sequencer.mask_bits");
    g.link_bits = static_cast<int>(config.integer("array_bus.width_bits"));
    return g;
}

Path build_path(const net::PathGeometry& geometry, const net::AddressMap& map, int index,
                const Config& config, const Technology& technology, const MakeMacros& make,
                const PathOptions& options, Tracer* tracer) {
    const std::string& prefix = geometry.name;
    const auto& at = map.paths[static_cast<std::size_t>(index)];
    const auto named = [&](const std::string& block) { return prefix + block; };
    const auto name = [](const std::string& text) { return text.c_str(); };
    const auto macros = static_cast<unsigned>(geometry.macros);
    Path path;
    path.prefix = prefix;

    const auto memory = [&](const std::string& block) {
        return options.mram_memories ? MemoryParams::mram(config, block)
                                     : MemoryParams::buffer(config, block);
    };
    path.bus = std::make_unique<Interconnect>(
        name(named("_bus")),
        options.array_bus != nullptr ? *options.array_bus : InterconnectParams::from(config, "array_bus"),
        inputs, first_macro + macros + (options.index_memory ? 1 : 0), tracer);
    path.buffer = std::make_unique<Memory>(name(named("_buffer")), memory("activation_buffer"), 2, tracer);
    path.program = std::make_unique<Memory>(name(named("_program")), memory("program_memory"), 1, tracer);
    path.dma = std::make_unique<Dma>(name(named("_dma")), DmaParams::from(config, "dma"), tracer);
    auto sequencer = SequencerParams::from(config);
    sequencer.rank = index;
    sequencer.link_bits = path.bus->params().width_bits;
    sequencer.hop_cycles = path.bus->params().hop_cycles;
    sequencer.dma = at.dma;
    sequencer.postprocess = at.postprocess;
    if (options.resumable == nullptr) {
        path.sequencer =
            std::make_unique<Sequencer>(name(named("_sequencer")), sequencer, technology, tracer);
    } else {
        auto resumable = std::make_unique<ResumableSequencer>(name(named("_sequencer")), sequencer,
                                                              *options.resumable, technology, tracer);
        path.resumable = resumable.get();
        path.sequencer = std::move(resumable);
    }
    path.postprocess = std::make_unique<Postprocess>(name(named("_postprocess")),
                                                     PostprocessParams::from(config), technology, tracer);

    auto& bus = *path.bus;
    path.sequencer->port.bind(bus.in[from_sequencer]);
    path.dma->port.bind(bus.in[from_dma]);
    bus.out[to_buffer].bind(path.buffer->in[0]);
    path.postprocess->buffer.bind(path.buffer->in[1]);
    path.postprocess->system.bind(bus.in[from_postprocess]);
    bus.out[to_program].bind(path.program->in[0]);
    bus.out[to_postprocess].bind(path.postprocess->target);
    bus.out[to_sequencer].bind(path.sequencer->target);
    bus.out[to_dma].bind(path.dma->target);
    bus.map(to_sequencer, at.sequencer, PIMVP_SEQ_SIZE);
    bus.map(to_dma, at.dma, PIMVP_DMA_SIZE);
    bus.map(to_program, at.program, path.program->params().bytes);
    bus.map(to_buffer, at.buffer, path.buffer->params().bytes);
    bus.map(to_postprocess, at.postprocess, PIMVP_POST_SIZE);
    bus.map(to_system, map.dram, 0x80000000u, map.dram);
    for (std::size_t other = 0; other < map.paths.size(); ++other)
        if (static_cast<int>(other) != index)
            bus.map(to_system, map.paths[other].sequencer, 0x10000000u, map.paths[other].sequencer);

    if (options.index_memory) {
        path.index = std::make_unique<Memory>(name(named("_index")),
                                              MemoryParams::buffer(config, "index_memory"), 2, tracer);
        bus.out[first_macro + macros].bind(path.index->in[0]);
        bus.map(first_macro + macros, at.sequencer + PIMVP_SEQ_INDEX, path.index->params().bytes);
        path.sequencer->index.bind(path.index->in[1]);
    }
    path.arrays = make(prefix, geometry, config, technology, tracer);
    for (unsigned m = 0; m < macros; ++m) {
        bus.out[first_macro + m].bind(*path.arrays.macros[m].target);
        bus.map(first_macro + m, map.macro(index, static_cast<int>(m)), PIMVP_MACRO_SIZE);
    }
    return path;
}

namespace {

std::vector<std::uint8_t> peek(Path& path, Output output, std::uint64_t address, std::size_t bytes) {
    std::vector<std::uint8_t> data(bytes);
    tlm::tlm_generic_payload payload;
    prepare(payload, tlm::TLM_READ_COMMAND, address, data.data(), static_cast<unsigned>(bytes));
    if (path.bus->out[output]->transport_dbg(payload) != bytes)
        throw std::runtime_error(path.prefix + ": " + std::to_string(bytes) + " bytes at " +
                                 std::to_string(address) + " cannot be looked into");
    return data;
}

}  // namespace

std::vector<std::uint8_t> peek(Path& path, std::int64_t offset, std::size_t bytes) {
    return peek(path, to_buffer, static_cast<std::uint64_t>(offset), bytes);
}

std::vector<std::uint8_t> peek_system(Path& path, std::uint64_t address, std::size_t bytes) {
    return peek(path, to_system, address, bytes);
}

}  // namespace pimvp
