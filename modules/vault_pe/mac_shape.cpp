// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/mac_shape.h"

#include <stdexcept>
#include <string>

namespace pimvp {
namespace {

std::int64_t high_of(std::uint32_t pair) {
    return pair >> 16;
}
std::int64_t low_of(std::uint32_t pair) {
    return pair & 0xFFFFu;
}

void require(bool good, const char* what, std::int64_t found) {
    if (!good) throw std::invalid_argument(std::string("MAC ") + what + ", found " + std::to_string(found));
}

}  // namespace

MacShape MacShape::of(const pimvp_mac& mac, const pimvp_post& post) {
    MacShape s;
    s.mode = static_cast<int>(high_of(mac.filters));
    s.input = mac.input;
    s.row_bytes = mac.row_bytes;
    s.weights = mac.weights;
    s.height = high_of(mac.size);
    s.width = low_of(mac.size);
    s.pixel_words = high_of(mac.channels);
    s.channels = low_of(mac.channels);
    s.first_row = high_of(mac.rows);
    s.rows = low_of(mac.rows);
    s.out_width = post.width;
    s.filters = low_of(mac.filters);
    s.kernel_h = high_of(mac.kernel);
    s.kernel_w = low_of(mac.kernel);
    s.stride_h = high_of(mac.stride);
    s.stride_w = low_of(mac.stride);
    s.pad_top = high_of(mac.pad);
    s.pad_left = low_of(mac.pad);
    s.dilation_h = high_of(mac.dilation);
    s.dilation_w = low_of(mac.dilation);
    s.pad_value = mac.pad_value;
    s.input_format = WordFormat::of(mac.input_format);
    s.weight_format = WordFormat::of(mac.weight_format);
    const unsigned post_mode = post.mode & 0xFFu;
    s.output_bytes = (post.format & 0xFFFFu) == 32 ? 4 : 2;

    require(s.mode <= PIMVP_MAC_LANES, "expects mode 0 to 2", s.mode);
    require(s.height > 0 && s.width > 0, "expects an input of at least one pixel", mac.size);
    require(s.channels > 0, "expects at least one channel", s.channels);
    require(s.pixel_words >= s.channels, "expects pixels as far apart as its channels are many",
            s.pixel_words);
    require(s.rows > 0, "expects at least one output row", s.rows);
    require(s.kernel_h > 0 && s.kernel_w > 0, "expects a kernel", mac.kernel);
    require(s.stride_h > 0 && s.stride_w > 0, "expects strides above 0", mac.stride);
    require(s.dilation_h > 0 && s.dilation_w > 0, "expects dilations above 0", mac.dilation);
    require(s.weights % PIMVP_VAULT_ROW_ALIGN == 0, "expects weights at a multiple of 64", s.weights);
    require(s.filters > 0, "expects at least one filter", s.filters);
    if (post.channels == 0) throw std::invalid_argument("MAC without a POST command before it");
    require(post_mode <= PIMVP_POST_RAW, "expects POST of sums (mode 0 to 2)", post_mode);
    require(post.channels == low_of(mac.filters), "expects POST with as many channels as it has filters",
            post.channels);
    require(s.out_width > 0 && s.out_width <= 0xFFFF, "expects POST with rows of 1 to 65535 pixels",
            s.out_width);
    if (s.mode == PIMVP_MAC_STREAM_INPUTS)
        require(s.channels >= 16, "that streams inputs expects at least 16 channels", s.channels);
    require(s.tap_words() <= s.pixel_words, "expects pixels as far apart as its blocks of channels are many",
            s.pixel_words);
    const std::int64_t most = std::int64_t{1} << 31, filter_count = s.mode == PIMVP_MAC_LANES ? 1 : s.filters;
    require(s.stride_w * s.pixel_words <= most / 2, "expects pixels under a tap at most 2 GiB apart",
            s.stride_w * s.pixel_words * 2);
    require(s.filter_words() <= most / 2 / filter_count, "expects filters of at most 2 GiB",
            s.filter_words());
    if (s.mode == PIMVP_MAC_LANES)
        require(s.filters == s.channels, "of lanes expects as many filters as channels", s.filters);
    const std::int64_t largest =
        s.input_format.is_signed ? s.input_format.largest() - 1 : s.input_format.largest();
    require(
        s.pad_value <= largest && s.pad_value >= (s.input_format.is_signed ? -s.input_format.largest() : 0),
        "expects a pad value that is an input element", s.pad_value);
    return s;
}

}  // namespace pimvp
