// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/npy.h"

#include <cstring>
#include <limits>

#include "modules/core/error.h"
#include "networks/compressed_file.h"
#include "networks/dataset.h"

namespace pimvp::net {
namespace {

constexpr std::uint64_t longest_header = 1 << 16;
constexpr auto largest_payload = static_cast<std::int64_t>(largest_data_bytes);

int size_of(NpyType type) {
    switch (type) {
        case NpyType::int8:
        case NpyType::uint8:
            return 1;
        case NpyType::int16:
            return 2;
        case NpyType::int32:
        case NpyType::float32:
            return 4;
        case NpyType::int64:
            break;
    }
    return 8;
}

std::uint64_t little_endian(const std::uint8_t* bytes, int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
}

/// The header is a Python dictionary of three keys in any order; this reads just that.
class Header {
  public:
    Header(const std::string& file, const std::string& text) : file_(file), text_(text) {
        expect('{');
        while (!take('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr" && descr_.empty())
                descr_ = quoted();
            else if (key == "fortran_order" && !order_)
                read_order();
            else if (key == "shape" && !shape_)
                read_shape();
            else
                fail("the keys descr, fortran_order and shape, once each", "'" + key + "'");
            if (!take(',')) {
                expect('}');
                break;
            }
        }
        if (descr_.empty() || !order_ || !shape_) fail("the keys descr, fortran_order and shape", text_);
    }

    NpyType type() const {
        const struct {
            const char* descr;
            NpyType type;
        } known[] = {{"|i1", NpyType::int8},  {"|u1", NpyType::uint8}, {"<i2", NpyType::int16},
                     {"<i4", NpyType::int32}, {"<i8", NpyType::int64}, {"<f4", NpyType::float32}};
        for (const auto& entry : known)
            if (descr_ == entry.descr) return entry.type;
        fail("elements of type |i1, |u1, <i2, <i4, <i8 or <f4", "'" + descr_ + "'");
    }
    std::vector<std::int64_t> dims() const { return dims_; }

  private:
    [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
        throw Error(file_ + ": npy header: expected " + expected + ", found " + found.substr(0, 200));
    }
    std::string rest() const { return at_ < text_.size() ? "'" + text_.substr(at_, 40) + "'" : "its end"; }
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    }
    bool take(char c) {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!take(c)) fail(std::string("'") + c + "'", rest());
    }
    std::string quoted() {
        skip_blanks();
        const char quote = at_ < text_.size() ? text_[at_] : ' ';
        const std::size_t end =
            quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string::npos;
        if (end == std::string::npos) fail("a quoted text", rest());
        const std::string text = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return text;
    }
    void read_order() {
        skip_blanks();
        if (text_.compare(at_, 5, "False") != 0) fail("fortran_order False (C order)", rest());
        at_ += 5;
        order_ = true;
    }
    void read_shape() {
        expect('(');
        while (!take(')')) {
            dims_.push_back(number());
            if (!take(',')) {
                expect(')');
                break;
            }
        }
        shape_ = true;
    }
    std::int64_t number() {
        skip_blanks();
        std::int64_t value = 0;
        const std::size_t begin = at_;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
            value = value * 10 + (text_[at_] - '0');
            if (value > largest_payload)
                fail("a dimension of at most " + std::to_string(largest_payload),
                     "'" + text_.substr(begin, 40) + "'");
        }
        if (at_ == begin) fail("a whole number of 0 or more", rest());
        return value;
    }

    const std::string& file_;
    const std::string& text_;
    std::size_t at_ = 0;
    std::string descr_;
    bool order_ = false, shape_ = false;
    std::vector<std::int64_t> dims_;
};

std::vector<std::uint8_t> read_exactly(CompressedFile& file, std::uint64_t count, const std::string& what) {
    const std::uint64_t whole = file.position() + count;
    std::vector<std::uint8_t> bytes;
    if (file.append(bytes, count) != count)
        throw Error(file.path() + ": truncated npy file: expected " + std::to_string(whole) +
                    " bytes up to the end of " + what + ", found " + std::to_string(file.position()));
    return bytes;
}

}  // namespace

