// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Everything a user can get wrong ends with a message that says where and what, status 2, and no file left
// behind.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

namespace fs = std::filesystem;

struct BadInput : CommandTest {
    /// Runs `run` with these arguments and every kind of output; expects the parts in the one message.
    void expect_refused(std::vector<std::string> arguments, const std::vector<std::string>& parts) const {
        fs::create_directories(outputs());
        for (const char* option :
             {"--json", "--vcd", "--transactions", "--dump-outputs", "--dump-scores", "--dump-config"}) {
            arguments.emplace_back(option);
            arguments.push_back((outputs() / (option + 2)).string());
        }
        arguments.insert(arguments.begin(), "run");
        expect_message(pimvp(arguments), parts);
        for (const auto& entry : fs::directory_iterator(outputs())) ADD_FAILURE() << "left behind: " << entry;
    }
    static void expect_message(const Outcome& outcome, const std::vector<std::string>& parts) {
        EXPECT_EQ(outcome.status, 2) << outcome.err;
        EXPECT_EQ(outcome.out, "");
        EXPECT_EQ(outcome.err.rfind("pimvp: error: ", 0), 0u) << outcome.err;
        for (const std::string& part : parts)
            EXPECT_NE(outcome.err.find(part), std::string::npos)
                << "'" << part << "' is not in: " << outcome.err;
    }
    fs::path outputs() const { return dir.folder() / "outputs"; }

    /// A variant of dualpim of the test's own.
    std::string variant(const std::string& content) const {
        dir.write("default.toml", "inherit = \"" PIMVP_SOURCE_DIR "/platforms/dualpim/default\"\n");
        return "dualpim:" + dir.write("mine.toml", content);
    }
    static std::string big_endian(const std::vector<std::uint32_t>& words) {
        std::string bytes;
        for (const std::uint32_t word : words)
            for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((word >> shift) & 0xff);
        return bytes;
    }
};

TEST_F(BadInput, broken_toml_names_the_line) {
    expect_refused({variant("inherit = \"default\"\n\n[sram_macro\nrows = 64\n")}, {"mine.toml:3"});
}

TEST_F(BadInput, unknown_key_names_the_line_and_the_nearest) {
    expect_refused({variant("inherit = \"default\"\n[sram_macro]\nrowz = 64\n")},
                   {"mine.toml:3", "sram_macro.rowz", "sram_macro.rows"});
}

TEST_F(BadInput, wrong_unit_names_the_line_and_the_expected_unit) {
    expect_refused({variant("inherit = \"default\"\n[technology]\nsupply = \"0.9 fF\"\n")},
                   {"mine.toml:3", "technology.supply", "voltage", "0.9 fF"});
}

TEST_F(BadInput, missing_configuration) {
    expect_refused({"dualpim:" + dir.path("none.toml")}, {"none.toml", "no such file"});
}

TEST_F(BadInput, unknown_key_of_set) {
    expect_refused({"dualpim", "--set", "sram_macro.rowz=64"},
                   {"--set", "sram_macro.rowz", "sram_macro.rows"});
}

TEST_F(BadInput, wrong_unit_of_set) {
    expect_refused({"dualpim", "--set", "technology.supply=1 ns"}, {"technology.supply", "1 ns", "voltage"});
}

TEST_F(BadInput, unknown_platform) {
    expect_refused({"dualpin"}, {"unknown platform 'dualpin'", "did you mean 'dualpim'"});
}

TEST_F(BadInput, unknown_variant) {
    expect_refused({"dualpim:defalt"}, {"unknown variant 'defalt'", "default"});
}

TEST_F(BadInput, unknown_network) {
    expect_refused({"dualpim", "--network", "fmnist_int5"},
                   {"unknown network 'fmnist_int5'", "did you mean 'fmnist_int4'"});
}

TEST_F(BadInput, missing_network_file) {
    expect_refused({"dualpim", "--network", dir.path("none.onnx")},
                   {"none.onnx", "expected a network file, found none"});
}

TEST_F(BadInput, network_that_is_no_file) {
    fs::create_directories(dir.path("folder.onnx"));
    expect_refused({"dualpim", "--network", dir.path("folder.onnx")},
                   {"folder.onnx", "expected a network file, found a folder"});
    fs::create_symlink("/dev/zero", dir.path("zero.TFLITE"));
    expect_refused({"dualpim", "--network", dir.path("zero.TFLITE")}, {"zero.TFLITE", "found a device"});
    ASSERT_EQ(mkfifo(dir.path("pipe.csv").c_str(), 0600), 0);
    expect_refused({"dualpim", "--network", dir.path("pipe.csv")}, {"pipe.csv", "found a pipe"});
}

