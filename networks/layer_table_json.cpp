// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "modules/core/error.h"
#include "networks/layer_table.h"
#include "networks/layer_table_entry.h"
#include "networks/layer_table_precision.h"

namespace pimvp::net {
namespace {

using Json = nlohmann::json;
using LayerKind = TableLayer::Kind;

constexpr std::int64_t largest_side = TableEntry::largest_side;

/// The file's nodes in an order in which every provider comes first; among those that are ready the file's.
std::vector<std::size_t> order_of(const std::string& file, const std::vector<TableEntry>& entries,
                                  const std::map<std::string, std::size_t>& by_name) {
    std::vector<std::size_t> waiting(entries.size()), order;
    std::vector<std::vector<std::size_t>> consumers(entries.size());
    std::set<std::size_t> ready;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        for (const std::string& provider : entries[i].providers()) {
            const auto it = by_name.find(provider);
            if (it == by_name.end())
                entries[i].fail("a provider that is a layer of the file", "'" + provider + "'");
            consumers[it->second].push_back(i);
            ++waiting[i];
        }
        if (waiting[i] == 0) ready.insert(i);
    }
    while (!ready.empty()) {
        const std::size_t i = *ready.begin();
        ready.erase(ready.begin());
        order.push_back(i);
        for (const std::size_t c : consumers[i])
            if (--waiting[c] == 0) ready.insert(c);
    }
    if (order.size() == entries.size()) return order;
    const auto stuck = static_cast<std::size_t>(
        std::find_if(waiting.begin(), waiting.end(), [](std::size_t n) { return n > 0; }) - waiting.begin());
    throw Error(file + ": layer '" + entries[stuck].name() +
                "': expected a graph without cycles, found that it needs its own output");
}

class JsonReader {
  public:
    JsonReader(const std::string& file, const Json& nodes) : file_(file) {
        entries_.reserve(nodes.size());
        for (const Json& node : nodes) {
            entries_.emplace_back(file, node, entries_.size());
            if (!by_name_.emplace(entries_.back().name(), entries_.size() - 1).second)
                entries_.back().fail("a name of its own", "another layer of that name");
        }
        readers_.resize(entries_.size());
        values_.resize(entries_.size());
    }

    LayerTable read() {
        const std::vector<std::size_t> order = order_of(file_, entries_, by_name_);
        for (const TableEntry& entry : entries_)
            for (const std::string& provider : entry.providers()) ++readers_[by_name_.at(provider)];
        for (const std::size_t i : order) {
            entry_ = &entries_[i];
            inputs_.clear();
            for (const std::string& provider : entry_->providers()) inputs_.push_back(by_name_.at(provider));
            values_[i] = read_node();
            values_[i].shared = values_[i].shared || readers_[i] > 1;
            if (!(values_[i].seen == entry_->output()))
                entry_->fail(
                    "output_dim " + table_shape_text(values_[i].seen) + ", as follows from its input",
                    table_shape_text(entry_->output()));
        }
        finish();
        return std::move(table_);
    }

  private:
    /// What a node's name stands for: a layer's output, perhaps seen as a vector.
    struct Value {
        int layer = 0;
        Shape seen;
        bool shared = false;  // something else reads it, or what it is another name of
    };

    const Value& input(std::size_t i) const { return values_[inputs_[i]]; }

    void expect_inputs(std::size_t low, std::size_t high) const {
        if (inputs_.size() >= low && inputs_.size() <= high) return;
        entry_->fail(std::to_string(low) +
                         (high == low   ? ""
                          : high > 1000 ? " or more"
                                        : ".." + std::to_string(high)) +
                         " providers for " + entry_->operation(),
                     std::to_string(inputs_.size()));
    }

    /// The input as the layer that made it, which must not have been flattened unless that changed nothing.
    int layer_input(std::size_t i) const {
        const Shape& shape = table_.layers[static_cast<std::size_t>(input(i).layer)].shape;
        if (!(shape == input(i).seen))
            entry_->fail("input " + table_shape_text(shape) + " for " + entry_->operation(),
                         "its elements flattened; only OP_FC reads those");
        return input(i).layer;
    }

