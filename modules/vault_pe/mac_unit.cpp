// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/mac_unit.h"

#include <algorithm>

namespace pimvp {
namespace {

/// The integers of a step's vectors, back to back.
template <class T>
void decode_vectors(const PeStep& step, const std::uint8_t* data, WordFormat format, T* out) {
    const std::size_t words = step.run / 2;
    if (step.count == 1 || step.pitch == step.run) {
        decode_words(data, step.count * words, format, out);
        return;
    }
    for (std::uint32_t v = 0; v < step.count; ++v)
        decode_words(data + std::size_t{v} * step.pitch, words, format, out + v * words);
}

}  // namespace

void MacUnit::start(const MacShape& shape, const MacWalker& walker) {
    lanes_ = shape.mode == PIMVP_MAC_LANES;
    const bool windows = shape.mode == PIMVP_MAC_STREAM_WEIGHTS;
    resident_format_ = windows ? shape.input_format : shape.weight_format;
    streamed_format_ = windows ? shape.weight_format : shape.input_format;
    narrow_ = resident_format_.fits_int16() && streamed_format_.fits_int16();
    pad_value_ = shape.pad_value;
    slot_words_ = walker.slot_words();
    longest_ = longest_dot32(resident_format_, streamed_format_);
    const std::size_t words = walker.slots() * slot_words_;
    if (narrow_)
        narrow_buffers_.residents.assign(words, 0);
    else
        wide_buffers_.residents.assign(words, 0);
    acc_.assign(walker.accumulators(), 0);
}

void MacUnit::run(const PeStep& step, const std::uint8_t* data) {
    const bool stationary = step.kind == PeStep::Kind::load || step.kind == PeStep::Kind::fill;
    if (narrow_)
        stationary ? load(step, data, narrow_buffers_) : stream(step, data, narrow_buffers_);
    else
        stationary ? load(step, data, wide_buffers_) : stream(step, data, wide_buffers_);
}

template <class T>
void MacUnit::load(const PeStep& step, const std::uint8_t* data, Buffers<T>& buffers) {
    T* to = &buffers.residents[step.slot * slot_words_ + step.word];
    if (step.kind == PeStep::Kind::fill)
        std::fill_n(to, step.words(), static_cast<T>(pad_value_));
    else
        decode_vectors(step, data, resident_format_, to);
}

template <class T>
void MacUnit::stream(const PeStep& step, const std::uint8_t* data, Buffers<T>& buffers) {
    DotShape shape;
    shape.words = step.run / 2;
    shape.vectors = step.count;
    shape.residents = step.residents;
    shape.resident_pitch = slot_words_;
    shape.vector_stride = step.vector_stride;
    shape.resident_stride = step.resident_stride;
    if (step.kind == PeStep::Kind::pad) {
        if (pad_value_ == 0) return;
        if (buffers.streamed.size() < step.words()) buffers.streamed.resize(step.words());
        std::fill_n(buffers.streamed.begin(), step.words(), static_cast<T>(pad_value_));
    } else {
        if (buffers.streamed.size() < step.words()) buffers.streamed.resize(step.words());
        decode_vectors(step, data, streamed_format_, buffers.streamed.data());
    }
    multiply(shape, buffers, step.slot * slot_words_ + step.word, &acc_[step.acc]);
}

void MacUnit::multiply(const DotShape& shape, const Buffers<std::int16_t>& buffers, std::size_t resident,
                       std::int64_t* acc) const {
    if (lanes_)
        lane_products(shape, buffers.streamed.data(), &buffers.residents[resident], acc);
    else
        dot_products(shape, buffers.streamed.data(), &buffers.residents[resident], longest_, acc);
}

void MacUnit::multiply(const DotShape& shape, const Buffers<std::int32_t>& buffers, std::size_t resident,
                       std::int64_t* acc) const {
    if (lanes_)
        lane_products(shape, buffers.streamed.data(), &buffers.residents[resident], acc);
    else
        dot_products(shape, buffers.streamed.data(), &buffers.residents[resident], acc);
}

void MacUnit::clear(const PeStep& step) {
    std::fill_n(acc_.begin() + step.acc, std::size_t{step.count} * step.vector_stride, 0);
}

}  // namespace pimvp
