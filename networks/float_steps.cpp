// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/float_steps.h"

#include <algorithm>

namespace pimvp::net {

using Do = FloatStep::Kind;

float apply(const std::vector<FloatStep>& steps, float x, std::size_t channel) {
    for (const FloatStep& step : steps) {
        const float v = step.value(channel);
        switch (step.kind) {
            case Do::add:
                x = x + v;
                break;
            case Do::subtract:
                x = x - v;
                break;
            case Do::multiply:
                x = x * v;
                break;
            case Do::divide:
                x = x / v;
                break;
            case Do::maximum:
                x = std::max(x, v);
                break;
            case Do::minimum:
                x = std::min(x, v);
                break;
        }
    }
    return x;
}

bool is_falling(const std::vector<FloatStep>& steps, std::size_t channel, std::size_t first) {
    bool falling = false;
    for (std::size_t i = first; i < steps.size(); ++i) {
        const bool scales = steps[i].kind == Do::multiply || steps[i].kind == Do::divide;
        if (scales && steps[i].value(channel) < 0) falling = !falling;
    }
    return falling;
}

Line line(const std::vector<FloatStep>& steps, std::size_t channel) {
    Line l;
    for (const FloatStep& step : steps) {
        const double v = step.value(channel);
        if (step.kind == Do::add) l.offset += v;
        if (step.kind == Do::subtract) l.offset -= v;
        if (step.kind == Do::multiply) l.slope *= v, l.offset *= v;
        if (step.kind == Do::divide) l.slope /= v, l.offset /= v;
    }
    return l;
}

std::string node_names(const std::vector<FloatStep>& steps) {
    std::string names;
    const std::string* last = nullptr;
    for (const FloatStep& step : steps) {
        if (last != nullptr && *last == step.node) continue;
        names += (names.empty() ? "" : ", ") + step.node;
        last = &step.node;
    }
    return names;
}

}  // namespace pimvp::net
