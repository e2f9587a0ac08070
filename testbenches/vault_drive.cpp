// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/vault_drive.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace pimvp {
namespace {

VaultPattern::Options with_capacity(VaultPattern::Options options, const VaultParams& params) {
    constexpr std::int64_t latest_ps = 1000000000000000;  // 1000 s: more than anybody simulates
    options.capacity = params.organisation.bytes();
    options.latest_cycle = latest_ps / params.timing.tck_ps;
    return options;
}

}  // namespace

VaultDrive::VaultDrive(const sc_core::sc_module_name& name, const VaultParams& params,
                       const VaultDriveOptions& options)
    : sc_module(name),
      pattern_(with_capacity(options.pattern, params)),
      request_bytes_(options.pattern.request_bytes),
      vault_("vault", params),
      initiator_(
          "initiator", options.outstanding, options.idle_ps, [this](AtJob& job) { return next(job); },
          [this](const AtJob& job) { answered(job); }) {
    latencies_.reserve(pattern_.requests());
    initiator_.set_activity(Activity::io);
    if (options.check_protocol) {
        checker_ = std::make_unique<ProtocolChecker>("checker");
        initiator_.port.bind(checker_->target);
        checker_->port.bind(vault_.in[0]);
    } else {
        initiator_.port.bind(vault_.in[0]);
    }
}

VaultDrive::~VaultDrive() = default;

bool VaultDrive::next(AtJob& job) {
    VaultRequest request;
    if (!pattern_.next(request)) return false;
    job.write = request.write;
    job.address = request.address;
    job.not_before_ps = request.cycle * params().timing.tck_ps;
    job.data.resize(request_bytes_);
    if (job.write) fill_pattern(job.address, job.data);
    return true;
}

void VaultDrive::answered(const AtJob& job) {
    latencies_.push_back(job.end_ps - job.begin_ps);
    first_ps_ = std::min(first_ps_, job.begin_ps);
    last_ps_ = std::max(last_ps_, job.end_ps);
    if (job.status != tlm::TLM_OK_RESPONSE) {
        ++failed_;
        return;
    }
    bytes_ += job.data.size();
    if (!job.write && !is_pattern_or_zero(job.address, job.data)) ++wrong_;
}

double VaultDrive::bandwidth() const {
    return span_ps() <= 0 ? 0 : static_cast<double>(bytes_) / (static_cast<double>(span_ps()) * 1e-12);
}

void VaultDrive::finish() {
    if (answered() != pattern_.requests())
        throw std::logic_error(std::string(name()) + ": " + std::to_string(answered()) + " of " +
                               std::to_string(pattern_.requests()) + " requests were answered");
    last_ps_ = std::max(last_ps_, vault_.data_end_ps());
    vault_.book_background(last_ps_);
}

std::int64_t percentile(std::vector<std::int64_t>& values, double share) {
    if (values.empty()) return 0;
    const auto rank = std::ceil(share * static_cast<double>(values.size()));
    const auto place = values.begin() + std::max<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(rank) - 1, 0);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

}  // namespace pimvp
