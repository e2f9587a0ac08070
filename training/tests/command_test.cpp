// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The program itself: exit status and messages.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace {

struct Outcome {
    int status;
    std::string text;
};

Outcome run(const std::string& arguments) {
    const std::string command = std::string(PIMVP_TRAIN) + " " + arguments + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    Outcome outcome;
    char part[256];
    while (std::fgets(part, sizeof part, pipe)) outcome.text += part;
    const int status = pclose(pipe);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

TEST(Command, BadInputExitsWithTwoAndSaysWhatWasExpected) {
    const struct {
        const char *arguments, *message;
    } cases[] = {
        {"fmnist_int3 --state /tmp", "recipe 'fmnist_int3': expected one of fmnist_float"},
        {"fmnist_int4", "expected --state DIR"},
        {"fmnist_int4 --state", "--state: expected a value"},
        {"fmnist_int4 --state /tmp --colour red", "unknown option --colour"},
        {"fmnist_int4 --state /tmp --epochs -3",
         "--epochs: expected a whole number of at least 1, found '-3'"},
        {"fmnist_dualnet_50 --state /tmp --share 0.5,x,1", "--share: expected numbers and commas"},
        {"fmnist_dualnet_50 --state /tmp --share 0.5", "shares: expected 3 numbers"},
        {"fmnist_float --state /tmp --out a.onnx", "only quantised ones are exported"},
        {"lenet5_mnist_admm37_pruned --state /tmp --out a.onnx", "only quantised ones are exported"},
        {"fmnist_int4 --state /dev/null/x", "--state /dev/null/x"},
        {"cifar10_layerwise --state /tmp", "cifar10_layerwise: expected --start DIR"},
        {"fmnist_int4 --state /tmp --start /tmp", "--start: fmnist_int4 starts from no given weights"},
        {"evaluate", "evaluate: expected FILE.onnx"},
        {"evaluate /nonexistent.onnx", "/nonexistent.onnx"},
    };
    for (const auto& item : cases) {
        const auto outcome = run(item.arguments);
        EXPECT_EQ(outcome.status, 2) << item.arguments << "\n" << outcome.text;
        EXPECT_NE(outcome.text.find(item.message), std::string::npos) << item.arguments << "\n"
                                                                      << outcome.text;
    }
}

TEST(Command, HelpListsRecipesWithTheirTime) {
    const auto outcome = run("--help");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_NE(outcome.text.find("fmnist_dualnet_50"), std::string::npos);
    EXPECT_NE(outcome.text.find("min on one core"), std::string::npos);
}

}  // namespace
