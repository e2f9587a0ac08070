// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows say what each layer reads, not where it comes from. The graph is the one whose shapes say the same:
// nothing is cut, filled up or repeated to make rows fit.
#include "networks/layer_table_csv.h"

#include <algorithm>
#include <map>

#include "modules/core/error.h"
#include "networks/layer_table.h"

namespace pimvp::net {
namespace {

using LayerKind = TableLayer::Kind;

/// Zeros around an input so that the output has ceil(input / stride) elements, the odd one at the end.
void pad_to_same(TableLayer& layer, const Shape& in) {
    const auto both = [](int size, int kernel, int stride) {
        const std::int64_t out = (std::int64_t{size} + stride - 1) / stride;
        return static_cast<int>(std::max<std::int64_t>((out - 1) * stride + kernel - size, 0));
    };
    const int h = both(in.h, layer.kernel_h, layer.stride_h), w = both(in.w, layer.kernel_w, layer.stride_w);
    layer.pad_top = h / 2;
    layer.pad_bottom = h - h / 2;
    layer.pad_left = w / 2;
    layer.pad_right = w - w / 2;
}

/// What may stand between an output and the input of the row that reads it.
struct Adaptation {
    enum class Kind { none, flatten, max_pool, global_average } kind = Kind::none;
    int kernel = 1, pad = 0;
    std::string text;
};

const std::vector<Adaptation>& adaptations() {
    static const std::vector<Adaptation> all = {
        {Adaptation::Kind::none, 1, 0, ""},
        {Adaptation::Kind::flatten, 1, 0, "flattened"},
        {Adaptation::Kind::max_pool, 2, 0, "max pool 2x2 /2"},
        {Adaptation::Kind::max_pool, 3, 0, "max pool 3x3 /2"},
        {Adaptation::Kind::max_pool, 3, 1, "max pool 3x3 /2 padded"},
        {Adaptation::Kind::global_average, 1, 0, "global average pool"},
    };
    return all;
}

TableLayer pool_layer(const Adaptation& adaptation, const Shape& from) {
    TableLayer pool;
    pool.shape.c = from.c;
    if (adaptation.kind == Adaptation::Kind::global_average) {
        pool.kind = LayerKind::average_pool;
        pool.kernel_h = from.h;
        pool.kernel_w = from.w;
    } else {
        pool.kind = LayerKind::max_pool;
        pool.kernel_h = pool.kernel_w = adaptation.kernel;
        pool.stride_h = pool.stride_w = 2;
        pool.pad_top = pool.pad_left = pool.pad_bottom = pool.pad_right = adaptation.pad;
    }
    pool.shape = window_output(pool, from);
    return pool;
}

bool fits(const Adaptation& adaptation, const Shape& from, const TableRow& row) {
    const Shape to{row.channels, row.height, row.width};
    switch (adaptation.kind) {
        case Adaptation::Kind::none:
            return from == to;
        case Adaptation::Kind::flatten:
            return to.h == 1 && to.w == 1 && row.filter_h == 1 && row.filter_w == 1 && from.size() == to.c;
        case Adaptation::Kind::global_average:
            return to == Shape{from.c, 1, 1};
        case Adaptation::Kind::max_pool:
            break;
    }
    return pool_layer(adaptation, from).shape == to;
}

class ChainBuilder {
  public:
    explicit ChainBuilder(const TableRows& rows) : rows_(rows.rows) {
        const TableRow& first = rows_.front();
        TableLayer image;
        image.name = "image";
        image.shape = {first.channels, first.height, first.width};
        add(image, {});
        if (!rows.ignored_columns.empty()) note("columns left out: " + rows.ignored_columns);
        note("ReLU behind every layer but the last: a table names none");
    }

    LayerTable build() {
        add_row(rows_.front(), 0);
        for (std::size_t i = 1; i < rows_.size(); ++i) add_row(rows_[i], find_input(rows_[i]));
        const auto last = static_cast<int>(table_.layers.size()) - 1;
        for (int i = 0; i < last; ++i) {
            const State& state = states_[static_cast<std::size_t>(i)];
            if (!state.read)
                throw Error(state.where + "expected a row behind it that reads its output " + shapes_text(i) +
                            ", found none");
        }
        const std::vector<TablePadding> open = states_.back().open;
        if (!open.empty())
            settle(last, open.size() == 1 || !same_before_ ? open.front() : TablePadding::same);
        table_.layers.back().relu = false;
        return std::move(table_);
    }

