// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// From an image's bytes to the integers of the first layer.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "modules/core/error.h"
#include "networks/tflite_importer.h"

namespace pimvp::net::tflite {
namespace {

std::string number_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

// What a pixel's byte stands for: the file does not say, so the range of its input type decides.
struct PixelRule {
    float divisor = 1, offset = 0;
    const char* text = "pixel";
};

PixelRule pixel_rule(const TensorType& type) {
    const double lowest = (type.lowest() - type.zero_point) * type.scale;
    const double highest = (type.highest() - type.zero_point) * type.scale;
    if (std::abs(type.scale - 1) < 0.1) return {1, 0, "pixel"};
    if (std::abs(lowest + 1) < 0.1 && std::abs(highest - 1) < 0.1) return {127.5F, -1, "pixel / 127.5 - 1"};
    return {255, 0, "pixel / 255"};
}

std::vector<std::int32_t> pixel_table(const TensorType& type, const PixelRule& rule) {
    std::vector<std::int32_t> table;
    for (int pixel = 0; pixel < 256; ++pixel) {
        const float real = static_cast<float>(pixel) / rule.divisor + rule.offset;
        const float steps = std::round(real / static_cast<float>(type.scale));
        table.push_back(static_cast<std::int32_t>(std::clamp(static_cast<double>(steps) + type.zero_point,
                                                             double(type.lowest()), double(type.highest()))));
    }
    return table;
}

std::string rule_text(const TensorType& type, const PixelRule& rule) {
    return std::string("real value = ") + rule.text + "; integer = round(real value / " +
           number_text(type.scale) + ") " + (type.zero_point < 0 ? "- " : "+ ") +
           std::to_string(std::abs(type.zero_point));
}

}  // namespace

void Importer::start_input(int input) {
    const auto type = static_cast<Type>(tensor(input).type());
    View& view = views_[static_cast<std::size_t>(input)];
    if (is_constant(input)) fail("input '" + name_of(input) + "': expected an image, found a constant");
    if (type == Type::float32 || type == Type::uint8) {
        view.ready = true;
        view.real = type == Type::float32;
        return;
    }
    const TensorType quantised = type_of(input);
    const PixelRule rule = pixel_rule(quantised);
    add_input(input, pixel_table(quantised, rule), rule_text(quantised, rule));
}

void Importer::add_input(int index, const std::vector<std::int32_t>& table, const std::string& how) {
    graph_.tensors.push_back({unique(name_of(index)), shape_of(index), type_of(index)});
    graph_.input = static_cast<int>(graph_.tensors.size()) - 1;
    graph_.input_table = table;
    graph_.preprocessing = how;
    View& view = views_[static_cast<std::size_t>(index)];
    view.ready = true;
    view.tensor = graph_.input;
    written_[static_cast<std::size_t>(index)] = graph_.input;
}

void Importer::quantise_input(const Operation& op, int from, int to) {
    if (graph_.input >= 0) throw Error(op.where + "expected one quantisation of the input, found a second");
    expect_output(op, shape_of(from));
    if (views_[static_cast<std::size_t>(to)].ready || is_constant(to))
        throw Error(op.where + "output '" + name_of(to) + "': expected a tensor that nothing else writes");
    const TensorType type = type_of(to);
    if (type.kind != Kind::signed_integer)
        throw Error(op.where + "output '" + name_of(to) + "': expected int8, found uint8");
    if (views_[static_cast<std::size_t>(from)].real) {
        const PixelRule rule = pixel_rule(type);
        add_input(to, pixel_table(type, rule), rule_text(type, rule));
    } else {
        const TensorType bytes = type_of(from);
        const PixelRule rule = pixel_rule(bytes);
        const FixedPoint factor = fixed_point(op, bytes.scale / type.scale);
        std::vector<std::int32_t> table = pixel_table(bytes, rule);
        for (std::int32_t& entry : table)
            entry = static_cast<std::int32_t>(std::clamp(
                type.zero_point +
                    scale_back(entry - bytes.zero_point, factor.multiplier, factor.shift, options_.tflite),
                type.lowest(), type.highest()));
        add_input(to, table,
                  rule_text(bytes, rule) + "; then to scale " + number_text(type.scale) + " and zero point " +
                      std::to_string(type.zero_point));
    }
    graph_.folded.push_back(op.name + " into the image's table");
}

}  // namespace pimvp::net::tflite
