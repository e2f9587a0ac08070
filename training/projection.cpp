// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/projection.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pimvp::training {
namespace {

void check_shape(const torch::Tensor& weight) {
    if (weight.dim() != 2 && weight.dim() != 4)
        throw std::invalid_argument("weights of " + std::to_string(weight.dim()) +
                                    " dimensions, expected [out, in] or [out, in, kh, kw]");
}

// The shape that a value per structure broadcasts from.
std::vector<std::int64_t> structure_shape(const torch::Tensor& weight, Structure structure) {
    auto shape = weight.sizes().vec();
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (structure == Structure::filter && i != 0) shape[i] = 1;
        if (structure == Structure::channel && i != 1) shape[i] = 1;
        if (structure == Structure::column && i == 0) shape[i] = 1;
    }
    return shape;
}

// Squared norms in double, so that small ones do not vanish; one per structure, in order.
torch::Tensor squared_norms(const torch::Tensor& weight, Structure structure) {
    const auto squares = weight.to(torch::kDouble).square();
    switch (structure) {
        case Structure::weight:
            return squares.flatten().contiguous();
        case Structure::filter:
            return squares.flatten(1).sum(1).contiguous();
        case Structure::channel:
            return squares.transpose(0, 1).flatten(1).sum(1).contiguous();
        case Structure::column:
            return squares.flatten(1).sum(0).contiguous();
    }
    throw std::invalid_argument("unknown structure");
}

// Floats that are not negative sort as their bits do: three passes of 11 bits.
void radix_sort(std::vector<float>& values) {
    std::vector<std::uint32_t> from(values.size()), to(values.size());
    std::memcpy(from.data(), values.data(), values.size() * sizeof(float));
    for (int shift = 0; shift < 33; shift += 11) {
        std::vector<std::size_t> begin(2049, 0);
        for (std::uint32_t bits : from) ++begin[(bits >> shift & 2047) + 1];
        for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
        for (std::uint32_t bits : from) to[begin[bits >> shift & 2047]++] = bits;
        from.swap(to);
    }
    std::memcpy(values.data(), from.data(), values.size() * sizeof(float));
}

// With levels k_i, the best step is a / b and the squared error sum w_i^2 - a^2 / b.
struct Fit {
    double a = 0;  // sum |w_i| k_i
    double b = 0;  // sum k_i^2

    double gain() const { return b > 0 ? a * a / b : 0; }
    double step() const { return a / b; }
};

// Magnitudes that are not zero, ascending. A weight reaches level k from (k - 1/2) step on, so that sums over
// levels k of all weights beyond that point give the fit.
class Magnitudes {
  public:
    Magnitudes(std::vector<float> values, int top) : values_(std::move(values)), top_(top) {
        radix_sort(values_);
        beyond_.resize(values_.size() + 1);
        for (std::size_t i = values_.size(); i-- > 0;) beyond_[i] = beyond_[i + 1] + values_[i];
    }

    double largest() const { return values_.back(); }
    double mean() const { return beyond_[0] / static_cast<double>(values_.size()); }

    Fit nearest(double step) const {
        Fit fit;
        auto position = values_.begin();
        for (int k = 1; k <= top_; ++k) {
            position = std::lower_bound(position, values_.end(), (k - 0.5) * step);
            if (position == values_.end()) break;
            fit.a += beyond_[static_cast<std::size_t>(position - values_.begin())];
            fit.b += (2.0 * k - 1) * static_cast<double>(values_.end() - position);
        }
        return fit;
    }

    bool few() const { return values_.size() * static_cast<std::size_t>(top_) <= std::size_t{1} << 16; }

    // The levels change only where a weight reaches its next one: one sweep meets all of them.
    Fit best_of_all() const {
        struct Point {
            double step;
            float magnitude;
            int level;
        };
        std::vector<Point> points;
        points.reserve(values_.size() * static_cast<std::size_t>(top_));
        for (float value : values_)
            for (int k = 1; k <= top_; ++k) points.push_back({value / (k - 0.5), value, k});
        std::sort(points.begin(), points.end(), [](const Point& x, const Point& y) {
            return x.step != y.step ? x.step > y.step : x.level < y.level;
        });
        Fit fit, best;
        for (const auto& point : points) {
            fit.a += point.magnitude;
            fit.b += 2.0 * point.level - 1;
            if (fit.gain() > best.gain()) best = fit;
        }
        return best;
    }