TEST_F(BadInput, seeds_that_64_bits_do_not_hold) {
    const std::string table = dir.write("t.csv", "");
    for (const char* option : {"--network-seed", "--param-seed"})
        for (const char* seed : {"-1", "18446744073709551616", "1.5", "0x10"})
            expect_refused({"dualpim", "--network", table, std::string(option) + "=" + seed},
                           {option, seed, "0..18446744073709551615"});
    // The largest one passes; what is refused is the empty table.
    expect_refused({"dualpim", "--network", table, "--network-seed", "18446744073709551615"}, {"t.csv"});
}

TEST_F(BadInput, label_beyond_the_outputs) {
    const std::string inputs =
        dir.write("images-idx3", big_endian({0x803, 3, 28, 28}) + std::string(2352, 'x'));
    const std::string labels =
        dir.write("labels-idx1", big_endian({0x801, 3}) + std::string("\x09\xc8\x0a", 3));
    const std::string spec = "idx:" + inputs + "," + labels;
    expect_refused({"dualpim", "--dataset", spec, "--images", "0..2"},
                   {spec, "image 1:", "10 outputs", "0..9", "found 200"});
    expect_refused({"dualpim", "--dataset", spec, "--images", "2..2"}, {"image 2:", "found 10"});
    EXPECT_EQ(pimvp({"run", "dualpim", "--quiet", "--dataset", spec, "--images", "0..0"}).status, 0);
}

TEST_F(BadInput, network_file_that_is_no_onnx) {
    expect_refused({"dualpim", "--network", dir.write("text.onnx", "this is no network")},
                   {"text.onnx", "ONNX"});
}

TEST_F(BadInput, options_that_do_not_fit_the_network) {
    expect_refused({"dualpim", "--rounding", "single"}, {"--rounding", "half-up, half-even", ".tflite"});
    expect_refused({"dualpim", "--rounding", "half_even"}, {"--rounding", "did you mean 'half-even'"});
    expect_refused({"dualpim", "--bits", "4"}, {"--bits", "layer table", ".onnx"});
    expect_refused({"dualpim", "--network-seed", "4"}, {"--network-seed", "layer table"});
    const std::string table = dir.write("t.csv", "");
    expect_refused({"dualpim", "--network", table, "--rounding", "double"}, {"--rounding", "t.csv"});
    expect_refused({"dualpim", "--network", table, "--bits", "17"}, {"--bits", "1..16"});
    expect_refused({"dualpim", "--network", dir.path("none/x.zip")}, {"x.zip", ".tflite"});
}

TEST_F(BadInput, unsupported_operator_names_the_node) {
    // op_type is field 4 of a NodeProto, a string: tag 0x22, length, bytes.
    std::string onnx = slurp(PIMVP_SOURCE_DIR "/models/fmnist_int4.onnx");
    const auto at = onnx.find(
        "\"\x04"
        "Conv");
    ASSERT_NE(at, std::string::npos);
    onnx.replace(at + 2, 4, "Sinh");
    expect_refused({"dualpim", "--network", dir.write("sinh.onnx", onnx)}, {"sinh.onnx", "Sinh", "stem"});
}

TEST_F(BadInput, unknown_data_set) {
    expect_refused({"dualpim", "--dataset", "imagenet"}, {"imagenet", "fashion-mnist", "cifar10"});
}

TEST_F(BadInput, missing_data_file) {
    expect_refused({"dualpim", "--dataset", "idx:" + dir.path("none")}, {"none", "No such file"});
}

TEST_F(BadInput, truncated_idx) {
    const std::string file =
        dir.write("short-idx3", big_endian({0x803, 10, 28, 28}) + std::string(784 * 9, 'x'));
    expect_refused({"dualpim", "--dataset", "idx:" + file}, {"short-idx3", "7856", "7072"});
}

TEST_F(BadInput, wrong_magic_of_idx) {
    const std::string file = dir.write("wrong-idx3", big_endian({0x802, 1, 28, 28}) + std::string(784, 'x'));
    expect_refused({"dualpim", "--dataset", "idx:" + file}, {"wrong-idx3", "0x00000803", "0x00000802"});
}

