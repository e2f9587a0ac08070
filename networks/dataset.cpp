// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/dataset.h"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "modules/core/error.h"

namespace pimvp::net {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t comma = text.find(',', begin);
        parts.push_back(text.substr(begin, comma - begin));
        if (comma == std::string::npos) return parts;
        begin = comma + 1;
    }
}

// A folder of the command line is the only one: other data than what was asked for must not slip in. It may
// be the set itself; $PIMVP_DATA holds some of several sets, some of which have the same file names, and what
// a package installed comes after it.
std::vector<fs::path> folders(const std::vector<std::string>& names, const std::string& data_dir) {
    std::vector<fs::path> result;
    const auto add_under = [&](const fs::path& root) {
        for (const std::string& name : names) {
            result.push_back(root / name);
            result.push_back(root / "datasets" / name);
        }
    };
    if (!data_dir.empty()) {
        add_under(data_dir);
        result.emplace_back(data_dir);
        return result;
    }
    const char* environment = std::getenv("PIMVP_DATA");
    if (environment != nullptr && *environment != '\0') {
        std::error_code code;
        if (!fs::is_directory(environment, code))
            throw Error("PIMVP_DATA: expected a folder of data sets, found '" + std::string(environment) +
                        "', which is none");
        add_under(environment);
    }
    for (const std::string& name : names) result.push_back(fs::path("/usr/share/datasets") / name);
    for (const std::string& name : names) result.push_back(fs::path("../shared/data/datasets") / name);
    return result;
}

std::optional<std::string> find_file(const fs::path& folder, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        for (const char* ending : {"", ".gz", ".xz"}) {
            const fs::path path = folder / (name + ending);
            std::error_code code;
            if (fs::is_regular_file(path, code)) return path.string();
        }
    }
    return std::nullopt;
}

[[noreturn]] void throw_not_found(const std::string& name, const std::string& file,
                                  const std::vector<fs::path>& looked_in, const std::string& advice) {
    std::string message = "data set " + name + ": expected " + file + " (or .gz, .xz), looked in";
    for (const fs::path& folder : looked_in) message += "\n  " + folder.string();
    throw Error(message + "\n" + advice);
}

/// Where a set may be, and which of its files are in the first folder that has any.
struct Search {
    std::vector<fs::path> looked_in;
    std::vector<std::string> files;
    std::string expected;
};

Search search_idx(const std::string& name, const std::string& data_dir, Split split) {
    const std::string prefix = split == Split::test ? "t10k" : "train";
    const auto spellings = [&](const std::string& what) {
        return std::vector<std::string>{prefix + "-" + what + "-ubyte",
                                        prefix + "-" + what.substr(0, 6) + "." + what.substr(7) + "-ubyte"};
    };
    const std::vector<std::string> images = spellings("images-idx3"), labels = spellings("labels-idx1");
    Search search{folders({name}, data_dir), {}, images.front()};
    for (const fs::path& folder : search.looked_in) {
        const std::optional<std::string> image_file = find_file(folder, images);
        if (!image_file) continue;
        const std::optional<std::string> label_file = find_file(folder, labels);
        if (!label_file) {
            throw Error("data set " + name + ": expected " + labels.front() + " (or .gz, .xz) beside " +
                        *image_file + ", found no such file");
        }
        search.files = {*image_file, *label_file};
        break;
    }
    return search;
}

std::vector<std::string> find_cifar10(const fs::path& folder, Split split) {
    if (split == Split::test) {
        const std::optional<std::string> file = find_file(folder, {"test_batch.bin", "test_1000.bin"});
        return file ? std::vector<std::string>{*file} : std::vector<std::string>{};
    }
    std::vector<std::string> batches;
    for (int i = 1; i <= 5; ++i) {
        const std::optional<std::string> file =
            find_file(folder, {"data_batch_" + std::to_string(i) + ".bin"});
        if (!file) break;
        batches.push_back(*file);
    }
    if (batches.size() == 5) return batches;
    const std::optional<std::string> excerpt = find_file(folder, {"train_4000.bin"});
    return excerpt ? std::vector<std::string>{*excerpt} : std::vector<std::string>{};
}

