// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What can be read, as the fuzzer sees it.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/mutate.h"

namespace pimvp::fuzz {

/// What goes in together: a network; images and labels; a configuration and what it inherits.
using Input = std::vector<std::string>;

/// How far an input came.
struct Outcome {
    bool accepted = false;  // read without an Error
    bool executed = false, compiled = false;
    std::string error;  // why it is refused
};

struct Format {
    const char* name;
    int count;                  // inputs under the label `full`; `quick` is the first tenth
    std::vector<Input> corpus;  // good ones; all have as many parts
    int large = 0;              // the last `large` ones are used now and then only
    void (*mutate)(std::string& part, const std::string& donor, Random& random);
    /// Returns for inputs that are read and for those that an Error refuses; anything else is a fault.
    Outcome (*run)(const Input& input);
    /// Behind the mutations; may be none.
    void (*encode)(Input& input, Random& random) = nullptr;
};

Format tflite_format();
Format qdq_format();
Format qlinear_format();
Format qonnx_format();
Format json_format();
Format csv_format();
Format idx_format();
Format compressed_format();
Format cifar10_format();
Format npy_format();
Format raw_format();
Format toml_format();
Format set_format();

/// A file's bytes; "" if there is none.
std::string file_bytes(const std::string& path);
/// A file of the source tree.
std::string source_file(const std::string& path);

}  // namespace pimvp::fuzz
