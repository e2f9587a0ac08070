// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/mapping.h"

#include <algorithm>
#include <climits>
#include <map>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"
#include "networks/tiling.h"
#include "networks/weight_slices.h"

namespace pimvp::net {

namespace {

int choose_path(const Node& node, const Machine& machine) {
    if (node.op != Op::conv || !machine.ternary_on_ternary_cells) return 0;
    if (node.weight_type.kind != Kind::ternary) return 0;
    for (std::size_t p = 0; p < machine.paths.size(); ++p)
        if (machine.paths[p].cell == CellKind::ternary && machine.paths[p].macros > 0)
            return static_cast<int>(p);
    return 0;
}

/// Packs rectangles into one macro by shelves: each shelf is as high as the first tile put on it.
class MacroSpace {
  public:
    explicit MacroSpace(const PathGeometry& path)
        : cell_(path.cell),
          rows_(path.rows - path.reserved_rows),
          columns_(path.columns),
          step_(path.cell == CellKind::slot ? path.group : 1) {}

    bool has_room(const Tile& tile) const {
        if (regions_ >= static_cast<int>(PIMVP_MACRO_REGIONS)) return false;
        return shelf_for(tile) < shelves_.size() ||
               (height(tile) <= rows_ - used_rows_ && tile.columns <= columns_);
    }
    /// There has to be room.
    void place(Tile& tile) {
        const auto index = shelf_for(tile);
        if (index == shelves_.size()) {
            shelves_.push_back({used_rows_, height(tile), 0});
            used_rows_ += shelves_.back().height;
        }
        Shelf& shelf = shelves_[index];
        tile.row0 = shelf.row0;
        tile.column0 = shelf.used;
        tile.region = regions_++;
        shelf.used += tile.columns;
        work_[tile.node] += cell_ == CellKind::row || cell_ == CellKind::slot ? wordlines(tile, cell_) : 0;
    }
    /// How much later tiles of the layer here would be done than elsewhere: row operations follow each other,
    /// and groups of rows.
    int delay(int node) const {
        const auto found = work_.find(node);
        return found == work_.end() ? 0 : 1 + found->second;
    }