Search search_cifar10(const std::string& data_dir, Split split) {
    Search search{folders({"cifar10", "cifar-10-batches-bin", "cifar10-lossless"}, data_dir),
                  {},
                  split == Split::test ? "test_batch.bin" : "data_batch_1.bin .. data_batch_5.bin"};
    for (const fs::path& folder : search.looked_in) {
        search.files = find_cifar10(folder, split);
        if (!search.files.empty()) break;
    }
    return search;
}

Search search_named(const std::string& name, const std::string& data_dir, Split split) {
    return name == "cifar10" ? search_cifar10(data_dir, split) : search_idx(name, data_dir, split);
}

Dataset load_named(const std::string& name, const std::string& data_dir, Split split) {
    const Search search = search_named(name, data_dir, split);
    if (search.files.empty()) {
        throw_not_found(name, search.expected, search.looked_in,
                        name == "fashion-mnist" ? "Debian's package dataset-fashion-mnist installs it."
                        : name == "cifar10"
                            ? "Name the folder of CIFAR-10's binary version with --data-dir or $PIMVP_DATA."
                            : "Name its folder with --data-dir or $PIMVP_DATA.");
    }
    return name == "cifar10" ? load_cifar10(search.files) : load_idx(search.files[0], search.files[1]);
}

Dataset load_by_spec(const std::string& spec, const std::string& data_dir, Split split,
                     const Shape* expected) {
    if (is_named_dataset(spec)) return load_named(spec, data_dir, split);

    const std::size_t colon = spec.find(':');
    const std::string kind = spec.substr(0, colon);
    const bool listed = kind == "idx" || kind == "cifar10" || kind == "npy" || kind == "raw";
    if (colon == std::string::npos || !listed)
        throw Error("data set '" + spec +
                    "': expected fashion-mnist, mnist, cifar10, cifar10:FILE.bin[,FILE...], "
                    "idx:IMAGES,LABELS, npy:INPUTS[,LABELS] or raw:INPUTS[,LABELS]");
    const std::vector<std::string> files = split_list(spec.substr(colon + 1));
    for (const std::string& file : files) {
        if (file.empty()) throw Error("data set '" + spec + "': expected file names, found an empty one");
    }
    if (kind == "cifar10") return load_cifar10(files);
    if (files.size() > 2) {
        throw Error("data set '" + spec + "': expected " + kind +
                    (kind == "idx" ? ":IMAGES,LABELS" : ":INPUTS,LABELS") + ", found " +
                    std::to_string(files.size()) + " files");
    }
    const std::string labels = files.size() == 2 ? files[1] : std::string();
    if (kind == "idx") return load_idx(files[0], labels);
    if (kind == "npy") return load_npy(files[0], labels, expected);
    if (expected == nullptr)
        throw Error("data set '" + spec +
                    "': expected a network whose input shape tells that of raw tensors, "
                    "found none; npy files say their shape");
    return load_raw(files[0], labels, *expected);
}

}  // namespace

bool is_named_dataset(const std::string& name) {
    return name == "fashion-mnist" || name == "mnist" || name == "cifar10";
}

Dataset load_dataset(const std::string& spec, const std::string& data_dir, Split split,
                     const Shape* expected) {
    Dataset dataset = load_by_spec(spec, data_dir, split, expected);
    dataset.name = spec;
    return dataset;
}

std::vector<std::string> find_dataset(const std::string& name, const std::string& data_dir, Split split) {
    if (!is_named_dataset(name))
        throw Error("data set '" + name + "': expected fashion-mnist, mnist or cifar10");
    return search_named(name, data_dir, split).files;
}

}  // namespace pimvp::net