    // The best step is at least mean / top: larger magnitudes have no smaller levels, so a / b >= mean / top.
    // A second round looks between the first one's neighbours.
    Fit best_of(int candidates) const {
        const double low = mean() / top_, ratio = std::pow(largest() / low, 1.0 / candidates);
        Fit best = nearest(largest() / top_);
        double around = largest() / top_;
        const auto attempt = [&](double step) {
            const Fit fit = nearest(step);
            if (fit.gain() > best.gain()) best = fit, around = step;
        };
        for (int i = 0; i <= candidates; ++i) attempt(low * std::pow(ratio, i));
        const double middle = around;
        for (int i = 0; i <= candidates; ++i) attempt(middle * std::pow(ratio, 2.0 * i / candidates - 1));
        return best;
    }

    // Nearest levels and least-squares step in turn; each turn gains or is the last.
    Fit refined(Fit fit) const {
        for (;;) {
            const Fit next = nearest(fit.step());
            if (!(next.gain() > fit.gain() * (1 + 1e-12))) return fit;
            fit = next;
        }
    }

  private:
    std::vector<float> values_;
    std::vector<double> beyond_;  // sums of values_[i] and all after it
    int top_;
};

}  // namespace

std::int64_t structure_count(const torch::Tensor& weight, Structure structure) {
    check_shape(weight);
    std::int64_t count = 1;
    for (std::int64_t size : structure_shape(weight, structure)) count *= size;
    return count;
}

torch::Tensor keep_mask(const torch::Tensor& weight, Structure structure, std::int64_t keep) {
    torch::NoGradGuard guard;
    const std::int64_t count = structure_count(weight, structure);
    if (keep < 0 || keep > count)
        throw std::invalid_argument("keep " + std::to_string(keep) + " of " + std::to_string(count) +
                                    " structures");
    const auto norms = squared_norms(weight, structure);
    const double* norm = norms.data_ptr<double>();
    const auto mask = torch::zeros({count}, torch::kFloat);
    float* kept = mask.data_ptr<float>();
    if (keep > 0) {
        std::vector<double> order(norm, norm + count);
        std::nth_element(order.begin(), order.begin() + (keep - 1), order.end(), std::greater<>());
        const double least = order[static_cast<std::size_t>(keep - 1)];
        std::int64_t equals = keep - std::count_if(norm, norm + count, [&](double n) { return n > least; });
        for (std::int64_t i = 0; i < count; ++i)
            if (norm[i] > least || (norm[i] == least && equals-- > 0)) kept[i] = 1;
    }
    return mask.view(structure_shape(weight, structure))
        .to(weight.scalar_type())
        .expand(weight.sizes())
        .contiguous();
}

torch::Tensor nonzero_mask(const torch::Tensor& weight, Structure structure) {
    torch::NoGradGuard guard;
    return squared_norms(weight, structure)
        .ne(0)
        .to(torch::kFloat)
        .view(structure_shape(weight, structure))
        .expand(weight.sizes())
        .contiguous();
}

torch::Tensor project_structures(const torch::Tensor& weight, Structure structure, std::int64_t keep) {
    torch::NoGradGuard guard;
    return weight.masked_fill(keep_mask(weight, structure, keep) == 0, 0);
}

Levels project_levels(const torch::Tensor& weight, int bits, int candidates) {
    torch::NoGradGuard guard;
    if (bits < 2 || bits > 16)
        throw std::invalid_argument("levels of " + std::to_string(bits) + " bits, expected 2..16");
    if (candidates < 1) throw std::invalid_argument("no candidates for the step");
    const auto source = weight.detach().to(torch::kFloat).contiguous();
    const float* from = source.data_ptr<float>();
    std::vector<float> present;
    for (std::int64_t i = 0; i < source.numel(); ++i) {
        if (!std::isfinite(from[i])) throw std::invalid_argument("weights that are not finite");
        if (from[i] != 0) present.push_back(std::abs(from[i]));
    }
    if (present.empty()) return {torch::zeros_like(weight), 1};

    const int top = (1 << (bits - 1)) - 1;
    const Magnitudes magnitudes(std::move(present), top);
    const double step =
        magnitudes.refined(magnitudes.few() ? magnitudes.best_of_all() : magnitudes.best_of(candidates))
            .step();
    const auto values = torch::zeros_like(source);
    float* to = values.data_ptr<float>();
    for (std::int64_t i = 0; i < source.numel(); ++i) {
        const int level = static_cast<int>(std::min<double>(std::abs(from[i]) / step + 0.5, top));
        if (level > 0) to[i] = static_cast<float>(std::copysign(level * step, from[i]));
    }
    return {values.to(weight.scalar_type()), step};
}

}  // namespace pimvp::training
