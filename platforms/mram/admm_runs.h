// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The runs that the claims on compressed networks are made of, by the names that their tables use.
#pragma once

#include <string>
#include <vector>

namespace pimvp::mram {

/// Networks of one shape, dense and compressed.
struct CompressedFamily {
    const char* text;
    const char* dense;                    // that the compressed ones are held against
    const char* wide;                     // another dense one, "" without
    const char* start;                    // of the compressed ones' names
    std::vector<const char*> compressed;  // in structures
    const char* unstructured_like;        // of these, of the same rate as "unstructured"; "" without
    bool hardware;                        // area, power and speed are compared
    const char* dataset;                  // "" = one that is always there
};
inline const std::vector<CompressedFamily>& compressed_families() {
    static const std::vector<CompressedFamily> all = {
        {"LeNet-5, MNIST",
         "lenet5_mnist_int4",
         "lenet5_mnist_int8",
         "lenet5_mnist_",
         {"admm37", "admm100"},
         "admm37",
         true,
         "mnist"},
        {"LeNet-5, Fashion-MNIST", "lenet5_fmnist_int4", "", "lenet5_fmnist_", {"admm37"}, "", false, ""},
        {"ResNet-20, CIFAR-10",
         "cifar10_int4",
         "",
         "cifar10_resnet20_",
         {"admm2", "admm3", "admm6", "admm10", "admm18"},
         "",
         true,
         "cifar10"},
        {"VGG type, CIFAR-10", "cifar10_vgg7_int4", "", "cifar10_vgg7_", {"admm3"}, "", true, "cifar10"}};
    return all;
}
inline bool has_unstructured(const CompressedFamily& family) {
    return family.unstructured_like[0] != '\0';
}
/// Compressed in structures, then the unstructured one if there is one.
inline std::vector<std::string> compressed_networks(const CompressedFamily& family) {
    std::vector<std::string> names;
    for (const char* name : family.compressed) names.push_back(family.start + std::string(name));
    if (has_unstructured(family)) names.push_back(family.start + std::string("unstructured"));
    return names;
}

inline bool is_dense(const std::string& network) {
    return network.find("_int") != std::string::npos;
}
inline std::string system_of(const std::string& network) {
    return is_dense(network) ? "mram:dense" : "mram:admm";
}

/// How large the chip is, and how a layer's filters lie on it.
struct Chip {
    const char* name;  // its first letter is in ids
    const char* text;
    std::vector<std::string> set;
};
inline const std::vector<Chip>& chips() {
    static const std::vector<Chip> all = {
        {"budget", "Both on 32 sub-arrays, 4 filters of a layer in each", {}},
        {"wide", "Both on 32 sub-arrays, a filter of a layer in each", {"platform.filters_per_sub_array=1"}},
        {"sized",
         "Each on as many sub-arrays as it has work for, 4 filters of a layer in each",
         {"platform.sub_arrays=0"}},
        {"packed",
         "Each on as few sub-arrays as hold it",
         {"platform.sub_arrays=0", "platform.filters_per_sub_array=0"}}};
    return all;
}
inline std::string on_chip(const std::string& network, const std::string& chip) {
    return network + ", " + chip;
}
/// Predictions of all images, and counts.
inline std::string scored(const std::string& network) {
    return network + ", scores";
}
/// With sub-arrays of fewer columns.
inline constexpr const char* fewer_columns[] = {"128", "64"};
inline std::string with_columns(const std::string& network, const std::string& columns) {
    return columns == "512" ? scored(network) : network + ", " + columns + " columns";
}

}  // namespace pimvp::mram