  private:
    struct Shelf {
        int row0, height, used;
    };
    int height(const Tile& tile) const { return (wordlines(tile, cell_) + step_ - 1) / step_ * step_; }
    std::size_t shelf_for(const Tile& tile) const {
        std::size_t index = 0;
        while (index < shelves_.size() && (wordlines(tile, cell_) > shelves_[index].height ||
                                           tile.columns > columns_ - shelves_[index].used))
            ++index;
        return index;
    }
    CellKind cell_;
    int rows_, columns_, step_;
    int used_rows_ = 0, regions_ = 0;
    std::map<int, int> work_;  // by layer
    std::vector<Shelf> shelves_;
};

/// Highest tiles first, each into the first macro that has room and no tile of the same layer, so that a
/// layer's tiles work in parallel; sharing a macro with sister tiles is the last resort.
bool pack(std::vector<Tile*> tiles, const PathGeometry& path, int first_macro, int macros) {
    std::stable_sort(tiles.begin(), tiles.end(), [&](const Tile* a, const Tile* b) {
        const int height_a = wordlines(*a, path.cell), height_b = wordlines(*b, path.cell);
        return height_a != height_b ? height_a > height_b : a->columns > b->columns;
    });
    std::vector<MacroSpace> spaces(static_cast<std::size_t>(macros), MacroSpace(path));
    for (Tile* tile : tiles) {
        MacroSpace* best = nullptr;
        int least = INT_MAX;
        for (auto& space : spaces) {
            const int delay = space.delay(tile->node);
            if (delay >= least || !space.has_room(*tile)) continue;
            best = &space;
            least = delay;
            if (delay == 0) break;
        }
        if (best == nullptr) return false;
        best->place(*tile);
        tile->macro = first_macro + static_cast<int>(best - spaces.data());
    }
    return true;
}

std::int64_t cells_of(const PathGeometry& path) {
    return path.macros * path.weight_cells();
}

void set_cut(NodeMapping& node, Cut cut, bool resident) {
    node.tiles = std::move(cut.tiles);
    node.passes = std::move(cut.passes);
    node.channels = std::move(cut.channels);
    node.resident = resident;
}

std::vector<Tile*> tiles_of(Mapping& mapping, const std::vector<int>& layers) {
    std::vector<Tile*> result;
    for (const int index : layers)
        for (auto& tile : mapping.nodes[static_cast<std::size_t>(index)].tiles) result.push_back(&tile);
    return result;
}

/// Loads the tiles of each pass into the pool, macro by macro.
void place_passes(NodeMapping& node, int first_macro) {
    for (const auto& pass : node.passes) {
        for (int t = pass.first_tile; t < pass.first_tile + pass.tiles; ++t) {
            auto& tile = node.tiles[static_cast<std::size_t>(t)];
            tile.macro = first_macro + t - pass.first_tile;
            tile.row0 = tile.column0 = tile.region = 0;
        }
    }
}

/// Not all weights fit: the last `pool` macros are loaded anew, pass by pass, for the layers that stream
/// through them; the others keep as many layers as they hold. Chooses the pool with the lowest estimate of
/// time.
void place_with_reload(const Graph& graph, Mapping& mapping, const std::vector<int>& layers,
                       const PathGeometry& path) {
    double best = -1;
    Mapping best_mapping;
    // Of many macros, one more or less makes no difference that is worth a search.
    const int step = std::max(1, path.macros / 128);
    for (int pool = 1 + (path.macros - 1) % step; pool <= path.macros; pool += step) {
        Mapping trial = mapping;
        std::vector<int> kept;
        std::int64_t kept_cells = 0;
        double cycles = 0;
        bool possible = true;
        for (const int index : layers) {
            auto& node = trial.nodes[static_cast<std::size_t>(index)];
            auto candidate = kept;
            candidate.push_back(index);
            const auto room = path.weight_cells() * (path.macros - pool) - kept_cells;
            if (node.weight_cells <= room && pack(tiles_of(trial, candidate), path, 0, path.macros - pool)) {
                kept = candidate;
                kept_cells += node.weight_cells;
                continue;
            }
            auto cut = try_to_cut_layer(graph, index, path, pool);
            possible = cut.has_value();
            if (!possible) break;
            cycles += cut->cycles;
            set_cut(node, std::move(*cut), false);
            place_passes(node, path.macros - pool);
            if (best >= 0 && cycles >= best) break;
        }
        if (!possible || (best >= 0 && cycles >= best)) continue;
        if (!kept.empty()) pack(tiles_of(trial, kept), path, 0, path.macros - pool);
        best = cycles;
        best_mapping = std::move(trial);
    }
    if (best < 0)
        for (const int index : layers) cut_layer(graph, index, path, path.macros);  // says which and why
    mapping = std::move(best_mapping);
    for (const int index : layers) {
        const auto& node = mapping.nodes[static_cast<std::size_t>(index)];
        if (!node.resident)
            mapping.reloaded_bits += node.weight_cells * stored_bits(path.cell, path.cell_bits);
    }
}

void place_path(const Graph& graph, Mapping& mapping, int p, const PathGeometry& path) {
    std::vector<int> layers;
    std::int64_t cells = 0;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const auto& node = mapping.nodes[n];
        if (node.path != p || graph.nodes[n].op != Op::conv) continue;
        layers.push_back(static_cast<int>(n));
        cells += node.weight_cells;
    }
    if (layers.empty()) return;
    const bool fits = cells <= cells_of(path) && pack(tiles_of(mapping, layers), path, 0, path.macros);
    if (!fits) place_with_reload(graph, mapping, layers, path);
}

/// Cells that hold weights, by macro: of resident layers together, of a streamed layer's fullest pass.
std::vector<std::int64_t> count_cells(const Graph& graph, const Mapping& mapping, int p,
                                      const PathGeometry& path) {
    std::vector<std::int64_t> used(static_cast<std::size_t>(path.macros), 0), streamed(used.size(), 0);
    for (const auto& node : mapping.nodes) {
        if (node.path != p) continue;
        for (const auto& tile : node.tiles) {
            const auto m = static_cast<std::size_t>(tile.macro);
            const auto cells = weight_cells(graph, tile, path.cell, path.cell_bits);
            if (node.resident)
                used[m] += cells;
            else
                streamed[m] = std::max(streamed[m], cells);
        }
    }
    for (std::size_t m = 0; m < used.size(); ++m) used[m] += streamed[m];
    return used;
}

/// Gives every tile that has a list its place in the path's index memory.
std::vector<std::uint8_t> place_index(const Graph& graph, Mapping& mapping, int p, const PathGeometry& path) {
    std::vector<std::uint8_t> index;
    for (std::size_t n = 0; n < mapping.nodes.size(); ++n) {
        auto& mapped = mapping.nodes[n];
        if (mapped.path != p) continue;
        const Node& node = graph.nodes[n];
        for (auto& tile : mapped.tiles) {
            if (!tile.slots || !tile.kept) continue;
            const int bits = index_bits(node.kernel_h * node.kernel_w * tile.run, path.group);
            const auto codes = index_codes(*tile.kept, tile.element0, tile.rows, path.group, bits);
            tile.index = static_cast<std::int64_t>(index.size());
            index.insert(index.end(), codes.begin(), codes.end());
        }
    }
    if (static_cast<std::int64_t>(index.size()) > path.index_bytes)
        throw Error("network " + graph.name + " needs an index memory of " + std::to_string(index.size()) +
                    " bytes, path " + path.name + " has " + std::to_string(path.index_bytes) +
                    " (index_memory.bytes)");
    return index;
}

void check_layer(const Graph& graph, const Node& node, const PathGeometry& path, bool whole_byte_pixels) {
    const auto& input = graph.tensor(node.inputs[0]);
    const std::string where = "network " + graph.name + ": layer " + node.name;
    if (input.type.bits > 8)
        throw Error(where + " has " + std::to_string(input.type.bits) +
                    "-bit inputs; the arrays take 1 to 8 bits");
    if (path.macros == 0) throw Error(where + " needs an array, path " + path.name + " has none");
    const auto& output = graph.tensor(node.output);
    const int pixel_bits = output.shape.c * element_bits(output.type);
    if (whole_byte_pixels && pixel_bits % 8 != 0)
        throw Error(where + " has " + std::to_string(output.shape.c) + " output channels of " +
                    std::to_string(element_bits(output.type)) +
                    " bits: expected pixels of whole bytes, found " + std::to_string(pixel_bits) + " bits");
    if (path.cell == CellKind::ternary && node.weight_type.kind != Kind::ternary &&
        node.weight_type.kind != Kind::bipolar)
        throw Error(where + " has " + std::to_string(node.weight_type.bits) + "-bit weights, path " +
                    path.name + " stores ternary ones only");
}

double share(std::int64_t cells, std::size_t tiles, const PathGeometry& path) {
    return static_cast<double>(cells) /
           (static_cast<double>(tiles) * static_cast<double>(path.weight_cells()));
}

/// Share of the arrays' cells that would hold weights if the layer were stored as a dense one.
double dense_utilisation(const Graph& graph, int index, const PathGeometry& path, std::int64_t cells) {
    Graph dense;
    const Node& node = graph.nodes[static_cast<std::size_t>(index)];
    dense.name = graph.name;
    dense.tensors = {graph.tensor(node.inputs[0]), graph.tensor(node.output)};
    dense.nodes = {node};
    dense.nodes[0].weights.push_back(0);  // for those beside the diagonal
    dense.nodes[0].inputs = {0};
    dense.nodes[0].output = 1;
    dense.nodes[0].groups = 1;
    // Tiles only: how the commands would read the layer is another matter.
    PathGeometry unlimited = path;
    unlimited.line_buffer_bytes = unlimited.post_channels = unlimited.post_row_bytes = INT_MAX;
    unlimited.mask_bits = unlimited.index_bytes = 0;  // the weights are still those of a grouped layer
    const auto tiles = cut_layer(dense, 0, unlimited, INT_MAX).tiles.size();
    return share(cells, tiles, path);
}

}  // namespace

