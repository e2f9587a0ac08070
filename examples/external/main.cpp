// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Two blocks of pimvp in somebody else's SystemC project.
#include <cstdlib>
#include <iostream>
#include <systemc>

#include "initiator.h"
#include "modules/core/config.h"
#include "modules/core/technology.h"
#include "modules/sram_macro/sram_macro.h"
#include "modules/vault/vault.h"

namespace {

/// Count of a block's event, over the whole run.
std::uint64_t count(const pimvp::Account& account, const std::string& event) {
    for (std::size_t e = 0; e < account.events(); ++e)
        if (account.event_name(e) == event) return account.total(e);
    return 0;
}

}  // namespace

int sc_main(int, char**) {
    using namespace pimvp;
    setenv("PIMVP_HOME", PIMVP_DATA, 0);  // where blocks look for their files

    // Parameters: the defaults of the struct, or a file, which may be one's own. 28 nm is Technology's
    // default.
    const Technology technology;
    const SramMacroParams macro_params;
    auto config = Config::load(vault_folder() + "/vault.toml", VaultParams::schema());
    config.set("vault.refresh=none");

    Initiator initiator("initiator");
    SramMacro macro("sram", macro_params, technology);
    Vault vault("vault", VaultParams::from(config, technology));
    initiator.macro.bind(macro.target);
    initiator.vault.bind(vault.in[0]);
    sc_core::sc_start();
    vault.book_background(static_cast<std::int64_t>(sc_core::sc_time_stamp().to_seconds() * 1e12));

    std::cout << "MVM of 128 inputs by 32 filters   " << initiator.access_time() << ", "
              << joules(macro.account().energy()) * 1e12 << " pJ with the weights written, "
              << count(macro.account(), "access") << " access\n"
              << "4 KiB from the vault, 16 bits     " << initiator.read_time(16) << "\n"
              << "4 KiB from the vault, 4 bits      " << initiator.read_time(4) << "\n"
              << "bits over its TSVs                " << count(vault.account(), "tsv_bit") << ", "
              << joules(vault.account().energy()) * 1e9 << " nJ in all\n"
              << (initiator.good() ? "all as expected\n" : "DIFFERENT\n");
    return initiator.good() ? 0 : 1;
}
