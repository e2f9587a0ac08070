// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/vault_params.h"

#include <algorithm>
#include <filesystem>

#include "driver/pimvp_vault.h"
#include "modules/core/error.h"
#include "modules/core/technology.h"

namespace pimvp {
namespace {

constexpr int block_bits = 8 * PIMVP_VAULT_BLOCK_BYTES;
constexpr int most_queued = 4096, most_cycles = 1000000;

void check_range(const char* key, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
        throw Error("vault." + std::string(key) + ": expected " + std::to_string(low) + " to " +
                    std::to_string(high) + ", found " + std::to_string(value));
}

void check_positive(const char* key, double si) {
    if (!(si >= 0))
        throw Error("vault." + std::string(key) + ": expected none below zero, found " + std::to_string(si));
}

int bits_for(std::uint64_t values) {
    int bits = 0;
    while (bits < 63 && std::uint64_t{1} << bits < values) ++bits;
    return bits;
}

/// Gates. One per bank at positions a and b, one per bank group at c: a tri-state driver (2 NAND2) for each
/// of 256 lanes, with pairs also a 2:1 mux (3 NAND2) per lane that rotates by half a block, and 17 flip-flops
/// for thermometer code and pair. One table of regions per vault: registers of base, limit, bits, double, and
/// two comparators (a full adder per bit) each.
Area gate_area(const VaultParams& p, const Technology& technology) {
    if (!p.gated) return {};
    const int groups = p.organisation.bank_groups;
    const int gates = p.gate == GatePosition::c ? groups : groups * p.organisation.banks_per_group;
    const double nand2_per_lane = p.double_blocks ? 5 : 2;
    const int place_bits = bits_for(p.organisation.bytes() / 64) + 1;
    return technology.nand2_area * (gates * block_bits * nand2_per_lane) +
           technology.flip_flop_area() * (gates * 17) +
           technology.flip_flop_area() * (PIMVP_GATE_REGIONS * (2 * place_bits + 6)) +
           technology.full_adder_area() * (PIMVP_GATE_REGIONS * 2 * place_bits);
}

/// Controller. Per queue entry flip-flops for the block's address, its gate setting (6) and its age, and a
/// comparator with the open row (an XOR2, 2.4 NAND2, per bit); data and masks of writes in 6T cells. Per bank
/// the open row and four counters (ACT, PRE, read, write) of 9 bits, flip-flop and full adder each.
Area controller_area(const VaultParams& p, const Technology& technology) {
    const int address = bits_for(p.organisation.bytes() / PIMVP_VAULT_BLOCK_BYTES);
    const int row = bits_for(static_cast<std::uint64_t>(p.organisation.rows));
    const int age = bits_for(static_cast<std::uint64_t>(p.starvation_cycles) + 1);
    const int banks = p.organisation.bank_groups * p.organisation.banks_per_group;
    const double entries = p.read_queue + p.write_queue;
    return technology.flip_flop_area() * (entries * (address + 6 + age)) +
           technology.nand2_area * (entries * 2.4 * row) +
           technology.sram_cell_area * (p.write_queue * (block_bits + block_bits / 8.0)) +
           technology.flip_flop_area() * (banks * (row + 4 * 9)) +
           technology.full_adder_area() * (banks * 4 * 9);
}

std::string trace_name(const std::string& file, int instance) {
    if (file.empty() || instance <= 0) return file;
    const std::filesystem::path path(file);
    std::filesystem::path out(path);
    out.replace_filename(path.stem().string() + "." + std::to_string(instance) + path.extension().string());
    return out.string();
}

}  // namespace

void VaultParams::check() const {
    const VaultOrganisation& o = organisation;
    const AddressMapping map(mapping, o);  // throws on sizes that are no powers of two
    if (o.bytes() < 64 || o.bytes() > PIMVP_VAULT_GATE)
        throw Error("vault.rows: expected 64 bytes to 2 GiB of all banks together, found " +
                    std::to_string(o.bytes()));
    if (gated && double_blocks && !map.keeps_pairs())
        throw Error(
            "vault.mapping: expected the lowest bit of the column last (\"... column:1\"), as "
            "vault.double_blocks needs it, found \"" +
            mapping + "\"");
    check_range("read_queue", read_queue, 1, most_queued);
    check_range("write_queue", write_queue, 1, most_queued);
    check_range("write_high", write_high, 1, write_queue);
    check_range("write_low", write_low, 0, write_high - 1);
    check_range("starvation_cycles", starvation_cycles, 1, most_cycles);
    check_range("power_down_idle_cycles", power_down_idle_cycles, 1, most_cycles);
    if (refresh == DramRefreshPolicy::per_bank) {
        // refi / banks is rounded up in timing sets: at most one cycle per bank.
        const int banks = o.bank_groups * o.banks_per_group;
        const std::int64_t round = std::int64_t{timing.refi_pb} * banks;
        if (round > timing.refi + banks || round < timing.rfc_pb)
            throw Error("vault.refresh: expected all_bank or none, as per_bank would take " +
                        std::to_string(round) + " cycles for " + std::to_string(banks) +
                        " banks (refi_pb of timing set " + timing.name +
                        "), more than refi or less than rfc_pb, found per_bank");
    }
    check_positive("gate_overhead", gate_overhead);
    check_positive("activation_energy", activation.si());
    check_positive("cell_bit_energy", cell_bit.si());
    check_positive("bank_bit_energy", bank_bit.si());
    check_positive("group_bit_energy", group_bit.si());
    check_positive("tsv_bit_energy", tsv_bit.si());
    check_positive("refresh_energy", refresh_all_bank.si());
    check_positive("background_idle", background_idle.si());
    check_positive("background_one_bank", background_one_bank.si());
    check_positive("background_all_banks", background_all_banks.si());
    check_positive("background_power_down", background_power_down.si());
}

Schema VaultParams::schema() {
    return {
        {"vault.timing",
         ParamType::text,
         "timing set: a name of modules/vault/timings or a .toml file",
         0,
         0,
         {}},
        {"vault.mapping", ParamType::text, "fields of a block's address, most significant first", 0, 0, {}},
        {"vault.scheduling", ParamType::text, "who goes first", 0, 0, {"fr_fcfs", "fcfs"}},
        {"vault.page", ParamType::text, "rows stay open or close after an access", 0, 0, {"open", "closed"}},
        {"vault.refresh", ParamType::text, "refresh", 0, 0, {"all_bank", "per_bank", "none"}},
        {"vault.read_queue", ParamType::integer, "column accesses that wait as reads", 1, most_queued, {}},
        {"vault.write_queue", ParamType::integer, "column accesses that wait as writes", 1, most_queued, {}},
        {"vault.write_high", ParamType::integer, "waiting writes that start a drain", 1, most_queued, {}},
        {"vault.write_low", ParamType::integer, "waiting writes that end a drain", 0, most_queued, {}},
        {"vault.starvation_cycles",
         ParamType::integer,
         "wait after which an access goes first",
         1,
         most_cycles,
         {}},
        {"vault.power_down", ParamType::boolean, "power-down when there is nothing to do", 0, 0, {}},
        {"vault.power_down_idle_cycles",
         ParamType::integer,
         "idle time before power-down",
         1,
         most_cycles,
         {}},
        {"vault.command_trace", ParamType::text, "CSV file of commands; empty: none", 0, 0, {}},
        {"vault.bank_groups", ParamType::integer, "bank groups, a power of two", 1, 256, {}},
        {"vault.banks_per_group", ParamType::integer, "banks of a group, a power of two", 1, 256, {}},
        {"vault.rows", ParamType::integer, "rows of a bank, a power of two", 1, 1 << 24, {}},
        {"vault.columns",
         ParamType::integer,
         "column blocks of 32 bytes of a row, a power of two",
         1,
         1 << 16,
         {}},
        {"vault.gated", ParamType::boolean, "only the bits that a region asks for move", 0, 0, {}},
        {"vault.double_blocks",
         ParamType::boolean,
         "one access may move two blocks of up to 8 bits",
         0,
         0,
         {}},
        {"vault.gate",
         ParamType::text,
         "place: before the local data lines, at the column gate, behind the group mux",
         0,
         0,
         {"a", "b", "c"}},
        {"vault.gate_overhead", ParamType::ratio, "energy of the gate, share of the column path", 0, 1, {}},
        {"vault.activation_energy", ParamType::energy, "one ACT with its PRE", 0, 1e-6, {}},
        {"vault.cell_bit_energy", ParamType::energy, "per bit, cell to column mux", 0, 1e-9, {}},
        {"vault.bank_bit_energy", ParamType::energy, "per bit, column mux to bank-group mux", 0, 1e-9, {}},
        {"vault.group_bit_energy", ParamType::energy, "per bit, bank-group mux to global mux", 0, 1e-9, {}},
        {"vault.tsv_bit_energy", ParamType::energy, "per bit, through-silicon via", 0, 1e-9, {}},
        {"vault.refresh_energy", ParamType::energy, "one refresh of all banks", 0, 1e-3, {}},
        {"vault.background_idle", ParamType::power, "no bank open", 0, 10, {}},
        {"vault.background_one_bank", ParamType::power, "one bank open", 0, 10, {}},
        {"vault.background_all_banks", ParamType::power, "all banks open", 0, 10, {}},
        {"vault.background_power_down", ParamType::power, "in power-down", 0, 10, {}},
    };
}

VaultParams VaultParams::from(const Config& config, const Technology& technology, int instance) {
    const auto key = [](const char* name) { return std::string("vault.") + name; };
    const auto integer = [&](const char* name) {
        return static_cast<int>(config.integer(key(name), instance));
    };
    const auto boolean = [&](const char* name) { return config.boolean(key(name), instance); };
    const auto text = [&](const char* name) -> const std::string& {
        return config.text(key(name), instance);
    };
    const auto energy = [&](const char* name) { return config.energy(key(name), instance); };
    const auto power = [&](const char* name) { return config.power(key(name), instance); };
    VaultParams p;
    p.timing = VaultTiming::load(text("timing"));
    p.organisation.bank_groups = integer("bank_groups");
    p.organisation.banks_per_group = integer("banks_per_group");
    p.organisation.rows = integer("rows");
    p.organisation.columns = integer("columns");
    p.mapping = text("mapping");
    p.scheduling = text("scheduling") == "fcfs" ? SchedulingPolicy::fcfs : SchedulingPolicy::fr_fcfs;
    p.page = text("page") == "closed" ? PagePolicy::closed : PagePolicy::open;
    const std::string& refresh = text("refresh");
    p.refresh = refresh == "none"       ? DramRefreshPolicy::none
                : refresh == "per_bank" ? DramRefreshPolicy::per_bank
                                        : DramRefreshPolicy::all_bank;
    p.read_queue = integer("read_queue");
    p.write_queue = integer("write_queue");
    p.write_high = integer("write_high");
    p.write_low = integer("write_low");
    p.starvation_cycles = integer("starvation_cycles");
    p.power_down = boolean("power_down");
    p.power_down_idle_cycles = integer("power_down_idle_cycles");
    p.pseudo_channel = std::max(instance, 0);
    p.command_trace = trace_name(text("command_trace"), instance);
    p.gated = boolean("gated");
    p.double_blocks = boolean("double_blocks");
    const std::string& gate = text("gate");
    p.gate = gate == "a" ? GatePosition::a : gate == "b" ? GatePosition::b : GatePosition::c;
    p.gate_overhead = config.ratio(key("gate_overhead"), instance);
    p.activation = energy("activation_energy");
    p.cell_bit = energy("cell_bit_energy");
    p.bank_bit = energy("bank_bit_energy");
    p.group_bit = energy("group_bit_energy");
    p.tsv_bit = energy("tsv_bit_energy");
    p.refresh_all_bank = energy("refresh_energy");
    p.background_idle = power("background_idle");
    p.background_one_bank = power("background_one_bank");
    p.background_all_banks = power("background_all_banks");
    p.background_power_down = power("background_power_down");
    p.check();
    p.area = gate_area(p, technology) + controller_area(p, technology);
    return p;
}

}  // namespace pimvp
