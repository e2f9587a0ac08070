// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/config.h"
#include "modules/power/power_if.h"
#include "networks/mapping.h"
#include "networks/program.h"

namespace pimvp {

class Dma;
class Interconnect;
class Memory;
class Postprocess;
class LayerSequencer;
class ResumableSequencer;
class Tracer;
struct InterconnectParams;
struct ResumableParams;
struct RtlScore;
struct Technology;

/// A PIM macro as a path sees it.
struct PimMacro {
    sc_core::sc_module* module = nullptr;
    tlm::tlm_base_target_socket<>* target = nullptr;
    Account* account = nullptr;
    std::function<std::uint64_t()> access_ps;  // that accesses occupied it
    std::vector<std::string> non_ideal;        // settings that may give other integers than the executor
    std::function<void(std::int64_t until_ps)> settle;  // what falls due without an access; may be empty
    const RtlScore* rtl = nullptr;                      // if its array is RTL, in lockstep with the model

    // Under a supply that may run out, all of them:
    PowerPort* power = nullptr;
    std::function<void()> lose;                         // the power is gone
    std::function<std::int64_t()> steps;                // carried out so far, torn ones included
    std::function<std::uint64_t()> torn_commits;        // the array's own
    std::function<std::int64_t()> uncommitted;          // of these since the last commit
    std::function<void(bool within_access)> committed;  // by what the sequencer committed
};

/// The macros of a path and what serves them.
struct PimMacros {
    std::vector<std::unique_ptr<sc_core::sc_module>> modules;  // owns macros and the others
    std::vector<PimMacro> macros;
    std::vector<Account*> others;  // of blocks that serve the macros, in report order ahead of them
};
/// Makes the macros PREFIX0, PREFIX1, ... as children of the module that is being constructed.
using MakeMacros = std::function<PimMacros(const std::string& prefix, const net::PathGeometry&, const Config&,
                                           const Technology&, Tracer*)>;

/// What paths of platforms may differ in besides their macros.
struct PathOptions {
    bool mram_memories = false;                     // activation buffer and program memory are SOT-MRAM
    const ResumableParams* resumable = nullptr;     // a sequencer that survives power loss
    const InterconnectParams* array_bus = nullptr;  // instead of the configured one
    bool index_memory = false;                      // of the sequencer
};

/// One path of an accelerator, wired: macros of one kind, activation buffer, program memory, sequencer,
/// postprocessor and DMA engine on a local interconnect, with a window to the system's. Not a module itself:
/// its blocks are children of the platform, named PREFIX + block.
struct Path {
    Path();
    Path(Path&&) noexcept;
    ~Path();

    std::string prefix;
    std::unique_ptr<Interconnect> bus;
    std::unique_ptr<Memory> buffer, program, index;  // index: null without index memory
    std::unique_ptr<Dma> dma;
    std::unique_ptr<LayerSequencer> sequencer;
    ResumableSequencer* resumable = nullptr;  // the sequencer, if it is one
    std::unique_ptr<Postprocess> postprocess;
    PimMacros arrays;

    /// Blocks in report order.
    std::vector<Account*> accounts();
    /// Binds the path's way into the system's interconnect and the system's way into the path.
    void connect(Interconnect& system, unsigned index);
};

/// Builds a path inside the module that is being constructed. `geometry` says how many macros, `index` which
/// window of the address map it has.
Path build_path(const net::PathGeometry& geometry, const net::AddressMap& map, int index,
                const Config& config, const Technology& technology, const MakeMacros& make,
                const PathOptions& options, Tracer* tracer);

/// Bytes of the activation buffer, or at an address of the system's interconnect, seen through debug
/// transport.
std::vector<std::uint8_t> peek(Path& path, std::int64_t offset, std::size_t bytes);
std::vector<std::uint8_t> peek_system(Path& path, std::uint64_t address, std::size_t bytes);

/// `BLOCK.implementation`: model or rtl.
ParamSpec implementation_key(const std::string& block);
/// Parameter keys of all blocks of a path but its macros.
Schema path_schema(bool mram_memories = false, bool index_memory = false);
/// Throws Error for settings of instances that do not exist: `counts` says how many each block with instances
/// has.
void check_instances(const Config& config, const std::map<std::string, int>& counts);
/// Throws Error where instances of `block` differ in a key that the mapping takes to be the same in all.
void check_alike(const Config& config, const std::string& block, const std::vector<std::string>& keys,
                 int instances);
/// Geometry of a path of `macros` macros, whose keys are `block`.rows and .columns, as configured.
net::PathGeometry path_geometry(const std::string& name, const std::string& block, net::CellKind cell,
                                int macros, const Config& config);
/// The same without rows and columns.
net::PathGeometry path_geometry(const std::string& name, net::CellKind cell, int macros,
                                const Config& config);

}  // namespace pimvp
