// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/traces/vcd_file.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace pimvp::test {

std::vector<std::int64_t> VcdFile::rises(const std::string& name) const {
    std::vector<std::int64_t> times;
    const auto found = changes.find(name);
    if (found == changes.end()) throw std::runtime_error("no signal " + name);
    for (const auto& [time, value] : found->second)
        if (value == "1") times.push_back(time);
    return times;
}

VcdFile read_vcd(const std::string& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file + ": cannot be read");
    VcdFile vcd;
    std::vector<std::string> scopes;
    std::map<std::string, std::string> names;  // by identifier
    std::string line;
    std::int64_t now = 0;
    for (int number = 1; std::getline(in, line); ++number) {
        const auto fail = [&](const std::string& why) {
            throw std::runtime_error(file + ":" + std::to_string(number) + ": " + why + ": " + line);
        };
        std::istringstream words(line);
        std::string word;
        words >> word;
        if (word.empty()) continue;
        if (word == "$timescale") {
            if (line.find("1 ps") == std::string::npos && line.find("1ps") == std::string::npos)
                fail("timescale");
        } else if (word == "$scope") {
            std::string kind, name;
            words >> kind >> name;
            scopes.push_back(name);
        } else if (word == "$upscope") {
            if (scopes.empty()) fail("no scope is open");
            scopes.pop_back();
        } else if (word == "$var") {
            std::string kind, bits, id, name;
            words >> kind >> bits >> id >> name;
            std::string path;
            for (const auto& scope : scopes) path += scope + ".";
            if (!names.emplace(id, path + name).second) fail("identifier used twice");
        } else if (word[0] == '#') {
            const auto time = std::stoll(word.substr(1));
            if (time < now) fail("time runs backwards");
            now = time;
        } else if (word[0] == 'b' || word[0] == 'r') {
            std::string id;
            words >> id;
            if (names.count(id) == 0) fail("unknown identifier");
            vcd.changes[names[id]].emplace_back(now, word.substr(1));
        } else if (word[0] == '0' || word[0] == '1' || word[0] == 'x') {
            const auto id = word.substr(1);
            if (names.count(id) == 0) fail("unknown identifier");
            vcd.changes[names[id]].emplace_back(now, word.substr(0, 1));
        }
    }
    vcd.end_ps = now;
    return vcd;
}

}  // namespace pimvp::test
