// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/onnx_folding.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "modules/core/error.h"

namespace pimvp::net {
namespace {

using Dims = std::vector<std::int64_t>;
using Inputs = std::vector<const FoldedConstant*>;

constexpr std::int64_t largest_result = std::int64_t{1} << 24;  // unless an input has as many elements
constexpr std::size_t largest_rank = 8;

std::int64_t product(const Dims& dims) {
    std::int64_t size = 1;
    for (const std::int64_t d : dims) size *= d;
    return size;
}

// Dimensions of the result, right aligned; each is the larger one where the other is 1.
Dims broadcast(const OnnxNode& node, const Dims& a, const Dims& b) {
    const std::size_t rank = std::max(a.size(), b.size());
    Dims result(rank, 1);
    std::int64_t size = 1;
    for (std::size_t i = 0; i < rank; ++i) {
        const std::int64_t x = i + a.size() < rank ? 1 : a[i + a.size() - rank];
        const std::int64_t y = i + b.size() < rank ? 1 : b[i + b.size() - rank];
        node.require(x == y || x == 1 || y == 1, "expected constants whose dimensions fit, found " +
                                                     dims_text(a) + " and " + dims_text(b));
        result[i] = x == 1 ? y : x;
        node.require(result[i] == 0 || size <= std::max({largest_result, product(a), product(b)}) / result[i],
                     "expected a constant result of at most " + std::to_string(largest_result) +
                         " elements, found " + dims_text(a) + " with " + dims_text(b));
        size *= result[i];
    }
    return result;
}

// Where an element of the broadcast result comes from.
std::size_t source(const Dims& result, const Dims& dims, std::int64_t index) {
    std::int64_t from = 0, step = 1;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        const std::int64_t extent = result[result.size() - 1 - i], own = dims[dims.size() - 1 - i];
        if (own != 1) from += index % extent * step;
        index /= extent;
        step *= own;
    }
    return static_cast<std::size_t>(from);
}

template <typename T>
T real_result(const std::string& op, T a, T b) {
    if (op == "Add") return a + b;
    if (op == "Sub") return a - b;
    if (op == "Mul") return a * b;
    if (op == "Div") return a / b;
    return std::pow(a, b);
}

std::int64_t integer_result(const OnnxNode& node, std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    bool good = false;
    if (node.op == "Add") good = !__builtin_add_overflow(a, b, &result);
    if (node.op == "Sub") good = !__builtin_sub_overflow(a, b, &result);
    if (node.op == "Mul") good = !__builtin_mul_overflow(a, b, &result);
    if (node.op == "Div" && b != 0 && !(a == INT64_MIN && b == -1)) good = true, result = a / b;
    node.require(
        good, "expected integers to compute with, found " + std::to_string(a) + " and " + std::to_string(b));
    return result;
}

FoldedConstant arithmetic(const OnnxNode& node, const Inputs& in) {
    node.expect_inputs(2, 2);
    node.expect_attributes({});
    const FoldedConstant &a = *in[0], &b = *in[1];
    node.require(a.is_integer == b.is_integer, "expected two constants of one element type");
    FoldedConstant result;
    result.dims = broadcast(node, a.dims, b.dims);
    result.is_integer = a.is_integer;
    const std::int64_t size = product(result.dims);
    for (std::int64_t i = 0; i < size; ++i) {
        const std::size_t x = source(result.dims, a.dims, i), y = source(result.dims, b.dims, i);
        if (a.is_integer) {
            result.integers.push_back(integer_result(node, a.integers[x], b.integers[y]));
            continue;
        }
        result.reals.push_back(real_result(node.op, a.reals[x], b.reals[y]));
        result.precise.push_back(real_result(node.op, a.precise_real(x), b.precise_real(y)));
    }
    return result;
}

FoldedConstant unary(const OnnxNode& node, const Inputs& in) {
    node.expect_inputs(1, 1);
    node.expect_attributes({});
    node.require(!in[0]->is_integer, "expected float constants");
    FoldedConstant result;
    result.dims = in[0]->dims;
    for (std::size_t i = 0; i < in[0]->reals.size(); ++i) {
        const float v = in[0]->reals[i];
        const double p = in[0]->precise_real(i);
        result.reals.push_back(node.op == "Sqrt" ? std::sqrt(v) : -v);
        result.precise.push_back(node.op == "Sqrt" ? std::sqrt(p) : -p);
    }
    return result;
}

FoldedConstant cast(const OnnxNode& node, const Inputs& in) {
    constexpr std::int64_t to_float = 1, to_int32 = 6, to_int64 = 7;
    node.expect_inputs(1, 1);
    node.expect_attributes({"to", "saturate"});
    const std::int64_t to = node.integer("to", 0);
    node.require(to == to_float || to == to_int32 || to == to_int64,
                 "attribute 'to': expected float, int32 or int64 (1, 6, 7), found " + std::to_string(to));
    if (in[0]->is_integer == (to != to_float)) return *in[0];
    FoldedConstant result;
    result.dims = in[0]->dims;
    result.is_integer = to != to_float;
    for (const std::int64_t v : in[0]->integers) result.reals.push_back(static_cast<float>(v));
    for (const float v : in[0]->reals) {
        node.require(std::abs(v) < 2147483648.0F, "expected numbers of 32 bits, found " + std::to_string(v));
        result.integers.push_back(static_cast<std::int64_t>(v));
    }
    return result;
}

std::int64_t axis_of(const OnnxNode& node, std::int64_t axis, std::size_t rank) {
    const auto r = static_cast<std::int64_t>(rank);
    node.require(axis >= -r && axis < r,
                 "axis: expected one of rank " + std::to_string(r) + ", found " + std::to_string(axis));
    return axis < 0 ? axis + r : axis;
}

FoldedConstant concat(const OnnxNode& node, const Inputs& in) {
    node.expect_inputs(1, SIZE_MAX);
    node.expect_attributes({"axis"});
    FoldedConstant result;
    result.is_integer = in[0]->is_integer;
    axis_of(node, node.integer("axis", 0), 1);
    for (const FoldedConstant* c : in) {
        node.require(c->dims.size() == 1 && c->is_integer == result.is_integer,
                     "expected lists of one element type, found dimensions " + dims_text(c->dims));
        result.integers.insert(result.integers.end(), c->integers.begin(), c->integers.end());
        result.reals.insert(result.reals.end(), c->reals.begin(), c->reals.end());
        node.require(
            static_cast<std::int64_t>(result.integers.size() + result.reals.size()) <= largest_result,
            "expected a constant result of at most " + std::to_string(largest_result) + " elements");
    }
    result.dims = {static_cast<std::int64_t>(result.integers.size() + result.reals.size())};
    return result;
}

FoldedConstant gather(const OnnxNode& node, const Inputs& in) {
    node.expect_inputs(2, 2);
    node.expect_attributes({"axis"});
    const FoldedConstant &list = *in[0], &indices = *in[1];
    node.require(list.dims.size() == 1 && list.is_integer && indices.is_integer,
                 "expected integer indices into a list of integers");
    axis_of(node, node.integer("axis", 0), 1);
    FoldedConstant result;
    result.dims = indices.dims;
    result.is_integer = true;
    for (const std::int64_t i : indices.integers)
        result.integers.push_back(
            list.integers[static_cast<std::size_t>(axis_of(node, i, list.integers.size()))]);
    return result;
}

// Attribute until operator set 12, input from 13 on.
std::vector<std::int64_t> axes_of(const OnnxNode& node, const Inputs& in) {
    node.expect_inputs(1, 2);
    node.expect_attributes({"axes"});
    if (in.size() == 2) return in[1]->integers;
    const auto found = node.attributes.find("axes");
    return found == node.attributes.end() ? std::vector<std::int64_t>{} : found->second.integers;
}

FoldedConstant unsqueeze(const OnnxNode& node, const Inputs& in) {
    const std::vector<std::int64_t> axes = axes_of(node, in);
    node.require(!axes.empty() && in[0]->dims.size() + axes.size() <= largest_rank,
                 "expected axes to insert");
    FoldedConstant result = *in[0];
    const std::size_t rank = in[0]->dims.size() + axes.size();
    std::set<std::int64_t> inserted;
    for (const std::int64_t axis : axes) inserted.insert(axis_of(node, axis, rank));
    node.require(inserted.size() == axes.size(), "expected different axes");
    result.quantised.reset();
    for (const std::int64_t axis : inserted) result.dims.insert(result.dims.begin() + axis, 1);
    return result;
}

FoldedConstant squeeze(const OnnxNode& node, const Inputs& in) {
    const std::vector<std::int64_t> axes = axes_of(node, in);
    FoldedConstant result = *in[0];
    std::set<std::int64_t> removed;
    for (const std::int64_t axis : axes) removed.insert(axis_of(node, axis, in[0]->dims.size()));
    result.quantised.reset();
    result.dims.clear();
    for (std::size_t i = 0; i < in[0]->dims.size(); ++i) {
        const bool goes =
            axes.empty() ? in[0]->dims[i] == 1 : removed.count(static_cast<std::int64_t>(i)) > 0;
        node.require(!goes || in[0]->dims[i] == 1, "expected axes of size 1 to remove");
        if (!goes) result.dims.push_back(in[0]->dims[i]);
    }
    return result;
}

FoldedConstant reshape(const OnnxNode& node, const Inputs& in) {
    node.expect_inputs(2, 2);
    node.expect_attributes({"allowzero"});
    FoldedConstant result = *in[0];
    const std::vector<std::int64_t>& shape = in[1]->integers;
    node.require(in[1]->is_integer && shape.size() <= largest_rank, "expected a shape of integers");
    result.dims.clear();
    std::int64_t known = 1, open = -1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        std::int64_t d = shape[i];
        if (d == 0 && i < in[0]->dims.size()) d = in[0]->dims[i];
        if (d == -1 && open < 0) open = static_cast<std::int64_t>(i), d = 1;
        node.require(
            d >= 1 && known <= std::max<std::int64_t>(in[0]->size(), 1) / d,
            "expected a shape for " + std::to_string(in[0]->size()) + " elements, found " + dims_text(shape));
        known *= d;
        result.dims.push_back(d);
    }
    if (open >= 0) result.dims[static_cast<std::size_t>(open)] = in[0]->size() / known;
    node.require(
        product(result.dims) == in[0]->size(),
        "expected a shape for " + std::to_string(in[0]->size()) + " elements, found " + dims_text(shape));
    result.quantised.reset();
    return result;
}

