// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/checkpoint.h"

#include <torch/torch.h>

#include <filesystem>

#include "modules/core/error.h"

namespace pimvp::training {
namespace {

torch::Tensor as_tensor(const std::vector<double>& values) {
    return torch::tensor(values, torch::kDouble);
}

std::vector<double> as_vector(const torch::Tensor& tensor) {
    const auto values = tensor.to(torch::kDouble).contiguous();
    return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

// The shapes are compared here: copying would broadcast some of the wrong ones.
void read_tensor(torch::serialize::InputArchive& archive, const std::string& key, torch::Tensor& into,
                 bool is_buffer) {
    torch::Tensor value;
    archive.read(key, value, is_buffer);
    if (value.sizes() != into.sizes()) throw Error("tensor " + key + " has another shape than the network's");
    torch::NoGradGuard guard;
    into.copy_(value);
}

}  // namespace

bool checkpoint_exists(const std::string& file) {
    return std::filesystem::exists(file);
}

bool checkpoint_finished(const std::string& file) {
    if (!checkpoint_exists(file)) return false;
    try {
        torch::serialize::InputArchive archive;
        archive.load_from(file);
        c10::IValue value;
        archive.read("position", value);
        return value.toIntVector().at(2) != 0;
    } catch (const std::exception& problem) {
        throw Error(file + ": not a checkpoint: " + problem.what());
    }
}

void save_checkpoint(const std::string& file, const Checkpoint& state, const Network& network,
                     const torch::optim::AdamW& optimizer) {
    torch::serialize::OutputArchive archive, moments;
    archive.write("identity", c10::IValue(state.identity));
    archive.write("position", c10::IValue(std::vector<std::int64_t>{static_cast<std::int64_t>(state.epoch),
                                                                    static_cast<std::int64_t>(state.batch),
                                                                    state.finished ? 1 : 0}));
    archive.write("sums", as_tensor(state.sums), true);
    archive.write("history", as_tensor(state.history), true);
    for (const auto& item : network.named_parameters()) archive.write("weights/" + item.key(), item.value());
    for (const auto& item : network.named_buffers())
        archive.write("weights/" + item.key(), item.value(), true);
    for (const auto& [name, tensor] : state.constraints) archive.write("constraints/" + name, tensor, true);
    optimizer.save(moments);
    archive.write("optimizer", moments);
    const std::string temporary = file + ".tmp";
    try {
        archive.save_to(temporary);
        std::filesystem::rename(temporary, file);
    } catch (const std::exception& problem) {
        throw Error(file + ": cannot write the checkpoint: " + problem.what());
    }
}

void load_checkpoint(const std::string& file, Checkpoint& state, Network& network,
                     torch::optim::AdamW* optimizer) {
    try {
        torch::serialize::InputArchive archive;
        archive.load_from(file);
        c10::IValue value;
        archive.read("identity", value);
        if (!state.identity.empty() && value.toStringRef() != state.identity) {
            throw Error("expected the run\n  " + state.identity + "\nfound\n  " + value.toStringRef() +
                        "\nRemove the file or choose another --state directory");
        }
        state.identity = value.toStringRef();
        archive.read("position", value);
        const auto position = value.toIntVector();
        state.epoch = static_cast<std::uint64_t>(position.at(0)),
        state.batch = static_cast<std::uint64_t>(position.at(1));
        state.finished = position.at(2) != 0;
        torch::Tensor numbers;
        archive.read("sums", numbers, true);
        state.sums = as_vector(numbers);
        archive.read("history", numbers, true);
        state.history = as_vector(numbers);
        for (auto& item : network.named_parameters())
            read_tensor(archive, "weights/" + item.key(), item.value(), false);
        for (auto& item : network.named_buffers())
            read_tensor(archive, "weights/" + item.key(), item.value(), true);
        if (optimizer != nullptr) {
            torch::serialize::InputArchive moments;
            for (auto& [name, tensor] : state.constraints)
                read_tensor(archive, "constraints/" + name, tensor, true);
            archive.read("optimizer", moments);
            optimizer->load(moments);
        }
    } catch (const Error& problem) {
        throw Error(file + ": " + problem.what());
    } catch (const std::exception& problem) {
        throw Error(file + ": not a checkpoint of this network: " + problem.what());
    }
}

}  // namespace pimvp::training
