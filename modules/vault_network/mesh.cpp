// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_network/mesh.h"

#include <algorithm>
#include <cstdlib>

namespace pimvp {

Mesh::Mesh(const VaultNetworkParams& params, const std::string& name, Account& account, Tracer* tracer)
    : params_(params),
      vaults_(params.vaults()),
      hop_ps_(params.hop_cycles * params.period.ps),
      account_(account),
      bit_hop_(account.add_event("bit_hop", params.energy_per_bit_hop)),
      stall_cycle_(account.add_counter("stall_cycle")),
      links_(static_cast<std::size_t>(vaults_) * 4),
      enter_(static_cast<std::size_t>(vaults_) * 2 + 1),
      leave_(enter_.size()) {
    const auto probe = [&](const std::string& signal) { return Probe(tracer, name + "." + signal, 1, 0); };
    for (int v = 0; v < vaults_; ++v) {
        const int column = v % params_.columns, row = v / params_.columns;
        const std::string number = std::to_string(v), link = "link_" + number + "_";
        Link* out = &links_[static_cast<std::size_t>(v) * 4];
        if (column + 1 < params_.columns) out[east].busy = probe(link + "east");
        if (column > 0) out[west].busy = probe(link + "west");
        if (row + 1 < params_.rows) out[south].busy = probe(link + "south");
        if (row > 0) out[north].busy = probe(link + "north");
        leave_[static_cast<std::size_t>(vault_port(v))].busy = probe("to_vault_" + number);
        leave_[static_cast<std::size_t>(pe_port(v))].busy = probe("to_pe_" + number);
    }
    leave_[static_cast<std::size_t>(host_port())].busy = probe("to_host");
}

Mesh::Data Mesh::data(std::uint64_t bytes, int activity) const {
    return {params_.beats(bytes) * params_.period.ps, bytes * 8, activity};
}

std::int64_t Mesh::occupy(Link& link, std::int64_t head_ps, const Data& data) {
    if (data.duration_ps == 0) return head_ps;
    const std::int64_t start = std::max(head_ps, link.free_ps);
    if (start > head_ps) {
        const std::int64_t stalled = (start - head_ps + params_.period.ps - 1) / params_.period.ps;
        account_.count(stall_cycle_, static_cast<std::uint64_t>(stalled), data.activity);
    }
    link.free_ps = start + data.duration_ps;
    link.busy.pulse(start, link.free_ps);
    return start;
}

std::int64_t Mesh::pass(int router, Direction direction, std::int64_t head_ps, const Data& data) {
    account_.count(bit_hop_, data.bits, data.activity);
    return occupy(links_[static_cast<std::size_t>(router) * 4 + direction], head_ps, data) + hop_ps_;
}

std::int64_t Mesh::latency_ps(int from, int to) const {
    const int a = router(from), b = router(to), columns = params_.columns;
    return (std::abs(a % columns - b % columns) + std::abs(a / columns - b / columns)) * hop_ps_;
}

std::int64_t Mesh::send(int from, int to, std::int64_t now_ps, std::uint64_t bytes, int activity) {
    const Data what = data(bytes, activity);
    const int columns = params_.columns, target = router(to);
    std::int64_t head = occupy(enter_[static_cast<std::size_t>(from)], now_ps, what);
    int at = router(from);
    while (at % columns != target % columns) {
        const bool right = at % columns < target % columns;
        head = pass(at, right ? east : west, head, what);
        at += right ? 1 : -1;
    }
    while (at != target) {
        const bool down = at < target;
        head = pass(at, down ? south : north, head, what);
        at += down ? columns : -columns;
    }
    return occupy(leave_[static_cast<std::size_t>(to)], head, what) + what.duration_ps;
}

std::vector<std::int64_t> Mesh::broadcast(int from, const std::vector<int>& to, std::int64_t now_ps,
                                          std::uint64_t bytes, int activity) {
    const Data what = data(bytes, activity);
    const int columns = params_.columns, root = router(from);
    const int row = root / columns, column = root % columns;
    std::vector<std::int64_t> head(static_cast<std::size_t>(vaults_));
    const auto at = [&](int router) -> std::int64_t& { return head[static_cast<std::size_t>(router)]; };

    at(root) = occupy(enter_[static_cast<std::size_t>(from)], now_ps, what);
    const int row_begin = row * columns;
    for (int c = column; c + 1 < columns; ++c)
        at(row_begin + c + 1) = pass(row_begin + c, east, at(row_begin + c), what);
    for (int c = column; c > 0; --c)
        at(row_begin + c - 1) = pass(row_begin + c, west, at(row_begin + c), what);
    for (int c = 0; c < columns; ++c) {
        for (int v = row_begin + c; v + columns < vaults_; v += columns)
            at(v + columns) = pass(v, south, at(v), what);
        for (int v = row_begin + c; v >= columns; v -= columns) at(v - columns) = pass(v, north, at(v), what);
    }

    std::vector<std::int64_t> arrival;
    arrival.reserve(to.size());
    for (const int port : to)
        arrival.push_back(occupy(leave_[static_cast<std::size_t>(port)], at(router(port)), what) +
                          what.duration_ps);
    return arrival;
}

void Mesh::reset() {
    for (auto* links : {&links_, &enter_, &leave_})
        for (Link& link : *links) link.free_ps = 0;
}

}  // namespace pimvp
