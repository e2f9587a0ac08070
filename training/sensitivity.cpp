// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/sensitivity.h"

#include <cstdio>
#include <map>
#include <optional>
#include <ostream>
#include <sstream>

#include "modules/core/error.h"
#include "training/state_lines.h"

namespace pimvp::training {
namespace {

struct Stopped {};

std::string text_of(const std::vector<int>& bits) {
    std::string text;
    for (const int b : bits) text += (text.empty() ? "" : ",") + std::to_string(b);
    return text;
}

// Scores by widths, in a file that only grows: a line per score, `8,8,7 loss accuracy`.
class Scores {
  public:
    Scores(const std::vector<Operand>& operands,
           const std::function<Score(const std::vector<int>&)>& evaluate, const SearchOptions& options)
        : evaluate_(evaluate), options_(options) {
        if (options.state.empty()) return;
        std::string header = "widths of";
        for (const auto& operand : operands) header += " " + operand.name;
        header += " | " + options.identity;
        file_.emplace(options.state, header);
        for (const auto& line : file_->lines()) {
            std::istringstream words(line);
            std::string key;
            Score score;
            if (!(words >> key >> score.loss >> score.accuracy))
                throw Error(options.state + ": expected widths, loss and accuracy, found '" + line + "'");
            known_[key] = score;
        }
    }

    Score of(const std::vector<int>& bits) {
        const std::string key = text_of(bits);
        const auto found = known_.find(key);
        if (found != known_.end()) return found->second;
        if (options_.should_stop && options_.should_stop()) throw Stopped{};
        const Score score = evaluate_(bits);
        if (file_) {
            char numbers[80];
            std::snprintf(numbers, sizeof numbers, " %.17g %.17g", score.loss, score.accuracy);
            file_->add(key + numbers);
        }
        return known_[key] = score;
    }

    int count() const { return static_cast<int>(known_.size()); }

  private:
    const std::function<Score(const std::vector<int>&)>& evaluate_;
    const SearchOptions& options_;
    std::map<std::string, Score> known_;
    std::optional<StateLines> file_;
};

// Loss of operand i at so many bits and all others at the start's.
double alone(Scores& scores, const std::vector<Operand>& operands, std::size_t i, int bits, int start_bits) {
    std::vector<int> widths(operands.size(), start_bits);
    widths[i] = bits;
    return scores.of(widths).loss;
}

}  // namespace

SearchResult search_widths(const std::vector<Operand>& operands,
                           const std::function<Score(const std::vector<int>&)>& evaluate,
                           const SearchOptions& options) {
    Scores scores(operands, evaluate, options);
    SearchResult result;
    result.bits.assign(operands.size(), options.start_bits);
    std::vector<bool> fixed(operands.size(), false);
    try {
        result.start = result.end = scores.of(result.bits);
        while (true) {
            std::size_t chosen = operands.size();
            double least = 0;
            for (std::size_t i = 0; i < operands.size(); ++i) {
                const int bits = result.bits[i];
                if (fixed[i] || bits <= operands[i].lowest_bits) continue;
                const double rise = alone(scores, operands, i, bits - 1, options.start_bits) -
                                    alone(scores, operands, i, bits, options.start_bits);
                const double ratio = rise / static_cast<double>(operands[i].macs);
                if (chosen == operands.size() || ratio < least) chosen = i, least = ratio;
            }
            if (chosen == operands.size()) break;
            --result.bits[chosen];
            const Score score = scores.of(result.bits);
            const bool stays = score.loss <= result.start.loss + options.loss_budget &&
                               score.accuracy >= result.start.accuracy - options.accuracy_budget;
            if (options.log) {
                char text[160];
                std::snprintf(text, sizeof text, "%-24s %2d bits: loss %.5f accuracy %.2f %%%s",
                              operands[chosen].name.c_str(), result.bits[chosen], score.loss,
                              100 * score.accuracy, stays ? "" : ", refused");
                *options.log << text << std::endl;
            }
            if (stays) {
                result.end = score;
            } else {
                ++result.bits[chosen];
                fixed[chosen] = true;
            }
        }
        result.finished = true;
    } catch (const Stopped&) {
    }
    result.evaluations = scores.count();
    return result;
}

}  // namespace pimvp::training
