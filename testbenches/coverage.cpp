// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/coverage.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace pimvp {

Coverage::Point Coverage::add(const std::string& name, std::vector<std::string> bins) {
    if (bins.empty()) throw std::logic_error("coverpoint " + name + " has no bins");
    Item item;
    item.name = name;
    item.hits.assign(bins.size(), 0);
    item.bins = std::move(bins);
    points_.push_back(std::move(item));
    return points_.size() - 1;
}

Coverage::Point Coverage::add_range(const std::string& name, int first, int last) {
    std::vector<std::string> bins;
    for (int value = first; value <= last; ++value) bins.push_back(std::to_string(value));
    return add(name, std::move(bins));
}

Coverage::Point Coverage::add_cross(Point a, Point b) {
    std::vector<std::string> bins;
    for (const auto& first : points_[a].bins)
        for (const auto& second : points_[b].bins) bins.push_back(first + " x " + second);
    const Point point = add(points_[a].name + " x " + points_[b].name, std::move(bins));
    points_[point].is_cross = true;
    points_[point].a = a;
    points_[point].b = b;
    return point;
}

void Coverage::hit(Point point, std::size_t bin) {
    Item& item = points_.at(point);
    if (item.is_cross) throw std::logic_error("coverage: " + item.name + " is a cross");
    if (bin >= item.bins.size())
        throw std::logic_error("coverage: " + item.name + " has no bin " + std::to_string(bin));
    if (std::find(item.now.begin(), item.now.end(), bin) == item.now.end()) item.now.push_back(bin);
}

void Coverage::sample() {
    for (Item& item : points_) {
        for (const std::size_t bin : item.now) ++item.hits[bin];
        if (!item.is_cross) continue;
        for (const std::size_t a : points_[item.a].now)
            for (const std::size_t b : points_[item.b].now) ++item.hits[a * points_[item.b].bins.size() + b];
    }
    for (Item& item : points_) item.now.clear();
}

std::size_t Coverage::bins() const {
    std::size_t count = 0;
    for (const Item& item : points_) count += item.bins.size();
    return count;
}

std::size_t Coverage::reached() const {
    return bins() - holes().size();
}

std::vector<std::string> Coverage::holes() const {
    std::vector<std::string> names;
    for (const Item& item : points_)
        for (std::size_t bin = 0; bin < item.bins.size(); ++bin)
            if (item.hits[bin] == 0) names.push_back(item.name + ": " + item.bins[bin]);
    return names;
}

std::string Coverage::text() const {
    std::ostringstream out;
    for (const Item& item : points_) {
        const auto holes = static_cast<std::size_t>(std::count(item.hits.begin(), item.hits.end(), 0u));
        out << "  " << item.name << "  " << item.bins.size() - holes << "/" << item.bins.size();
        if (item.is_cross)
            out << "  fewest " << *std::min_element(item.hits.begin(), item.hits.end());
        else
            for (std::size_t bin = 0; bin < item.bins.size(); ++bin)
                out << (bin == 0 ? "  " : ", ") << item.bins[bin] << " " << item.hits[bin];
        out << "\n";
    }
    return out.str();
}

}  // namespace pimvp
