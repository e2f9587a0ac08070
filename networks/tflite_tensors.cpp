// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "modules/core/error.h"
#include "networks/tflite_importer.h"

namespace pimvp::net::tflite {
namespace {

// Names end up in messages and reports; a damaged file may have very long ones.
constexpr std::size_t longest_name = 200;
constexpr std::int64_t longest_side = 1 << 20, most_elements = std::int64_t{1} << 28;
constexpr std::size_t most_dims = 8;

int bits_of(Type type) {
    return type == Type::int16 ? 16 : 8;
}

// Verified is that the numbers are inside the file, not that 64-bit ones lie at multiples of 8 bytes.
std::int64_t number_at(const flatbuffers::Vector<std::int64_t>& numbers, std::size_t i) {
    std::int64_t number = 0;
    std::memcpy(&number, numbers.Data() + i * sizeof number, sizeof number);
    return flatbuffers::EndianScalar(number);
}

std::string at_position(int position) {
    return "input " + std::to_string(position);
}

}  // namespace

void Importer::fail(const std::string& what) const {
    throw Error(file_name_ + ": " + what);
}

const file::Tensor& Importer::tensor(int index) const {
    const auto* tensors = sub_->tensors();
    const std::int64_t count = tensors == nullptr ? 0 : tensors->size();
    if (index < 0 || index >= count)
        fail("tensor index: expected 0.." + std::to_string(count - 1) + ", found " + std::to_string(index));
    return *tensors->Get(static_cast<flatbuffers::uoffset_t>(index));
}

std::string Importer::name_of(int index) const {
    const auto* name = tensor(index).name();
    if (name == nullptr || name->size() == 0) return "tensor" + std::to_string(index);
    return name->size() <= longest_name ? name->str() : name->str().substr(0, longest_name);
}

std::vector<std::int64_t> Importer::dims_of(int index) const {
    const auto* shape = tensor(index).shape();
    const std::string where = "tensor '" + name_of(index) + "': ";
    if (shape == nullptr) return {};
    if (shape->size() > most_dims)
        fail(where + "expected at most " + std::to_string(most_dims) + " dimensions, found " +
             std::to_string(shape->size()));
    std::vector<std::int64_t> dims(shape->begin(), shape->end());
    std::int64_t size = 1;
    for (const std::int64_t d : dims) {
        if (d < 1 || d > longest_side || size > most_elements / d)
            fail(where + "expected dimensions of 1.." + std::to_string(longest_side) + " and at most " +
                 std::to_string(most_elements) + " elements, found " + dims_text(dims));
        size *= d;
    }
    return dims;
}

Shape Importer::shape_of(int index) const {
    const std::vector<std::int64_t> dims = dims_of(index);
    const auto side = [&](std::size_t i) { return static_cast<int>(dims[i]); };
    if (dims.size() == 1) return {side(0), 1, 1};
    if (dims.size() == 2 && dims[0] == 1) return {side(1), 1, 1};
    if (dims.size() == 4 && dims[0] == 1) return {side(3), side(1), side(2)};
    fail("tensor '" + name_of(index) +
         "': expected dimensions [n], [1, n] or [1, height, width, channels], found " + dims_text(dims));
}

double Importer::scale_of(int index) const {
    const auto* q = tensor(index).quantization();
    const std::string where = "tensor '" + name_of(index) + "': ";
    if (q == nullptr || q->scale() == nullptr || q->scale()->size() != 1)
        fail(where + "expected one scale, found " +
             std::to_string(q == nullptr || q->scale() == nullptr ? 0 : q->scale()->size()));
    if (q->details_type() != 0) fail(where + "expected scale and zero point, found another quantisation");
    const float scale = q->scale()->Get(0);
    if (!std::isfinite(scale) || scale <= 0)
        fail(where + "scale: expected a positive number, found " + std::to_string(scale));
    return scale;
}

TensorType Importer::type_of(int index) const {
    const auto type = static_cast<Type>(tensor(index).type());
    const std::string where = "tensor '" + name_of(index) + "': ";
    if (type != Type::int8 && type != Type::uint8)
        fail(where + "expected int8 activations, found " + type_text(static_cast<int>(type)) +
             (type == Type::int16 ? ", whose layers round in another way" : ""));
    TensorType t;
    t.bits = bits_of(type);
    t.kind = type == Type::uint8 ? Kind::unsigned_integer : Kind::signed_integer;
    t.scale = scale_of(index);
    const auto* points = tensor(index).quantization()->zero_point();
    const std::int64_t zero_point = points == nullptr || points->size() == 0 ? 0 : number_at(*points, 0);
    if (zero_point < t.lowest() || zero_point > t.highest())
        fail(where + "zero point: expected " + std::to_string(t.lowest()) + ".." +
             std::to_string(t.highest()) + ", found " + std::to_string(zero_point));
    t.zero_point = static_cast<int>(zero_point);
    return t;
}

int Importer::input_index(const Operation& op, int position) const {
    const auto* inputs = op.raw->inputs();
    if (inputs == nullptr || position >= static_cast<std::int64_t>(inputs->size())) return -1;
    return inputs->Get(static_cast<flatbuffers::uoffset_t>(position));
}

int Importer::output_index(const Operation& op) const {
    const auto* outputs = op.raw->outputs();
    const std::size_t count = outputs == nullptr ? 0 : outputs->size();
    if (count != 1) throw Error(op.where + "expected 1 output, found " + std::to_string(count));
    return outputs->Get(0);
}

bool Importer::is_constant(int index) const {
    const auto* buffers = model_.buffers();
    const std::uint32_t buffer = tensor(index).buffer();
    if (buffers == nullptr || buffer == 0 || buffer >= buffers->size()) return false;
    const file::Buffer& b = *buffers->Get(buffer);
    return b.offset() != 0 || (b.data() != nullptr && b.data()->size() > 0);
}

Importer::Bytes Importer::constant(const Operation& op, int position) const {
    const int index = input_index(op, position);
    if (index < 0) throw Error(op.where + at_position(position) + ": expected a constant, found none");
    const std::string where = op.where + at_position(position) + " '" + name_of(index) + "': ";
    if (tensor(index).sparsity() != nullptr)
        throw Error(where + "expected plain numbers, found a sparse tensor");
    if (!is_constant(index)) throw Error(where + "expected a constant, found a tensor that is computed");
    const file::Buffer& buffer = *model_.buffers()->Get(tensor(index).buffer());
    if (buffer.offset() != 0)
        throw Error(where + "expected numbers inside the flatbuffer, found an offset behind it");
    return {buffer.data()->data(), buffer.data()->size()};
}

std::vector<std::int64_t> Importer::constant_integers(const Operation& op, int position,
                                                      std::size_t most) const {
    const Bytes bytes = constant(op, position);
    const int index = input_index(op, position);
    const auto type = static_cast<Type>(tensor(index).type());
    const std::string where = op.where + at_position(position) + " '" + name_of(index) + "': ";
    if (type != Type::int32 && type != Type::int64)
        throw Error(where + "expected int32, found " + type_text(static_cast<int>(type)));
    const std::size_t size = type == Type::int64 ? 8 : 4;
    if (bytes.size % size != 0 || bytes.size / size > most)
        throw Error(where + "expected at most " + std::to_string(most) + " numbers, found " +
                    std::to_string(bytes.size) + " bytes");
    std::vector<std::int64_t> numbers;
    for (std::size_t i = 0; i < bytes.size; i += size) {
        std::int64_t number = 0;
        if (size == 8) {
            std::memcpy(&number, bytes.data + i, 8);
        } else {
            std::int32_t small = 0;
            std::memcpy(&small, bytes.data + i, 4);
            number = small;
        }
        numbers.push_back(number);
    }
    return numbers;
}

Weights Importer::weights_of(const Operation& op, int position, std::int64_t count) {
    const Bytes bytes = constant(op, position);
    const int index = input_index(op, position);
    const auto type = static_cast<Type>(tensor(index).type());
    const std::string where = op.where + "weights '" + name_of(index) + "': ";
    if (type != Type::int8 && type != Type::int4)
        throw Error(where + "expected int8 or int4, found " + type_text(static_cast<int>(type)));
    if (count > most_weights - weights_)
        throw Error(where + "expected at most " + std::to_string(most_weights) +
                    " weights in the network, found " + std::to_string(weights_ + count));
    weights_ += count;
    try {
        return unpack_weights(bytes.data, bytes.size, static_cast<std::size_t>(count),
                              type == Type::int4 ? 4 : 8);
    } catch (const Error& error) {
        throw Error(where + error.what());
    }
}

std::vector<std::int32_t> Importer::bias_of(const Operation& op, int position, int out_channels) const {
    if (input_index(op, position) < 0) return {};
    const auto numbers = constant_integers(op, position, static_cast<std::size_t>(out_channels));
    const std::string where = op.where + "bias '" + name_of(input_index(op, position)) + "': ";
    if (numbers.size() != static_cast<std::size_t>(out_channels))
        throw Error(where + "expected " + std::to_string(out_channels) + " numbers, found " +
                    std::to_string(numbers.size()));
    for (const std::int64_t b : numbers)
        if (b < std::numeric_limits<std::int32_t>::min() || b > std::numeric_limits<std::int32_t>::max())
            throw Error(where + "expected 32-bit numbers, found " + std::to_string(b));
    return {numbers.begin(), numbers.end()};
}

std::vector<double> Importer::weight_scales(const Operation& op, int position, int dimension,
                                            int channels) const {
    const int index = input_index(op, position);
    const auto* q = tensor(index).quantization();
    const std::string where = op.where + "weights '" + name_of(index) + "': ";
    const std::size_t count = q == nullptr || q->scale() == nullptr ? 0 : q->scale()->size();
    if (count != 1 && count != static_cast<std::size_t>(channels))
        throw Error(where + "expected 1 scale or " + std::to_string(channels) +
                    ", one per output channel, found " + std::to_string(count));
    if (count > 1 && q->dimension() != dimension)
        throw Error(where + "expected scales along dimension " + std::to_string(dimension) + ", found " +
                    std::to_string(q->dimension()));
    if (q->details_type() != 0)
        throw Error(where + "expected scale and zero point, found another quantisation");
    const auto* points = q->zero_point();
    for (std::size_t i = 0; points != nullptr && i < std::min<std::size_t>(points->size(), count); ++i) {
        const std::int64_t zero_point = number_at(*points, i);
        if (zero_point != 0)
            throw Error(where + "zero point: expected 0, found " + std::to_string(zero_point));
    }
    for (const float scale : *q->scale())
        if (!std::isfinite(scale) || scale <= 0)
            throw Error(where + "scale: expected a positive number, found " + std::to_string(scale));
    return {q->scale()->begin(), q->scale()->end()};
}

}  // namespace pimvp::net::tflite
