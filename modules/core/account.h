// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Energy and area accounts: a block counts events as integers while it runs, and prices are applied
// afterwards. No SystemC here, so that training and mapping can price too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/units.h"

namespace pimvp {

/// What the system was doing when an event happened. Layers follow: layer k of the network is first_layer +
/// k.
struct Activity {
    static constexpr int load = 0;  // programs, weights and configuration into the system, once
    static constexpr int idle =
        1;                        // nothing asked for it (host traffic of images and results belongs to `io`)
    static constexpr int io = 2;  // image in, scores out, program fetch
    static constexpr int first_layer = 3;
    static constexpr int layer(int k) { return first_layer + k; }
};

/// Sums of zeptojoules need more than 64 bits: 2^63 zJ is 9.2 mJ.
__extension__ using Zeptojoules = __int128;

double joules(Zeptojoules zj);

/// One block's account. Prices are rounded once to integer zeptojoules (1e-21 J), so that any partition of
/// the counts adds up exactly.
class Account {
  public:
    using EventId = std::size_t;

    /// `block` is the hierarchical SystemC name.
    explicit Account(std::string block);

    /// Declares an event with its price; events are declared before the first count. Names are snake_case.
    EventId add_event(const std::string& name, Energy price);
    /// Leakage accrues with time; add_leakage_time() says how long.
    void set_leakage(Power power);
    void add_area(const std::string& component, Area area);
    /// An event that is counted but has no price (postponements, stalls).
    EventId add_counter(const std::string& name) { return add_event(name, Energy{}); }

    void count(EventId event, std::uint64_t n, int activity) {
        const std::size_t slot = static_cast<std::size_t>(activity) * events_.size() + event;
        if (slot >= counts_.size()) grow(activity);
        counts_[slot] += n;
    }
    /// Called once per activity at the end of a run, with the time that the timeline gives it.
    void add_leakage_time(std::uint64_t picoseconds, int activity);

    const std::string& block() const { return block_; }
    std::size_t events() const { return events_.size(); }
    const std::string& event_name(EventId e) const { return events_[e].name; }
    std::int64_t price_zj(EventId e) const { return events_[e].price_zj; }
    std::int64_t leakage_zj_per_ps() const { return leakage_zj_per_ps_; }
    int activities() const;

    std::uint64_t total(EventId e) const;
    std::uint64_t total(EventId e, int activity) const;
    Zeptojoules energy() const;              // all events, leakage included
    Zeptojoules energy(int activity) const;  // of one activity, leakage included
    Zeptojoules event_energy(EventId e) const;
    Zeptojoules leakage_energy() const;

    Area area() const;
    struct Component {
        std::string name;
        Area area;
    };
    const std::vector<Component>& area_components() const { return components_; }

    /// Forgets counts and leakage time, keeps events and prices.
    void reset();

  private:
    void grow(int activity);
    struct Event {
        std::string name;
        std::int64_t price_zj;
    };
    std::string block_;
    std::vector<Event> events_;
    std::vector<std::uint64_t> counts_;      // [activity][event]
    std::vector<std::uint64_t> leakage_ps_;  // [activity]
    std::int64_t leakage_zj_per_ps_ = 0;
    std::vector<Component> components_;
};

}  // namespace pimvp
