// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/config.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "modules/core/config_keys.h"
#include "modules/core/config_toml.h"
#include "modules/core/config_value.h"
#include "modules/core/error.h"

namespace pimvp {

/// One file of the inheritance chain.
struct Config::Layer {
    std::string file;
    TomlValue root;
};

/// One value for one parameter, or for one instance of it.
struct Config::Entry {
    std::size_t param;
    int instance;
    TomlValue value;
};

namespace {

namespace fs = std::filesystem;
using Kind = TomlValue::Kind;

std::string unknown_key(const std::string& key, const std::vector<std::string>& known) {
    const auto [plain, instance] = split_key(key);
    const std::string guess = nearest(plain, known);
    if (guess.empty()) return "expected no such key, found " + key;
    return "expected a known key, found " + key + "; did you mean " + instance_key(guess, instance) + "?";
}

fs::path inherited_file(const std::string& file, const TomlValue& name) {
    const std::string where = file + ":" + std::to_string(name.line) + ": inherit: expected ";
    if (name.kind != Kind::text || name.text.empty())
        throw Error(where + "the name of a file beside this one, or a list of such, found " + describe(name));
    fs::path parent = fs::path(file).parent_path() / name.text;
    if (parent.extension() != ".toml") parent += ".toml";
    std::error_code ignored;
    if (!fs::exists(parent, ignored)) throw Error(where + "a file to inherit, found no " + parent.string());
    return parent;
}

}  // namespace

/// Appends what FILE inherits, in order, and then FILE itself: what stands later in `chain` wins. A file that
/// is inherited on two ways counts where it was met first.
void Config::read_chain(const std::string& file, const std::vector<const Layer*>& heirs,
                        std::vector<Layer>& chain) {
    std::error_code ignored;
    const auto same = [&](const std::string& other) {
        return fs::weakly_canonical(file, ignored) == fs::weakly_canonical(other, ignored);
    };
    for (const auto* heir : heirs) {
        if (!same(heir->file)) continue;
        std::string way;
        for (const auto* layer : heirs) way += layer->file + " -> ";
        throw Error(heirs.back()->file + ":" + std::to_string(heirs.back()->root.member("inherit")->line) +
                    ": inherit: expected a chain that ends, found " + way + file);
    }
    for (const auto& layer : chain)
        if (same(layer.file)) return;
    Layer layer{file, read_toml(file)};
    if (const auto* inherit = layer.root.member("inherit")) {
        auto path = heirs;
        path.push_back(&layer);
        if (inherit->kind == Kind::array)
            for (const auto& name : inherit->items)
                read_chain(inherited_file(file, name).string(), path, chain);
        else
            read_chain(inherited_file(file, *inherit).string(), path, chain);
    }
    chain.push_back(std::move(layer));
}

Config Config::load(const std::string& file, const Schema& schema) {
    Config config;
    for (const auto& spec : schema) {
        if (!config.index_.emplace(spec.key, config.params_.size()).second)
            throw std::logic_error("schema declares " + spec.key + " twice");
        config.params_.emplace_back().spec = spec;
    }

    std::vector<Layer> chain;  // FILE last
    read_chain(file, {}, chain);

    std::size_t baseline = 0;
    for (std::size_t i = chain.size(); i-- > 0;)
        if (fs::path(chain[i].file).stem() == "default") baseline = i;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        config.apply(chain[i]);
        if (i != baseline) continue;
        for (const auto& param : config.params())
            if (!param.origin.empty()) config.baseline_[param.spec.key] = value_text(param);
    }
    config.check_complete(chain.back());
    return config;
}