    TableLayer new_layer(LayerKind kind) const {
        TableLayer layer;
        layer.kind = kind;
        layer.name = entry_->name();
        layer.weight_bits = entry_->integer("weight_bits", 1, most_table_bits, 0);
        layer.activation_bits = entry_->integer("activation_bits", 1, most_table_bits, 0);
        return layer;
    }

    Value add(TableLayer layer) {
        table_.layers.push_back(std::move(layer));
        return {static_cast<int>(table_.layers.size()) - 1, table_.layers.back().shape};
    }

    Value read_node() {
        const std::string& op = entry_->operation();
        if (op == "OP_INPUT") return read_image();
        if (table_.layers.empty())
            entry_->fail("OP_INPUT before any other operator, once", op + " without providers");
        if (op == "OP_CONV") return read_conv();
        if (op == "OP_FC") return read_linear();
        if (op == "OP_POOL") return read_pool();
        if (op == "OP_ELTWISE") return read_eltwise();
        if (op == "OP_CONCAT") return read_concat();
        if (op == "OP_SHUFFLE") return read_shuffle();
        if (op == "OP_FLATTEN" || op == "OP_RESHAPE") return read_reshape();
        if (op == "OP_RELU" || op == "OP_CLIP") return read_relu();
        if (op == "OP_BN") return fold_or_pass("its scales are part of the drawn requantisation", false);
        if (op == "OP_DROPOUT") return leave_out("does nothing in inference");
        if (op == "OP_LRN") return leave_out("a normalisation across channels has no integer operator here");
        if (op == "OP_SOFTMAX") {
            if (readers_[static_cast<std::size_t>(entry_ - entries_.data())] > 0)
                entry_->fail("OP_SOFTMAX behind the scores only", "another layer behind it");
            return leave_out("does not change which score is largest");
        }
        entry_->fail(
            "one of OP_INPUT, OP_CONV, OP_FC, OP_POOL, OP_ELTWISE, OP_CONCAT, OP_SHUFFLE, OP_FLATTEN, "
            "OP_RESHAPE, OP_RELU, OP_CLIP, OP_BN, OP_DROPOUT, OP_LRN, OP_SOFTMAX",
            op);
    }

    Value read_image() {
        expect_inputs(0, 0);
        if (!table_.layers.empty()) entry_->fail("one OP_INPUT", "another, '" + table_.layers[0].name + "'");
        TableLayer layer = new_layer(LayerKind::image);
        layer.shape = entry_->output();
        return add(layer);
    }

    void read_window(TableLayer& layer, bool convolution) const {
        layer.kernel_h = entry_->param("kernel_h", 1, largest_side);
        layer.kernel_w = entry_->param("kernel_w", 1, largest_side);
        layer.stride_h = entry_->param("stride_h", 1, largest_side);
        layer.stride_w = entry_->param("stride_w", 1, largest_side);
        if (convolution) {
            layer.dilation_h = entry_->param("dilation_h", 1, largest_side, 1);
            layer.dilation_w = entry_->param("dilation_w", 1, largest_side, 1);
        }
        layer.pad_top = entry_->param("pad_h0", 0, largest_side, 0);
        layer.pad_bottom = entry_->param("pad_h1", 0, largest_side, 0);
        layer.pad_left = entry_->param("pad_w0", 0, largest_side, 0);
        layer.pad_right = entry_->param("pad_w1", 0, largest_side, 0);
    }

    // -1 none, 0 ReLU, 6 ReLU6; the cut at 6 is that of the range.
    bool activation() const {
        const int with_act = entry_->integer("with_act", 0, 1, 0),
                  type = entry_->integer("act_type", -1, 100, -1);
        if (with_act == 1 && type != 0 && type != 6)
            entry_->fail("act_type 0 (ReLU) or 6 (ReLU6)", std::to_string(type));
        if (entry_->integer("with_clip", 0, 1, 0) == 1)
            entry_->fail("with_clip 0 and an OP_CLIP of its own", "with_clip 1");
        return with_act == 1;
    }

