// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Data sets: their readers take files, so each part becomes one.
#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/lzma.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <stdexcept>

#include "modules/core/error.h"
#include "networks/dataset.h"
#include "networks/npy.h"
#include "tests/fuzz/formats.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"

namespace pimvp::fuzz {
namespace {

namespace io = boost::iostreams;

std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
}

std::string pattern(std::size_t count, unsigned below = 256) {
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((i * 7 + i / 5) % below);
    return bytes;
}

std::string idx_images(std::uint32_t count, std::uint32_t height, std::uint32_t width) {
    return big_endian(0x803) + big_endian(count) + big_endian(height) + big_endian(width) +
           pattern(std::size_t{count} * height * width);
}
std::string idx_labels(std::uint32_t count) {
    return big_endian(0x801) + big_endian(count) + pattern(count, 10);
}

std::string npy(const std::string& descr, const std::string& shape, const std::string& elements,
                int version = 1) {
    std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    while ((header.size() + 11) % 64 != 0) header += ' ';
    header += '\n';
    std::string bytes = "\x93NUMPY";
    bytes += static_cast<char>(version);
    bytes += '\0';
    for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(header.size() >> (8 * i));
    return bytes + header + elements;
}

/// What every set that was read holds.
void check(const net::Dataset& set) {
    if (set.shape.c < 1 || set.shape.h < 1 || set.shape.w < 1 ||
        set.pixels.size() != set.count() * static_cast<std::size_t>(set.shape.size()))
        throw std::logic_error("a data set of " + std::to_string(set.count()) + " images and " +
                               std::to_string(set.pixels.size()) + " bytes");
    for (const int label : set.labels)
        if (label < -1) throw std::logic_error("a label of " + std::to_string(label));
}

/// The parts as files a, b, ...
class Files {
  public:
    explicit Files(const Input& input) {
        static const test::TempDir folder;
        char name = 'a';
        for (const std::string& part : input) names_.push_back(folder.write(std::string(1, name++), part));
    }
    const std::string& operator[](std::size_t i) const { return names_[i]; }

  private:
    std::vector<std::string> names_;
};

template <class Read>
bool accepted(Read read) {
    try {
        check(read());
        return true;
    } catch (const Error&) {
        return false;
    }
}

Outcome run_idx(const Input& input) {
    const Files files(input);
    Outcome outcome;
    outcome.accepted = accepted([&] { return net::load_idx(files[0], files[1]); });
    accepted([&] { return net::load_idx(files[0], ""); });
    return outcome;
}

Outcome run_cifar10(const Input& input) {
    const Files files(input);
    Outcome outcome;
    outcome.accepted = accepted([&] { return net::load_cifar10({files[0], files[1]}); });
    return outcome;
}

bool reads_array(const std::string& file) {
    try {
        const net::NpyArray array = net::read_npy(file);
        std::int64_t size = 1;
        for (const std::int64_t n : array.shape) size *= n;
        if (array.count() != size) throw std::logic_error("npy: elements that are not those of its shape");
        if (array.type == net::NpyType::float32)
            array.floats();
        else
            array.integers();
        return true;
    } catch (const Error&) {
        return false;
    }
}

Outcome run_npy(const Input& input) {
    const Files files(input);
    Outcome outcome;
    outcome.accepted = reads_array(files[0]);
    const net::Shape chw{3, 4, 5}, flat{60, 1, 1};
    for (const net::Shape* expected : {static_cast<const net::Shape*>(nullptr), &chw, &flat}) {
        accepted([&] { return net::load_npy(files[0], files[1], expected); });
        accepted([&] { return net::load_npy(files[0], "", expected); });
    }
    return outcome;
}

Outcome run_raw(const Input& input) {
    const Files files(input);
    const net::Shape shape{2, 3, 3};
    Outcome outcome;
    outcome.accepted = accepted([&] { return net::load_raw(files[0], files[1], shape); });
    accepted([&] { return net::load_raw(files[0], "", shape); });
    return outcome;
}

Outcome run_compressed(const Input& input) {
    const Files files(input);
    Outcome outcome;
    outcome.accepted = accepted([&] { return net::load_idx(files[0], files[1]); });
    outcome.accepted = reads_array(files[0]) || outcome.accepted;
    outcome.accepted = accepted([&] { return net::load_cifar10({files[0], files[1]}); }) || outcome.accepted;
    accepted([&] { return net::load_raw(files[0], files[1], {2, 3, 3}); });
    return outcome;
}

template <class Filter>
std::string packed(const std::string& bytes, const Filter& filter) {
    std::string out;
    io::filtering_ostream stream;
    stream.push(filter);
    stream.push(io::back_inserter(out));
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    io::close(stream);
    return out;
}

// The content was mutated before; now what it is packed into is.
void pack(Input& input, Random& random) {
    for (std::string& part : input) {
        std::string now =
            random.chance(50) ? packed(part, io::gzip_compressor()) : packed(part, io::lzma_compressor());
        if (random.chance(70))
            for (std::size_t n = 1 + random.below(4); n > 0; --n) mutate_bytes(now, part, random);
        part = now;
    }
}

std::string records(std::size_t count) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i % 10) + pattern(3072);
    return bytes;
}

void mutate_npy(std::string& part, const std::string& donor, Random& random) {
    constexpr std::size_t header = 128;
    if (part.size() <= header || random.chance(30)) return mutate_bytes(part, donor, random);
    // Most of what can be wrong is in the header, which is a text.
    std::string text = part.substr(0, header);
    mutate_text(text, donor.substr(0, header), random);
    if (random.chance(70)) text.resize(header, ' ');
    part.replace(0, header, text);
}

}  // namespace

Format idx_format() {
    Format format{
        "idx", 6000,         {{idx_images(6, 5, 4), idx_labels(6)}, {idx_images(1, 28, 28), idx_labels(1)}},
        0,     mutate_bytes, run_idx};
    return format;
}

Format compressed_format() {
    return {"compressed",
            4000,
            {{idx_images(6, 5, 4), idx_labels(6)},
             {npy("|u1", "2, 3, 4, 5", pattern(120)), idx_labels(3)},
             {records(1), records(1)}},
            0,
            mutate_bytes,
            run_compressed,
            pack};
}

Format cifar10_format() {
    return {"cifar10", 2000,         {{records(2), records(1)}, {records(1), records(1)}},
            0,         mutate_bytes, run_cifar10};
}

Format npy_format() {
    Format format{"npy", 6000, {}, 0, mutate_npy, run_npy};
    const std::string labels = npy("<i8", "2,", {'\1', 0, 0, 0, 0, 0, 0, 0, '\2', 0, 0, 0, 0, 0, 0, 0});
    format.corpus = {{npy("|u1", "2, 3, 4, 5", pattern(120)), labels},
                     {npy("|i1", "2, 4, 5, 3", pattern(120), 2), npy("|u1", "2, 1", pattern(2))},
                     {npy("<f4", "2, 60", pattern(480)), labels},
                     {npy("<i2", "2, 60", pattern(240)), npy("<i4", "2,", pattern(8, 1))},
                     {npy("|u1", "2, 60", pattern(120)), labels}};
    const std::string golden =
        file_bytes(test::shared_data("golden/resnet8-int8/activations/op14_fully_connected_acc.npy"));
    if (!golden.empty()) format.corpus.push_back({golden, labels});
    return format;
}

Format raw_format() {
    return {"raw", 2000,         {{pattern(54), pattern(3, 10)}, {pattern(18), pattern(1, 10)}},
            0,     mutate_bytes, run_raw};
}

}  // namespace pimvp::fuzz
