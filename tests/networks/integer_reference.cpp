// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/networks/integer_reference.h"

#include <algorithm>
#include <cmath>

namespace pimvp::net::test {

std::int64_t quantised(double x, const Quantity& to) {
    const double low = to.is_signed ? -128 : 0;
    return static_cast<std::int64_t>(std::clamp(std::nearbyint(x) + to.zero_point, low, low + 255));
}

Planes convolve(const Planes& x, int zero_point, const ConvSpec& s) {
    Planes y;
    y.c = s.outputs;
    y.h = (x.h + s.top + s.bottom - s.dilation * (s.kernel_h - 1) - 1) / s.stride + 1;
    y.w = (x.w + s.left + s.right - s.dilation * (s.kernel_w - 1) - 1) / s.stride + 1;
    y.values.assign(static_cast<std::size_t>(y.c) * y.h * y.w, 0);
    const int depth = x.c / s.groups;
    for (int o = 0; o < y.c; ++o) {
        for (int oy = 0; oy < y.h; ++oy)
            for (int ox = 0; ox < y.w; ++ox) y.at(o, oy, ox) = s.bias[static_cast<std::size_t>(o)];
        for (std::size_t i = 0; i < static_cast<std::size_t>(depth) * s.kernel_h * s.kernel_w; ++i) {
            const int kx = static_cast<int>(i) % s.kernel_w,
                      ky = static_cast<int>(i) / s.kernel_w % s.kernel_h;
            const int channel =
                o / (s.outputs / s.groups) * depth + static_cast<int>(i) / (s.kernel_w * s.kernel_h);
            const std::int64_t weight =
                s.weights[static_cast<std::size_t>(o) * depth * s.kernel_h * s.kernel_w + i] -
                s.zero_points[static_cast<std::size_t>(o)];
            for (int iy = 0; iy < x.h; ++iy) {
                for (int ix = 0; ix < x.w; ++ix) {
                    const int ty = iy + s.top - ky * s.dilation, tx = ix + s.left - kx * s.dilation;
                    if (ty < 0 || tx < 0 || ty % s.stride != 0 || tx % s.stride != 0) continue;
                    if (ty / s.stride >= y.h || tx / s.stride >= y.w) continue;
                    y.at(o, ty / s.stride, tx / s.stride) += (x.at(channel, iy, ix) - zero_point) * weight;
                }
            }
        }
    }
    return y;
}

Planes requantised(const Planes& accumulators, float x_scale, const std::vector<float>& w_scales,
                   const Quantity& y) {
    Planes result = accumulators;
    const std::size_t plane = result.values.size() / static_cast<std::size_t>(result.c);
    for (std::size_t i = 0; i < result.values.size(); ++i) {
        const float factor = x_scale * w_scales[w_scales.size() == 1 ? 0 : i / plane] / y.scale;
        result.values[i] = quantised(static_cast<double>(result.values[i]) * double{factor}, y);
    }
    return result;
}

}  // namespace pimvp::net::test
