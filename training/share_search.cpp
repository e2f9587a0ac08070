// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/share_search.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <ostream>
#include <random>
#include <sstream>

#include "modules/core/error.h"
#include "training/state_lines.h"

namespace pimvp::training {
namespace {

using Genes = std::vector<std::size_t>;  // which value, per block

struct Stopped {};

bool beats(const SharePoint& a, const SharePoint& b) {
    return a.accuracy >= b.accuracy && a.energy <= b.energy &&
           (a.accuracy > b.accuracy || a.energy < b.energy);
}

struct Member {
    Genes genes;
    SharePoint point;
    int rank = 0;         // by how many fronts it is behind
    double distance = 0;  // crowding
};

void set_distances(std::vector<Member*> front, double SharePoint::*value) {
    std::stable_sort(front.begin(), front.end(),
                     [&](auto* a, auto* b) { return a->point.*value < b->point.*value; });
    const double range = front.back()->point.*value - front.front()->point.*value;
    for (auto* end : {front.front(), front.back()}) end->distance = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i + 1 < front.size() && range > 0; ++i)
        front[i]->distance += (front[i + 1]->point.*value - front[i - 1]->point.*value) / range;
}

void rank(std::vector<Member>& members) {
    std::vector<Member*> left;
    for (auto& member : members) left.push_back(&member), member.distance = 0;
    for (int depth = 0; !left.empty(); ++depth) {
        std::vector<Member*> front, behind;
        for (auto* one : left) {
            const bool beaten = std::any_of(left.begin(), left.end(),
                                            [&](auto* other) { return beats(other->point, one->point); });
            (beaten ? behind : front).push_back(one);
        }
        for (auto* one : front) one->rank = depth;
        set_distances(front, &SharePoint::accuracy);
        set_distances(front, &SharePoint::energy);
        left = behind;
    }
}

bool better(const Member& a, const Member& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.distance > b.distance;
}

class Search {
  public:
    Search(const ShareSearchOptions& options, const std::function<double(const Shares&)>& accuracy,
           const std::function<double(const Shares&)>& energy)
        : options_(options), accuracy_(accuracy), energy_(energy), random_(options.seed) {
        if (options.blocks == 0 || options.values.empty() || options.population < 2 ||
            options.evaluations == 0)
            throw Error("search of shares: expected blocks, values, evaluations and a population of two");
        if (!options.state.empty()) read();
    }

    // Until all evaluations are made, or nothing is left to evaluate.
    void run() {
        for (std::size_t v = 0; v < options_.values.size(); ++v) {
            const Genes same(options_.blocks, v);
            if (usable(same) && !seen(same) && more()) add(same);
        }
        while (more() && members_.size() < options_.population)
            if (!add_unseen(drawn())) return;
        while (more()) {
            rank(members_);
            while (members_.size() > options_.population) drop_worst();
            const Genes &mother = winner(), &father = winner();
            if (!add_unseen(child(mother, father))) return;
        }
    }

    const std::vector<SharePoint>& points() const { return points_; }

  private:
    bool more() const { return points_.size() < options_.evaluations; }

    Shares shares(const Genes& genes) const {
        Shares values;
        for (const auto gene : genes) values.push_back(options_.values[gene]);
        return values;
    }

    std::string text_of(const Genes& genes) const {
        std::ostringstream text;
        for (std::size_t b = 0; b < genes.size(); ++b)
            text << (b == 0 ? "" : ",") << options_.values[genes[b]];
        return text.str();
    }

    bool usable(const Genes& genes) const { return !options_.usable || options_.usable(shares(genes)); }
    bool seen(const Genes& genes) const {
        return std::any_of(members_ever_.begin(), members_ever_.end(),
                           [&](const Genes& other) { return other == genes; });
    }

    // The generator's numbers are the standard's, its distributions are not.
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>((random_() >> 16) % bound); }

    Genes drawn() {
        Genes genes(options_.blocks);
        for (auto& gene : genes) gene = below(options_.values.size());
        return genes;
    }

    Genes child(const Genes& mother, const Genes& father) {
        Genes genes(options_.blocks);
        for (std::size_t b = 0; b < genes.size(); ++b) {
            genes[b] = below(2) == 0 ? mother[b] : father[b];
            if (below(options_.blocks) == 0) genes[b] = below(options_.values.size());
        }
        return genes;
    }

