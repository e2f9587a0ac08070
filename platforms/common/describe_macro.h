// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "platforms/common/path.h"

namespace pimvp {

/// What all macros have in common towards a path.
template <class Macro>
PimMacro describe_macro(Macro& macro) {
    PimMacro result;
    result.module = &macro;
    result.target = &macro.target;
    result.account = &macro.account();
    result.access_ps = [&macro] {
        return macro.counters().access_cycles * static_cast<std::uint64_t>(macro.params().period.ps);
    };
    return result;
}

/// A macro as BLOCK.implementation of its instance says: a Model, or an Rtl, which is one in RTL; and the
/// RTL's score.
template <class Model, class Rtl, class Params>
std::pair<std::unique_ptr<Model>, const RtlScore*> make_macro(const std::string& name,
                                                              const std::string& block, int instance,
                                                              const Config& config, const Params& params,
                                                              const Technology& technology, Tracer* tracer) {
    if (config.text(block + ".implementation", instance) != "rtl")
        return {std::make_unique<Model>(name.c_str(), params, technology, tracer), nullptr};
    auto rtl = std::make_unique<Rtl>(name.c_str(), params, technology, tracer);
    const RtlScore* score = &rtl->score();
    return {std::move(rtl), score};
}

}  // namespace pimvp
