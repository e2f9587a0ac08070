// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What an SRAM compute-in-memory macro of any published structure costs, analog with converters or digital
// with adder trees: banks of cells, then a pipeline of parts, each priced by the primitives of Technology.
// The formulas are those of ZigZag-IMC (KULeuven-MICAS). No SystemC here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/technology.h"

namespace pimvp {

enum class CimPartKind {
    multipliers,   // one-bit products, a NAND2 each
    converters,    // ADCs
    adder_trees,   // of equal place values
    shift_adders,  // trees of different place values
    accumulators,  // an adder and a register
    registers      // between stages
};

/// Equal parts of one bank. Made by the functions below, which set what their kind has.
struct CimPart {
    CimPartKind kind;
    std::uint32_t count;
    std::uint32_t inputs = 1;  // of a tree
    std::uint32_t bits = 1;    // of each input; of a register; that a converter is laid out for
    std::uint32_t width = 0;   // last adder of a tree; accumulator; steps of a mean conversion
    std::uint32_t rows = 0;    // cells on a converter's line
    double busy = 1;           // share of the steps in which it switches
};

namespace cim {
CimPart multipliers(std::uint32_t count);
/// `mean_bits` below `bits`: the converter decides fewer on the average, for instance because it starts at
/// the last bit.
CimPart converters(std::uint32_t count, std::uint32_t bits, std::uint32_t rows, std::uint32_t mean_bits = 0);
CimPart adder_trees(std::uint32_t count, std::uint32_t inputs, std::uint32_t bits);
/// `width`: of the last adder, since the span of the place values sets it.
CimPart shift_adders(std::uint32_t count, std::uint32_t inputs, std::uint32_t bits, std::uint32_t width);
CimPart accumulators(std::uint32_t count, std::uint32_t input_bits, std::uint32_t width);
CimPart registers(std::uint32_t count, std::uint32_t bits);
}  // namespace cim

/// Share of an SRAM array's area that its cells take, the rest being decoders, drivers and sense amplifiers:
/// median of the arrays of 1.5 kb to 1 Mb (0.27 to 0.48) that CACTI 7 gives for the geometries below, as
/// published with ZigZag-IMC, over 6T cells of Technology::sram_cell_area.
constexpr double cim_array_efficiency = 0.41;

struct CimMacro {
    std::uint32_t banks = 1;
    std::uint32_t inputs = 1, outputs = 1;  // that a bank multiplies at once
    std::uint32_t weight_bits = 1;
    std::uint32_t cells_per_unit = 1;  // cells that share the compute unit of one weight bit
    std::uint32_t input_steps = 1;     // steps that a whole input takes
    std::uint32_t cycle_steps = 1;     // steps in what is published as one cycle
    std::uint32_t line_cells = 0;      // analog: cell loads that a step moves per input and output, bit lines
                                       // and lines that enable the compute units
    std::uint32_t dacs = 0, dac_bits = 0;           // of a bank
    std::vector<std::vector<CimPart>> stages{};     // a step takes as long as the longest
    std::vector<CimPart> idle{};                    // there, but not used for these products
    double input_toggle = 0.5, weight_zeros = 0.5;  // shares: inputs that switch, weight bits that are 0
};

struct CimPartCost {
    std::string name;
    Area area;
    Energy energy;  // per MAC
};
struct CimCost {
    std::vector<CimPartCost> parts;
    Area area;
    Duration cycle;
    Energy mac;
};

/// `technology` at the macro's node and supply. Throws std::invalid_argument for a macro without banks,
/// inputs, outputs or steps.
CimCost cim_cost(const CimMacro& macro, const Technology& technology);

/// The 28 nm primitives at another node, as ZigZag-IMC takes its fit to 22 nm: loads, and areas of gates and
/// converters, in proportion; cells by the square; delays and the converters' charge stay.
Technology scaled_from_28nm(const Technology& at_28nm, double node_nm);

}  // namespace pimvp
