// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command.h"
#include "apps/network_text.h"
#include "apps/output_file.h"
#include "apps/system_choice.h"
#include "modules/core/error.h"
#include "networks/dataset.h"
#include "networks/import.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"

namespace pimvp {
namespace {

std::string platform_section() {
    std::string out = "platforms and their variants\n";
    for (const PlatformEntry& platform : platforms()) {
        out += "  " + platform.name + "  " + platform.what + "\n";
        TextTable table({{""}, {""}}, 4);
        for (const std::string& variant : variants(platform.name))
            table.add({platform.name + ":" + variant,
                       choose_system(platform.name + ":" + variant, {}).config.description()});
        out += table.text();
    }
    return out;
}

std::string network_section() {
    TextTable table({{""},
                     {"image"},
                     {"layers", TextTable::Align::right},
                     {"MACs", TextTable::Align::right},
                     {"weights", TextTable::Align::right},
                     {""}});
    for (const std::string& name : network_names()) {
        const net::NetworkOutline outline = net::outline_network(find_network(name).file);
        table.add({name, shape_text(outline.image), std::to_string(outline.layers),
                   si_text(static_cast<double>(outline.macs), "", 3),
                   si_text(static_cast<double>(outline.weights), "", 3),
                   outline.shape_only ? "shapes only, weights are drawn" : outline.dataset});
    }
    return "\nnetworks\n" + table.text();
}

std::string dataset_section(const std::string& data_dir) {
    TextTable table({{""}, {""}});
    for (const char* name : {"fashion-mnist", "mnist", "cifar10"}) {
        std::string where;
        try {
            const auto files = net::find_dataset(name, data_dir, net::Split::test);
            where = files.empty() ? "not found (--data-dir, $PIMVP_DATA)" : files.front();
        } catch (const Error& error) {
            where = error.what();
        }
        table.add({name, where});
    }
    return "\ndata sets (test split)\n" + table.text();
}

}  // namespace

Command add_list_command(CLI::App& app) {
    auto data_dir = std::make_shared<std::string>();
    CLI::App* list = app.add_subcommand("list", "Platforms, variants, networks, data sets");
    list->add_option("--data-dir", *data_dir, "folder of data sets, as for pimvp run")->option_text("DIR");
    return {list, [data_dir] {
                write_output("-", platform_section() + network_section() + dataset_section(*data_dir));
                return 0;
            }};
}

}  // namespace pimvp
