// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// MAC commands, and how finished rows leave the PE.
#include <algorithm>
#include <cstring>

#include "modules/vault_pe/vault_pe_implementation.h"

namespace pimvp {
namespace {

constexpr std::uint64_t most_row_bytes = 1u << 26;
constexpr std::uint64_t accesses_per_block = 8, accesses_per_sum = 2;  // of 32 bits

std::uint64_t words32(std::uint64_t bytes) {
    return (bytes + 3) / 4;
}

std::uint32_t entries_per_filter(const pimvp_post& post) {
    if ((post.mode & 0xFFu) != PIMVP_POST_THRESHOLD) return 1;
    return 1 + (std::max(post.operand_format[0], 1u) + 2) / 4;
}

}  // namespace

void VaultPe::Implementation::check_post() const {
    const std::uint32_t reach = post.opcode >> 16, bits = post.format & 0xFFFFu;
    if (reach > PIMVP_REACH_ALL) throw Failure{"POST with reach " + std::to_string(reach)};
    if (post.channels == 0 || post.channels > 0xFFFF || post.width == 0 || post.width > 0xFFFF)
        throw Failure{"POST with " + std::to_string(post.channels) + " channels and rows of " +
                      std::to_string(post.width) + " pixels: either is 1 to 65535"};
    const bool raw = (post.mode & 0xFFu) == PIMVP_POST_RAW;
    if (!wide() && (raw || bits < 1 || bits > 16))
        throw Failure{"POST with outputs of " + std::to_string(bits) + " bits: expected " +
                      (raw ? "32 of RAW" : "1 to 16, or 32")};
    if ((post.mode & 0xFFu) == PIMVP_POST_THRESHOLD && post.operand_format[0] > PostUnit::max_thresholds)
        throw Failure{"POST with " + std::to_string(post.operand_format[0]) + " thresholds, at most 255"};
}

/// As the mode needs them, in one go; ADD may have one more than it has operands.
std::vector<pimvp_post_entry> VaultPe::Implementation::read_entries() {
    std::size_t count = post.channels;
    const unsigned mode = post.mode & 0xFFu;
    if (mode == PIMVP_POST_THRESHOLD) count = std::size_t{post.channels} * entries_per_filter(post);
    if (mode == PIMVP_POST_MAX) count = 0;
    if (mode == PIMVP_POST_DIVIDE) count = 1;
    if (mode == PIMVP_POST_ADD || mode == PIMVP_POST_MULTIPLY) {
        count = mode == PIMVP_POST_ADD ? 1 : 0;
        for (unsigned k = 0; k < PostUnit::max_operands && post.operand_format[k] != 0; ++k) ++count;
    }
    std::vector<pimvp_post_entry> entries(count);
    auto* to = reinterpret_cast<std::uint8_t*>(entries.data());
    const std::size_t bytes = count * sizeof(pimvp_post_entry);
    const auto burst = static_cast<std::size_t>(params.burst_bytes);
    for (std::size_t done = 0; done < bytes; done += burst)
        access(tlm::TLM_READ_COMMAND, post.parameters + done, to + done,
               static_cast<unsigned>(std::min(burst, bytes - done)), activity);
    pe_free_ps = std::max(pe_free_ps, now());
    return entries;
}

pimvp_post VaultPe::Implementation::post_for(std::uint32_t filters, std::uint32_t width) const {
    pimvp_post p = post;
    p.channels = filters;
    p.width = width;
    p.format = (post.format & 0xF0000u) | (wide() ? 32u : 16u);
    p.parameters = 0;
    p.address = p.row_bytes = 0;
    return p;
}

void VaultPe::Implementation::mac(const pimvp_mac& command) {
    const std::int64_t start_ps = now();
    const MacShape shape = MacShape::of(command, post);
    MacWalker walker(shape, params);
    const auto entries = read_entries();
    const bool windows = shape.mode == PIMVP_MAC_STREAM_WEIGHTS;
    streamed_format = windows ? shape.weight_format : shape.input_format;
    resident_format = windows ? shape.input_format : shape.weight_format;
    row_formats.clear();
    lanes = shape.mode == PIMVP_MAC_LANES;
    configured_filters = 0;
    starved_ps = held_ps = 0;
    unit.start(shape, walker);
    run_steps([&](std::vector<PeStep>& next) { return walker.next(next); },
              [&](const PeStep& step, const std::uint8_t* data) {
                  if (step.kind == PeStep::Kind::finish) {
                      finish_sums(step, entries);
                      return;
                  }
                  count_mac(step);
                  unit.run(step, data);
              },
              activity);
    end_command(command.activity, start_ps, starved_ps > held_ps ? Stage::fetch : Stage::array);
}

void VaultPe::Implementation::count_mac(const PeStep& step) {
    const std::uint64_t words_moved = step.words(), blocks = step.blocks();
    if (step.kind == PeStep::Kind::load || step.kind == PeStep::Kind::fill) {
        account.count(operand_write, words32(2 * words_moved), activity);
        if (step.kind == PeStep::Kind::fill) return;
        account.count(resident_word, words_moved, activity);
        came_in(words_moved * moved_bits(resident_format));
        return;
    }
    const std::uint64_t products = 16 * blocks * step.residents;
    account.count(mac_event, products, activity);
    account.count(mac_bit_event, products * moved_bits(streamed_format) * moved_bits(resident_format),
                  activity);
    account.count(operand_read, accesses_per_block * blocks * step.residents, activity);
    const std::uint64_t updates = lanes ? words_moved : std::uint64_t{step.count} * step.residents;
    account.count(result_read, accesses_per_sum * updates, activity);
    account.count(result_write, accesses_per_sum * updates, activity);
    const auto at_once = static_cast<std::uint64_t>(blocks_at_once(step));
    account.count(mac_cycle, (blocks + at_once - 1) / at_once * step.residents, activity);
    if (step.kind == PeStep::Kind::pad) return;
    account.count(streamed_word, words_moved, activity);
    came_in(words_moved * moved_bits(streamed_format));
}

void VaultPe::Implementation::finish_sums(const PeStep& step, const std::vector<pimvp_post_entry>& entries) {
    if (configured_filters != step.filters || configured_filter != step.filter ||
        configured_width != step.count) {
        const std::size_t each = entries_per_filter(post);
        pimvp_post p = post_for(step.filters, step.count);
        p.operand_format[1] = 0;
        if (sums_unit.configure(p, entries.data() + step.filter * each, step.filters * each) !=
            PostStatus::ok)
            throw Failure{"POST cannot be carried out: mode " + std::to_string(post.mode) + ", entries at " +
                          std::to_string(post.parameters)};
        configured_filter = step.filter;
        configured_filters = step.filters;
        configured_width = step.count;
    }
    const std::int64_t* sums = unit.sums(step);
    for (std::uint32_t pixel = 0; pixel < step.count; ++pixel, sums += step.vector_stride)
        if (sums_unit.add_sums(0, reinterpret_cast<const std::uint8_t*>(sums), 8 * std::size_t{step.filters},
                               8, true) != PostStatus::ok)
            throw Failure{"a sum that the accumulators cannot hold, row " + std::to_string(step.row) +
                          ", pixel " + std::to_string(step.column + pixel)};
    unit.clear(step);
    account.count(result_read, accesses_per_sum * step.count * step.filters, activity);
    store_row(sums_unit, step.row, step.column, step.filter, post.operand_format[1]);
}

void VaultPe::Implementation::store_row(PostUnit& from, std::uint32_t row, std::uint32_t column,
                                        std::uint32_t filter, unsigned pitch) {
    const pimvp_post& p = from.post();
    const unsigned run = p.channels * output_bytes(), bytes = run * p.width;
    if (pitch < run || std::uint64_t{p.width} * pitch > most_row_bytes)
        throw Failure{"POST with outputs " + std::to_string(pitch) + " bytes apart, pixels of " +
                      std::to_string(run) + " bytes, rows of " + std::to_string(p.width)};
    const std::uint8_t* data = from.row();
    if (!wide()) {
        words.resize(bytes);
        // The unit's row holds 16-bit values, little endian as the host is.
        encode_words(reinterpret_cast<const std::uint16_t*>(data), bytes / 2, post.format & 0xFFFFu,
                     words.data());
        data = words.data();
    }
    const unsigned mode = p.mode & 0xFFu;
    if (mode != PIMVP_POST_RAW && mode != PIMVP_POST_MAX)
        account.count(requantise, std::uint64_t{p.channels} * p.width, activity);
    from.next_row();
    account.count(result_write, words32(bytes), activity);
    account.count(result_read, words32(bytes), activity);
    account.count(stored_word, bytes / 2, activity);
    stores.push(post.address + row * post.row_bytes + column * pitch + filter * output_bytes(), data, p.width,
                {run, pitch}, post.opcode >> 16 == PIMVP_REACH_ALL, activity);
}

}  // namespace pimvp
