// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/traces/saved_view.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace pimvp::test {

SavedView read_saved_view(const std::string& name) {
    const std::string file = PIMVP_SOURCE_DIR "/traces/" + name + ".gtkw";
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file + ": cannot be read");
    // Of GTKWave's flags of a trace: drawn as steps, and interpolated.
    constexpr unsigned long curves = 0x8000 | 0x10000;
    SavedView view;
    unsigned long flags = 0;
    std::string line;
    std::getline(in, line);
    std::istringstream command(line);
    for (std::string word; command >> word && word != "run";) continue;
    for (std::string word; command >> word && word != "--vcd";) view.command.push_back(word);
    if (view.command.empty()) throw std::runtime_error(file + ": no command to run");
    const std::string platform = view.command.front().substr(0, view.command.front().find(':'));
    while (std::getline(in, line)) {
        if (line[0] == '[' || line[0] == '*' || line[0] == '-') continue;  // settings, zoom, comments
        if (line[0] == '@') {
            flags = std::stoul(line.substr(1), nullptr, 16);
            continue;
        }
        if (line[0] == '+') line = line.substr(line.find("} ") + 2);  // {short name}
        if (line.find(platform + ".") != 0) throw std::runtime_error(file + ": not understood: " + line);
        const std::string signal = line.substr(0, line.find('['));
        view.signals.insert(signal);
        if ((flags & curves) != 0) view.analog.insert(signal);
    }
    return view;
}

}  // namespace pimvp::test