void Config::apply(const Layer& layer) {
    std::vector<std::string> keys, blocks;
    for (const auto& param : params_) {
        const std::string& key = param.spec.key;
        keys.push_back(key);
        for (auto dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1))
            blocks.push_back(key.substr(0, dot));
    }

    std::vector<Entry> entries;
    struct Pending {
        const TomlValue* table;
        std::string path;
    };
    std::vector<Pending> pending = {{&layer.root, ""}};
    for (std::size_t at = 0; at < pending.size(); ++at) {
        const auto [table, path] = pending[at];
        for (const auto& member : table->items) {
            const std::string key = path.empty() ? member.name : path + "." + member.name;
            if (key == "inherit") continue;
            const std::string place = layer.file + ":" + std::to_string(member.line) + ": " + key + ": ";
            if (key == "description") {
                if (member.kind != Kind::text)
                    throw Error(place + "expected a text, found " + describe(member));
                description_ = member.text;
                continue;
            }
            const auto [plain, instance] = split_key(key);
            const auto known = index_.find(plain);
            if (known != index_.end()) {
                entries.push_back({known->second, instance, member});
                continue;
            }
            const bool block = std::find(blocks.begin(), blocks.end(), plain) != blocks.end();
            if (block && member.kind == Kind::table) {
                pending.push_back({&member, key});
                continue;
            }
            if (block) throw Error(place + "expected a table, found " + describe(member));
            throw Error(place + unknown_key(key, member.kind == Kind::table && path.empty() ? blocks : keys));
        }
    }
    if (layer.root.member("description") == nullptr) description_.clear();
    apply(entries, layer.file);
}

void Config::apply(const std::vector<Entry>& entries, const std::string& file) {
    // An instance keeps what its own layer gave it: --set is one layer, whatever the order of its
    // assignments.
    for (const auto& entry : entries) {
        if (entry.instance >= 0) continue;
        for (auto it = instances_.begin(); it != instances_.end();) {
            const bool inherited =
                it->first.second == entry.param && (!file.empty() || it->second.origin != "--set");
            it = inherited ? instances_.erase(it) : std::next(it);
        }
        Param& param = params_[entry.param];
        assign(param, entry.value, {file, param.spec.key}, !param.origin.empty());
    }
    for (const auto& entry : entries) {
        if (entry.instance < 0) continue;
        Param& param =
            instances_.emplace(InstanceKey{entry.instance, entry.param}, params_[entry.param]).first->second;
        param.spec.key = instance_key(params_[entry.param].spec.key, entry.instance);
        assign(param, entry.value, {file, param.spec.key}, !param.origin.empty());
    }
}

void Config::check_complete(const Layer& layer) const {
    std::string missing;
    for (const auto& param : params_)
        if (param.origin.empty()) missing += (missing.empty() ? "" : ", ") + param.spec.key;
    if (!missing.empty())
        throw Error(layer.file + ":1: missing keys: expected a value for each parameter, found none for " +
                    missing);
}

void Config::set(const std::string& assignment) {
    const auto equals = assignment.find('=');
    const auto trim = [](std::string s) {
        s.erase(0, s.find_first_not_of(" \t"));
        return s.erase(s.find_last_not_of(" \t") + 1);
    };
    const std::string key = trim(assignment.substr(0, equals));
    if (equals == std::string::npos || key.empty())
        throw Error("--set " + assignment + ": expected key=value, found no " +
                    (key.empty() ? "key" : "value"));
    const auto [plain, instance] = split_key(key);
    const auto known = index_.find(plain);
    if (known == index_.end()) {
        std::vector<std::string> keys;
        for (const auto& param : params_) keys.push_back(param.spec.key);
        throw Error("--set " + key + ": " + unknown_key(key, keys));
    }
    const std::string text = trim(assignment.substr(equals + 1));
    auto value = parse_toml_value(text);
    const bool plain_text =
        params_[known->second].spec.type == ParamType::text && value && value->kind != Kind::text;
    if (!value || plain_text) {
        // What to_toml() writes must be readable.
        if (!parse_toml_value(toml_string(text)))
            throw Error("--set " + key + ": expected UTF-8 text, found bytes that are not");
        value.emplace();
        value->kind = Kind::text;
        value->text = text;
    }
    // Applied to a copy: a value that is refused changes nothing.
    Config changed = *this;
    changed.apply({{known->second, instance, *value}}, "");
    *this = std::move(changed);
}

