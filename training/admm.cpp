// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/admm.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "modules/core/error.h"

namespace pimvp::training {
namespace {

double length(const torch::Tensor& tensor) {
    return tensor.to(torch::kDouble).norm().item<double>();
}

// Z must not change with what it was computed from.
torch::Tensor projected(const Projection& project, const torch::Tensor& point, const std::string& name) {
    auto nearest = project(point);
    if (nearest.sizes() != point.sizes())
        throw std::invalid_argument("constraint " + name + ": the projection changes the shape");
    return nearest.detach().clone();
}

}  // namespace

torch::Tensor Admm::add(std::string name, torch::Tensor weight, Projection project) {
    for (const auto& other : constraints_)
        if (other.name == name) throw std::invalid_argument("constraint " + name + " is there already");
    torch::NoGradGuard guard;
    auto z = projected(project, weight.detach(), name);
    auto u = torch::zeros_like(z);
    constraints_.push_back(
        {std::move(name), std::move(weight), std::move(z), std::move(u), std::move(project)});
    return constraints_.back().z;
}

torch::Tensor Admm::z(const std::string& name) const {
    for (const auto& c : constraints_)
        if (c.name == name) return c.z;
    throw std::invalid_argument("no constraint " + name);
}

torch::Tensor Admm::penalty(double rho) const {
    auto sum = torch::zeros({}, constraints_.empty() ? torch::TensorOptions(torch::kFloat)
                                                     : constraints_[0].weight.options().requires_grad(false));
    for (const auto& c : constraints_) sum = sum + (c.weight - (c.z - c.u)).square().sum();
    return sum * (rho / 2);
}

void Admm::update() {
    torch::NoGradGuard guard;
    for (auto& c : constraints_) {
        const auto point = c.weight.detach() + c.u;
        c.z.copy_(projected(c.project, point, c.name));
        c.u = point - c.z;
    }
}

void Admm::rescale(double factor) {
    if (!(factor > 0) || !std::isfinite(factor)) throw std::invalid_argument("factor of rho must be > 0");
    torch::NoGradGuard guard;
    for (auto& c : constraints_) c.u = c.u / factor;
}

double Admm::residual() const {
    torch::NoGradGuard guard;
    double largest = 0;
    for (const auto& c : constraints_) {
        const double size = length(c.weight.detach());
        if (size > 0) largest = std::max(largest, length(c.weight.detach() - c.z) / size);
    }
    return largest;
}

std::vector<std::pair<std::string, torch::Tensor>> Admm::state() const {
    std::vector<std::pair<std::string, torch::Tensor>> state;
    for (const auto& c : constraints_) {
        state.emplace_back(c.name + "/z", c.z.clone());
        state.emplace_back(c.name + "/u", c.u.clone());
    }
    return state;
}

void Admm::load(const std::vector<std::pair<std::string, torch::Tensor>>& state) {
    const auto own = this->state();
    if (state.size() != own.size())
        throw Error("constraints: expected " + std::to_string(own.size()) + " tensors, found " +
                    std::to_string(state.size()));
    for (std::size_t i = 0; i < own.size(); ++i) {
        if (state[i].first != own[i].first)
            throw Error("constraints: expected " + own[i].first + ", found " + state[i].first);
        if (state[i].second.sizes() != own[i].second.sizes())
            throw Error("constraint tensor " + own[i].first + " has another shape than its weights");
    }
    torch::NoGradGuard guard;
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
        auto& c = constraints_[i];
        c.z.copy_(state[2 * i].second);
        c.u = state[2 * i + 1].second.detach().to(c.u.scalar_type()).clone();
    }
}

double RhoSchedule::at(int update) const {
    return std::min(last, first * std::pow(growth, update));
}

}  // namespace pimvp::training