template <typename T>
std::vector<T> permuted(const std::vector<T>& values, const std::vector<std::size_t>& from) {
    if (values.size() <= 1) return values;
    std::vector<T> result;
    result.reserve(values.size());
    for (const std::size_t i : from) result.push_back(values[i]);
    return result;
}

FoldedConstant transpose(const OnnxNode& node, const Inputs& in) {
    node.expect_inputs(1, 1);
    node.expect_attributes({"perm"});
    const Dims& dims = in[0]->dims;
    const std::size_t rank = dims.size();
    Dims perm;
    for (std::size_t i = 0; i < rank; ++i) perm.push_back(static_cast<std::int64_t>(rank - 1 - i));
    if (node.has("perm")) perm = node.attributes.at("perm").integers;
    node.require(std::set<std::int64_t>(perm.begin(), perm.end()).size() == rank && perm.size() == rank,
                 "attribute 'perm': expected a permutation of " + std::to_string(rank) + " axes");
    FoldedConstant result;
    result.is_integer = in[0]->is_integer;
    Dims stride(rank, 1);
    for (std::size_t i = rank; i-- > 1;) stride[i - 1] = stride[i] * dims[i];
    for (const std::int64_t p : perm) {
        node.require(p >= 0 && p < static_cast<std::int64_t>(rank),
                     "attribute 'perm': expected axes of rank " + std::to_string(rank));
        result.dims.push_back(dims[static_cast<std::size_t>(p)]);
    }
    std::vector<std::size_t> from;
    from.reserve(static_cast<std::size_t>(in[0]->size()));
    for (std::int64_t i = 0; i < in[0]->size(); ++i) {
        std::int64_t rest = i, index = 0;
        for (std::size_t axis = rank; axis-- > 0;) {
            index += rest % result.dims[axis] * stride[static_cast<std::size_t>(perm[axis])];
            rest /= result.dims[axis];
        }
        from.push_back(static_cast<std::size_t>(index));
    }
    result.reals = permuted(in[0]->reals, from);
    result.precise = permuted(in[0]->precise, from);
    result.integers = permuted(in[0]->integers, from);
    if (in[0]->quantised != nullptr) {
        QuantisedConstant q = *in[0]->quantised;
        q.integers = permuted(q.integers, from);
        q.scales = permuted(q.scales, from);
        for (std::size_t i = 0; i < rank && !q.ranges.empty(); ++i)
            if (static_cast<std::size_t>(perm[i]) == in[0]->quantised->axis) q.axis = i;
        result.quantised = std::make_shared<const QuantisedConstant>(std::move(q));
    }
    return result;
}