std::string npy_type_text(NpyType type) {
    switch (type) {
        case NpyType::int8:
            return "int8";
        case NpyType::uint8:
            return "uint8";
        case NpyType::int16:
            return "int16";
        case NpyType::int32:
            return "int32";
        case NpyType::int64:
            return "int64";
        case NpyType::float32:
            break;
    }
    return "float32";
}

std::string npy_shape_text(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t n : shape) text += (text.empty() ? "" : ", ") + std::to_string(n);
    return "[" + text + "]";
}

std::int64_t NpyArray::count() const {
    return static_cast<std::int64_t>(bytes.size()) / size_of(type);
}

std::vector<std::int32_t> NpyArray::integers() const {
    if (type == NpyType::float32) throw Error("npy array: expected integers, found float32");
    const int size = size_of(type);
    std::vector<std::int32_t> values(static_cast<std::size_t>(count()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint64_t bits = little_endian(bytes.data() + i * static_cast<std::size_t>(size), size);
        // Moves the sign to bit 63 and back.
        const int spare = 64 - 8 * size;
        const std::int64_t value = type == NpyType::uint8 ? static_cast<std::int64_t>(bits)
                                                          : static_cast<std::int64_t>(bits << spare) >> spare;
        if (value < std::numeric_limits<std::int32_t>::min() ||
            value > std::numeric_limits<std::int32_t>::max())
            throw Error("npy array: element " + std::to_string(i) + ": expected a value of 32 bits, found " +
                        std::to_string(value));
        values[i] = static_cast<std::int32_t>(value);
    }
    return values;
}

std::vector<float> NpyArray::floats() const {
    if (type != NpyType::float32) throw Error("npy array: expected float32, found " + npy_type_text(type));
    std::vector<float> values(static_cast<std::size_t>(count()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto bits = static_cast<std::uint32_t>(little_endian(bytes.data() + 4 * i, 4));
        std::memcpy(&values[i], &bits, sizeof bits);
    }
    return values;
}

NpyArray read_npy(const std::string& path) {
    CompressedFile file(path);
    const std::vector<std::uint8_t> start = read_exactly(file, 8, "its magic bytes and version");
    if (std::memcmp(start.data(), "\x93NUMPY", 6) != 0)
        throw Error(path + ": expected an npy file, which starts with \\x93NUMPY, found another start");
    if (start[6] < 1 || start[6] > 2 || start[7] != 0)
        throw Error(path + ": expected npy format 1.0 or 2.0, found " + std::to_string(start[6]) + "." +
                    std::to_string(start[7]));
    const int length_bytes = start[6] == 1 ? 2 : 4;
    const std::vector<std::uint8_t> length =
        read_exactly(file, static_cast<std::uint64_t>(length_bytes), "its header's length");
    const std::uint64_t header_bytes = little_endian(length.data(), length_bytes);
    if (header_bytes > longest_header)
        throw Error(path + ": npy header: expected at most " + std::to_string(longest_header) +
                    " bytes, found " + std::to_string(header_bytes));
    const std::vector<std::uint8_t> header_text = read_exactly(file, header_bytes, "its header");
    const std::string text(header_text.begin(), header_text.end());
    const Header header(path, text);

    NpyArray array;
    array.type = header.type();
    array.shape = header.dims();
    std::int64_t size = size_of(array.type);
    for (const std::int64_t n : array.shape) {
        if (n != 0 && size > largest_payload / n)
            throw Error(path + ": npy header: expected at most " + std::to_string(largest_payload) +
                        " bytes of elements, found shape " + npy_shape_text(array.shape));
        size *= n;
    }
    array.bytes = read_exactly(file, static_cast<std::uint64_t>(size), "its elements");
    if (!file.at_end())
        throw Error(path + ": npy file: expected " + std::to_string(file.position() - 1) +
                    " bytes for shape " + npy_shape_text(array.shape) + ", the file goes on");
    return array;
}

}  // namespace pimvp::net