  private:
    struct State {
        std::vector<TablePadding> open;  // paddings that are still possible; empty: settled
        bool read = false;
        std::string where;
    };

    void note(const std::string& text) { table_.folded.push_back(text); }
    TableLayer& layer(int i) { return table_.layers[static_cast<std::size_t>(i)]; }
    State& state(int i) { return states_[static_cast<std::size_t>(i)]; }

    int add(const TableLayer& layer, const State& state) {
        table_.layers.push_back(layer);
        states_.push_back(state);
        return static_cast<int>(table_.layers.size()) - 1;
    }

    Shape shape_if(int i, TablePadding padding) {
        if (state(i).open.empty()) return layer(i).shape;
        TableLayer padded = layer(i);
        if (padding == TablePadding::same) pad_to_same(padded, layer(padded.inputs[0]).shape);
        return window_output(padded, layer(padded.inputs[0]).shape);
    }

    bool possible(int i, TablePadding padding) {
        const std::vector<TablePadding>& open = state(i).open;
        return open.empty() || std::count(open.begin(), open.end(), padding) > 0;
    }

    std::string shapes_text(int i) {
        std::string text = table_shape_text(shape_if(i, TablePadding::valid));
        if (!possible(i, TablePadding::valid)) return table_shape_text(shape_if(i, TablePadding::same));
        const std::string other = table_shape_text(shape_if(i, TablePadding::same));
        if (possible(i, TablePadding::same) && other != text) text += " or " + other;
        return text;
    }

    void settle(int i, TablePadding padding) {
        if (state(i).open.empty()) return;
        const bool matters = !(shape_if(i, TablePadding::same) == shape_if(i, TablePadding::valid));
        layer(i).shape = shape_if(i, padding);
        if (padding == TablePadding::same && matters) {
            pad_to_same(layer(i), layer(layer(i).inputs[0]).shape);
            note("'" + layer(i).name + "' padded to " + table_shape_text(layer(i).shape));
        }
        if (matters) same_before_ = padding == TablePadding::same;
        state(i).open.clear();
    }

    /// Padding of outputs of one shape, and what stands behind them, that make the row's input.
    struct Choice {
        bool found = false;
        TablePadding padding = TablePadding::valid;
        Adaptation adaptation;
    };

    Choice choose(const std::vector<int>& layers, const TableRow& row) {
        for (const Adaptation& adaptation : adaptations()) {
            // A global average fits any size: its input is padded like the rows before.
            const bool same_first = adaptation.kind == Adaptation::Kind::global_average && same_before_;
            for (const TablePadding padding : {same_first ? TablePadding::same : TablePadding::valid,
                                               same_first ? TablePadding::valid : TablePadding::same}) {
                bool good = true;
                for (const int i : layers)
                    good =
                        good && possible(i, padding) && shape_if(i, padding) == shape_if(layers[0], padding);
                if (good && fits(adaptation, shape_if(layers[0], padding), row))
                    return {true, padding, adaptation};
            }
        }
        return {};
    }

    int find_input(const TableRow& row) {
        std::vector<int> unread;
        for (int i = 1; i < static_cast<int>(states_.size()); ++i)
            if (!state(i).read) unread.push_back(i);
        if (unread.size() > 1 && unread.size() <= most_joined) {
            const Choice choice = choose(unread, row);
            if (choice.found) return adapt(sum_of(unread, choice.padding, row), choice, row);
        }
        const auto last = static_cast<int>(table_.layers.size()) - 1;
        for (int i = last; i > 0; --i) {
            const Choice choice = choose({i}, row);
            if (!choice.found) continue;
            settle(i, choice.padding);
            if (i != last)
                note("'" + row.name + "' reads '" + layer(i).name + "': the row before does not fit");
            return adapt(i, choice, row);
        }
        throw Error(row.where + "expected input " + table_shape_text({row.channels, row.height, row.width}) +
                    ", as its row says, found " + shapes_text(last) + " from '" + layer(last).name +
                    "' before it, and no earlier output that fits; a table joins branches by sums only");
    }

