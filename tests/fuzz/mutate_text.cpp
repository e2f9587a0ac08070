// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <vector>

#include "tests/fuzz/mutate.h"

namespace pimvp::fuzz {
namespace {

const char* const numbers[] = {"0",
                               "-0",
                               "-1",
                               "1",
                               "2",
                               "3",
                               "7",
                               "255",
                               "256",
                               "65535",
                               "65536",
                               "1000003",
                               "2147483647",
                               "2147483648",
                               "-2147483648",
                               "4294967295",
                               "4294967296",
                               "9223372036854775807",
                               "9223372036854775808",
                               "-9223372036854775808",
                               "18446744073709551616",
                               "99999999999999999999999999999",
                               "1e9",
                               "1e308",
                               "1e309",
                               "-1e309",
                               "1e-400",
                               "0.5",
                               "1.5",
                               "nan",
                               "inf",
                               "-inf",
                               "0x10",
                               "00",
                               "1_000",
                               "+5",
                               "1e",
                               ""};
const char* const snippets[] = {"\"",
                                "'",
                                "\"\"\"",
                                "'''",
                                "[",
                                "]",
                                "{",
                                "}",
                                "[]",
                                "{}",
                                ",",
                                ":",
                                "=",
                                "#",
                                "\n",
                                "\r\n",
                                "\t",
                                "\\",
                                "\\u0000",
                                "\\ud800",
                                "\xef\xbb\xbf",
                                "\xff\xfe",
                                "\xc3",
                                "\xf4\x90\x80\x80",
                                "null",
                                "true",
                                "false",
                                "inherit = \"variant\"\n",
                                "inherit = \"default\"\n",
                                "description = \"x\"\n",
                                "1979-05-27",
                                "[a.b]\n",
                                "[[a]]\n",
                                "[0]",
                                "[-1]",
                                "[99]",
                                "."};

enum class Token { number, word, sign, blank };

struct Piece {
    Token kind;
    std::size_t at, size;
};

Token kind_of(char c) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isdigit(u) || c == '-' || c == '+') return Token::number;
    if (std::isalpha(u) || c == '_') return Token::word;
    return std::isspace(u) ? Token::blank : Token::sign;
}

bool goes_on(Token kind, char c) {
    const auto u = static_cast<unsigned char>(c);
    if (kind == Token::number) return std::isdigit(u) || c == '.' || c == 'e' || c == '-';
    if (kind == Token::word) return std::isalnum(u) || c == '_';
    return false;
}

// Around one place: cutting a whole long file into tokens for one change would take longer than reading it.
std::vector<Piece> pieces_near(const std::string& text, Random& random) {
    constexpr std::size_t window = 400;
    std::size_t at = text.size() > window ? random.below(text.size() - window) : 0;
    while (at > 0 && kind_of(text[at - 1]) != Token::blank && kind_of(text[at - 1]) != Token::sign) --at;
    std::vector<Piece> pieces;
    for (const std::size_t end = std::min(text.size(), at + window); at < end;) {
        const Token kind = kind_of(text[at]);
        const std::size_t begin = at++;
        while (at < text.size() && goes_on(kind, text[at])) ++at;
        if (kind != Token::blank) pieces.push_back({kind, begin, at - begin});
    }
    return pieces;
}

Piece pick(const std::vector<Piece>& pieces, Token kind, Random& random) {
    std::vector<Piece> matching;
    for (const Piece& piece : pieces)
        if (piece.kind == kind) matching.push_back(piece);
    return matching.empty() ? Piece{kind, 0, 0} : random.of(matching);
}

Piece line_near(const std::string& text, Random& random) {
    const std::size_t at = random.below(text.size());
    const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    return {Token::blank, begin, end - begin};
}

void change_number(std::string& text, Random& random) {
    const Piece piece = pick(pieces_near(text, random), Token::number, random);
    if (piece.size == 0) return;
    const std::string old = text.substr(piece.at, piece.size);
    std::string now;
    switch (random.below(5)) {
        case 0:
            now = "-" + old;
            break;
        case 1:
            now = old + "0";
            break;
        case 2:
            now = std::to_string(random.below(20));
            break;
        default:
            now = random.of(numbers);
    }
    text.replace(piece.at, piece.size, now);
}

void swap_pieces(std::string& text, Piece a, Piece b) {
    if (a.at > b.at) std::swap(a, b);
    if (a.at + a.size > b.at) return;
    const std::string first = text.substr(a.at, a.size), second = text.substr(b.at, b.size);
    text.replace(b.at, b.size, first);
    text.replace(a.at, a.size, second);
}

void change_line(std::string& text, const std::string& donor, Random& random) {
    const Piece line = line_near(text, random);
    switch (random.below(4)) {
        case 0:
            text.erase(line.at, line.size);
            break;
        case 1:
            text.insert(line_near(text, random).at, text.substr(line.at, line.size));
            break;
        case 2:
            swap_pieces(text, line, line_near(text, random));
            break;
        case 3: {
            if (donor.empty()) break;
            const Piece other = line_near(donor, random);
            text.replace(line.at, random.chance(50) ? line.size : 0, donor, other.at, other.size);
            break;
        }
    }
}

}  // namespace

void mutate_text(std::string& text, const std::string& donor, Random& random) {
    if (text.empty() || random.chance(10)) return mutate_bytes(text, donor, random);
    const std::vector<Piece> pieces = pieces_near(text, random);
    const Piece piece = pieces.empty() ? Piece{Token::blank, 0, 1} : random.of(pieces);
    switch (random.below(10)) {
        case 0:
        case 1:
        case 2:
            change_number(text, random);
            break;
        case 3:
            text.erase(piece.at, piece.size);
            break;
        case 4:
            text.insert(piece.at, text.substr(piece.at, piece.size));
            break;
        case 5:
            if (!pieces.empty()) swap_pieces(text, piece, random.of(pieces));
            break;
        case 6: {
            const Piece from = pick(pieces_near(donor, random), Token::word, random);
            const Piece to = pick(pieces, Token::word, random);
            if (to.size > 0) text.replace(to.at, to.size, donor, from.at, from.size);
            break;
        }
        case 7:
            change_line(text, donor, random);
            break;
        case 8:
            text.insert(piece.at, random.of(snippets));
            break;
        case 9:
            // Depth that a recursive reader has no stack for.
            if (random.chance(5)) {
                std::string deep;
                const char* open = random.chance(50) ? "[" : random.chance(50) ? "{\"a\":" : "{a=";
                for (std::size_t n = random.below(100000); n > 0; --n) deep += open;
                text.insert(piece.at, deep);
            } else {
                change_line(text, donor, random);
            }
            break;
    }
}

}  // namespace pimvp::fuzz
