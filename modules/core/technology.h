// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The component primitives that macro costs are composed from. Defaults are the 28 nm, 0.9 V fit of
// ZigZag-IMC (KULeuven-MICAS, validated by its authors on seven SRAM compute-in-memory chips). No SystemC
// here.
#pragma once

#include "modules/core/config.h"
#include "modules/core/units.h"

namespace pimvp {

/// Everything logic is a number of NAND2 gates: XOR2 = 1.5 loads, 2.4 areas, 2.4 delays; a full adder is 3
/// NAND2 and 2 XOR2; a flip-flop 3 loads and 6 areas.
struct Technology {
    Voltage supply = volts(0.9);
    Capacitance cell_load =
        femtofarads(0.35);  // one cell's load on its wordline, and the same on its bit line
    Capacitance nand2_capacitance = femtofarads(0.7);
    Area nand2_area = square_micrometres(0.614);
    Duration nand2_delay = nanoseconds(0.0478);
    Area sram_cell_area = square_micrometres(0.114);  // 6T
    Area gain_cell_area = square_micrometres(0.160);  // 3T gain cell
    Capacitance adc_capacitance_per_bit = femtofarads(100.0);
    Capacitance adc_capacitance_per_step = femtofarads(0.001);  // times 4^bits: thermal noise sets it
    Duration adc_bit_delay_per_row = nanoseconds(0.00653);
    Duration adc_bit_delay = nanoseconds(0.640);
    Area adc_area_unit = square_micrometres(16.07);  // 10^1.206
    double adc_area_slope = 0.0369;                  // decades per bit
    Capacitance dac_capacitance_per_bit = femtofarads(50.0);

    /// One cell's load through a full swing: a wordline or bit-line toggle costs this per cell on it.
    Energy cell_toggle() const { return switching_energy(cell_load, supply); }
    /// A one-bit product in a NOR gate whose other input, the stored weight, stays: half a NAND2 load.
    Energy multiply_energy() const { return switching_energy(nand2_capacitance * 0.5, supply); }
    Duration multiply_delay() const { return nand2_delay; }

    Energy full_adder_energy() const { return switching_energy(nand2_capacitance * 6.0, supply); }
    Area full_adder_area() const { return nand2_area * 7.8; }
    Duration full_adder_in_to_sum() const { return nand2_delay * 4.8; }
    Duration full_adder_in_to_carry() const { return nand2_delay * 4.4; }
    Duration full_adder_carry_to_carry() const { return nand2_delay * 2.0; }

    Energy flip_flop_energy() const { return switching_energy(nand2_capacitance * 3.0, supply); }
    Area flip_flop_area() const { return nand2_area * 6.0; }

    /// One conversion at `bits`: (100 bits + 0.001 4^bits) fF V^2.
    Energy adc_energy(int bits) const;
    /// bits (0.00653 rows + 0.640) ns for a bit line of `rows` cells.
    Duration adc_latency(int bits, int rows) const;
    /// 10^(1.206 - 0.0369 bits) 2^bits um2.
    Area adc_area(int bits) const;
    /// One conversion of a row's input; a single bit needs no converter and costs nothing.
    Energy dac_energy(int bits) const;

    /// Keys `technology.*`.
    static Schema schema();
    static Technology from(const Config& config);
};

}  // namespace pimvp
