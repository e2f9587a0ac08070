// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/mapping.h"

#include <algorithm>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"

namespace pimvp::net {

namespace {

int round_up(int value, int step) {
    return (value + step - 1) / step * step;
}

int choose_path(const Node& node, const Machine& machine) {
    if (node.op != Op::conv || !machine.ternary_on_ternary_cells) return 0;
    if (node.weight_type.kind != Kind::ternary) return 0;
    for (std::size_t p = 0; p < machine.paths.size(); ++p)
        if (machine.paths[p].cell == CellKind::ternary && machine.paths[p].macros > 0)
            return static_cast<int>(p);
    return 0;
}

/// Greatest sum of place values of either sign that a field of bits can hold.
struct Places {
    std::int64_t positive, negative;
};
Places places(int bits, bool is_signed) {
    if (!is_signed) return {(std::int64_t{1} << bits) - 1, 0};
    return {(std::int64_t{1} << (bits - 1)) - 1, std::int64_t{1} << (bits - 1)};
}

/// Largest magnitude of a partial sum per row, whatever the cells and inputs hold: the macros insist on it.
/// Of products of either sign both count, since a converter that clips keeps one without the other.
std::int64_t largest_product(CellKind cell, const TensorType& weights, const TensorType& inputs) {
    const Places w = cell == CellKind::ternary
                         ? Places{1, 1}
                         : places(columns_per_filter(cell, weights), weights.kind != Kind::unsigned_integer);
    const Places x = places(inputs.bits, inputs.kind != Kind::unsigned_integer);
    return std::max(w.positive * x.positive + w.negative * x.negative,
                    w.positive * x.negative + w.negative * x.positive);
}

std::vector<Tile> cut_into_tiles(const Graph& graph, int index, const PathGeometry& path) {
    const Node& node = graph.nodes[static_cast<std::size_t>(index)];
    const Tensor& input = graph.tensor(node.inputs[0]);
    const int window = node.kernel_h * node.kernel_w * input.shape.c;
    const int outputs = graph.tensor(node.output).shape.c;
    const int per_filter = columns_per_filter(path.cell, node.weight_type);
    // All results of an access are read in one window.
    constexpr int most_filters = (PIMVP_MACRO_WINDOW_STRIDE - PIMVP_MACRO_RESULT) / 4;
    const int filters_per_tile = std::min(path.columns / per_filter, most_filters);
    // Cell writes come in bytes: a tile's rectangle starts on one.
    const int alignment = path.cell == CellKind::bit ? 8 : 4;
    std::vector<Tile> tiles;
    for (int channel = 0; channel < outputs; channel += filters_per_tile) {
        for (int row = 0; row < window; row += path.rows) {
            Tile tile;
            tile.node = index;
            tile.window_row0 = row;
            tile.rows = std::min(path.rows, window - row);
            tile.channel0 = channel;
            tile.filters = std::min(filters_per_tile, outputs - channel);
            tile.columns = round_up(tile.filters * per_filter, alignment);
            const std::int64_t largest = tile.rows * largest_product(path.cell, node.weight_type, input.type);
            tile.result_bytes = largest <= 32767 ? 2 : 4;
            tiles.push_back(tile);
        }
    }
    return tiles;
}

/// Packs rectangles into one macro by shelves: each shelf is as high as the first tile put on it.
class MacroSpace {
  public:
    MacroSpace(int rows, int columns) : rows_(rows), columns_(columns) {}

    bool place(Tile& tile) {
        if (regions_ >= static_cast<int>(PIMVP_MACRO_REGIONS)) return false;
        for (auto& shelf : shelves_) {
            if (tile.rows > shelf.height || tile.columns > columns_ - shelf.used) continue;
            put(tile, shelf);
            return true;
        }
        if (tile.rows > rows_ - used_rows_ || tile.columns > columns_) return false;
        shelves_.push_back({used_rows_, tile.rows, 0});
        used_rows_ += tile.rows;
        put(tile, shelves_.back());
        return true;
    }

