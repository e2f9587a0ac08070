// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <systemc>

#include "modules/core/error.h"

namespace pimvp {
namespace {

spdlog::level::level_enum level_of(sc_core::sc_severity severity) {
    switch (severity) {
        case sc_core::SC_INFO:
            return spdlog::level::info;
        case sc_core::SC_WARNING:
            return spdlog::level::warn;
        case sc_core::SC_ERROR:
            return spdlog::level::err;
        default:
            return spdlog::level::critical;
    }
}

void report(const sc_core::sc_report& r, const sc_core::sc_actions& actions) {
    constexpr sc_core::sc_actions shown = sc_core::SC_DISPLAY | sc_core::SC_LOG;
    const auto level = level_of(r.get_severity());
    if ((actions & shown) != 0 && spdlog::should_log(level)) {
        const char* process = r.get_process_name();
        spdlog::log(level, "{}: {} [{}{}{}]", r.get_msg_type(), r.get_msg(), r.get_time().to_string(),
                    process != nullptr ? " " : "", process != nullptr ? process : "");
    }
    sc_core::sc_report_handler::default_handler(r, actions & ~shown);
}

}  // namespace

void init_logging(const std::string& level) {
    const auto parsed = spdlog::level::from_str(level);
    // from_str() turns what it does not know into `off`.
    if (parsed == spdlog::level::off && level != "off")
        throw Error("log level: expected one of trace, debug, info, warn, error, off, found \"" + level +
                    "\"");
    static const auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("pimvp", sink));
    spdlog::set_pattern("%^%l%$: %v");
    spdlog::set_level(parsed);
    sc_core::sc_report_handler::set_handler(report);
}

}  // namespace pimvp