Mapping map_network(const Graph& graph, const Machine& machine) {
    Mapping mapping;
    mapping.nodes.resize(graph.nodes.size());
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const Node& node = graph.nodes[n];
        auto& mapped = mapping.nodes[n];
        mapped.path = choose_path(node, machine);
        if (node.op != Op::conv) continue;
        const auto& path = machine.paths[static_cast<std::size_t>(mapped.path)];
        check_layer(graph, node, path, machine.whole_byte_pixels);
        set_cut(mapped, cut_layer(graph, static_cast<int>(n), path, INT_MAX), true);
        for (const auto& tile : mapped.tiles)
            mapped.weight_cells += weight_cells(graph, tile, path.cell, path.cell_bits);
        mapped.utilisation = share(mapped.weight_cells, mapped.tiles.size(), path);
        mapped.dense_utilisation =
            node.groups == 1 ? mapped.utilisation
                             : dense_utilisation(graph, static_cast<int>(n), path, mapped.weight_cells);
    }
    for (std::size_t p = 0; p < machine.paths.size(); ++p) {
        place_path(graph, mapping, static_cast<int>(p), machine.paths[p]);
        mapping.index.push_back(place_index(graph, mapping, static_cast<int>(p), machine.paths[p]));
        mapping.cells_in_use.push_back(count_cells(graph, mapping, static_cast<int>(p), machine.paths[p]));
    }
    return mapping;
}

}  // namespace pimvp::net