  private:
    struct Shelf {
        int row0, height, used;
    };
    void put(Tile& tile, Shelf& shelf) {
        tile.row0 = shelf.row0;
        tile.column0 = shelf.used;
        tile.region = regions_++;
        shelf.used += tile.columns;
    }
    int rows_, columns_;
    int used_rows_ = 0, regions_ = 0;
    std::vector<Shelf> shelves_;
};

/// Highest tiles first, each into the first macro that has room and no tile of the same layer, so that a
/// layer's tiles work in parallel; sharing a macro with a sister tile is the last resort.
bool pack(std::vector<Tile*> tiles, const PathGeometry& path, int first_macro, int macros) {
    std::stable_sort(tiles.begin(), tiles.end(), [](const Tile* a, const Tile* b) {
        return a->rows != b->rows ? a->rows > b->rows : a->columns > b->columns;
    });
    std::vector<MacroSpace> spaces(static_cast<std::size_t>(macros), MacroSpace(path.rows, path.columns));
    std::vector<std::vector<int>> layers(static_cast<std::size_t>(macros));
    for (Tile* tile : tiles) {
        bool placed = false;
        for (const bool alone : {true, false}) {
            for (int m = 0; m < macros && !placed; ++m) {
                auto& present = layers[static_cast<std::size_t>(m)];
                if (alone && std::count(present.begin(), present.end(), tile->node) > 0) continue;
                if (!spaces[static_cast<std::size_t>(m)].place(*tile)) continue;
                tile->macro = first_macro + m;
                present.push_back(tile->node);
                placed = true;
            }
            if (placed) break;
        }
        if (!placed) return false;
    }
    return true;
}

std::vector<Tile*> pointers(std::vector<Tile>& tiles) {
    std::vector<Tile*> result;
    result.reserve(tiles.size());
    for (auto& tile : tiles) result.push_back(&tile);
    return result;
}

/// Not all weights fit: the last `pool` macros are loaded anew for each layer that streams through them, the
/// others keep as many layers as they hold. Chooses the pool that reloads the fewest bits.
void place_with_reload(const Graph& graph, Mapping& mapping, const std::vector<int>& layers,
                       const PathGeometry& path) {
    std::int64_t best = -1;
    Mapping best_mapping;
    for (int pool = 1; pool <= path.macros; ++pool) {
        Mapping trial = mapping;
        std::vector<int> kept;
        std::int64_t reloaded = 0;
        bool possible = true;
        for (const int index : layers) {
            auto candidate = kept;
            candidate.push_back(index);
            std::vector<Tile*> tiles;
            for (const int k : candidate)
                for (auto& tile : trial.nodes[static_cast<std::size_t>(k)].tiles) tiles.push_back(&tile);
            if (path.macros > pool && pack(tiles, path, 0, path.macros - pool)) {
                kept = candidate;
                continue;
            }
            auto& node = trial.nodes[static_cast<std::size_t>(index)];
            node.resident = false;
            reloaded += node.weight_cells;
            possible = possible && pack(pointers(node.tiles), path, path.macros - pool, pool);
        }
        if (!possible || (best >= 0 && reloaded >= best)) continue;
        std::vector<Tile*> tiles;
        for (const int k : kept)
            for (auto& tile : trial.nodes[static_cast<std::size_t>(k)].tiles) tiles.push_back(&tile);
        if (!tiles.empty()) pack(tiles, path, 0, path.macros - pool);
        best = reloaded;
        best_mapping = trial;
    }
    if (best < 0) {
        const auto largest = *std::max_element(layers.begin(), layers.end(), [&](int a, int b) {
            return mapping.nodes[static_cast<std::size_t>(a)].weight_cells <
                   mapping.nodes[static_cast<std::size_t>(b)].weight_cells;
        });
        const auto& node = mapping.nodes[static_cast<std::size_t>(largest)];
        throw Error(
            "network " + graph.name + ": layer " + graph.nodes[static_cast<std::size_t>(largest)].name +
            " needs " + std::to_string(node.weight_cells) + " cells in " + std::to_string(node.tiles.size()) +
            " tiles at once, path " + path.name + " has " + std::to_string(path.macros) + " macros of " +
            std::to_string(path.rows) + " x " + std::to_string(path.columns) + " cells");
    }
    mapping = best_mapping;
    mapping.reloaded_bits += best * (path.cell == CellKind::bit ? 1 : 2);
}

void place_path(const Graph& graph, Mapping& mapping, int p, const PathGeometry& path) {
    std::vector<int> layers;
    std::vector<Tile*> tiles;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        auto& node = mapping.nodes[n];
        if (node.path != p || graph.nodes[n].op != Op::conv) continue;
        layers.push_back(static_cast<int>(n));
        for (auto& tile : node.tiles) tiles.push_back(&tile);
    }
    if (layers.empty()) return;
    if (!pack(tiles, path, 0, path.macros)) place_with_reload(graph, mapping, layers, path);
}

}  // namespace