TEST_F(BadInput, images_of_another_shape) {
    const std::string file = dir.write("small-idx3", big_endian({0x803, 1, 8, 8}) + std::string(64, 'x'));
    expect_refused({"dualpim", "--images", "0..0", "--dataset", "idx:" + file}, {"1x28x28", "1x8x8"});
}

TEST_F(BadInput, images_outside_the_set_say_its_size) {
    expect_refused({"dualpim", "--images", "9990..10000"}, {"--images", "10000 images", "9990..10000"});
}

TEST_F(BadInput, images_that_are_no_range) {
    for (const char* images : {"5", "9..0", "-1..3", "0..", "a..b", "0...9"})
        expect_refused({"dualpim", std::string("--images=") + images}, {"FIRST..LAST", images});
}

TEST_F(BadInput, network_that_cannot_fit_says_what_it_needs) {
    expect_refused({"dualpim:int4", "--set", "dram.bytes=16384"},
                   {"fmnist_int4", "bytes of memory", "16384"});
}

TEST_F(BadInput, times_without_units) {
    expect_refused({"dualpim", "--quantum", "5"}, {"--quantum", "5 ns"});
    expect_refused({"dualpim", "--trace-from", "2 us", "--trace-to", "1 us"},
                   {"--trace-from", "2 us", "1 us"});
    expect_refused({"dualpim", "--time-resolution", "1ns"}, {"--time-resolution", "1ps"});
}

TEST_F(BadInput, unwritable_outputs_are_found_before_the_simulation) {
    for (const char* option :
         {"--json", "--vcd", "--transactions", "--dump-outputs", "--dump-scores", "--dump-config"}) {
        const std::string folder = dir.path("folder");
        fs::create_directories(folder);
        // Ten thousand images would take minutes.
        for (const std::string& file : {dir.path("none/file"), folder})
            expect_message(pimvp({"run", "dualpim", "--images", "0..9999", option, file}), {file, "written"});
    }
}

TEST_F(BadInput, empty_names) {
    for (const char* option : {"--json", "--vcd", "--transactions", "--dump-outputs", "--dump-scores",
                               "--dump-config", "--data-dir", "--network"})
        expect_message(pimvp({"run", "dualpim", "--images", "0..9999", option, ""}), {option, "empty"});
    expect_message(pimvp({"params", "dualpim", "--json", ""}), {"--json", "empty"});
}

TEST_F(BadInput, full_disk_under_the_waveforms) {
    expect_message(pimvp({"run", "dualpim", "--images", "0..0", "--quiet", "--vcd", "/dev/full"}),
                   {"/dev/full", "space"});
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(BadInput, scope_without_signals) {
    const std::string vcd = dir.path("run.vcd");
    expect_message(
        pimvp({"run", "dualpim", "--images", "0..0", "--quiet", "--vcd", vcd, "--trace-scope", "dualpin"}),
        {"'dualpin'", "dualpim."});
    EXPECT_FALSE(fs::exists(vcd));
}

TEST_F(BadInput, data_folder_without_the_set) {
    expect_message(pimvp({"run", "dualpim", "--data-dir", dir.path("none")}),
                   {"fashion-mnist", dir.path("none/fashion-mnist")});
}

TEST_F(BadInput, one_file_for_two_outputs) {
    const std::string file = dir.path("both");
    expect_message(pimvp({"run", "dualpim", "--json", file, "--dump-outputs", file}), {file, "two"});
}

TEST_F(BadInput, misspelt_words_get_suggestions) {
    expect_message(pimvp({"rnu", "dualpim"}), {"unknown command 'rnu'", "'run'"});
    expect_message(pimvp({"run", "dualpim", "--imagse", "0..3"}),
                   {"unknown option '--imagse'", "'--images'"});
    expect_message(pimvp({"--vresion"}), {"unknown option '--vresion'", "'--version'"});
    expect_message(pimvp({"run"}), {"PLATFORM"});
    expect_message(pimvp({"run", "dualpim", "twice"}), {"twice"});
    expect_message(pimvp({"run", "dualpim", "--trace-scope", "dualpim"}), {"--vcd", "--transactions"});
    expect_message(pimvp({"params", "dualpim", "--set", "nonsense"}), {"nonsense"});
    expect_message(pimvp({"inspect", "fmnist_int"}), {"fmnist_int4"});
}

}  // namespace
}  // namespace pimvp::test
