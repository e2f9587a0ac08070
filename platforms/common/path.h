// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "modules/dma/dma.h"
#include "modules/edram_macro/edram_macro.h"
#include "modules/edram_macro/edram_refresh_controller.h"
#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "modules/postprocess/postprocess.h"
#include "modules/sequencer/sequencer.h"
#include "modules/sram_macro/sram_macro.h"
#include "networks/mapping.h"
#include "networks/program.h"

namespace pimvp {

/// One path of an accelerator, wired: macros of one kind, activation buffer, program memory, sequencer,
/// postprocessor and DMA engine on a local interconnect, with a window to the system's. Not a module itself:
/// its blocks are children of the platform, named PREFIX + block.
struct Path {
    std::string prefix;
    std::unique_ptr<Interconnect> bus;
    std::unique_ptr<Memory> buffer, program;
    std::unique_ptr<Dma> dma;
    std::unique_ptr<Sequencer> sequencer;
    std::unique_ptr<Postprocess> postprocess;
    std::vector<std::unique_ptr<SramMacro>> sram;
    std::vector<std::unique_ptr<EdramMacro>> edram;
    std::unique_ptr<EdramRefreshController> refresh;

    /// Blocks in report order.
    std::vector<Account*> accounts();
};

/// Builds and binds a path inside the module that is being constructed. `geometry` says how many macros of
/// which kind, `index` which window of the address map it has; the caller binds `uplink(path)` and
/// `downlink(path)` to the system's interconnect.
Path build_path(const std::string& prefix, const net::PathGeometry& geometry, const net::AddressMap& map,
                int index, const Config& config, const Technology& technology, Tracer* tracer);
tlm_utils::simple_initiator_socket_tagged_optional<Interconnect>& uplink(Path& path);
tlm_utils::simple_target_socket_tagged<Interconnect>& downlink(Path& path);

/// Bytes of the activation buffer, or at an address of the system's interconnect, seen through debug
/// transport.
std::vector<std::uint8_t> peek(Path& path, std::int64_t offset, std::size_t bytes);
std::vector<std::uint8_t> peek_system(Path& path, std::uint64_t address, std::size_t bytes);

/// Parameter keys of all blocks of a path.
Schema path_schema();
/// Throws Error for settings of instances that do not exist: `counts` says how many each block with instances
/// has.
void check_instances(const Config& config, const std::map<std::string, int>& counts);
/// Geometry of a path of `macros` SRAM or eDRAM macros, as configured.
net::PathGeometry path_geometry(const std::string& name, net::CellKind cell, int macros,
                                const Config& config);

}  // namespace pimvp
