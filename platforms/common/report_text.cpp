// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/report_text.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"

namespace pimvp {
namespace {

using Align = TextTable::Align;

/// Blocks of one kind, added up, in the order of the first of each.
struct Group {
    std::string name;
    int blocks = 0;
    Zeptojoules energy = 0;
    Area area;
    double utilisation = 0, least_utilisation = 1, busy = 0;
    int with_utilisation = 0, with_busy = 0;
    bool counted = true;
};

std::vector<Group> groups_of(const RunResult& r) {
    std::vector<Group> groups;
    for (const BlockResult& block : r.blocks) {
        const std::string name = block_group(block.name);
        auto group =
            std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == name; });
        if (group == groups.end()) {
            Group fresh;
            fresh.name = name;
            fresh.counted = block.counted;
            group = groups.insert(groups.end(), fresh);
        }
        ++group->blocks;
        group->energy += block.energy;
        group->area += block.area;
        if (block.utilisation) {
            ++group->with_utilisation;
            group->utilisation += *block.utilisation;
            group->least_utilisation = std::min(group->least_utilisation, *block.utilisation);
        }
        if (block.busy) {
            ++group->with_busy;
            group->busy += *block.busy;
        }
    }
    return groups;
}

std::string share_text(double part, double whole) {
    return whole > 0 ? percent_text(part / whole) : "-";
}

/// Areas of one table in one unit, so that they compare at a glance.
std::string area_cell(Area area) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.4f mm2", area.si() * 1e6);
    return area.si() > 0 ? buffer : "-";
}

/// Of an energy of the whole run, what one inference has of it.
std::string per_inference(const RunResult& r, Zeptojoules energy) {
    return si_text(joules(energy) / static_cast<double>(std::max<std::size_t>(r.count(), 1)), "J");
}

std::string bit_exact_text(const RunResult& r) {
    if (!r.bit_exact) return "not checked";
    if (*r.bit_exact) return "yes, every tensor of every image";
    std::string why;
    for (const std::string& cause : r.non_ideal) why += (why.empty() ? "; configured: " : ", ") + cause;
    return "NO: " + r.first_mismatch + why;
}

std::string rtl_text(const RtlResult& rtl) {
    const std::string compared = rtl.block + ", " + std::to_string(rtl.operations) + " operations of " +
                                 std::to_string(rtl.cycles) + " cycles: ";
    if (rtl.differences == 0) return compared + "results and cycles are those of the model";
    return compared + "NO, " + std::to_string(rtl.differences) + " differ, first " + rtl.first_difference;
}

std::string headline(const RunResult& r) {
    const double operations = 2.0 * static_cast<double>(r.macs);
    const double energy = r.energy_per_inference().si();
    std::string accuracy = r.shape_only ? "drawn weights, no accuracy" : "no labels";
    if (r.accuracy()) {
        accuracy = percent_text(*r.accuracy(), 2) + "  (" +
                   std::to_string(std::lround(*r.accuracy() * static_cast<double>(r.count()))) + " of " +
                   std::to_string(r.count()) + ")";
    }
    TextTable table({{""}, {""}});
    table.add({"accuracy", accuracy});
    table.add({"bit-exact", bit_exact_text(r)});
    for (const RtlResult& rtl : r.rtl) table.add({"RTL", rtl_text(rtl)});
    table.add({"latency", si_text(r.mean_latency().si(), "s") + "  (doorbell to interrupt)"});
    table.add({"throughput", si_text(r.throughput(), "") + " inferences/s"});
    table.add({"energy", si_text(energy, "J") + " per inference, " + si_text(joules(r.load_energy), "J") +
                             " once to load in " + si_text(r.load_time.si(), "s")});
    table.add({"performance", si_text(operations * r.throughput(), "OPS") + "  (1 MAC = 2 operations)"});
    table.add({"efficiency", energy > 0 ? si_text(operations / energy, "OPS/W") : "-"});
    table.add({"area", area_text(r.area)});
    return table.text();
}

std::string energy_table(const RunResult& r, const std::vector<Group>& groups) {
    TextTable table({{"block"},
                     {"count", Align::right},
                     {"energy", Align::right},
                     {"share", Align::right},
                     {"area", Align::right},
                     {"share", Align::right}});
    const double whole = joules(r.energy);
    const auto add = [&](const Group& g) {
        table.add({g.name, std::to_string(g.blocks), si_text(joules(g.energy), "J"),
                   g.counted ? share_text(joules(g.energy), whole) : "not counted", area_cell(g.area),
                   g.counted && g.area.si() > 0 ? share_text(g.area.si(), r.area.si()) : "-"});
    };
    for (const bool counted : {true, false})
        for (const Group& g : groups)
            if (g.counted == counted) add(g);
    table.add({"total", "", si_text(whole, "J"), "", area_cell(r.area), ""});
    return "\nenergy of the whole run, loading included, and area\n" + table.text();
}

