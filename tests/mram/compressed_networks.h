// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace pimvp::test {

/// Networks for the variants `dense` and `admm`.
inline const std::vector<std::string>& compressed_networks() {
    static const std::vector<std::string> names = {"lenet5_mnist_int8",         "lenet5_mnist_int4",
                                                   "lenet5_mnist_admm37",       "lenet5_mnist_admm100",
                                                   "lenet5_mnist_unstructured", "lenet5_fmnist_int4",
                                                   "lenet5_fmnist_admm37",      "cifar10_int4",
                                                   "cifar10_resnet20_admm2",    "cifar10_resnet20_admm3",
                                                   "cifar10_resnet20_admm6",    "cifar10_resnet20_admm10",
                                                   "cifar10_resnet20_admm18",   "cifar10_vgg7_int4",
                                                   "cifar10_vgg7_admm3"};
    return names;
}

inline bool is_dense(const std::string& network) {
    return network.find("_int") != std::string::npos;
}
inline std::string variant_of(const std::string& network) {
    return is_dense(network) ? "dense" : "admm";
}
/// Dense weights of 8 bits have no room on the variants' sub-arrays.
inline std::vector<std::string> settings_of(const std::string& network) {
    if (network.find("_int8") == std::string::npos) return {};
    return {"platform.sub_arrays=0"};
}

}  // namespace pimvp::test
