// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/work.h"

#include "apps/network_text.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

net::Dataset load_images(const RunArguments& args, const net::Graph& network) {
    const net::Shape& shape = network.tensor(network.input).shape;
    const std::string fitting = shape == net::Shape{3, 32, 32} ? "cifar10" : "fashion-mnist";
    net::Dataset dataset =
        net::load_dataset(args.dataset.empty() ? fitting : args.dataset, args.data_dir, net::Split::test);
    if (!(dataset.shape == shape)) {
        throw Error("data set " + dataset.name + ": expected images of " + shape_text(shape) +
                    " for network " + network.name + ", found " + shape_text(dataset.shape) +
                    "; --dataset names another data set, --network another network");
    }
    return dataset;
}

}  // namespace

Work load_work(const RunArguments& args, const Config& config) {
    Work work;
    work.images = parse_images(args.images);
    work.file = find_network(args.network.empty() ? config.text("platform.network") : args.network);
    work.network = load_network(work.file, args.import);
    work.dataset = load_images(args, work.network);
    check_images(work.images, work.dataset.count(), work.dataset.name);
    return work;
}

}  // namespace pimvp
