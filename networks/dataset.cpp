// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/dataset.h"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "networks/error.h"

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

// In the order of trust: what the user named, what the environment names, what a package installed. The
// folder of the command line may be the set itself; $PIMVP_DATA holds several sets, some of which have the
// same file names.
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
    }
    const char* environment = std::getenv("PIMVP_DATA");
    if (environment != nullptr && *environment != '\0') add_under(environment);
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

Dataset load_named_idx(const std::string& name, const std::string& data_dir, Split split) {
    const std::string prefix = split == Split::test ? "t10k" : "train";
    const auto spellings = [&](const std::string& what) {
        return std::vector<std::string>{prefix + "-" + what + "-ubyte",
                                        prefix + "-" + what.substr(0, 6) + "." + what.substr(7) + "-ubyte"};
    };
    const std::vector<std::string> images = spellings("images-idx3"), labels = spellings("labels-idx1");
    const std::vector<fs::path> candidates = folders({name}, data_dir);
    for (const fs::path& folder : candidates) {
        const std::optional<std::string> image_file = find_file(folder, images);
        if (!image_file) continue;
        const std::optional<std::string> label_file = find_file(folder, labels);
        if (!label_file) {
            throw Error("data set " + name + ": expected " + labels.front() + " (or .gz, .xz) beside " +
                        *image_file + ", found no such file");
        }
        return load_idx(*image_file, *label_file);
    }
    throw_not_found(name, images.front(), candidates,
                    name == "fashion-mnist" ? "Debian's package dataset-fashion-mnist installs it."
                                            : "Name its folder with --data-dir or $PIMVP_DATA.");
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

Dataset load_named_cifar10(const std::string& data_dir, Split split) {
    const std::vector<fs::path> candidates =
        folders({"cifar10", "cifar-10-batches-bin", "cifar10-lossless"}, data_dir);
    for (const fs::path& folder : candidates) {
        const std::vector<std::string> files = find_cifar10(folder, split);
        if (!files.empty()) return load_cifar10(files);
    }
    throw_not_found(
        "cifar10", split == Split::test ? "test_batch.bin" : "data_batch_1.bin .. data_batch_5.bin",
        candidates, "Name the folder of CIFAR-10's binary version with --data-dir or $PIMVP_DATA.");
}

Dataset load_by_spec(const std::string& spec, const std::string& data_dir, Split split) {
    if (spec == "fashion-mnist" || spec == "mnist") return load_named_idx(spec, data_dir, split);
    if (spec == "cifar10") return load_named_cifar10(data_dir, split);

    const std::size_t colon = spec.find(':');
    const std::string kind = spec.substr(0, colon);
    if (colon != std::string::npos && (kind == "idx" || kind == "cifar10")) {
        const std::vector<std::string> files = split_list(spec.substr(colon + 1));
        for (const std::string& file : files) {
            if (file.empty()) throw Error("data set '" + spec + "': expected file names, found an empty one");
        }
        if (kind == "cifar10") return load_cifar10(files);
        if (files.size() > 2) {
            throw Error("data set '" + spec + "': expected idx:IMAGES,LABELS, found " +
                        std::to_string(files.size()) + " files");
        }
        return load_idx(files[0], files.size() == 2 ? files[1] : std::string());
    }
    throw Error("data set '" + spec +
                "': expected fashion-mnist, mnist, cifar10, cifar10:FILE.bin[,FILE...] or idx:IMAGES,LABELS");
}

}  // namespace

Dataset load_dataset(const std::string& spec, const std::string& data_dir, Split split) {
    Dataset dataset = load_by_spec(spec, data_dir, split);
    dataset.name = spec;
    return dataset;
}

}  // namespace pimvp::net