    int sum_of(const std::vector<int>& layers, TablePadding padding, const TableRow& row) {
        TableLayer sum;
        sum.kind = LayerKind::add;
        sum.inputs = layers;
        sum.relu = true;
        std::string names;
        for (const int i : layers) {
            settle(i, padding);
            state(i).read = true;
            // What is summed keeps its sign until the sum.
            if (layer(i).kind == LayerKind::conv) layer(i).relu = false;
            names += (names.empty() ? "'" : ", '") + layer(i).name + "'";
        }
        sum.shape = layer(layers[0]).shape;
        sum.name = "sum before " + row.name;
        note("'" + row.name + "' reads the sum of " + names + ", which no row before it reads");
        return add(sum, {{}, false, row.where});
    }

    int adapt(int from, const Choice& choice, const TableRow& row) {
        state(from).read = true;
        const Adaptation& adaptation = choice.adaptation;
        if (adaptation.kind == Adaptation::Kind::none) return from;
        if (adaptation.kind == Adaptation::Kind::flatten) {
            note("'" + layer(from).name + "' flattened for '" + row.name + "'");
            return from;
        }
        const auto known = pools_.find({from, adaptation.text});
        if (known != pools_.end()) return known->second;
        TableLayer pool = pool_layer(adaptation, layer(from).shape);
        pool.name = adaptation.text + " behind " + layer(from).name;
        pool.inputs = {from};
        note(adaptation.text + " between '" + layer(from).name + "' and '" + row.name +
             "', from their shapes");
        const int index = add(pool, {{}, true, row.where});
        pools_[{from, adaptation.text}] = index;
        return index;
    }

    void add_row(const TableRow& row, int from) {
        state(from).read = true;
        TableLayer conv;
        conv.kind = LayerKind::conv;
        conv.name = row.name;
        conv.inputs = {from};
        conv.relu = true;
        conv.stride_h = conv.stride_w = row.stride;
        conv.kernel_h = row.filter_h;
        conv.kernel_w = row.filter_w;
        conv.weight_bits = row.weight_bits;
        conv.activation_bits = row.activation_bits;
        conv.shape = {row.filters, 0, 0};
        conv.groups = row.groups > 0 ? row.groups : 1;
        const auto next = static_cast<std::size_t>(&row - rows_.data()) + 1;
        const bool depthwise = row.groups == 0 && row.filters == 1 && row.channels > 1 &&
                               next < rows_.size() && rows_[next].channels == row.channels;
        if (depthwise) {
            conv.groups = row.channels;
            conv.shape.c = row.channels;
            note("'" + row.name + "' is depthwise: one filter on " + std::to_string(row.channels) +
                 " channels, and the next row reads as many");
        }
        const Shape in = layer(from).shape;
        if (!(in == Shape{row.channels, row.height, row.width}) && in.size() == row.channels) {
            conv.kernel_h = in.h;
            conv.kernel_w = in.w;
        }
        if (in.c % conv.groups != 0 || conv.shape.c % conv.groups != 0)
            throw Error(row.where + "expected groups that divide " + std::to_string(in.c) + " channels and " +
                        std::to_string(conv.shape.c) + " filters, found " + std::to_string(conv.groups));
        State state{{TablePadding::valid, TablePadding::same}, false, row.where};
        if (row.padding) state.open = {*row.padding};
        const Shape valid = window_output(conv, in);
        if (valid.h == 0 || valid.w == 0) {
            if (row.padding == TablePadding::valid)
                throw Error(row.where + "expected a filter that fits the input " + table_shape_text(in) +
                            " without padding, found " + std::to_string(conv.kernel_h) + "x" +
                            std::to_string(conv.kernel_w));
            state.open = {TablePadding::same};
        }
        add(conv, state);
    }

    static constexpr std::size_t most_joined = 64;

    const std::vector<TableRow>& rows_;
    LayerTable table_;
    std::vector<State> states_;  // by layer
    std::map<std::pair<int, std::string>, int> pools_;
    bool same_before_ = false;
};

}  // namespace

LayerTable read_csv_layers(const std::string& file, const std::string& text) {
    return ChainBuilder(read_table_rows(file, text)).build();
}

}  // namespace pimvp::net