    Value read_conv() {
        expect_inputs(1, 1);
        TableLayer layer = new_layer(LayerKind::conv);
        layer.inputs = {layer_input(0)};
        layer.relu = activation();
        layer.groups = entry_->param("group", 1, largest_side, 1);
        layer.shape = entry_->output();
        read_window(layer, true);
        const Shape& in = input(0).seen;
        expect_param("input_channel", in.c);
        expect_param("output_channel", layer.shape.c);
        if (in.c % layer.groups != 0 || layer.shape.c % layer.groups != 0)
            entry_->fail("groups that divide " + std::to_string(in.c) + " input and " +
                             std::to_string(layer.shape.c) + " output channels",
                         std::to_string(layer.groups));
        check_window(entry_->where(), layer, in);
        return add(layer);
    }

    void expect_param(const char* key, std::int64_t expected) const {
        const int found = entry_->param(key, 1, INT32_MAX);
        if (found != expected)
            entry_->fail("key '" + std::string(key) + "' " + std::to_string(expected) + ", as its shapes say",
                         std::to_string(found));
    }

    Value read_linear() {
        expect_inputs(1, 1);
        TableLayer layer = new_layer(LayerKind::conv);
        const Shape& in = table_.layers[static_cast<std::size_t>(input(0).layer)].shape;
        layer.inputs = {input(0).layer};
        layer.relu = activation();
        layer.kernel_h = in.h;
        layer.kernel_w = in.w;
        layer.shape = entry_->output();
        expect_param("num_input", in.size());
        expect_param("num_output", layer.shape.c);
        check_window(entry_->where(), layer, in);
        return add(layer);
    }

    Value read_pool() {
        expect_inputs(1, 1);
        const int method = entry_->param("pool_method", 0, 1);
        TableLayer layer = new_layer(method == 0 ? LayerKind::max_pool : LayerKind::average_pool);
        layer.inputs = {layer_input(0)};
        layer.shape = entry_->output();
        const Shape& in = input(0).seen;
        if (entry_->param("global", 0, 1, 0) == 1) {
            layer.kernel_h = in.h;
            layer.kernel_w = in.w;
        } else {
            read_window(layer, false);
        }
        layer.shape.c = in.c;
        check_window(entry_->where(), layer, in);
        return add(layer);
    }

    Value read_eltwise() {
        const int type = entry_->param("eletype", 0, 100);
        if (type != 2 && type != 0) entry_->fail("eletype 2 (sum) or 0 (product)", std::to_string(type));
        if (type == 2)
            expect_inputs(2, 64);
        else
            expect_inputs(2, 2);
        TableLayer layer = new_layer(type == 2 ? LayerKind::add : LayerKind::multiply);
        layer.shape = input(0).seen;
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            layer.inputs.push_back(layer_input(i));
            if (!(input(i).seen == layer.shape))
                entry_->fail("inputs of one shape, " + table_shape_text(layer.shape),
                             table_shape_text(input(i).seen));
        }
        return add(layer);
    }