    const Genes& winner() {
        const Member &a = members_[below(members_.size())], &b = members_[below(members_.size())];
        return better(b, a) ? b.genes : a.genes;
    }

    // The next in counting order that is new; false if there is none.
    bool add_unseen(Genes genes) {
        const Genes first = genes;
        while (seen(genes) || !usable(genes)) {
            std::size_t b = 0;
            while (b < genes.size() && ++genes[b] == options_.values.size()) genes[b++] = 0;
            if (genes == first) return false;
        }
        add(genes);
        return true;
    }

    void add(const Genes& genes) {
        Member member;
        member.genes = genes;
        member.point = evaluated(genes);
        members_ever_.push_back(genes);
        points_.push_back(member.point);
        members_.push_back(member);
        if (options_.log == nullptr) return;
        char numbers[80];
        std::snprintf(numbers, sizeof numbers, ": accuracy %.2f %%, %.4g J", 100 * member.point.accuracy,
                      member.point.energy);
        *options_.log << "shares " << text_of(genes) << numbers << std::endl;
    }

    void drop_worst() {
        members_.erase(std::max_element(members_.begin(), members_.end(), better));
        rank(members_);
    }

    SharePoint evaluated(const Genes& genes) {
        const auto key = text_of(genes);
        SharePoint point;
        if (const auto found = known_.find(key); found != known_.end()) {
            point = found->second;
            point.shares = shares(genes);
            return point;
        }
        if (options_.should_stop && options_.should_stop()) throw Stopped{};
        point.shares = shares(genes);
        point.energy = energy_(point.shares);
        if (std::isfinite(point.energy)) point.accuracy = accuracy_(point.shares);
        if (file_) {
            char numbers[80];
            std::snprintf(numbers, sizeof numbers, " %.17g %.17g", point.accuracy, point.energy);
            file_->add(key + numbers);
        }
        return point;
    }

    void read() {
        std::ostringstream heading;
        heading << "shares of " << options_.blocks << " blocks out of";
        for (const double value : options_.values) heading << ' ' << value;
        heading << " | population " << options_.population << " seed " << options_.seed << " | "
                << options_.identity;
        file_.emplace(options_.state, heading.str());
        for (const auto& line : file_->lines()) {
            std::istringstream words(line);
            std::string key, energy, rest;
            SharePoint point;
            char* end = nullptr;
            const bool whole = words >> key >> point.accuracy >> energy && !(words >> rest);
            point.energy = std::strtod(energy.c_str(), &end);  // "inf", which streams don't read
            if (!whole || *end != '\0')
                throw Error(options_.state + ": expected shares, accuracy and energy, found '" + line + "'");
            known_[key] = point;
        }
    }

    const ShareSearchOptions& options_;
    const std::function<double(const Shares&)>&accuracy_, &energy_;
    std::mt19937_64 random_;
    std::vector<Member> members_;
    std::vector<Genes> members_ever_;
    std::vector<SharePoint> points_;
    std::map<std::string, SharePoint> known_;  // what the file remembers
    std::optional<StateLines> file_;
};

}  // namespace

std::vector<SharePoint> pareto_front(std::vector<SharePoint> points) {
    std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
        return a.energy != b.energy ? a.energy < b.energy : a.accuracy > b.accuracy;
    });
    std::vector<SharePoint> front;
    for (const auto& point : points)
        if (front.empty() || point.accuracy > front.back().accuracy) front.push_back(point);
    return front;
}

ShareSearchResult search_shares(const ShareSearchOptions& options,
                                const std::function<double(const Shares&)>& accuracy,
                                const std::function<double(const Shares&)>& energy) {
    Search search(options, accuracy, energy);
    ShareSearchResult result;
    try {
        search.run();
        result.finished = true;
    } catch (const Stopped&) {
    }
    result.points = search.points();
    if (result.finished && result.points.empty())
        throw Error("search of shares: expected usable shares, found none");
    result.front = pareto_front(result.points);
    for (const auto& point : result.front) {
        if (point.energy > options.budget || !std::isfinite(point.energy)) break;
        result.chosen = point;
        result.affords = true;
    }
    return result;
}

}  // namespace pimvp::training
