// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/work.h"

#include "apps/network_text.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr std::int64_t most_drawn_bytes = std::int64_t{1} << 30;

net::Dataset drawn_images(const ImageRange& images, const net::Shape& shape, std::uint64_t seed) {
    if (images.last >= most_drawn_bytes / shape.size())
        throw Error("--images: expected at most " + std::to_string(most_drawn_bytes / shape.size()) +
                    " drawn images of " + shape_text(shape) + ", found " + std::to_string(images.last) +
                    " as the last");
    return net::draw_images(shape, static_cast<std::size_t>(images.last) + 1, seed);
}

net::Dataset load_images(const RunArguments& args, const ImageRange& images, const net::Graph& network) {
    const net::Shape& shape = network.tensor(network.input).shape;
    if (network.shape_only && args.dataset.empty())
        return drawn_images(images, shape, args.import.seed.value_or(net::ImportOptions{}.seed));
    const std::string fitting = net::is_named_dataset(network.dataset) ? network.dataset
                                : shape == net::Shape{3, 32, 32}       ? "cifar10"
                                                                       : "fashion-mnist";
    net::Dataset dataset = net::load_dataset(args.dataset.empty() ? fitting : args.dataset, args.data_dir,
                                             net::Split::test, &shape);
    if (!(dataset.shape == shape)) {
        throw Error("data set " + dataset.name + ": expected images of " + shape_text(shape) +
                    " for network " + network.name + ", found " + shape_text(dataset.shape) +
                    "; --dataset names another data set, --network another network");
    }
    return dataset;
}

/// Only of the images that run: a set may be larger than what a network knows.
void check_labels(const ImageRange& images, const net::Dataset& dataset, const net::Graph& network) {
    if (network.shape_only) return;
    const std::int64_t outputs = network.tensor(network.output).shape.size();
    for (std::int64_t image = images.first; image <= images.last; ++image) {
        const int label = dataset.labels[static_cast<std::size_t>(image)];
        if (label >= outputs)
            throw Error("data set " + dataset.name + ": label of image " + std::to_string(image) +
                        ": expected one of the " + std::to_string(outputs) + " outputs of network " +
                        network.name + ", 0.." + std::to_string(outputs - 1) + ", found " +
                        std::to_string(label));
    }
}

}  // namespace

Work load_work(const RunArguments& args, const Config& config) {
    Work work;
    work.images = parse_images(args.images);
    work.file = find_network(args.network.empty() ? config.text("platform.network") : args.network);
    work.network = load_network(work.file, args.import);
    work.dataset = load_images(args, work.images, work.network);
    check_images(work.images, work.dataset.count(), work.dataset.name);
    check_labels(work.images, work.dataset, work.network);
    return work;
}

}  // namespace pimvp
