// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The runs that mram's claims are made of, by the names that its tables use.
#pragma once

#include <string>

namespace pimvp::mram {

/// Bits of weights and activations between the first and the last layer.
struct Width {
    const char* name;  // as networks have it
    const char* text;
};
inline constexpr Width widths[] = {
    {"w1a1", "1:1"}, {"w1a2", "1:2"}, {"w1a4", "1:4"}, {"w1a8", "1:8"}, {"w2a2", "2:2"}};

struct Family {
    const char* start;  // of networks' names
    const char* text;
    const char* brief;
    const char* images;  // simulated
};
inline constexpr Family families[] = {{"fmnist_", "Fashion-MNIST", "F", "0..9"},
                                      {"svhn_dorefa_", "SVHN shapes", "S", "0..0"}};

inline constexpr const char* systems[] = {"mram", "mram:optimistic", "reram", "reram:fixed8",
                                          "cmos", "cmos:buffered"};

inline std::string on(const std::string& network, const std::string& system) {
    return network + " on " + system;
}

/// What keeps a computation going when the power goes.
struct Policy {
    const char* name;
    const char* text;
    const char* policy;
    const char* commit_every;
};
inline constexpr Policy policies[] = {
    {"volatile", "volatile: the frame starts again", "volatile", "0"},
    {"layer", "checkpoint after each layer", "checkpoint", "0"},
    {"steps", "checkpoint every 1,000 array steps", "checkpoint", "1000"},
    {"nv", "nv-accumulator: a commit with each array step", "nv-accumulator", "0"},
    {"warned", "warned: a backup when the voltage is low", "warned", "0"}};
inline constexpr const char* always_on = "harvested hardware, always on";
inline constexpr int harvested_frames = 20, small_frames = 4;

inline std::string harvested(const Policy& policy) {
    return std::string("harvested, ") + policy.name;
}
/// With a tenth of the capacitor.
inline std::string small(const Policy& policy) {
    return harvested(policy) + ", 1 uF";
}

inline constexpr const char* alexnet = "AlexNet 1:1";
inline constexpr const char* lenet = "LeNet-5 1:8, one sub-array";
inline constexpr const char* crossbar_variants[] = {"default", "fixed8", "prime"};
inline std::string lenet_reram(const std::string& variant) {
    return "LeNet-5 1:8 on reram:" + variant;
}
/// SVHN with sub-arrays half as wide, at w1a1 and w1a2.
inline std::string narrow(const std::string& width) {
    return "SVHN " + width + ", 256 columns";
}

}  // namespace pimvp::mram
