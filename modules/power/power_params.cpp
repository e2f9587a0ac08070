// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/power_params.h"

#include "modules/core/error.h"
#include "modules/core/quantity_text.h"

namespace pimvp {

namespace {

[[noreturn]] void refuse(const char* key, const std::string& expected, const std::string& found) {
    throw Error("power." + std::string(key) + ": expected " + expected + ", found " + found);
}

std::string text(Voltage voltage) {
    return print_quantity(voltage.si(), ParamType::voltage);
}

CutTarget target_of(const std::string& name) {
    if (name == "uniform") return CutTarget::uniform;
    if (name == "backup") return CutTarget::backup;
    if (name == "restore") return CutTarget::restore;
    if (name == "write") return CutTarget::write;
    return CutTarget::none;
}

}  // namespace

Schema PowerParams::schema() {
    const auto physical = [](const char* key, ParamType type, const char* what, double low, double high) {
        return ParamSpec{std::string("power.") + key, type, what, low, high, {}};
    };
    const auto count = [](const char* key, const char* what, double low, double high) {
        return ParamSpec{std::string("power.") + key, ParamType::integer, what, low, high, {}};
    };
    return {
        {"power.source",
         ParamType::text,
         "where harvested power comes from",
         0,
         0,
         {"constant", "generated", "trace"}},
        {"power.trace", ParamType::text, "CSV file time_s,power_w, repeated (source trace)", 0, 0, {}},
        physical("mean_power", ParamType::power, "harvested on average (constant, generated)", 0, 1000),
        physical("on_share", ParamType::ratio, "of time that there is power to harvest (generated)", 1e-6, 1),
        physical("outages_per_second", ParamType::frequency, "of the harvested power (generated)", 1e-6, 1e3),
        count("seed", "of the generated power", 0, 0),
        physical("capacitance", ParamType::capacitance, "of the storage capacitor", 1e-12, 1),
        physical("turn_on", ParamType::voltage, "at which the system is switched on", 1e-3, 10),
        physical("warning", ParamType::voltage, "below it state must be backed up; brown_out: no warning",
                 1e-3, 10),
        physical("brown_out", ParamType::voltage, "below it the system is off", 1e-3, 10),
        physical("maximum", ParamType::voltage, "of the capacitor; more is wasted", 1e-3, 10),
        physical("initial", ParamType::voltage, "when external power goes", 0, 10),
        physical("capacitor_leakage", ParamType::power, "lost by the capacitor, on or off", 0, 1),
        physical("longest_charge", ParamType::duration, "off for longer than that: never on again", 1e-3,
                 1e6),
        count("give_up_after", "charges without progress until a run ends", 1, 1e6),
        {"power.inject",
         ParamType::text,
         "what injected power cuts aim at",
         0,
         0,
         {"none", "uniform", "backup", "restore", "write"}},
        count("inject_count", "cuts of that target, 0: no limit", 0, 1e9),
        physical("inject_interval", ParamType::duration,
                 "mean powered time between cuts at random instants; 0: none", 0, 1e6),
        count("inject_every", "every k-th window of the target is cut", 1, 1e9),
        {"power.inject_warning",
         ParamType::boolean,
         "cuts at random instants begin with a warning",
         0,
         0,
         {}},
        physical("inject_warning_lead", ParamType::duration, "from that warning to the cut", 1e-12, 1),
        count("inject_seed", "of the instants of cuts", 0, 0),
    };
}

PowerParams PowerParams::from(const Config& config) {
    const auto key = [](const char* name) { return std::string("power.") + name; };
    PowerParams p;
    const std::string& source = config.text(key("source"));
    p.harvest.source = source == "trace"       ? HarvestSource::trace
                       : source == "generated" ? HarvestSource::generated
                                               : HarvestSource::constant;
    p.harvest.trace = config.text(key("trace"));
    p.harvest.mean_power = config.power(key("mean_power"));
    p.harvest.on_share = config.ratio(key("on_share"));
    p.harvest.outages = Frequency::si(config.si(key("outages_per_second")));
    p.harvest.seed = static_cast<std::uint64_t>(config.integer(key("seed")));
    p.capacitance = config.capacitance(key("capacitance"));
    p.turn_on = config.voltage(key("turn_on"));
    p.warning = config.voltage(key("warning"));
    p.brown_out = config.voltage(key("brown_out"));
    p.maximum = config.voltage(key("maximum"));
    p.initial = config.voltage(key("initial"));
    p.capacitor_leakage = config.power(key("capacitor_leakage"));
    p.longest_charge = config.duration(key("longest_charge"));
    p.give_up_after = config.integer(key("give_up_after"));
    p.inject.target = target_of(config.text(key("inject")));
    p.inject.count = config.integer(key("inject_count"));
    p.inject.interval = config.duration(key("inject_interval"));
    p.inject.every = config.integer(key("inject_every"));
    p.inject.warning = config.boolean(key("inject_warning"));
    p.inject.warning_lead = config.duration(key("inject_warning_lead"));
    p.inject.seed = static_cast<std::uint64_t>(config.integer(key("inject_seed")));
    p.check();
    return p;
}

void PowerParams::check() const {
    if (harvest.source == HarvestSource::trace && harvest.trace.empty())
        refuse("trace", "a file with source \"trace\"", "none");
    if (!(brown_out > Voltage{})) refuse("brown_out", "more than 0 V", text(brown_out));
    if (warning < brown_out) refuse("warning", "at least brown_out, " + text(brown_out), text(warning));
    if (turn_on <= warning) refuse("turn_on", "more than warning, " + text(warning), text(turn_on));
    if (maximum < turn_on) refuse("maximum", "at least turn_on, " + text(turn_on), text(maximum));
    if (maximum < initial) refuse("initial", "at most maximum, " + text(maximum), text(initial));
    if (inject.target == CutTarget::uniform && !(inject.interval > Duration{}))
        refuse("inject_interval", "more than 0 s with inject \"uniform\"", "0 s");
    if (inject.target != CutTarget::none && inject.warning && !(warning > brown_out))
        refuse("warning", "more than brown_out with inject_warning", text(warning));
}

}  // namespace pimvp
