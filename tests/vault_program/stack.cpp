// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/vault_program/stack.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"

namespace pimvp::net::test {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what);
}

int high(std::uint32_t pair) {
    return static_cast<int>(pair >> 16);
}
int low(std::uint32_t pair) {
    return static_cast<int>(pair & 0xFFFF);
}
int pixel_words(int channels) {
    return channels < 16 ? channels : (channels + 15) / 16 * 16;
}

template <class T>
T decode(const std::uint8_t* bytes) {
    static_assert(sizeof(T) == 64);
    T t;
    std::memcpy(&t, bytes, sizeof t);
    return t;
}

}  // namespace

Stack::Stack(int vaults, std::size_t bytes, std::uint8_t filling)
    : vaults_(static_cast<std::size_t>(vaults)) {
    for (auto& vault : vaults_) {
        vault.bytes.assign(bytes, filling);
        vault.stores.assign(bytes / 2, 0);
    }
}

void Stack::load(int vault, std::size_t address, const std::vector<std::uint8_t>& bytes) {
    if (address + bytes.size() > at(vault).bytes.size()) fail("load beyond the vault");
    std::copy(bytes.begin(), bytes.end(), at(vault).bytes.begin() + static_cast<std::ptrdiff_t>(address));
}

std::vector<std::uint8_t> Stack::read(int vault, std::size_t address, std::size_t bytes) const {
    const auto from = at(vault).bytes.begin() + static_cast<std::ptrdiff_t>(address);
    return {from, from + static_cast<std::ptrdiff_t>(bytes)};
}

void Stack::run(const std::vector<std::uint32_t>& address, const std::vector<std::uint32_t>& commands,
                bool backwards) {
    for (int v = 0; v < vaults(); ++v) {
        at(v).pc = address.at(static_cast<std::size_t>(v));
        at(v).left = commands.at(static_cast<std::size_t>(v));
        at(v).ended = false;
    }
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < vaults(); ++i)
            while (step(backwards ? vaults() - 1 - i : i)) moved = true;
    }
    for (int v = 0; v < vaults(); ++v)
        if (!at(v).ended || at(v).left != 0 || at(v).tokens != 0)
            fail("vault " + std::to_string(v) + " did not end its program, or has tokens left");
}

/// Bits that move of the word there.
unsigned Stack::gate(const Vault& vault, std::size_t address) {
    for (const auto& region : vault.regions)
        if (region.bits != 0 && address >= region.base && address < region.limit) return region.bits;
    return 16;
}

std::uint16_t Stack::word(const Vault& vault, std::size_t address) const {
    if (address % 2 != 0 || address + 2 > vault.bytes.size()) fail("read of " + std::to_string(address));
    const unsigned value = vault.bytes[address] | static_cast<unsigned>(vault.bytes[address + 1]) << 8;
    return static_cast<std::uint16_t>(value & (0xFFFFu << (16 - gate(vault, address))));
}

std::int64_t Stack::element(const Vault& vault, std::size_t address, std::uint32_t format) const {
    const unsigned bits = format & 0xFFFF, kind = (format >> 16) & 0xF;
    if (bits < 1 || bits > 16) fail("elements of " + std::to_string(bits) + " bits");
    const std::uint16_t w = word(vault, address);
    const std::int64_t aligned = kind == PIMVP_KIND_UNSIGNED ? w : static_cast<std::int16_t>(w);
    const std::int64_t unit = std::int64_t{1} << (16 - bits);
    if (aligned % unit != 0) fail("bits below an element's lowest at " + std::to_string(address));
    return aligned / unit;
}

void Stack::store(int v, std::size_t address, std::int64_t value) {
    Vault& vault = at(v);
    if (address % 2 != 0 || address + 2 > vault.bytes.size()) fail("write to " + std::to_string(address));
    const unsigned open = (0xFFFFu << (16 - gate(vault, address))) & 0xFFFFu;
    if ((static_cast<unsigned>(value) & 0xFFFFu & ~open) != 0) fail("a closed gate loses bits");
    const unsigned old = vault.bytes[address] | static_cast<unsigned>(vault.bytes[address + 1]) << 8;
    const unsigned stored = (old & ~open) | (static_cast<unsigned>(value) & open);
    vault.bytes[address] = static_cast<std::uint8_t>(stored);
    vault.bytes[address + 1] = static_cast<std::uint8_t>(stored >> 8);
    ++vault.stores[address / 2];
}

void Stack::store_pixel(int v, int row, int column, int channel, std::size_t pitch, std::int64_t value) {
    const pimvp_post& post = at(v).post;
    const unsigned bits = post.format & 0xFFFF;
    const std::size_t words = bits == 32 ? 2 : 1;
    const std::size_t address = post.address + static_cast<std::size_t>(row) * post.row_bytes +
                                static_cast<std::size_t>(column) * pitch +
                                static_cast<std::size_t>(channel) * 2 * words;
    const bool all = high(post.opcode) == PIMVP_REACH_ALL;
    for (int to = all ? 0 : v; to < (all ? vaults() : v + 1); ++to) {
        store(to, address, words == 2 ? value : value * (1 << (16 - bits)));
        if (words == 2) store(to, address + 2, value >> 16);
    }
}

