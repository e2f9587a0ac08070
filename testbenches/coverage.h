// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Functional coverage: which of the cases that a stimulus should reach it has reached. No SystemC here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pimvp {

/// Coverpoints with named bins, and crosses of two of them. Sampled operation by operation: hit() the bins of
/// an operation, then sample() once.
class Coverage {
  public:
    using Point = std::size_t;

    /// Returns what hit() takes; bins are numbered from 0.
    Point add(const std::string& name, std::vector<std::string> bins);
    /// Bins FIRST..LAST, named by their numbers; bin k is FIRST + k.
    Point add_range(const std::string& name, int first, int last);
    /// Every pair of bins that one operation may hit.
    Point add_cross(Point a, Point b);

    /// Throws std::logic_error if there is no such bin, or if `point` is a cross.
    void hit(Point point, std::size_t bin);
    /// Ends an operation: counts what was hit, each bin once, crosses included.
    void sample();

    std::size_t bins() const;
    std::size_t reached() const;
    /// "point: bin" of those that no operation reached.
    std::vector<std::string> holes() const;
    std::uint64_t hits(Point point, std::size_t bin) const { return points_[point].hits[bin]; }
    /// One line per point: its name, reached / bins, and per bin its hits, crosses by their numbers alone.
    std::string text() const;

    struct Item {
        std::string name;
        std::vector<std::string> bins;
        std::vector<std::uint64_t> hits;
        bool is_cross = false;
        Point a = 0, b = 0;
        std::vector<std::size_t> now;  // hit by this operation
    };
    const std::vector<Item>& points() const { return points_; }

  private:
    std::vector<Item> points_;
};

}  // namespace pimvp