int columns_per_filter(CellKind cell, const TensorType& weights) {
    if (cell == CellKind::ternary) return 1;
    return weights.kind == Kind::ternary || weights.kind == Kind::bipolar ? 2 : weights.bits;
}

Mapping map_network(const Graph& graph, const Machine& machine) {
    Mapping mapping;
    mapping.nodes.resize(graph.nodes.size());
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const Node& node = graph.nodes[n];
        auto& mapped = mapping.nodes[n];
        mapped.path = choose_path(node, machine);
        if (node.op != Op::conv) continue;
        const auto& path = machine.paths[static_cast<std::size_t>(mapped.path)];
        const auto& input = graph.tensor(node.inputs[0]);
        if (node.groups != 1)
            throw Error("network " + graph.name + ": layer " + node.name + " has " +
                        std::to_string(node.groups) + " groups; the arrays take dense convolutions only");
        if (input.type.bits > 8)
            throw Error("network " + graph.name + ": layer " + node.name + " has " +
                        std::to_string(input.type.bits) + "-bit inputs; the arrays take 1 to 8 bits");
        if (path.cell == CellKind::ternary && node.weight_type.kind != Kind::ternary &&
            node.weight_type.kind != Kind::bipolar)
            throw Error("network " + graph.name + ": layer " + node.name + " has " +
                        std::to_string(node.weight_type.bits) + "-bit weights, path " + path.name +
                        " stores ternary ones only");
        if (columns_per_filter(path.cell, node.weight_type) > path.columns)
            throw Error("network " + graph.name + ": layer " + node.name +
                        ": one filter is wider than an array of path " + path.name);
        mapped.tiles = cut_into_tiles(graph, static_cast<int>(n), path);
        for (const auto& tile : mapped.tiles)
            mapped.weight_cells +=
                std::int64_t{tile.rows} * tile.filters * columns_per_filter(path.cell, node.weight_type);
        mapped.utilisation = static_cast<double>(mapped.weight_cells) /
                             (static_cast<double>(mapped.tiles.size()) * path.rows * path.columns);
    }
    mapping.cells_in_use.resize(machine.paths.size());
    for (std::size_t p = 0; p < machine.paths.size(); ++p) {
        const auto& path = machine.paths[p];
        place_path(graph, mapping, static_cast<int>(p), path);
        auto& used = mapping.cells_in_use[p];
        used.assign(static_cast<std::size_t>(path.macros), 0);
        std::vector<std::int64_t> streamed(used.size(), 0);
        for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
            const auto& node = mapping.nodes[n];
            if (node.path != static_cast<int>(p)) continue;
            std::vector<std::int64_t> layer(used.size(), 0);
            for (const auto& tile : node.tiles)
                layer[static_cast<std::size_t>(tile.macro)] +=
                    std::int64_t{tile.rows} * tile.filters *
                    columns_per_filter(path.cell, graph.nodes[n].weight_type);
            for (std::size_t m = 0; m < used.size(); ++m) {
                if (node.resident)
                    used[m] += layer[m];
                else
                    streamed[m] = std::max(streamed[m], layer[m]);
            }
        }
        for (std::size_t m = 0; m < used.size(); ++m) used[m] += streamed[m];
    }
    return mapping;
}

}  // namespace pimvp::net
