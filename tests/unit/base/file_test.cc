// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace gw::base {
namespace {

// A directory that goes with the test.
class TemporaryDirectory {
  public:
    TemporaryDirectory() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string operator/(const std::string& name) const {
        return path_ + "/" + name;
    }

    [[nodiscard]] std::size_t entries() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_))
            ++count;
        return count;
    }

  private:
    std::string path_ = (std::filesystem::temp_directory_path() / "gw-file-XXXXXX").string();
};

unsigned mode_of(const std::string& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

TEST_CASE("file: what was written is read, with the mode asked for whatever the umask") {
    const TemporaryDirectory dir;
    const mode_t saved = ::umask(0077);
    const std::string content("line\nand a NUL \0 too", 20);
    REQUIRE(write_file(dir / "f", content, 0644));
    ::umask(saved);
    CHECK(read_file(dir / "f") == content);
    CHECK(mode_of(dir / "f") == 0644);
}

TEST_CASE("file: writing replaces the whole file and leaves nothing beside it") {
    const TemporaryDirectory dir;
    REQUIRE(write_file(dir / "f", std::string(100'000, 'x')));
    REQUIRE(write_file(dir / "f", "short"));
    CHECK(read_file(dir / "f") == "short");
    CHECK(mode_of(dir / "f") == 0600);
    CHECK(dir.entries() == 1);
}

TEST_CASE("file: a write that fails leaves the old content and no temporary file") {
    const TemporaryDirectory dir;
    REQUIRE(make_directories(dir / "taken/full"));
    const auto written = write_file(dir / "taken", "x");
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Errc::io);
    CHECK(written.error().message.find(dir / "taken") != std::string::npos);
    CHECK(dir.entries() == 1);
    CHECK_FALSE(write_file(dir / "missing/f", "x"));
}

TEST_CASE("file: a missing file, a missing directory and a directory are told apart") {
    const TemporaryDirectory dir;
    REQUIRE(write_file(dir / "f", ""));
    CHECK(read_file(dir / "f") == "");
    CHECK(read_file(dir / "g").error().code == Errc::not_found);
    CHECK(read_file(dir / "f/g").error().code == Errc::not_found);
    CHECK(read_file(dir / ".").error().code == Errc::io);
}

TEST_CASE("file: the limit counts bytes, and one more is too many") {
    const TemporaryDirectory dir;
    REQUIRE(write_file(dir / "f", std::string(50'000, 'x')));
    CHECK(read_file(dir / "f", 50'000)->size() == 50'000);
    CHECK(read_file(dir / "f", 49'999).error().code == Errc::limit_exceeded);
    CHECK(read_file(dir / "f", 0).error().code == Errc::limit_exceeded);
}

TEST_CASE("file: directories are made with their parents, and again without harm") {
    const TemporaryDirectory dir;
    REQUIRE(make_directories(dir / "a/b/c", 0750));
    REQUIRE(make_directories(dir / "a/b/c/", 0700));
    CHECK(mode_of(dir / "a/b/c") == (0750 & ~[] {
              const mode_t mask = ::umask(0);
              ::umask(mask);
              return mask;
          }()));
    REQUIRE(write_file(dir / "a/f", ""));
    CHECK_FALSE(make_directories(dir / "a/f/d"));
    CHECK_FALSE(make_directories(dir / "a/f"));
}

}  // namespace
}  // namespace gw::base
