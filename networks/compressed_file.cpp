// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/compressed_file.h"

#include <algorithm>
#include <array>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/lzma.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "modules/core/error.h"
#include "networks/dataset.h"
#include "networks/file_kind.h"

namespace pimvp::net {

namespace io = boost::iostreams;

struct CompressedFile::Stream {
    std::ifstream file;
    io::filtering_istreambuf chain;
    const char* format = "file";
    std::uint64_t plain_bytes = 0;  // of a file that is not compressed
};

namespace {

template <std::size_t n>
bool starts_with(const std::array<char, 6>& head, std::streamsize size, const unsigned char (&magic)[n]) {
    return size >= static_cast<std::streamsize>(n) && std::memcmp(head.data(), magic, n) == 0;
}

}  // namespace

CompressedFile::CompressedFile(const std::string& path) : path_(path), stream_(std::make_unique<Stream>()) {
    expect_regular_file(path, "a file");
    stream_->file.open(path, std::ios::binary);
    if (!stream_->file) throw Error(path + ": cannot be opened: " + std::strerror(errno));

    constexpr unsigned char gzip_magic[] = {0x1f, 0x8b};
    constexpr unsigned char xz_magic[] = {0xfd, '7', 'z', 'X', 'Z', 0};
    std::array<char, 6> head{};
    stream_->file.read(head.data(), head.size());
    const std::streamsize size = stream_->file.gcount();
    stream_->file.clear();
    stream_->file.seekg(0);

    if (starts_with(head, size, gzip_magic)) {
        stream_->format = "gzip file";
        stream_->chain.push(io::gzip_decompressor());
    } else if (starts_with(head, size, xz_magic)) {
        stream_->format = "xz file";
        stream_->chain.push(io::lzma_decompressor());
    } else {
        std::error_code code;
        const std::uintmax_t bytes = std::filesystem::file_size(path, code);
        if (!code) stream_->plain_bytes = bytes;
        if (stream_->plain_bytes > largest_data_bytes)
            throw Error(path + ": expected at most " + std::to_string(largest_data_bytes) + " bytes, found " +
                        std::to_string(stream_->plain_bytes));
    }
    stream_->chain.push(stream_->file);
}

// The chain flushes its filters when it goes: those of a corrupt file throw then, and have been reported
// before.
CompressedFile::~CompressedFile() {
    try {
        stream_->chain.reset();
    } catch (const std::exception&) {
        stream_->format = nullptr;
    }
}

std::uint64_t CompressedFile::left_in_plain_file() const {
    return stream_->plain_bytes - std::min(stream_->plain_bytes, position_);
}

std::size_t CompressedFile::read(std::uint8_t* bytes, std::size_t count) {
    try {
        const std::streamsize n =
            stream_->chain.sgetn(reinterpret_cast<char*>(bytes), static_cast<std::streamsize>(count));
        if (stream_->file.bad()) throw Error(path_ + ": read error after byte " + std::to_string(position_));
        position_ += static_cast<std::uint64_t>(n);
        if (position_ > largest_data_bytes)
            throw Error(path_ + ": expected at most " + std::to_string(largest_data_bytes) +
                        " bytes, found more in the " + stream_->format);
        return static_cast<std::size_t>(n);
    } catch (const std::ios_base::failure&) {
        throw Error(path_ + ": corrupt or truncated " + stream_->format + ": decompression failed after " +
                    std::to_string(position_) + " bytes");
    }
}

std::uint64_t CompressedFile::append(std::vector<std::uint8_t>& bytes, std::uint64_t count) {
    constexpr std::uint64_t chunk = 1 << 20;
    std::uint64_t total = 0;
    // Growing by doubling would take up to three times a large file's size on the way.
    if (count > chunk) bytes.reserve(bytes.size() + std::min(count, left_in_plain_file()));
    while (total < count) {
        const std::size_t old = bytes.size();
        const auto wanted = static_cast<std::size_t>(std::min(chunk, count - total));
        bytes.resize(old + wanted);
        const std::size_t got = read(bytes.data() + old, wanted);
        bytes.resize(old + got);
        total += got;
        if (got < wanted) break;
    }
    return total;
}

bool CompressedFile::at_end() {
    std::uint8_t byte = 0;
    return read(&byte, 1) == 0;
}

}  // namespace pimvp::net
