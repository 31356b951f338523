// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/output_lines.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gw;
using namespace gw::supervisor;

namespace {

struct Capture {
    OutputLines output;
    std::vector<std::string> lines;
    base::SteadyTime now{std::chrono::hours(1)};

    void feed(std::string_view bytes) {
        output.feed(bytes, now, [this](auto line) { lines.emplace_back(line); });
    }
    void finish() {
        output.finish(now, [this](auto line) { lines.emplace_back(line); });
    }
};

}  // namespace

TEST_CASE("worker output: lines are put together from pieces") {
    Capture capture;
    capture.feed("one\ntw");
    capture.feed("o\nthr");
    CHECK(capture.lines == std::vector<std::string>{"one", "two"});
    capture.finish();
    CHECK(capture.lines.back() == "thr");
}

TEST_CASE("worker output: an endless line is cut, not kept") {
    Capture capture;
    for (int i = 0; i < 100; ++i)
        capture.feed(std::string(1000, 'x'));
    capture.feed("\nnext\n");
    REQUIRE(capture.lines.size() == 2);
    CHECK(capture.lines[0].size() == OutputLines::kMaxLineBytes);
    CHECK(capture.lines[1] == "next");
}

TEST_CASE("worker output: what is too much is dropped and counted") {
    Capture capture;
    for (std::size_t i = 0; i < OutputLines::kMaxLines + 7; ++i)
        capture.feed("line\n");
    CHECK(capture.lines.size() == OutputLines::kMaxLines);
    capture.now += OutputLines::kWindow;
    capture.feed("later\n");
    REQUIRE(capture.lines.size() == OutputLines::kMaxLines + 2);
    CHECK(capture.lines[OutputLines::kMaxLines] == "7 lines dropped");
    CHECK(capture.lines.back() == "later");
}