FoldedConstant identity(const OnnxNode& node, const Inputs& in) {
    node.expect_inputs(1, 1);
    return *in[0];
}

using Fold = FoldedConstant (*)(const OnnxNode&, const Inputs&);

const std::map<std::string, Fold>& folds() {
    static const std::map<std::string, Fold> table = {
        {"Add", arithmetic},  {"Sub", arithmetic},      {"Mul", arithmetic},      {"Div", arithmetic},
        {"Pow", arithmetic},  {"Sqrt", unary},          {"Neg", unary},           {"Cast", cast},
        {"Concat", concat},   {"Gather", gather},       {"Identity", identity},   {"Reshape", reshape},
        {"Squeeze", squeeze}, {"Transpose", transpose}, {"Unsqueeze", unsqueeze},
    };
    return table;
}

}  // namespace

std::int64_t FoldedConstant::size() const {
    return static_cast<std::int64_t>(is_integer ? integers.size() : reals.size());
}

FoldedConstant folded_constant(const OnnxTensor& tensor) {
    FoldedConstant result;
    result.dims = tensor.dims;
    result.is_integer = tensor.type != OnnxType::float32;
    const std::int64_t size = tensor.size();
    if (result.is_integer) result.integers.reserve(static_cast<std::size_t>(size));
    if (!result.is_integer) result.reals.reserve(static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i) {
        if (result.is_integer)
            result.integers.push_back(tensor.integer(i));
        else
            result.reals.push_back(static_cast<float>(tensor.real(i)));
    }
    return result;
}

bool can_fold(const std::string& op) {
    return folds().count(op) > 0;
}

FoldedConstant fold(const OnnxNode& node, const Inputs& inputs) {
    for (const FoldedConstant* input : inputs)
        node.require(input->dims.size() <= largest_rank, "expected constants of rank " +
                                                             std::to_string(largest_rank) +
                                                             " or less, found " + dims_text(input->dims));
    node.require(!inputs.empty(), "expected inputs, found none");
    if (inputs.size() < node.inputs.size()) node.fail("expected all inputs, found one left out");
    FoldedConstant result = folds().at(node.op)(node, inputs);
    constexpr std::size_t longest_origin = 200;  // names of long chains must not pile up
    result.origin = inputs[0]->origin;
    if (result.origin.size() < longest_origin)
        result.origin += (result.origin.empty() ? "" : ", ") + node.name;
    return result;
}

std::string dims_text(const std::vector<std::int64_t>& dims) {
    std::string text = "[";
    for (const std::int64_t d : dims) text += (text.size() > 1 ? "," : "") + std::to_string(d);
    return text + "]";
}

}  // namespace pimvp::net