Finisher Stack::finisher(const Vault& vault) const {
    const pimvp_post& post = vault.post;
    if (post.channels == 0) fail("work without a POST command");
    const auto entry = [&](std::size_t k) {
        pimvp_post_entry e{};
        const std::size_t from = post.parameters + k * sizeof e;
        if (from + sizeof e <= vault.bytes.size()) std::memcpy(&e, vault.bytes.data() + from, sizeof e);
        return e;
    };
    std::vector<pimvp_post_entry> entries(Finisher::entries(post, entry(0)));
    for (std::size_t k = 0; k < entries.size(); ++k) entries[k] = entry(k);
    return {post, entries};
}

/// False where the vault has ended or waits.
bool Stack::step(int v) {
    Vault& vault = at(v);
    if (vault.ended) return false;
    if (vault.left == 0 || vault.pc % 64 != 0 || vault.pc + 64 > vault.bytes.size()) fail("no command");
    const std::uint8_t* bytes = vault.bytes.data() + vault.pc;
    const auto any = decode<pimvp_signal>(bytes);
    switch (low(any.opcode)) {
        case PIMVP_OP_END:
            vault.ended = true;
            if ((decode<pimvp_end>(bytes).argument == 1) != (v == 0)) fail("interrupt of the wrong vault");
            break;
        case PIMVP_OP_WRITE:
            write_registers(v, decode<pimvp_write>(bytes));
            break;
        case PIMVP_OP_POST:
            vault.post = decode<pimvp_post>(bytes);
            break;
        case PIMVP_OP_MAC:
            mac(v, decode<pimvp_mac>(bytes));
            break;
        case PIMVP_OP_POOL:
            pool(v, decode<pimvp_conv>(bytes));
            break;
        case PIMVP_OP_VECTOR:
            vector(v, decode<pimvp_vector>(bytes));
            break;
        case PIMVP_OP_SIGNAL:
            hand_token(v, any.address | std::uint64_t{any.reserved[0]} << 32);
            break;
        case PIMVP_OP_WAIT: {
            const std::size_t tokens = any.address == 0 ? 1 : any.address;
            if (vault.tokens < tokens) return false;
            vault.tokens -= tokens;
            break;
        }
        default:
            fail("opcode " + std::to_string(any.opcode));
    }
    const int opcode = low(any.opcode);
    if (opcode == PIMVP_OP_MAC || opcode == PIMVP_OP_POOL || opcode == PIMVP_OP_VECTOR)
        ++worked_[any.activity];
    vault.pc += 64;
    --vault.left;
    return true;
}

void Stack::write_registers(int v, const pimvp_write& c) {
    for (std::uint32_t k = 0; k < c.count; ++k) {
        const std::uint32_t offset = c.address + 4 * k - PIMVP_VAULT_GATE - PIMVP_GATE_REGION;
        Region& region = at(v).regions.at(offset / PIMVP_GATE_STRIDE);
        std::uint32_t* const fields[] = {&region.base, &region.limit, &region.bits, &region.pair};
        *fields[offset % PIMVP_GATE_STRIDE / 4] = c.value[k];
    }
}

void Stack::hand_token(int v, std::uint64_t address) {
    const std::uint64_t place = PIMVP_VAULT_PE + PIMVP_SEQ_TOKEN;
    if (address == PIMVP_VAULT_BROADCAST + place) {
        for (int to = 0; to < vaults(); ++to)
            if (to != v) ++at(to).tokens;
        return;
    }
    if (address % (std::uint64_t{1} << 32) != place) fail("a token for nobody");
    ++at(static_cast<int>(address >> 32) - 1).tokens;
}

