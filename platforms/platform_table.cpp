// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/platform_table.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "modules/core/error.h"
#include "modules/core/home_folder.h"
#include "platforms/cmos/platform.h"
#include "platforms/dualpim/platform.h"
#include "platforms/mram/platform.h"
#include "platforms/quantpim/platform.h"
#include "platforms/reram/platform.h"
#include "platforms/sun/platform.h"

namespace pimvp {

const std::vector<PlatformEntry>& platforms() {
    static const std::vector<PlatformEntry> table = {
        {"cmos", "digital baseline: a datapath for binary and low-bit weights beside buffers and DRAM",
         cmos::schema, cmos::placement, cmos::run},
        {"dualpim", "DualNet: an INT4 path in SRAM arrays beside a ternary-binary path in eDRAM arrays",
         dualpim::schema, dualpim::placement, dualpim::run},
        {"mram", "SOT-MRAM sub-arrays that AND bit planes and count, alive through power loss", mram::schema,
         mram::placement, mram::run},
        {"quantpim",
         "stacked DRAM whose gated I/O moves only the bits that a layer needs, with a PE below each vault",
         quantpim::schema, quantpim::placement, quantpim::run},
        {"reram", "analog baseline: crossbars of multi-bit ReRAM cells with input and column converters",
         reram::schema, reram::placement, reram::run},
        {"sun",
         "pruned mixed-precision networks: filters share slots of columns, groups of zeros are skipped",
         sun::schema, sun::placement, sun::run},
    };
    return table;
}

const PlatformEntry& find_platform(const std::string& name) {
    std::string known;
    for (const auto& entry : platforms()) {
        if (entry.name == name) return entry;
        known += (known.empty() ? "" : ", ") + entry.name;
    }
    throw Error("unknown platform '" + name + "': expected one of " + known);
}

std::vector<std::string> variants(const std::string& platform) {
    std::vector<std::string> names;
    const auto folder = home_folder() + "/platforms/" + platform;
    if (!std::filesystem::is_directory(folder))
        throw Error(folder + ": no such folder; PIMVP_HOME names the project's, found '" + home_folder() +
                    "'");
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
        return std::make_pair(a != "default", a) < std::make_pair(b != "default", b);
    });
    return names;
}

std::string variant_file(const std::string& platform, const std::string& variant) {
    const auto known = variants(platform);
    if (std::find(known.begin(), known.end(), variant) == known.end()) {
        std::string list;
        for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
        throw Error("unknown variant '" + variant + "' of " + platform + ": expected one of " + list);
    }
    return home_folder() + "/platforms/" + platform + "/" + variant + ".toml";
}

}  // namespace pimvp
