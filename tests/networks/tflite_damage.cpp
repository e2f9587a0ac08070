// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/networks/tflite_damage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "modules/core/error.h"
#include "tests/networks/tflite_builder.h"
#include "tests/networks/tflite_reference.h"

namespace pimvp::net::test {

std::string file_of_every_operator() {
    TfliteBuilder b;
    const int bytes = b.tensor("image", {1, 4, 4, 2}, UINT8, {1.0F}, {0});
    const auto layer = [&](const std::string& name, const Dims& dims) {
        return b.activation(name, dims, 1.0F, -128);
    };
    const int image = layer("quantised", {1, 4, 4, 2});
    b.op(QUANTIZE, {bytes}, image);
    const int padded = layer("padded", {1, 6, 6, 2});
    b.op(PAD, {image, b.integers("paddings", {0, 0, 1, 1, 1, 1, 0, 0})}, padded);
    const int conv = layer("conv", {1, 4, 4, 4});
    b.conv({padded, b.weights({4, 3, 3, 2}, random_weights(72, 1), {0.1F, 0.2F, 0.3F, 0.4F}),
            b.integers("bias", {1, 2, 3, 4})},
           conv, VALID, 1, 1);
    const int relu = layer("relu", {1, 4, 4, 4});
    b.op(RELU6, {conv}, relu);
    const int depthwise = layer("depthwise", {1, 4, 4, 4});
    b.depthwise({relu, b.weights({1, 3, 3, 4}, random_weights(36, 2), {0.1F}, 3)}, depthwise, SAME, 1, 1, 1);
    const int sum = layer("sum", {1, 4, 4, 4}), product = layer("product", {1, 4, 4, 4});
    b.add(relu, depthwise, sum, FUSED_RELU);
    b.mul(sum, relu, product);
    const int both = layer("both", {1, 4, 4, 8});
    b.concatenation({sum, product}, both, 3);
    const int largest = layer("largest", {1, 2, 2, 8}), average = layer("average", {1, 2, 2, 8});
    b.pool(MAX_POOL_2D, both, largest, VALID, 2, 2, 2, 2);
    b.pool(AVERAGE_POOL_2D, largest, average, SAME, 2, 2, 1, 1);
    const int mean = layer("mean", {1, 8});
    b.op(MEAN, {average, b.integers("axes", {1, 2})}, mean);
    const int row = layer("row", {1, 1, 1, 8});
    b.op(RESHAPE, {mean}, row);
    const int scores = b.activation("scores", {1, 3}, 0.1F, 0);
    b.fully_connected({row, b.weights({3, 8}, random_weights(24, 3), {0.1F}), b.integers("b", {5, 6, 7})},
                      scores);
    const int soft = b.activation("soft", {1, 3}, 1 / 256.0F, -128);
    b.softmax(scores, soft, 1.0F);
    const int real = b.tensor("real", {1, 3}, FLOAT32);
    b.op(DEQUANTIZE, {soft}, real);
    return b.finish({bytes}, {real});
}

Survival import_damaged(const std::string& bytes) {
    // A copy of its own, as long as the file and no longer: reading behind its end is seen by sanitizers.
    const std::string copy(bytes);
    try {
        const Graph graph = import_tflite("damaged.tflite", copy, {});
        return Survival::imported;
    } catch (const Error&) {
        return Survival::refused;
    } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
        return Survival::other;
    }
}

Tally mutate(const std::string& good, int count, unsigned seed) {
    std::mt19937 random(seed);
    const std::uint32_t numbers[] = {0,          1,          2,          7,          0xff,
                                     0x7fff,     0x10000,    0x7fffffff, 0x80000000, 0xffffffff,
                                     0xfffffff0, 0x40000000, 0x00100000};
    Tally tally;
    for (int i = 0; i < count; ++i) {
        std::string bad = good;
        const auto place = [&](std::size_t width) {
            return bad.size() <= width ? 0 : random() % (bad.size() - width);
        };
        for (unsigned changes = 1 + random() % 8; changes > 0 && bad.size() > 8; --changes) {
            switch (random() % 6) {
                case 0:
                    bad[place(1)] ^= static_cast<char>(1U << random() % 8);
                    break;
                case 1:
                    bad[place(1)] = static_cast<char>(random());
                    break;
                case 2: {
                    const std::uint32_t number = numbers[random() % std::size(numbers)];
                    std::memcpy(bad.data() + (place(4) & ~std::size_t{3}), &number, 4);
                    break;
                }
                case 3: {
                    const std::size_t at = place(4) & ~std::size_t{3};
                    std::uint32_t number = 0;
                    std::memcpy(&number, bad.data() + at, 4);
                    number += random() % 9 - 4;
                    std::memcpy(bad.data() + at, &number, 4);
                    break;
                }
                case 4: {
                    const std::size_t length = 1 + random() % 16, from = place(length), to = place(length);
                    if (from + length <= bad.size() && to + length <= bad.size())
                        std::memmove(bad.data() + to, bad.data() + from, length);
                    break;
                }
                case 5:
                    if (random() % 8 == 0) bad.resize(8 + random() % (bad.size() - 7));
                    break;
            }
        }
        switch (import_damaged(bad)) {
            case Survival::imported:
                ++tally.imported;
                break;
            case Survival::refused:
                ++tally.refused;
                break;
            case Survival::other:
                ++tally.other;
                ADD_FAILURE() << "seed " << seed << ", file " << i;
                break;
        }
    }
    return tally;
}

}  // namespace pimvp::net::test
