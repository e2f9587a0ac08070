// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a vault is built from: organisation, timing set, policies, gate, energies. No SystemC here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/config.h"
#include "modules/core/units.h"

namespace pimvp {

struct Technology;

/// JEDEC-style timing constraints in clock cycles, as modules/vault/timings/NAME.toml states them. ACT takes
/// two cycles of the row-command bus: to its first cycle X -> ACT is tX - 1 and ACT -> X is tX + 1, ACT ->
/// ACT is as stated.
struct VaultTiming {
    std::string name;
    std::int64_t tck_ps = 1000;
    int burst_cycles = 2;  // data beats of one column access / 2 (BL4, DDR)
    int cl = 14, cwl = 5, rcd_read = 14, rcd_write = 12, rp = 14, ras = 34, rc = 48;
    int ccd_s = 2, ccd_l = 4, rrd_s = 4, rrd_l = 4, faw = 15;
    int rtp = 5, wr = 16, wtr_s = 6, wtr_l = 8, rtw = 13;
    int rfc = 350, refi = 3900;
    int rfc_pb = 160, refi_pb = 122, rref_d = 8;  // per-bank refresh
    int xp = 8, cke = 8;                          // leave power-down; shortest stay in it

    /// A name of modules/vault/timings (looked up in vault_folder()) or a path that ends
    /// in .toml. Throws Error with file and key.
    static VaultTiming load(const std::string& name_or_file);
};

/// modules/vault in home_folder(): timings/, vault.toml.
std::string vault_folder();

struct VaultOrganisation {
    int bank_groups = 4, banks_per_group = 4;
    int rows = 32768;
    int columns = 32;  // column blocks of 32 bytes
    std::uint64_t bytes() const { return std::uint64_t(bank_groups) * banks_per_group * rows * columns * 32; }
};

/// Where a block's address bits go, most significant first: "row column bank group", or with a field cut in
/// two "row column:4 bank group column:1" (the number of bits). All fields powers of two.
struct DramAddress {
    int group = 0, bank = 0, row = 0, column = 0;  // bank: within its group
};
class AddressMapping {
  public:
    /// Throws Error on an unknown field, a missing or doubled one, or bits that do not add up.
    AddressMapping(const std::string& text, const VaultOrganisation& organisation);
    DramAddress decode(std::uint64_t block) const {  // block: byte address / 32
        std::uint64_t packed = 0;
        for (const auto& piece : pieces_) packed |= ((block >> piece.shift) & piece.mask) << piece.place;
        DramAddress address;
        address.group = static_cast<int>(packed & 0xFF);
        address.bank = static_cast<int>(packed >> bank_place & 0xFF);
        address.column = static_cast<int>(packed >> column_place & 0xFFFF);
        address.row = static_cast<int>(packed >> row_place);
        return address;
    }
    std::uint64_t encode(const DramAddress& address) const;
    /// An even column and its odd neighbour are 64 aligned bytes: what accesses to pairs need.
    bool keeps_pairs() const { return keeps_pairs_; }

  private:
    // All fields side by side in one word: a decode without a branch or a store.
    static constexpr int group_place = 0, bank_place = 8, column_place = 16, row_place = 32;
    struct Piece {
        int shift, place;  // in the block's address and in the word
        std::uint64_t mask;
    };
    std::vector<Piece> pieces_;
    bool keeps_pairs_ = false;
};

enum class GatePosition { a, b, c };  // before local data lines, at the column gate, behind the group mux
enum class SchedulingPolicy { fr_fcfs, fcfs };
enum class PagePolicy { open, closed };
enum class DramRefreshPolicy { all_bank, per_bank, none };

struct VaultParams {
    VaultTiming timing;
    VaultOrganisation organisation;
    std::string mapping = "row column bank group";
    SchedulingPolicy scheduling = SchedulingPolicy::fr_fcfs;
    PagePolicy page = PagePolicy::open;
    DramRefreshPolicy refresh = DramRefreshPolicy::all_bank;
    int read_queue = 64, write_queue = 64;  // column accesses
    int write_high = 48, write_low = 16;    // drain of writes begins and ends
    int starvation_cycles = 2000;           // an access that waited so long goes first
    bool power_down = false;
    int power_down_idle_cycles = 32;  // with nothing to do, before CKE goes low
    std::string command_trace;        // CSV file, "" none
    int pseudo_channel = 0;           // as the trace names it

    // `gated` false: always 16 bits and single blocks, whatever the regions say; `double_blocks` false:
    // single ones; true needs a mapping that keeps pairs.
    bool gated = true, double_blocks = false;
    GatePosition gate = GatePosition::b;
    double gate_overhead =
        0;  // energy of gate and control, share of the column path per bit moved; 0 if not `gated`

    Energy activation;                              // ACT and its PRE
    Energy cell_bit, bank_bit, group_bit, tsv_bit;  // per bit through the four segments, outwards
    Energy refresh_all_bank;                        // one REFab
    Power background_idle, background_one_bank, background_all_banks, background_power_down;
    Area area;  // of gates and controller, in gates of the logic die (vault_params.cpp: composition)

    static Schema schema();  // keys vault.*
    /// `instance` as VaultParams of one of several. The trace file of instance i > 0 is FILE with ".i" ahead
    /// of its ending. `technology` is that of the logic die, for the area.
    static VaultParams from(const Config& config, const Technology& technology, int instance = -1);
    /// Throws Error that names the key if values are impossible, alone or together.
    void check() const;
};

}  // namespace pimvp