void Stack::mac(int v, const pimvp_mac& c) {
    const Vault& vault = at(v);
    const Finisher finish = finisher(vault);
    const int mode = high(c.filters), filters = low(c.filters), channels = low(c.channels);
    const int kernel_h = high(c.kernel), kernel_w = low(c.kernel);
    if (static_cast<int>(vault.post.channels) != filters) fail("filters are not the channels of POST");
    if (c.weights % 64 != 0 || c.row_bytes % 64 != 0 || vault.post.row_bytes % 64 != 0) fail("alignment");
    if (mode == PIMVP_MAC_STREAM_INPUTS && (channels < 16 || c.input % 32 != 0)) fail("no whole blocks");
    if (mode == PIMVP_MAC_LANES && channels != filters) fail("lanes");
    ++mac_modes_.at(static_cast<std::size_t>(mode));
    // In whole blocks padding is read as well: its weights are zero.
    const int taken = mode == PIMVP_MAC_STREAM_INPUTS ? pixel_words(channels) : channels;
    const int tap_words = mode == PIMVP_MAC_LANES ? pixel_words(channels) : taken;
    const int taps = kernel_h * kernel_w, filter_words = (taps * tap_words + 15) / 16 * 16;
    const auto weight = [&](int filter, int tap, int channel) {
        const int word_index = mode == PIMVP_MAC_LANES ? tap * tap_words + channel
                                                       : filter * filter_words + tap * tap_words + channel;
        return element(vault, c.weights + 2 * static_cast<std::size_t>(word_index), c.weight_format);
    };
    for (int row = 0; row < low(c.rows); ++row)
        for (int column = 0; column < static_cast<int>(vault.post.width); ++column)
            for (int filter = 0; filter < filters; ++filter) {
                std::int64_t sum = 0;
                for (int tap = 0; tap < taps; ++tap) {
                    const int y = (high(c.rows) + row) * high(c.stride) + tap / kernel_w * high(c.dilation) -
                                  high(c.pad);
                    const int x = column * low(c.stride) + tap % kernel_w * low(c.dilation) - low(c.pad);
                    const bool inside = y >= 0 && x >= 0 && y < high(c.size) && x < low(c.size);
                    const std::size_t pixel = inside ? c.input + static_cast<std::size_t>(y) * c.row_bytes +
                                                           2 * static_cast<std::size_t>(x) *
                                                               static_cast<std::size_t>(high(c.channels))
                                                     : 0;
                    const int first = mode == PIMVP_MAC_LANES ? filter : 0;
                    const int end = mode == PIMVP_MAC_LANES ? filter + 1 : taken;
                    for (int channel = first; channel < end; ++channel) {
                        const auto w = weight(filter, tap, channel);
                        if (channel >= channels && w != 0) fail("a weight for padding");
                        if (channel >= channels || w == 0) continue;
                        sum += w * (inside ? element(vault, pixel + 2 * static_cast<std::size_t>(channel),
                                                     c.input_format)
                                           : c.pad_value);
                    }
                }
                store_pixel(v, row, column, filter, vault.post.operand_format[1], finish.of_sum(filter, sum));
            }
}

void Stack::pool(int v, const pimvp_conv& c) {
    const Vault& vault = at(v);
    const Finisher finish = finisher(vault);
    if (c.channels != vault.post.channels || low(c.out_size) != static_cast<int>(vault.post.width))
        fail("POOL and POST differ");
    const int pixels = high(c.kernel) * low(c.kernel);
    const std::uint32_t counted = pixels > 4095 ? 0u : static_cast<std::uint32_t>(pixels) << 20;
    if (vault.post.operand_format[0] != (c.format | counted)) fail("POST has another window");
    for (int row = 0; row < high(c.out_size); ++row)
        for (int column = 0; column < low(c.out_size); ++column)
            for (std::size_t channel = 0; channel < c.channels; ++channel) {
                std::vector<std::int64_t> window;
                for (int ky = 0; ky < high(c.kernel); ++ky)
                    for (int kx = 0; kx < low(c.kernel); ++kx) {
                        const int y = row * high(c.stride) + ky * high(c.dilation) - high(c.pad);
                        const int x = column * low(c.stride) + kx * low(c.dilation) - low(c.pad);
                        const bool inside = y >= 0 && x >= 0 && y < high(c.size) && x < low(c.size);
                        window.push_back(
                            !inside ? c.pad_value
                                    : element(vault,
                                              c.address + static_cast<std::size_t>(y) * c.row_bytes +
                                                  static_cast<std::size_t>(x) * c.pixel_bytes + 2 * channel,
                                              c.format));
                    }
                const int k = static_cast<int>(channel);
                store_pixel(v, row, column, k, vault.post.operand_format[1], finish.of_window(k, window));
            }
}

void Stack::vector(int v, const pimvp_vector& c) {
    const Vault& vault = at(v);
    const pimvp_post& post = vault.post;
    const Finisher finish = finisher(vault);
    const int channels = static_cast<int>(post.channels);
    const auto words = (post.format & 0xFFFF) == 32 ? 2 : 1;
    const auto pitch = static_cast<std::size_t>(2 * pixel_words(channels * words));
    if (c.operands < 1 || c.operands > 4 || (c.operands < 4 && post.operand_format[c.operands] != 0))
        fail("count of operands");
    for (int row = 0; row < static_cast<int>(c.height); ++row)
        for (int column = 0; column < static_cast<int>(post.width); ++column) {
            std::vector<std::vector<std::int64_t>> operands(c.operands);
            for (std::size_t k = 0; k < c.operands; ++k) {
                const bool merges = (post.mode & 0xFF) == PIMVP_POST_MERGE;
                const int of_operand = merges ? static_cast<int>(post.operand_format[k] >> 20) : channels;
                const std::size_t pixel = c.address[k] + static_cast<std::size_t>(row) * c.row_bytes[k] +
                                          static_cast<std::size_t>(column * 2 * pixel_words(of_operand));
                for (int channel = 0; channel < of_operand; ++channel)
                    operands[k].push_back(element(vault, pixel + 2 * static_cast<std::size_t>(channel),
                                                  post.operand_format[k]));
            }
            for (int channel = 0; channel < channels; ++channel)
                store_pixel(v, row, column, channel, pitch, finish.of_operands(channel, operands));
        }
}

}  // namespace pimvp::net::test
