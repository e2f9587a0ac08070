// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/output_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

namespace fs = std::filesystem;

std::string content(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t files_in(const test::TempDir& dir) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(dir.folder()), fs::directory_iterator()));
}

TEST(OutputFile, replaces_a_file_and_leaves_no_other) {
    const test::TempDir dir;
    const std::string file = dir.write("result", "a longer text that was there");
    require_writable(file);
    EXPECT_EQ(content(file), "a longer text that was there");
    write_file_atomically(file, "new");
    EXPECT_EQ(content(file), "new");
    EXPECT_EQ(files_in(dir), 1u);
}

TEST(OutputFile, asking_creates_nothing) {
    const test::TempDir dir;
    require_writable(dir.path("result"));
    EXPECT_EQ(files_in(dir), 0u);
}

TEST(OutputFile, follows_a_link_instead_of_replacing_it) {
    const test::TempDir dir;
    const std::string file = dir.write("real", "old");
    fs::create_symlink(file, dir.path("link"));
    write_file_atomically(dir.path("link"), "new");
    EXPECT_EQ(content(file), "new");
    EXPECT_TRUE(fs::is_symlink(dir.path("link")));
}

TEST(OutputFile, writes_into_devices_directly) {
    require_writable("/dev/null");
    write_file_atomically("/dev/null", "gone");
    EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

TEST(OutputFile, says_why_it_cannot_write) {
    const test::TempDir dir;
    fs::create_directory(dir.path("folder"));
    for (const std::string& file : {dir.path("none/file"), dir.path("folder"), std::string()}) {
        test::expect_error([&] { require_writable(file); }, file, "expected");
    }
    test::expect_error([&] { write_file_atomically(dir.path("none/file"), "x"); }, "No such file");
    test::expect_error([&] { write_file_atomically("/dev/full", "x"); }, "/dev/full", "space");
}

TEST(OutputFile, respects_a_read_only_file) {
    if (geteuid() == 0) GTEST_SKIP() << "root may write everything";
    const test::TempDir dir;
    const std::string file = dir.write("result", "mine");
    fs::permissions(file, fs::perms::owner_read);
    test::expect_error([&] { require_writable(file); }, file, "Permission denied");
}

}  // namespace
}  // namespace pimvp