void Config::set_value(const std::string& key, double si) {
    const auto [plain, instance] = split_key(key);
    const Param& now = find(plain, instance);
    if (!is_physical(now.spec.type)) throw std::logic_error(key + " is not a physical parameter");
    Param changed = now;
    assign_nominal(changed, si, key + ": ");
    changed.spec.key = key;
    const std::size_t at = index_.at(plain);
    (instance < 0 ? params_[at] : instances_[{instance, at}]) = changed;
}

const Param& Config::find(const std::string& key, int instance) const {
    const auto known = index_.find(key);
    if (known == index_.end()) throw std::logic_error("no parameter " + key + " in the schema");
    if (instance >= 0 && !instances_.empty()) {
        const auto own = instances_.find({instance, known->second});
        if (own != instances_.end()) return own->second;
    }
    return params_[known->second];
}

std::int64_t Config::integer(const std::string& key, int instance) const {
    const Param& param = find(key, instance);
    if (param.spec.type != ParamType::integer) throw std::logic_error(key + " is not an integer");
    return param.integer;
}

bool Config::boolean(const std::string& key, int instance) const {
    const Param& param = find(key, instance);
    if (param.spec.type != ParamType::boolean) throw std::logic_error(key + " is not a boolean");
    return param.integer != 0;
}

const std::string& Config::text(const std::string& key, int instance) const {
    const Param& param = find(key, instance);
    if (param.spec.type != ParamType::text) throw std::logic_error(key + " is not a text");
    return param.text;
}

double Config::si(const std::string& key, int instance) const {
    const Param& param = find(key, instance);
    if (!is_physical(param.spec.type)) throw std::logic_error(key + " is not a physical parameter");
    return set_ == ParamSet::low ? param.low : set_ == ParamSet::high ? param.high : param.value;
}

bool Config::differs(const Param& param) const {
    const auto found = baseline_.find(param.spec.key);
    return found == baseline_.end() || found->second != value_text(param);
}

std::vector<Param> Config::params() const {
    const auto block_of = [](const std::string& key) { return key.substr(0, key.find('.')); };
    std::vector<Param> all;
    std::vector<bool> listed(params_.size(), false);
    for (std::size_t first = 0; first < params_.size(); ++first) {
        if (listed[first]) continue;
        const std::string block = block_of(params_[first].spec.key);
        for (std::size_t i = first; i < params_.size(); ++i) {
            if (block_of(params_[i].spec.key) != block) continue;
            listed[i] = true;
            all.push_back(params_[i]);
        }
        for (const auto& [key, param] : instances_)
            if (block_of(params_[key.second].spec.key) == block) all.push_back(param);
    }
    for (auto& param : all) param.overridden = differs(param);
    return all;
}

std::map<std::string, std::string> Config::non_default() const {
    std::map<std::string, std::string> out;
    for (const auto& param : params())
        if (param.overridden) out[param.spec.key] = value_text(param);
    return out;
}

std::string Config::to_toml() const {
    std::string out;
    if (!description_.empty()) out += "description = " + toml_string(description_) + "\n";
    // Keys outside any block come first: after a table's header they would belong to the table.
    for (const auto& param : params_)
        if (param.spec.key.find('.') == std::string::npos)
            out += param.spec.key + " = " + toml_of(param) + "\n";
    std::string block;
    for (const auto& param : params()) {
        const auto dot = param.spec.key.find('.');
        if (dot == std::string::npos) continue;
        if (param.spec.key.substr(0, dot) != block) {
            block = param.spec.key.substr(0, dot);
            out += "\n[" + (block.find('[') == std::string::npos ? block : toml_string(block)) + "]\n";
        }
        out += param.spec.key.substr(dot + 1) + " = " + toml_of(param) + "\n";
    }
    return out;
}

}  // namespace pimvp
