// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/output_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
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

TEST(OutputFile, makes_what_a_dangling_link_points_to) {
    const test::TempDir dir;
    fs::create_directory(dir.path("far"));
    fs::create_symlink("far/real", dir.path("near"));
    fs::create_symlink("near", dir.path("link"));
    write_file_atomically(dir.path("link"), "new");
    EXPECT_TRUE(fs::is_symlink(dir.path("link")));
    EXPECT_TRUE(fs::is_symlink(dir.path("near")));
    EXPECT_EQ(content(dir.path("far/real")), "new");
}

TEST(OutputFile, refuses_links_in_a_circle) {
    const test::TempDir dir;
    fs::create_symlink("a", dir.path("b"));
    fs::create_symlink("b", dir.path("a"));
    test::expect_error([&] { require_writable(dir.path("a")); }, dir.path("a"), "written");
}

TEST(OutputFile, takes_nobodys_file_as_its_temporary_one) {
    const test::TempDir dir;
    const std::string taken = "result." + std::to_string(getpid()) + ".part";
    dir.write(taken, "mine");
    OutputFile first(dir.path("result")), second(dir.path("result"));
    EXPECT_NE(first.path(), second.path());
    write_file_atomically(dir.path("result"), "new");
    EXPECT_EQ(content(dir.path(taken)), "mine");
    EXPECT_EQ(content(dir.path("result")), "new");
}

TEST(OutputFile, writes_into_a_pipe) {
    const test::TempDir dir;
    const std::string pipe = dir.path("pipe");
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    fs::create_symlink("pipe", dir.path("link"));
    const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    write_file_atomically(dir.path("link"), "through");
    char bytes[16] = {};
    EXPECT_EQ(read(reader, bytes, sizeof bytes), 7);
    EXPECT_STREQ(bytes, "through");
    close(reader);
    EXPECT_TRUE(fs::is_fifo(pipe));
    EXPECT_EQ(files_in(dir), 2u);
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
