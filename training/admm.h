// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Training under constraints by the alternating direction method of multipliers (ADMM; Boyd et al.,
// Foundations and Trends in Machine Learning 3(1), 2011, section 3.1.1, scaled form; on sets that are not
// convex a heuristic, section 9).
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace pimvp::training {

/// The nearest point of the set of allowed weights, which may depend on another constraint's Z.
using Projection = std::function<torch::Tensor(const torch::Tensor&)>;

/// min f(W) subject to W_i in S_i for each constraint i; a tensor may have several. Steps of any optimiser on
/// f + penalty() take turns with update().
class Admm {
  public:
    /// Z starts as the projection of W, U as 0. `weight` is shared, not copied: what the optimiser changes is
    /// seen here. Names are unique. Returns Z, shared too: what update() and load() make of it is seen there,
    /// so that a later constraint's projection can follow this one's.
    torch::Tensor add(std::string name, torch::Tensor weight, Projection project);
    bool empty() const { return constraints_.empty(); }
    /// Z of a constraint. Throws std::invalid_argument for a name that is not there.
    torch::Tensor z(const std::string& name) const;

    /// rho / 2 * sum over i of ||W_i - Z_i + U_i||^2, differentiable in W.
    torch::Tensor penalty(double rho) const;
    /// Z_i = projection of W_i + U_i, then U_i += W_i - Z_i; in the order of add.
    void update();
    /// U is in units of 1 / rho: a new rho = factor * old rho asks for U / factor.
    void rescale(double factor);
    /// Largest ||W_i - Z_i|| / ||W_i|| (0 where W_i is 0): how far the weights are from what is allowed.
    double residual() const;

    /// Z and U by name, for checkpoints; load refuses other names or shapes with Error.
    std::vector<std::pair<std::string, torch::Tensor>> state() const;
    void load(const std::vector<std::pair<std::string, torch::Tensor>>& state);

  private:
    struct Constraint {
        std::string name;
        torch::Tensor weight, z, u;
        Projection project;
    };
    std::vector<Constraint> constraints_;
};

/// rho of an update: first * growth^update, at most `last`.
struct RhoSchedule {
    double first = 1e-3, growth = 1.3, last = 1.0;
    double at(int update) const;
};

}  // namespace pimvp::training
