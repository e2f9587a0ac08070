// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The configuration of a platform: TOML files with inheritance, --set overrides, checked against a schema
// that the blocks declare. No third-party header here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "modules/core/units.h"

namespace pimvp {

enum class ParamType {
    integer,
    boolean,
    text,
    ratio,
    energy,
    power,
    duration,
    area,
    capacitance,
    voltage,
    frequency
};

/// One parameter that a block understands. `key` is `block.name`. Integers, booleans and texts are plain TOML
/// values, and an integer will do for a text; a physical parameter (ratio included) is a table {value, range,
/// kind, source}, value and range with units.
struct ParamSpec {
    std::string key;
    ParamType type = ParamType::integer;
    std::string what;                  // one line for `pimvp params`
    double low = 0, high = 0;          // allowed values, SI; low == high: not limited
    std::vector<std::string> choices;  // text only; empty: any
};
using Schema = std::vector<ParamSpec>;

/// One value with where it came from.
struct Param {
    ParamSpec spec;
    std::int64_t integer = 0;  // integer, boolean
    std::string text;
    double value = 0, low = 0, high = 0;  // physical, SI: nominal and range
    std::string kind, source;             // paper, silicon, model, assumed
    std::string origin;                   // file:line or --set
    bool overridden = false;              // differs from the variant `default`
};

/// The value as `pimvp params` and JSON show it: `256`, `true`, `exact`, `0.35 fF`.
std::string value_text(const Param& param);

/// Which end of each parameter's range is used.
enum class ParamSet { low, nominal, high };

class Config {
  public:
    /// Reads FILE and what it inherits (`inherit = "default"` names a sibling file, `inherit = ["a", "b"]`
    /// several, of which later ones win). Unknown keys, wrong
    /// units, values out of range and missing keys are errors with file:line. A file that inherits may give
    /// less: of a physical parameter just the value (then the range widens to contain it, and the kind
    /// becomes `assumed`), plain or in its table.
    /// `["block[i]"]` sets values of one instance. They win over the block's within the same file (or among
    /// all --set); a file or --set that sets the block's value replaces what it inherits for single
    /// instances.
    static Config load(const std::string& file, const Schema& schema);

    /// `key=value`, value as in TOML but quotes optional; `block[i].name` for one instance. Errors name the
    /// key and suggest the nearest known one.
    void set(const std::string& assignment);
    void use(ParamSet set) { set_ = set; }
    /// Overrides the nominal of a physical parameter (sampling of ranges); SI. `key` as params() names it.
    /// The range widens to contain it; origin and kind stay.
    void set_value(const std::string& key, double si);

    /// `instance` >= 0 looks for an override of that instance first.
    std::int64_t integer(const std::string& key, int instance = -1) const;
    bool boolean(const std::string& key, int instance = -1) const;
    const std::string& text(const std::string& key, int instance = -1) const;
    double si(const std::string& key, int instance = -1) const;
    Energy energy(const std::string& key, int instance = -1) const { return Energy::si(si(key, instance)); }
    Power power(const std::string& key, int instance = -1) const { return Power::si(si(key, instance)); }
    Duration duration(const std::string& key, int instance = -1) const {
        return Duration::si(si(key, instance));
    }
    Area area(const std::string& key, int instance = -1) const { return Area::si(si(key, instance)); }
    Capacitance capacitance(const std::string& key, int instance = -1) const {
        return Capacitance::si(si(key, instance));
    }
    Voltage voltage(const std::string& key, int instance = -1) const {
        return Voltage::si(si(key, instance));
    }
    double ratio(const std::string& key, int instance = -1) const { return si(key, instance); }

    /// In schema order; instance overrides as `block[i].name` after their block's.
    std::vector<Param> params() const;
    /// key -> text of every value that differs from the `default` variant's file, --set included. That is the
    /// file named default.toml on the way that FILE inherits, otherwise the last file on it.
    std::map<std::string, std::string> non_default() const;
    /// The effective configuration as TOML that load() accepts.
    std::string to_toml() const;
    const std::string& description() const { return description_; }

  private:
    struct Layer;
    struct Entry;
    static void read_chain(const std::string& file, const std::vector<const Layer*>& heirs,
                           std::vector<Layer>& chain);
    void apply(const Layer& layer);
    void apply(const std::vector<Entry>& entries, const std::string& file);
    void check_complete(const Layer& layer) const;
    const Param& find(const std::string& key, int instance) const;
    bool differs(const Param& param) const;

    using InstanceKey = std::pair<int, std::size_t>;  // instance, index into params_
    std::vector<Param> params_;                       // one per spec, in schema order
    std::map<std::string, std::size_t> index_;
    std::map<InstanceKey, Param> instances_;
    std::map<std::string, std::string> baseline_;  // texts of the `default` variant
    std::string description_;                      // the file's top-level `description`
    ParamSet set_ = ParamSet::nominal;
};

}  // namespace pimvp