std::string layer_table(const RunResult& r) {
    TextTable table({{"layer"},
                     {"op"},
                     {"path"},
                     {"MACs", Align::right},
                     {"cycles", Align::right},
                     {"latency", Align::right},
                     {"energy", Align::right},
                     {"util", Align::right},
                     {"bound"}});
    Zeptojoules sum = 0;
    for (const LayerResult& l : r.layers) {
        sum += l.energy;
        const std::string name =
            l.name.size() <= 24 ? l.name : l.name.substr(0, 10) + ".." + l.name.substr(l.name.size() - 12);
        table.add({name, l.op, l.path, l.macs > 0 ? si_text(static_cast<double>(l.macs), "", 3) : "-",
                   std::to_string(l.cycles), si_text(l.latency.si(), "s", 3), per_inference(r, l.energy),
                   l.tiles > 0 ? percent_text(l.utilisation, 0) : "-",
                   l.bound + (l.resident ? "" : " (reloaded)")});
    }
    table.add({"all layers", "", "", si_text(static_cast<double>(r.macs), "", 3), "", "",
               per_inference(r, sum), "", ""});
    table.add({"image in, scores out", "", "", "", "", "", per_inference(r, r.io_energy), "", ""});
    table.add({"idle", "", "", "", "", "", per_inference(r, r.idle_energy), "", ""});
    return "\nlayers, one inference (layers of different paths overlap)\n" + table.text();
}

std::string array_table(const RunResult& r, const std::vector<Group>& groups) {
    TextTable table({{"arrays"},
                     {"count", Align::right},
                     {"cells used", Align::right},
                     {"least used", Align::right},
                     {"busy", Align::right}});
    bool any = false;
    for (const Group& g : groups) {
        if (g.with_utilisation == 0) continue;
        any = true;
        table.add({g.name, std::to_string(g.blocks), percent_text(g.utilisation / g.with_utilisation),
                   percent_text(g.least_utilisation),
                   g.with_busy > 0 ? percent_text(g.busy / g.with_busy) : "-"});
    }
    if (!any) return "";
    std::string text = "\n" + table.text();
    if (const ArrayUse use = r.array_use(); use.in_use < use.count)
        text += "  " + std::to_string(use.in_use) + " of " + std::to_string(use.count) + " hold weights, " +
                area_text(use.area_in_use) + " of " + area_text(use.area) + "; the others leak " +
                si_text(joules(use.idle_leakage), "J") + "\n";
    return text;
}

std::string power_table(const PowerReport& p) {
    const double taken = joules(p.taken);
    TextTable table({{"supply"}, {""}});
    table.add({"policy", p.policy + (p.no_progress.empty() ? "" : ", " + p.no_progress)});
    table.add({"outages", std::to_string(p.outages) + ", restored " + std::to_string(p.restores) +
                              " times, torn backups " + std::to_string(p.torn_backups)});
    table.add({"time", si_text(p.powered.si(), "s") + " powered, " + si_text(p.dead.si(), "s") + " dead"});
    table.add({"forward progress",
               percent_text(p.forward_progress(), 3) + ", most steps lost at once " +
                   std::to_string(p.work_lost_max) +
                   (p.work_lost_allowed ? " of " + std::to_string(*p.work_lost_allowed) + " allowed" : "")});
    table.add({"backup, restore", share_text(joules(p.backup), taken) + ", " +
                                      share_text(joules(p.restore), taken) + " of " + si_text(taken, "J") +
                                      " taken"});
    return "\n" + table.text();
}

}  // namespace

std::string block_group(const std::string& block) {
    const auto top = block.find('.');
    if (top == std::string::npos) return block;
    std::string group;
    for (std::size_t i = top + 1; i <= block.size(); ++i) {
        if (i == block.size() || block[i] == '.')
            while (!group.empty() && std::isdigit(static_cast<unsigned char>(group.back()))) group.pop_back();
        if (i < block.size()) group += block[i];
    }
    return group;
}

std::string report_text(const RunResult& r) {
    const std::vector<Group> groups = groups_of(r);
    std::string out = r.platform + ":" + r.variant + "  " + r.network + " on " + r.dataset + ", images " +
                      std::to_string(r.first_image) + ".." + std::to_string(r.last_image) +
                      (r.network_words.empty() ? "" : ", " + r.network_words) + "\n";
    if (!r.config.empty()) {
        std::string changed = "with";
        for (const auto& [key, value] : r.config)
            changed += (changed == "with" ? " " : ", ") + key + " = " + value;
        out += wrapped(changed, 100, 2);
    }
    out += "\n" + headline(r) + energy_table(r, groups) + layer_table(r) + array_table(r, groups);
    if (r.power) out += power_table(*r.power);
    const double rate = r.wall_s > 0 ? static_cast<double>(r.count()) / r.wall_s : 0;
    return out + "\nsimulated in " + si_text(r.wall_s, "s", 3) + ", " + si_text(rate, "", 3) +
           " inferences/s of wall time, " + si_text(static_cast<double>(r.peak_memory_bytes), "B", 3) +
           " of memory\n";
}

}  // namespace pimvp
