// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Operators that become nodes. Factors are what TFLite's kernels make of the file's float32 scales: some
// divide and multiply in double, some in float, and the integers depend on it.
#include <algorithm>
#include <cmath>

#include "modules/core/error.h"
#include "networks/tflite_importer.h"

namespace pimvp::net::tflite {
namespace {

constexpr int longest_side = 1 << 20;

template <typename Options>
const Options& needed(const Operation& op, const Options* options) {
    if (options == nullptr) throw Error(op.where + "expected its options, found none");
    return *options;
}

// One direction of a window: the padding in front and the size of the output.
struct Side {
    int pad = 0, out = 1;
};

Side place(const Operation& op, const char* direction, int in, int kernel, int stride, int dilation,
           int padding) {
    for (const int value : {kernel, stride, dilation})
        if (value < 1 || value > longest_side)
            throw Error(op.where + direction + ": expected kernel, stride and dilation of 1.." +
                        std::to_string(longest_side) + ", found " + std::to_string(value));
    const std::int64_t span = std::int64_t{kernel - 1} * dilation + 1;
    if (padding != 0 && padding != 1)
        throw Error(op.where + "padding: expected 0 (same) or 1 (valid), found " + std::to_string(padding));
    Side side;
    if (padding == 0) {
        side.out = (in - 1) / stride + 1;
        const std::int64_t reach = std::int64_t{side.out - 1} * stride + span;
        side.pad =
            static_cast<int>(std::min<std::int64_t>(std::max<std::int64_t>(reach - in, 0) / 2, longest_side));
    } else {
        if (span > in)
            throw Error(op.where + direction + ": expected a kernel that fits the input's " +
                        std::to_string(in) + ", found one that spans " + std::to_string(span));
        side.out = static_cast<int>((in - span) / stride + 1);
    }
    return side;
}

}  // namespace

Window Importer::placed(const Operation& op, const View& in, int padding, Window window) const {
    const Shape& x = graph_.tensor(in.tensor).shape;
    const Side rows = place(op, "height", x.h + in.pad_top + in.pad_bottom, window.kernel_h, window.stride_h,
                            window.dilation_h, padding);
    const Side columns = place(op, "width", x.w + in.pad_left + in.pad_right, window.kernel_w,
                               window.stride_w, window.dilation_w, padding);
    window.pad_top = in.pad_top + rows.pad;
    window.pad_left = in.pad_left + columns.pad;
    window.out_h = rows.out;
    window.out_w = columns.out;
    if (!in.padded()) return window;
    const auto fits = [](std::int64_t kernel, int dilation, int stride, int leading, int out, int size) {
        const std::int64_t room = (kernel - 1) * dilation;
        return leading <= room && std::int64_t{out - 1} * stride + 1 - size - leading <= 0;
    };
    if (!fits(window.kernel_h, window.dilation_h, window.stride_h, window.pad_top, window.out_h, x.h) ||
        !fits(window.kernel_w, window.dilation_w, window.stride_w, window.pad_left, window.out_w, x.w))
        throw Error(op.where + "expected less padding on each side than the kernel spans, found a PAD of " +
                    std::to_string(in.pad_top) + ", " + std::to_string(in.pad_bottom) + " rows and " +
                    std::to_string(in.pad_left) + ", " + std::to_string(in.pad_right) + " columns in front");
    return window;
}

void Importer::convolve(const Operation& op) {
    const View in = spatial(op, 0, true);
    const Tensor x = graph_.tensor(in.tensor);
    const bool depthwise = static_cast<Code>(op.code) == Code::depthwise_conv_2d;
    const int filter = input_index(op, 1);
    if (filter < 0) throw Error(op.where + "expected weights, found none");
    const std::vector<std::int64_t> dims = dims_of(filter);
    if (dims.size() != 4 || (depthwise && dims[0] != 1))
        throw Error(op.where + "weights: expected " +
                    (depthwise ? "[1, height, width, channels]" : "[out, height, width, in]") + ", found " +
                    dims_text(dims));

    Window window;
    window.kernel_h = static_cast<int>(dims[1]);
    window.kernel_w = static_cast<int>(dims[2]);
    const auto fill = [&](const auto& options) {
        window.stride_h = options.stride_h();
        window.stride_w = options.stride_w();
        window.dilation_h = options.dilation_h();
        window.dilation_w = options.dilation_w();
        window = placed(op, in, options.padding(), window);
        return static_cast<int>(options.activation());
    };
    const int activation = depthwise ? fill(needed(op, op.raw->options_as_DepthwiseConv2DOptions()))
                                     : fill(needed(op, op.raw->options_as_Conv2DOptions()));
    const int out_channels = static_cast<int>(depthwise ? dims[3] : dims[0]);
    int groups = x.shape.c;
    if (depthwise) {
        if (out_channels % x.shape.c != 0)
            throw Error(op.where + "weights: expected a multiple of the input's " +
                        std::to_string(x.shape.c) + " channels, found " + std::to_string(out_channels));
        const int multiplier = op.raw->options_as_DepthwiseConv2DOptions()->depth_multiplier();
        if (multiplier != 0 && multiplier != out_channels / x.shape.c)
            throw Error(op.where + "depth multiplier: expected " + std::to_string(out_channels / x.shape.c) +
                        ", found " + std::to_string(multiplier));
    } else {
        if (x.shape.c % dims[3] != 0 || out_channels % (x.shape.c / dims[3]) != 0)
            throw Error(op.where + "weights: expected channels that divide the input's " +
                        std::to_string(x.shape.c) + " into groups of the output's " +
                        std::to_string(out_channels) + ", found " + std::to_string(dims[3]));
        groups = static_cast<int>(x.shape.c / dims[3]);
    }
    expect_output(op, {out_channels, window.out_h, window.out_w});
    charge(out_channels);

    const std::vector<double> scales = weight_scales(op, 1, depthwise ? 3 : 0, out_channels);
    const double out_scale = type_of(output_index(op)).scale;
    std::vector<FixedPoint> factors;
    for (const double scale : scales) factors.push_back(fixed_point(op, x.type.scale * scale / out_scale));
    const Weights weights = weights_of(op, 1, dims[0] * dims[1] * dims[2] * dims[3]);
    const std::vector<std::int32_t> bias = bias_of(op, 2, out_channels);
    View out;
    const Target t = target(op, activation);
    out.tensor = depthwise
                     ? add_depthwise(graph_, in.tensor, window, out_channels, weights, bias, factors, t)
                     : add_conv(graph_, in.tensor, window, out_channels, groups, weights, bias, factors, t);
    written_[static_cast<std::size_t>(output_index(op))] = out.tensor;
    define(op, out);
    if (in.padded()) graph_.folded.push_back("PAD into " + op.name);
}

void Importer::fully_connect(const Operation& op) {
    const View in = plain(op, 0);
    if (in.padded()) throw Error(op.where + "expected no PAD in front");
    const Tensor x = graph_.tensor(in.tensor);
    const auto& options = needed(op, op.raw->options_as_FullyConnectedOptions());
    if (options.weights_format() != 0)
        throw Error(op.where + "weights: expected them row by row, found format " +
                    std::to_string(options.weights_format()));
    const int filter = input_index(op, 1);
    if (filter < 0) throw Error(op.where + "expected weights, found none");
    const std::vector<std::int64_t> dims = dims_of(filter);
    if (dims.size() != 2 || dims[1] != x.shape.size())
        throw Error(op.where + "weights: expected [out, " + std::to_string(x.shape.size()) + "], found " +
                    dims_text(dims));
    const int out_channels = static_cast<int>(dims[0]);
    expect_output(op, {out_channels, 1, 1});
    charge(out_channels);

    const std::vector<double> scales = weight_scales(op, 1, 0, out_channels);
    const double out_scale = type_of(output_index(op)).scale;
    std::vector<FixedPoint> factors;
    for (const double scale : scales) {
        // With one scale for all the kernel multiplies in float32, with one per channel in double.
        const double product = scales.size() == 1
                                   ? static_cast<float>(x.type.scale) * static_cast<float>(scale)
                                   : x.type.scale * scale;
        factors.push_back(fixed_point(op, product / out_scale));
    }
    const Weights weights = weights_of(op, 1, dims[0] * dims[1]);
    const std::vector<std::int32_t> bias = bias_of(op, 2, out_channels);
    View out;
    out.tensor = add_fully_connected(graph_, in.tensor, out_channels, weights, bias, factors,
                                     target(op, options.activation()));
    written_[static_cast<std::size_t>(output_index(op))] = out.tensor;
    define(op, out);
    if (in.flat) graph_.folded.push_back("flattening into the weights of " + op.name);
}

void Importer::expect_same_scale(const Operation& op, int from) const {
    const TensorType a = type_of(from), b = type_of(output_index(op));
    if (a.scale == b.scale && a.zero_point == b.zero_point && a.kind == b.kind) return;
    throw Error(op.where + "expected one scale and zero point for '" + name_of(from) + "' and '" +
                name_of(output_index(op)) + "', found " + std::to_string(a.scale) + ", " +
                std::to_string(a.zero_point) + " and " + std::to_string(b.scale) + ", " +
                std::to_string(b.zero_point));
}

void Importer::pool(const Operation& op) {
    const bool average = static_cast<Code>(op.code) == Code::average_pool_2d;
    const View in = spatial(op, 0, true);
    const Tensor x = graph_.tensor(in.tensor);
    expect_same_scale(op, input_index(op, 0));
    const auto& options = needed(op, op.raw->options_as_Pool2DOptions());
    if (in.padded() && average)
        throw Error(op.where + "expected no PAD in front, whose elements an average would have to count");
    // Padding is no element of a window here; it would be the zero point there.
    if (in.padded() && x.type.zero_point != x.type.lowest())
        throw Error(op.where + "expected no PAD in front but with zero point " +
                    std::to_string(x.type.lowest()) + ", found zero point " +
                    std::to_string(x.type.zero_point));
    Window window;
    window.kernel_h = options.filter_h();
    window.kernel_w = options.filter_w();
    window.stride_h = options.stride_h();
    window.stride_w = options.stride_w();
    window = placed(op, in, options.padding(), window);
    expect_output(op, {x.shape.c, window.out_h, window.out_w});
    charge(x.shape.c);
    const Target t = target(op, options.activation());
    View out;
    out.tensor =
        average ? add_average_pool(graph_, in.tensor, window, t) : add_max_pool(graph_, in.tensor, window, t);
    written_[static_cast<std::size_t>(output_index(op))] = out.tensor;
    define(op, out);
    if (in.padded()) graph_.folded.push_back("PAD into " + op.name);
}

/// The tensors of two inputs of one shape, which is the output's.
std::pair<int, int> Importer::operands(const Operation& op) {
    const View a = spatial(op, 0), b = spatial(op, 1);
    const Shape &x = graph_.tensor(a.tensor).shape, &y = graph_.tensor(b.tensor).shape;
    if (!(x == y))
        throw Error(op.where + "expected inputs of one shape, found " + dims_text({x.h, x.w, x.c}) + " and " +
                    dims_text({y.h, y.w, y.c}) + ", height, width, channels");
    expect_output(op, x);
    charge(1);
    return {a.tensor, b.tensor};
}

void Importer::add(const Operation& op) {
    const auto [a, b] = operands(op);
    const Tensor x = graph_.tensor(a), y = graph_.tensor(b);
    constexpr int left_shift = 20;
    const double twice = 2 * std::max(x.type.scale, y.type.scale);
    const double out_scale = type_of(output_index(op)).scale;
    const auto* options = op.raw->options_as_AddOptions();
    const Target t = target(op, options == nullptr ? 0 : options->activation());
    View out;
    out.tensor =
        add_add(graph_, a, b, fixed_point(op, x.type.scale / twice), fixed_point(op, y.type.scale / twice),
                left_shift, fixed_point(op, twice / ((1 << left_shift) * out_scale)), t);
    written_[static_cast<std::size_t>(output_index(op))] = out.tensor;
    define(op, out);
}

void Importer::multiply(const Operation& op) {
    const auto [a, b] = operands(op);
    const Tensor x = graph_.tensor(a), y = graph_.tensor(b);
    const auto* options = op.raw->options_as_MulOptions();
    const Target t = target(op, options == nullptr ? 0 : options->activation());
    const float factor = static_cast<float>(x.type.scale) * static_cast<float>(y.type.scale) /
                         static_cast<float>(t.type.scale);
    View out;
    out.tensor = add_multiply(graph_, a, b, fixed_point(op, factor), t);
    written_[static_cast<std::size_t>(output_index(op))] = out.tensor;
    define(op, out);
}

void Importer::mean(const Operation& op) {
    const View in = spatial(op, 0);
    const Tensor x = graph_.tensor(in.tensor);
    std::vector<std::int64_t> axes = constant_integers(op, 1, 8);
    for (std::int64_t& axis : axes) axis += axis < 0 ? 4 : 0;
    std::sort(axes.begin(), axes.end());
    if (dims_of(input_index(op, 0)).size() != 4 || axes != std::vector<std::int64_t>{1, 2})
        throw Error(op.where + "expected axes [1, 2], height and width, of 4 dimensions, found " +
                    dims_text(axes) + " of " + std::to_string(dims_of(input_index(op, 0)).size()));
    expect_output(op, {x.shape.c, 1, 1});
    charge(x.shape.c);
    const Target t = target(op, 0);
    View out;
    out.tensor = add_mean(graph_, in.tensor, fixed_point(op, x.type.scale / t.type.scale), t);
    written_[static_cast<std::size_t>(output_index(op))] = out.tensor;
    define(op, out);
}

void Importer::concatenate(const Operation& op) {
    const int count = op.raw->inputs() == nullptr ? 0 : static_cast<int>(op.raw->inputs()->size());
    if (count == 0) throw Error(op.where + "expected inputs, found none");
    const auto& options = needed(op, op.raw->options_as_ConcatenationOptions());
    if (options.activation() != 0)
        throw Error(op.where + "expected no activation, found code " + std::to_string(options.activation()));
    const int rank = static_cast<int>(dims_of(output_index(op)).size());
    const int axis = options.axis() < 0 ? options.axis() + rank : options.axis();
    if (axis != rank - 1)
        throw Error(op.where + "expected the channels, the last axis, found axis " +
                    std::to_string(options.axis()) + " of " + std::to_string(rank) + " dimensions");
    std::vector<int> inputs;
    Shape whole = graph_.tensor(spatial(op, 0).tensor).shape;
    std::int64_t channels = 0;
    for (int i = 0; i < count; ++i) {
        inputs.push_back(spatial(op, i).tensor);
        const Shape& s = graph_.tensor(inputs.back()).shape;
        if (s.h != whole.h || s.w != whole.w)
            throw Error(op.where + "input '" + name_of(input_index(op, i)) + "': expected height and width " +
                        std::to_string(whole.h) + "x" + std::to_string(whole.w) + ", found " +
                        std::to_string(s.h) + "x" + std::to_string(s.w));
        expect_same_scale(op, input_index(op, i));
        charge(s.c);
        channels += s.c;
    }
    whole.c = static_cast<int>(channels);
    expect_output(op, whole);
    View out;
    out.tensor = add_concat(graph_, inputs, target(op, 0));
    written_[static_cast<std::size_t>(output_index(op))] = out.tensor;
    define(op, out);
}

void Importer::pad(const Operation& op) {
    View view = spatial(op, 0, true);
    const Shape x = graph_.tensor(view.tensor).shape;
    expect_same_scale(op, input_index(op, 0));
    const std::vector<std::int64_t> pads = constant_integers(op, 1, 8);
    if (pads.size() != 8)
        throw Error(op.where + "expected paddings [4, 2], found " + std::to_string(pads.size()) + " numbers");
    for (const std::int64_t p : pads)
        if (p < 0 || p > longest_side)
            throw Error(op.where + "padding: expected 0.." + std::to_string(longest_side) + ", found " +
                        std::to_string(p));
    if (pads[0] + pads[1] + pads[6] + pads[7] != 0)
        throw Error(op.where + "expected padding of height and width alone, found " + dims_text(pads));
    const std::int64_t height = view.pad_top + pads[2] + x.h + pads[3] + view.pad_bottom;
    const std::int64_t width = view.pad_left + pads[4] + x.w + pads[5] + view.pad_right;
    if (height > longest_side || width > longest_side)
        throw Error(op.where + "expected at most " + std::to_string(longest_side) +
                    " rows and columns, found " + std::to_string(height) + "x" + std::to_string(width));
    view.pad_top += static_cast<int>(pads[2]);
    view.pad_bottom += static_cast<int>(pads[3]);
    view.pad_left += static_cast<int>(pads[4]);
    view.pad_right += static_cast<int>(pads[5]);
    expect_output(op, {x.c, static_cast<int>(height), static_cast<int>(width)});
    define(op, view);
}

void Importer::rectify(const Operation& op) {
    const View in = spatial(op, 0);
    const int from = input_index(op, 0);
    const Tensor x = graph_.tensor(in.tensor);
    expect_output(op, x.shape);
    charge(x.shape.c);
    const auto code = static_cast<Code>(op.code);
    const Target t = target(op, code == Code::relu ? 1 : code == Code::relu6 ? 3 : 2);
    View out;
    Node* last = graph_.nodes.empty() ? nullptr : &graph_.nodes.back();
    const bool same = x.type.scale == t.type.scale && x.type.zero_point == t.type.zero_point;
    const bool alone =
        uses_[static_cast<std::size_t>(from)] == 1 && written_[static_cast<std::size_t>(from)] == in.tensor;
    if (same && alone && last != nullptr && last->output == in.tensor && last->op != Op::max_pool) {
        last->requant.low = std::clamp(last->requant.low, t.low, t.high);
        last->requant.high = std::clamp(last->requant.high, t.low, t.high);
        graph_.tensors[static_cast<std::size_t>(in.tensor)].name = t.tensor;
        out.tensor = in.tensor;
        graph_.folded.push_back(code_text(op.code) + " into " + last->name);
    } else {
        const float factor = static_cast<float>(x.type.scale) / static_cast<float>(t.type.scale);
        out.tensor = add_requantise(graph_, in.tensor, fixed_point(op, factor), t);
    }
    written_[static_cast<std::size_t>(output_index(op))] = out.tensor;
    define(op, out);
}

}  // namespace pimvp::net::tflite
