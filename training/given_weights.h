// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "training/network.h"

namespace pimvp::training {

/// Float weights of a CIFAR-10 ResNet (He et al., CVPR 2016, section 4.2, shortcuts without parameters) from
/// a folder of .npy files named as PyTorch's state of akamaster/pytorch_resnet_cifar10
/// (`layer1.0.conv1.weight.npy`, `bn1.running_mean.npy`, ...; unzip an .npz to get them). Two things are put
/// otherwise: the image's normalisation joins the stem (this network reads pixel / 255, so the zeros around
/// an image are black instead of the mean's grey), and a shortcut that skips pixels and adds channels of
/// zeros becomes a 1x1 convolution that does the same. Throws Error naming a file that is missing or of
/// another shape.
void load_resnet(Network& network, const std::string& folder);

}  // namespace pimvp::training
