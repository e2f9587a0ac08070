// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a digital datapath for low-bit weights costs: parameters, cycles, events per access, prices and areas,
// composed from full adders, flip-flops and gates. The structure is that of YodaNN (Andri et al., IEEE TCAD
// 37(1), 2018): a store of weight bits in latches, and sum-of-product units that add or subtract inputs as
// the weight bits say. No SystemC here.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "modules/core/config.h"
#include "modules/core/technology.h"
#include "modules/pim_macro/region.h"

namespace pimvp {

struct CmosDatapathParams {
    std::uint32_t rows = 784, columns = 64;  // latches: inputs x weight bits of all filters
    std::uint32_t units = 32;                // sum-of-product units: columns that compute at once
    std::uint32_t operands = 50;             // inputs that a unit sums at once
    std::uint32_t pipeline_stages = 4;       // into which a unit's adders are cut
    Period period{2000};
    std::uint32_t write_cycles = 1;  // per row of latches touched
    std::uint32_t read_cycles = 1;   // the same, weights read back as memory
    Power leakage_per_gate = Power::si(0.18e-9);

    MacroGeometry geometry() const;
    /// Rows that compute one after the other.
    std::uint32_t row_groups() const { return (rows + operands - 1) / operands; }

    /// Keys `cmos_datapath.*`.
    static Schema schema();
    /// Throws Error as check_params() does. `instance` >= 0 looks for that instance's overrides first.
    static CmosDatapathParams from(const Config& config, int instance = -1);
};

/// Throws Error naming the key, what was expected and what was found.
void check_params(const CmosDatapathParams& params);

/// The adder tree of one unit: operands are added in pairs, an odd one waits for the next level. A sum of
/// level l, from 1, is of bits + l bits and takes an adder of bits + l - 1.
struct AdderTree {
    std::uint32_t levels = 0;         // ceil(log2 operands)
    std::uint64_t full_adders = 0;    // of all adders
    std::uint64_t pipeline_bits = 0;  // what the registers between stages hold
};
/// Registers lie behind level ceil(k levels / stages), k = 1 .. stages - 1, and hold all that is left there.
AdderTree adder_tree(std::uint32_t operands, std::uint32_t bits, std::uint32_t stages);

/// Width of an input as an operand: one bit more where a bipolar weight makes an unsigned input negative. The
/// sign's plane of two's complement weights is subtracted behind the tree.
std::uint32_t operand_bits(const Region& region);
/// Width of a filter's accumulator: weight bits + operand bits + ceil(log2 rows), rows of the whole store.
std::uint32_t accumulator_width(const CmosDatapathParams& params, std::uint32_t weight_bits,
                                std::uint32_t operand_bits);

/// Selection, adder tree and accumulation of a step; ripple-carry adders, whose levels but the last wait for
/// sums only, and whose accumulator's lower bits settle while the tree's carry still runs.
Duration step_time(const CmosDatapathParams& params, const Technology& technology, const Region& region);

/// One access to a region, whatever its data: every operand and every adder counts in full.
struct CmosAccessCost {
    std::int64_t steps = 0;            // ceil(rows / operands) x ceil(filters x weight bits / units)
    std::int64_t cycles_per_step = 0;  // ceil(step time / pipeline stages / period)
    std::int64_t cycles = 0;           // until the units take the next access: steps x cycles per step
    std::int64_t latency = 0;          // cycles, and those in which the last step drains from the pipeline
    std::uint64_t latched_bits = 0;    // rows x input bits
    std::uint64_t operand_bits = 0;    // rows x input bits, once per ceil(filters x weight bits / units)
    std::uint64_t weight_bits = 0;     // read from the store: rows x filters x weight bits
    std::uint64_t product_bits = 0;    // weight bits x operand bits
    std::uint64_t adder_bits = 0;      // full adders of the trees
    std::uint64_t pipeline_bits = 0;
    std::uint64_t accumulated_bits = 0;  // columns x row groups x width
};
CmosAccessCost access_cost(const CmosDatapathParams& params, const Technology& technology,
                           const Region& region);

/// Prices per event.
struct CmosDatapathPrices {
    Energy latched_bit;      // one flip-flop
    Energy operand_bit;      // multiplexers that select one of row_groups() inputs
    Energy weight_bit;       // multiplexers that select one of the latches that serve an operand of a unit
    Energy product_bit;      // an XOR: the operand or its complement
    Energy adder_bit;        // one full adder
    Energy pipeline_bit;     // one flip-flop
    Energy accumulated_bit;  // one full adder and one flip-flop
    Energy written_bit;      // a latch, half a flip-flop, behind a decoder of all rows
    Energy read_bit;         // multiplexers that select one of all rows
    Power leakage;           // of all areas, as NAND2
};
CmosDatapathPrices prices(const CmosDatapathParams& params, const Technology& technology);

/// Sum of an access's events at their prices.
Energy access_energy(const CmosAccessCost& cost, const CmosDatapathPrices& prices);

/// Latches with their multiplexers, products, adders, and flip-flops, for inputs of `input_bits`, the widest
/// that the address map allows.
std::vector<std::pair<std::string, Area>> areas(const CmosDatapathParams& params,
                                                const Technology& technology, std::uint32_t input_bits = 8);

/// Whether the region suits the datapath: geometry, weight format, and sums that cannot overflow the result
/// bytes, whatever the latches and inputs hold.
bool accepts(const CmosDatapathParams& params, const Region& region);

}  // namespace pimvp
