// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/error.h"
#include "networks/compressed_file.h"
#include "networks/dataset.h"

namespace pimvp::net {

Dataset load_cifar10(const std::vector<std::string>& files) {
    constexpr std::uint64_t pixel_bytes = 3072, record_bytes = 1 + pixel_bytes;
    constexpr int classes = 10;
    if (files.empty()) throw Error("cifar10: expected at least one file of records, found none");

    Dataset dataset;
    dataset.name = "cifar10";
    dataset.shape = {3, 32, 32};
    for (const std::string& path : files) {
        CompressedFile file(path);
        const std::size_t first = dataset.count();
        for (std::vector<std::uint8_t> label; file.append(label, 1) == 1; label.clear()) {
            const std::size_t record = dataset.count() - first;
            if (dataset.pixels.size() > largest_data_bytes - pixel_bytes)
                throw Error(path + ": expected at most " + std::to_string(largest_data_bytes) +
                            " bytes of pixels in all files, found more");
            const std::uint64_t got = file.append(dataset.pixels, pixel_bytes);
            if (got != pixel_bytes) {
                throw Error(path + ": truncated CIFAR-10 record " + std::to_string(record) +
                            ": expected a multiple of " + std::to_string(record_bytes) + " bytes, found " +
                            std::to_string(file.position()));
            }
            if (label[0] >= classes) {
                throw Error(path + ": record " + std::to_string(record) +
                            ": expected a label of 0..9, found " + std::to_string(label[0]) +
                            "; is this a CIFAR-10 binary file?");
            }
            dataset.labels.push_back(label[0]);
        }
        if (dataset.count() == first) throw Error(path + ": expected CIFAR-10 records, found an empty file");
    }
    return dataset;
}

}  // namespace pimvp::net
