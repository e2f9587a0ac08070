// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which tensor of a network needs how many bits. Knows nothing of networks: a list of tensors and a function
// that says what a choice of widths costs in accuracy.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace pimvp::training {

/// A tensor whose width is searched: a layer's weights, or activations that layers read.
struct Operand {
    std::string name;
    std::int64_t macs = 0;  // multiply-accumulates that read it: what a bit less saves is in proportion
    int lowest_bits = 2;
};

/// What a choice of widths does. Loss is what the search lowers widths by: smooth, so that few images tell.
struct Score {
    double loss = 0, accuracy = 0;
};

struct SearchOptions {
    int start_bits = 8;
    double loss_budget = 0.01;      // most that the loss may rise over that of start_bits everywhere
    double accuracy_budget = 0.01;  // most that the accuracy may fall
    std::string identity;           // network and images: a state file of another search is refused
    std::string state;              // file; "" = none
    std::ostream* log = nullptr;
    std::function<bool()> should_stop;  // asked after each evaluation
};

struct SearchResult {
    std::vector<int> bits;  // one per operand
    Score start, end;       // at start_bits everywhere, and at `bits`
    int evaluations = 0;    // also those that the state file remembered
    bool finished = false;  // false: stopped; the same call continues
};

/// Greedy: from start_bits everywhere, one bit of one operand at a time. The next is the one whose rise of
/// loss per saved bit x multiply-accumulate is least, where the rise is that of the operand alone, all others
/// at start_bits. The step stays if both budgets hold for all widths together; otherwise the operand keeps
/// its width for good. Ends when every operand did, or has its lowest. No random numbers: the same scores
/// give the same widths, ties go to the earlier operand. Every score is appended to the state file, from
/// which a search continues. Throws Error for a state file that is unreadable or of another search.
SearchResult search_widths(const std::vector<Operand>& operands,
                           const std::function<Score(const std::vector<int>&)>& evaluate,
                           const SearchOptions& options);

}  // namespace pimvp::training