    Value read_concat() {
        expect_inputs(1, SIZE_MAX);
        TableLayer layer = new_layer(LayerKind::concat);
        layer.shape = input(0).seen;
        std::int64_t channels = 0;
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            const Shape& in = input(i).seen;
            layer.inputs.push_back(layer_input(i));
            if (in.h != layer.shape.h || in.w != layer.shape.w)
                entry_->fail("inputs of one height and width, " + table_shape_text(layer.shape),
                             table_shape_text(in));
            channels += in.c;
        }
        if (channels > largest_side)
            entry_->fail("at most " + std::to_string(largest_side) + " channels", std::to_string(channels));
        layer.shape.c = static_cast<int>(channels);
        return add(layer);
    }

    Value read_shuffle() {
        expect_inputs(1, 1);
        TableLayer layer = new_layer(LayerKind::shuffle);
        layer.inputs = {layer_input(0)};
        layer.shape = input(0).seen;
        layer.groups = entry_->param("split_factor", 1, largest_side);
        if (layer.shape.c % layer.groups != 0)
            entry_->fail("a split_factor that divides " + std::to_string(layer.shape.c) + " channels",
                         std::to_string(layer.groups));
        return add(layer);
    }

    Value read_reshape() {
        expect_inputs(1, 1);
        Value value = input(0);
        const Shape out = entry_->output();
        const bool vector = out.h == 1 && out.w == 1;
        if (!(out == value.seen) && !(vector && out.c == value.seen.size()))
            entry_->fail("output_dim " + table_shape_text({static_cast<int>(value.seen.size()), 1, 1}) +
                             ", a vector of all elements",
                         table_shape_text(out));
        value.seen = out;
        return value;
    }

    Value read_relu() {
        if (entry_->operation() == "OP_CLIP") {
            const double low = entry_->param_number("min"), high = entry_->param_number("max");
            if (low != 0 || !(high > 0))
                entry_->fail("OP_CLIP with min 0 and max above 0 (a ReLU)",
                             "min " + std::to_string(low) + ", max " + std::to_string(high));
        }
        return fold_or_pass("", true);
    }

    Value leave_out(const std::string& why) {
        expect_inputs(1, 1);
        table_.folded.push_back(entry_->name() + " (" + entry_->operation() + "): left out, " + why);
        return input(0);
    }

    // Into the layer before, if nothing else reads what is between them.
    Value fold_or_pass(const std::string& why, bool relu) {
        expect_inputs(1, 1);
        TableLayer& before = table_.layers[static_cast<std::size_t>(input(0).layer)];
        const bool requantises = before.kind != LayerKind::image && before.kind != LayerKind::max_pool;
        if (requantises && !input(0).shared && !before.relu &&
            entry_->integer("activation_bits", 1, most_table_bits, before.activation_bits) ==
                before.activation_bits) {
            before.relu = relu;
            table_.folded.push_back(entry_->name() + " (" + entry_->operation() + "): into '" + before.name +
                                    "'" + (why.empty() ? "" : ", " + why));
            return input(0);
        }
        TableLayer layer = new_layer(LayerKind::pass);
        layer.inputs = {layer_input(0)};
        layer.shape = input(0).seen;
        layer.relu = relu;
        return add(layer);
    }

    void finish() {
        if (table_.layers.size() < 2) throw Error(file_ + ": expected layers behind the input, found none");
        std::vector<std::size_t> ends;
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (readers_[i] == 0) ends.push_back(i);
        if (ends.size() != 1)
            entries_[ends[0]].fail("one layer that no other reads, the scores",
                                   "another, '" + entries_[ends[1]].name() + "'");
    }

    std::string file_;
    std::vector<TableEntry> entries_;
    std::map<std::string, std::size_t> by_name_;
    std::vector<int> readers_;
    std::vector<Value> values_;
    LayerTable table_;
    const TableEntry* entry_ = nullptr;
    std::vector<std::size_t> inputs_;
};

Json parse(const std::string& file, const std::string& text) {
    try {
        return Json::parse(text);
    } catch (const Json::exception& error) {
        throw Error(file + ": expected JSON, found: " + error.what());
    }
}

LayerTable read_graph(const std::string& file, const Json& json) {
    const auto it = json.is_object() ? json.find("node_list") : json.end();
    if (!json.is_object() || it == json.end() || !it->is_array())
        throw Error(file + ": expected a JSON object with a list 'node_list', found " +
                    table_value_text(json));
    check_precision_keys(file + ": ", json, {});
    return JsonReader(file, *it).read();
}

}  // namespace

LayerTable read_json_layers(const std::string& file, const std::string& text) {
    const Json json = parse(file, text);
    if (!is_precision_table(json)) return read_graph(file, json);
    const std::string base = base_file(file, json);
    LayerTable table = read_graph(base, parse(base, read_table_text(base)));
    apply_precision(file, json, table);
    return table;
}

}  // namespace pimvp::net
