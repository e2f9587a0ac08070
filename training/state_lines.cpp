// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/state_lines.h"

#include <filesystem>
#include <iterator>

#include "modules/core/error.h"

namespace pimvp::training {

StateLines::StateLines(std::string file, const std::string& heading) : file_(std::move(file)) {
    std::string text;
    if (std::ifstream in(file_, std::ios::binary); in)
        text.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    std::string kept = heading + '\n';
    std::size_t begin = text.find('\n');
    const bool begun = begin != std::string::npos;
    const std::string found = text.substr(0, begin);
    // A heading without its end may be a part of one.
    if (begun ? found != heading : heading.compare(0, found.size(), found) != 0)
        throw Error(file_ + ": expected the search\n  " + heading + "\nfound\n  " + found +
                    "\nRemove the file or choose another --state directory");
    for (std::size_t end; begun && (end = text.find('\n', begin + 1)) != std::string::npos; begin = end) {
        lines_.push_back(text.substr(begin + 1, end - begin - 1));
        kept += lines_.back() + '\n';
    }
    if (kept != text) {
        const std::string temporary = file_ + ".tmp";
        std::ofstream whole(temporary, std::ios::binary);
        if (!(whole << kept << std::flush)) throw Error(temporary + ": cannot write the state of the search");
        std::error_code failed;
        std::filesystem::rename(temporary, file_, failed);
        if (failed) throw Error(file_ + ": cannot write the state of the search: " + failed.message());
    }
    out_.open(file_, std::ios::binary | std::ios::app);
    if (!out_) throw Error(file_ + ": cannot write the state of the search");
}

void StateLines::add(const std::string& line) {
    out_ << line << '\n' << std::flush;
    if (!out_) throw Error(file_ + ": cannot write the state of the search");
    lines_.push_back(line);
}

}  // namespace pimvp::training
