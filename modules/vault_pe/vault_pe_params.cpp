// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/vault_pe_params.h"

#include <cmath>
#include <string>

#include "modules/core/error.h"

namespace pimvp {
namespace {

// Energies, areas and leakage of the buffers are stated for 4 KB. Other sizes: exponents that join 2 KB and
// 8 KB in the same table (CACTI, 45 nm, 32-bit port): 1.90 and 6.39 pJ, 3.64 and 5.56 pJ, 0.0151 and 0.0575
// mm2, 3.23 and 13.69 mW.
constexpr double stated_bytes = 4096;
constexpr double read_exponent = 0.875, write_exponent = 0.306, area_exponent = 0.965,
                 leakage_exponent = 1.042;

double scale(std::int64_t bytes, double exponent) {
    return std::pow(static_cast<double>(bytes) / stated_bytes, exponent);
}

void check_range(const char* key, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
        throw Error("vault_pe." + std::string(key) + ": expected " + std::to_string(low) + " to " +
                    std::to_string(high) + ", found " + std::to_string(value));
}

constexpr std::int64_t most_bytes = 1 << 20;

}  // namespace

void VaultPeParams::check() const {
    check_range("period", period.ps, 1, 1000000);
    check_range("mac_groups", mac_groups, 1, 16);
    check_range("stationary", stationary, 1, 64);
    check_range("operand_buffer_bytes", operand_buffer_bytes, 32, most_bytes);
    check_range("result_buffer_bytes", result_buffer_bytes, 32, most_bytes);
    check_range("burst_bytes", burst_bytes, 64, most_bytes);
    if (burst_bytes % 64 != 0)
        throw Error("vault_pe.burst_bytes: expected a multiple of 64, found " + std::to_string(burst_bytes));
    check_range("outstanding", outstanding, 1, 64);
    check_range("decode_cycles", decode_cycles, 0, 100);
}

Schema VaultPeParams::schema() {
    return {
        {"vault_pe.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
        {"vault_pe.mac_groups", ParamType::integer, "groups of 16 multipliers", 1, 16, {}},
        {"vault_pe.stationary",
         ParamType::integer,
         "resident vectors that each streamed block meets",
         1,
         64,
         {}},
        {"vault_pe.operand_buffer_bytes", ParamType::integer, "resident vectors", 32, most_bytes, {}},
        {"vault_pe.result_buffer_bytes",
         ParamType::integer,
         "accumulators and finished outputs",
         32,
         most_bytes,
         {}},
        {"vault_pe.burst_bytes", ParamType::integer, "longest read, a multiple of 64", 64, most_bytes, {}},
        {"vault_pe.outstanding", ParamType::integer, "reads on their way", 1, 64, {}},
        {"vault_pe.decode_cycles", ParamType::integer, "cycles to decode a fetched command", 0, 100, {}},
        {"vault_pe.mac_energy", ParamType::energy, "multiply and add of 16 by 16 bits", 0, 0, {}},
        {"vault_pe.mac_precision_share",
         ParamType::ratio,
         "of it that goes down with the product of the bits",
         0,
         1,
         {}},
        {"vault_pe.buffer_read_energy", ParamType::energy, "32 bits of a buffer of 4 KB", 0, 0, {}},
        {"vault_pe.buffer_write_energy", ParamType::energy, "32 bits of a buffer of 4 KB", 0, 0, {}},
        {"vault_pe.decode_energy", ParamType::energy, "decoder, per operand bit", 0, 0, {}},
        {"vault_pe.mac_area", ParamType::area, "multiplier and adder", 0, 0, {}},
        {"vault_pe.mac_leakage", ParamType::power, "multiplier and adder", 0, 0, {}},
        {"vault_pe.buffer_area", ParamType::area, "buffer of 4 KB", 0, 0, {}},
        {"vault_pe.buffer_leakage", ParamType::power, "buffer of 4 KB", 0, 0, {}},
    };
}

VaultPeParams VaultPeParams::from(const Config& config, int instance) {
    const auto integer = [&](const char* key) {
        return config.integer("vault_pe." + std::string(key), instance);
    };
    const auto energy = [&](const char* key, std::int64_t bytes, double exponent) {
        return config.energy("vault_pe." + std::string(key), instance) * scale(bytes, exponent);
    };
    VaultPeParams p;
    p.period = Period::of(config.duration("vault_pe.period", instance), "vault_pe.period");
    p.vault = instance < 0 ? 0 : instance;
    p.mac_groups = static_cast<int>(integer("mac_groups"));
    p.stationary = static_cast<int>(integer("stationary"));
    p.operand_buffer_bytes = integer("operand_buffer_bytes");
    p.result_buffer_bytes = integer("result_buffer_bytes");
    p.burst_bytes = integer("burst_bytes");
    p.outstanding = static_cast<int>(integer("outstanding"));
    p.decode_cycles = integer("decode_cycles");
    p.gated = config.boolean("vault.gated", instance);
    p.double_blocks = config.boolean("vault.double_blocks", instance);
    p.mac = config.energy("vault_pe.mac_energy", instance);
    constexpr double wide_product = 48.0 * 32 / (16 * 16);
    p.requantise = p.mac * wide_product;
    p.mac_precision_share = config.ratio("vault_pe.mac_precision_share", instance);
    p.operand_read = energy("buffer_read_energy", p.operand_buffer_bytes, read_exponent);
    p.operand_write = energy("buffer_write_energy", p.operand_buffer_bytes, write_exponent);
    p.result_read = energy("buffer_read_energy", p.result_buffer_bytes, read_exponent);
    p.result_write = energy("buffer_write_energy", p.result_buffer_bytes, write_exponent);
    p.input_bit = (energy("buffer_read_energy", p.input_buffer_bytes(), read_exponent) +
                   energy("buffer_write_energy", p.input_buffer_bytes(), write_exponent)) /
                  32;
    // Whole words need no decoder.
    if (p.gated) p.decode_bit = config.energy("vault_pe.decode_energy", instance);
    const double macs = 16.0 * p.mac_groups + wide_product;
    p.leakage = config.power("vault_pe.mac_leakage", instance) * macs;
    p.area = config.area("vault_pe.mac_area", instance) * macs;
    for (const std::int64_t bytes : {p.operand_buffer_bytes, p.result_buffer_bytes, p.input_buffer_bytes()}) {
        p.leakage += config.power("vault_pe.buffer_leakage", instance) * scale(bytes, leakage_exponent);
        p.area += config.area("vault_pe.buffer_area", instance) * scale(bytes, area_exponent);
    }
    p.check();
    return p;
}

}  // namespace pimvp
