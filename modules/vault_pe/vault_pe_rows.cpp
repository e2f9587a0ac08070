// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// POOL and VECTOR commands: rows of words come from DRAM, the postprocessing unit works on 16-bit elements.
#include <algorithm>
#include <string>

#include "modules/vault_pe/vault_pe_implementation.h"

namespace pimvp {
namespace {

std::uint32_t high_of(std::uint32_t pair) {
    return pair >> 16;
}
std::uint32_t low_of(std::uint32_t pair) {
    return pair & 0xFFFFu;
}
constexpr std::size_t most_row_words = std::size_t{1} << 23, most_held_words = std::size_t{1} << 26;

/// An element format as a word holds it: 16 bits, right-aligned once it is decoded.
std::uint32_t as_word(std::uint32_t format) {
    return (format & ~0xFFFFu) | 16u;
}

void require(bool good, const char* what, std::uint64_t found) {
    if (!good) throw std::invalid_argument(std::string(what) + ", found " + std::to_string(found));
}

}  // namespace

void VaultPe::Implementation::take_row(const PeStep& step, const std::uint8_t* data) {
    const std::size_t run = step.run / 2;
    const WordFormat format = format_of(step);
    std::int16_t* to = rows[step.slot].data() + step.word;
    if (step.count == 1 || step.pitch == step.run) {
        decode_words(data, step.count * run, format, to);
    } else {
        for (std::uint32_t v = 0; v < step.count; ++v, to += run)
            decode_words(data + std::size_t{v} * step.pitch, run, format, to);
    }
    const std::uint64_t moved = step.words();
    account.count(streamed_word, moved, activity);
    came_in(moved * moved_bits(format));
    account.count(operand_write, (moved + 1) / 2, activity);
    account.count(operand_read, (moved + 1) / 2, activity);
}

/// Row after row: `read` says what it takes, `finish` comes when that is there.
void VaultPe::Implementation::run_rows(std::uint32_t count,
                                       const std::function<void(std::uint32_t, std::vector<PeStep>&)>& read,
                                       const std::function<void(std::uint32_t)>& finish) {
    std::uint32_t row = 0;
    const auto more = [&](std::vector<PeStep>& next) {
        next.clear();
        if (row == count) return false;
        read(row, next);
        PeStep last;
        last.kind = PeStep::Kind::finish;
        last.row = row++;
        next.push_back(last);
        return true;
    };
    run_steps(
        more,
        [&](const PeStep& step, const std::uint8_t* data) {
            step.kind == PeStep::Kind::finish ? finish(step.row) : take_row(step, data);
        },
        activity);
}

/// Rows stream through the unit, which is as large as the command needs.
void VaultPe::Implementation::configure_rows(const pimvp_post& p, std::size_t row_words, const char* what) {
    row_words = std::max(row_words, std::size_t{p.width} * p.channels);
    require(row_words <= most_row_words, "a row of at most 8388608 words is expected", row_words);
    if (rows_unit == nullptr || row_channels < p.channels || row_capacity < row_words) {
        row_channels = std::max(row_channels, p.channels);
        row_capacity = std::max(row_capacity, row_words);
        PostLimits limits;
        limits.channels = row_channels;
        limits.row_bytes = static_cast<unsigned>(2 * row_capacity);
        limits.accumulator_bits = 48;
        rows_unit = std::make_unique<PostUnit>(limits);
    }
    const auto entries = read_entries();
    if (rows_unit->configure(p, entries.data(), entries.size()) != PostStatus::ok)
        throw Failure{std::string(what) + ": POST cannot be carried out: mode " + std::to_string(post.mode) +
                      ", " + std::to_string(p.channels) + " channels, rows of " + std::to_string(p.width) +
                      " pixels"};
}

void VaultPe::Implementation::pool(const pimvp_conv& command) {
    const std::int64_t start_ps = now();
    const std::uint32_t height = high_of(command.size), width = low_of(command.size);
    const std::uint32_t kernel_h = high_of(command.kernel), kernel_w = low_of(command.kernel);
    const std::uint32_t channels = command.channels, out_width = low_of(command.out_size);
    const std::uint32_t pitch = command.pixel_bytes == 0 ? 2 * channels : command.pixel_bytes;
    require(post.channels != 0, "POOL expects a POST command before it", 0);
    require(channels == post.channels, "POOL expects POST's channels", channels);
    require(out_width == post.width, "POOL expects POST's width", out_width);
    require(height != 0 && width != 0, "POOL expects an input of at least one pixel", command.size);
    require(kernel_h != 0 && kernel_w != 0, "POOL expects a kernel", command.kernel);
    require(high_of(command.stride) != 0 && low_of(command.stride) != 0, "POOL expects strides above 0",
            command.stride);
    require(high_of(command.dilation) != 0 && low_of(command.dilation) != 0, "POOL expects dilations above 0",
            command.dilation);
    require(pitch >= 2 * channels, "POOL expects pixels as far apart as its channels are many", pitch);
    require(command.sums == 0, "POOL expects no sums", command.sums);
    const std::size_t row_words = std::size_t{width} * channels;
    require(row_words <= most_held_words / kernel_h && kernel_h * kernel_w <= most_held_words / channels,
            "POOL expects windows, and the rows that they lie in, of at most 67108864 words",
            std::uint64_t{kernel_h} * std::max<std::uint64_t>(row_words, std::uint64_t{kernel_w} * channels));
    pimvp_post p = post_for(channels, out_width);
    p.operand_format[0] = as_word(post.operand_format[0]);
    p.operand_format[1] = 0;
    row_formats.assign(kernel_h, WordFormat::of(command.format));
    starved_ps = held_ps = 0;
    configure_rows(p, row_words, "POOL");
    rows.resize(std::max<std::size_t>(rows.size(), kernel_h));
    for (std::uint32_t k = 0; k < kernel_h; ++k)
        if (rows[k].size() < row_words) rows[k].resize(row_words);
    window.assign(std::size_t{kernel_h} * kernel_w * channels, 0);

    const auto burst = static_cast<std::uint32_t>(params.burst_bytes);
    const auto input_row = [&](std::uint32_t y, std::uint32_t ky) {
        return std::int64_t{y} * high_of(command.stride) + std::int64_t{ky} * high_of(command.dilation) -
               high_of(command.pad);
    };
    const auto read_row = [&](std::uint32_t row, std::vector<PeStep>& next) {
        for (std::uint32_t ky = 0; ky < kernel_h; ++ky) {
            const std::int64_t y = input_row(row, ky);
            if (y < 0 || y >= height) continue;
            PeStep step;
            step.address = command.address + static_cast<std::uint32_t>(y) * command.row_bytes;
            step.run = 2 * channels;
            step.pitch = pitch;
            step.count = width;
            step.slot = ky;
            split_read(step, burst, next);
        }
    };
    const auto finish = [&](std::uint32_t y) {
        for (std::uint32_t x = 0; x < out_width; ++x) {
            std::int16_t* to = window.data();
            for (std::uint32_t ky = 0; ky < kernel_h; ++ky) {
                const std::int64_t iy = input_row(y, ky);
                for (std::uint32_t kx = 0; kx < kernel_w; ++kx, to += channels) {
                    const std::int64_t ix = std::int64_t{x} * low_of(command.stride) +
                                            std::int64_t{kx} * low_of(command.dilation) - low_of(command.pad);
                    if (iy < 0 || iy >= height || ix < 0 || ix >= width)
                        std::fill_n(to, channels, static_cast<std::int16_t>(command.pad_value));
                    else
                        std::copy_n(rows[ky].data() + static_cast<std::size_t>(ix) * channels, channels, to);
                }
            }
            if (rows_unit->add_window(reinterpret_cast<const std::uint8_t*>(window.data()),
                                      2 * window.size()) != PostStatus::ok)
                throw Failure{"POOL with windows that POST does not take: " + std::to_string(window.size()) +
                              " elements"};
        }
        store_row(*rows_unit, y, 0, 0, post.operand_format[1]);
    };
    run_rows(high_of(command.out_size), read_row, finish);
    end_command(command.activity, start_ps, Stage::vector);
}

void VaultPe::Implementation::vector_rows(const pimvp_vector& command) {
    const std::int64_t start_ps = now();
    const unsigned mode = post.mode & 0xFFu;
    require(post.channels != 0, "VECTOR expects a POST command before it", 0);
    require(mode == PIMVP_POST_ADD || mode == PIMVP_POST_MERGE || mode == PIMVP_POST_MULTIPLY,
            "VECTOR expects POST of rows (mode 5 to 7)", mode);
    require(command.operands >= 1 && command.operands <= PostUnit::max_operands,
            "VECTOR expects 1 to 4 operands", command.operands);
    pimvp_post p = post_for(post.channels, post.width);
    row_formats.clear();
    std::uint32_t channels[PostUnit::max_operands] = {};
    std::size_t longest = 0;
    rows.resize(std::max<std::size_t>(rows.size(), command.operands));
    for (std::uint32_t k = 0; k < command.operands; ++k) {
        const std::uint32_t format = post.operand_format[k];
        row_formats.push_back(WordFormat::of(format & 0xFFFFFu));
        channels[k] = mode == PIMVP_POST_MERGE ? format >> 20 : post.channels;
        require(channels[k] != 0, "VECTOR of MERGE expects counts of its operands' channels", 0);
        p.operand_format[k] = as_word(format);
        const std::size_t row_words = std::size_t{post.width} * channels[k];
        require(row_words <= most_row_words, "a row of at most 8388608 words is expected", row_words);
        longest = std::max(longest, row_words);
        if (rows[k].size() < row_words) rows[k].resize(row_words);
    }
    starved_ps = held_ps = 0;
    configure_rows(p, longest, "VECTOR");
    require(rows_unit->operands() == command.operands, "VECTOR expects as many operands as POST",
            command.operands);

    const auto burst = static_cast<std::uint32_t>(params.burst_bytes);
    const auto read_row = [&](std::uint32_t row, std::vector<PeStep>& next) {
        for (std::uint32_t k = 0; k < command.operands; ++k) {
            PeStep step;
            step.address = command.address[k] + row * command.row_bytes[k];
            step.run = 2 * channels[k];
            step.pitch = 2 * PIMVP_VAULT_PIXEL_WORDS(channels[k]);
            step.count = post.width;
            step.slot = k;
            split_read(step, burst, next);
        }
    };
    const auto finish = [&](std::uint32_t y) {
        for (std::uint32_t k = 0; k < command.operands; ++k)
            if (rows_unit->add_operand(k, reinterpret_cast<const std::uint8_t*>(rows[k].data()),
                                       2 * std::size_t{post.width} * channels[k]) != PostStatus::ok)
                throw Failure{
                    "VECTOR with rows that POST does not take, or a value that it cannot hold: "
                    "operand " +
                    std::to_string(k) + ", row " + std::to_string(y)};
        store_row(*rows_unit, y, 0, 0, 2 * PIMVP_VAULT_PIXEL_WORDS(post.channels));
    };
    run_rows(command.height, read_row, finish);
    end_command(command.activity, start_ps, Stage::vector);
}

}  // namespace pimvp
