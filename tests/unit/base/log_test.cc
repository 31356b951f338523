// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/json.h"
#include "base/log_line.h"
#include "base/log_ring.h"

namespace gw::log {
namespace {

constexpr std::int64_t kNine = 1'769'763'600'123;  // 2026-01-30T09:00:00.123Z

Event event(std::string_view message, const std::vector<Field>& fields) {
    return {kNine, Level::info, "server", message, fields};
}

std::string text(std::string_view message, const std::vector<Field>& fields = {}) {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    return text_line(event(message, fields), Color::no);
}

TEST_CASE("log: a line on a terminal reads like a sentence with its facts") {
    CHECK(text("listening", {{"address", "127.0.0.1"}, {"port", 18789}}) ==
          "09:00:00.123 INFO  server  listening  address=127.0.0.1 port=18789");
    CHECK(text("listening") == "09:00:00.123 INFO  server  listening");
    CHECK(text_line({kNine, Level::error, "store", "full", {}}, Color::no) ==
          "09:00:00.123 ERROR store  full");
}

TEST_CASE("log: values that are not one word are quoted") {
    CHECK(text("m", {{"k", "two words"}}).ends_with("k=\"two words\""));
    CHECK(text("m", {{"k", ""}}).ends_with("k=\"\""));
    CHECK(text("m", {{"k", "a\"b\\"}}).ends_with("k=\"a\\\"b\\\\\""));
    CHECK(text("m", {{"k", "a=b"}}).ends_with("k=\"a=b\""));
    CHECK(text("m", {{"k", "\u00e9"}, {"b", true}}).ends_with("k=\u00e9 b=true"));
}

TEST_CASE("log: nothing foreign ends a line or steers the terminal") {
    CHECK(text("a\nb\x1b[2Jc").ends_with("a\\x0ab\\x1b[2Jc"));
    CHECK(text("m", {{"k", "x\r\ny"}}).ends_with("k=\"x\\x0d\\x0ay\""));
    CHECK(text("m", {{"k",
                      "\xc2\x9b"
                      "31m"}})
              .ends_with("k=\"\\x9b31m\""));  // CSI as C1
    CHECK(text("m", {{"k", "\x7f\xff"}}).ends_with("k=\"\\x7f\uFFFD\""));
    CHECK(text("m", {{"k\n", 1}}).ends_with("k\\x0a=1"));
}

TEST_CASE("log: colours surround the parts and change no letter") {
    const std::vector<Field> fields = {{"k", 1}};
    std::string colored = text_line(event("m", fields), Color::yes);
    CHECK(colored.find("\x1b[32mINFO\x1b[0m") != std::string::npos);
    for (std::size_t at = 0; (at = colored.find('\x1b')) != std::string::npos;)
        colored.erase(at, colored.find('m', at) - at + 1);
    CHECK(colored == text("m", fields));
}

TEST_CASE("log: a JSON line has the fields beside the facts of every line") {
    const std::vector<Field> fields = {{"port", 1}, {"ok", true}, {"name", "a\"\n"}};
    CHECK(json_line(event("listening", fields)) ==
          R"({"time":"2026-01-30T09:00:00.123Z","level":"info","room":"server",)"
          R"("message":"listening","port":1,"ok":true,"name":"a\"\n"})");
}

TEST_CASE("log: a kept line has the shape that readers of logs.tail know") {
    const std::vector<Field> fields = {{"address", "127.0.0.1"}, {"port", 18789}};
    CHECK(tail_line(event("listening", fields)) ==
          R"({"0":"{\"subsystem\":\"server\"}","1":"listening address=127.0.0.1 port=18789",)"
          R"("_meta":{"logLevelName":"INFO","date":"2026-01-30T09:00:00.123Z",)"
          R"("name":"{\"subsystem\":\"server\"}"},"time":"2026-01-30T09:00:00.123Z"})");
}

// Positions 1000 to 1030: three lines of nine bytes and their newlines.
Ring three_lines() {
    Ring ring(1000, 100);
    for (const char* line : {"line one.", "line two.", "line 3..."})
        ring.push(line);
    return ring;
}

using Lines = std::vector<std::string>;

Tail tail_since(const Ring& ring, std::uint64_t since) {
    return ring.tail(&since, 10, 1000);
}

TEST_CASE("log tail: without a position the newest lines come, as many as asked for") {
    const Ring ring = three_lines();
    const Tail all = ring.tail(nullptr, 10, 1000);
    CHECK(all.begin == 1000);
    CHECK(all.end == 1030);
    CHECK(all.lines == Lines{"line one.", "line two.", "line 3..."});
    CHECK_FALSE(all.truncated);
    CHECK_FALSE(all.reset);

    const Tail two = ring.tail(nullptr, 2, 1000);
    CHECK(two.lines == Lines{"line two.", "line 3..."});
    CHECK(two.truncated);
    CHECK(ring.tail(nullptr, 10, 29).lines == Lines{"line two.", "line 3..."});
    CHECK(ring.tail(nullptr, 10, 30).lines.size() == 3);
    CHECK(ring.tail(nullptr, 10, 5).lines.empty());
    CHECK(ring.tail(nullptr, 10, 5).truncated);
}

TEST_CASE("log tail: from a position comes what was written behind it") {
    const Ring ring = three_lines();
    CHECK(tail_since(ring, 1010).lines == Lines{"line two.", "line 3..."});
    CHECK_FALSE(tail_since(ring, 1010).truncated);
    CHECK(tail_since(ring, 1030).lines.empty());
    CHECK_FALSE(tail_since(ring, 1030).reset);
    CHECK_FALSE(tail_since(ring, 1030).truncated);
    CHECK(tail_since(ring, 1015).lines == Lines{"line 3..."});  // never half a line
    const std::uint64_t since = 1000;
    const Tail last = ring.tail(&since, 1, 1000);
    CHECK(last.lines == Lines{"line 3..."});
    CHECK(last.truncated);
    CHECK_FALSE(last.reset);
}

TEST_CASE("log tail: a position of another process or of forgotten lines resets") {
    Ring ring = three_lines();
    for (const std::uint64_t since : {std::uint64_t{0}, std::uint64_t{999}, std::uint64_t{1031}}) {
        CHECK(tail_since(ring, since).reset);
        CHECK_FALSE(tail_since(ring, since).truncated);
        CHECK(tail_since(ring, since).lines.size() == 3);
    }
    ring.set_max_bytes(20);
    CHECK(tail_since(ring, 1000).reset);
    CHECK(tail_since(ring, 1000).truncated);
    CHECK(tail_since(ring, 1000).begin == 1010);
    CHECK(tail_since(ring, 1010).lines == Lines{"line two.", "line 3..."});
    CHECK_FALSE(tail_since(ring, 1010).reset);
}

TEST_CASE("log tail: a line larger than the ring is forgotten but counted") {
    Ring ring(0, 20);
    ring.push(std::string(50, 'x'));
    CHECK(ring.tail(nullptr, 10, 1000).end == 51);
    CHECK(ring.tail(nullptr, 10, 1000).lines.empty());
    ring.push("short");
    CHECK(ring.tail(nullptr, 10, 1000).lines == Lines{"short"});
}

// What the process writes to stdout while this lives.
class CapturedStdout {
  public:
    CapturedStdout() : saved_(::dup(STDOUT_FILENO)), file_(std::tmpfile()) {
        std::fflush(stdout);
        REQUIRE(::dup2(::fileno(file_), STDOUT_FILENO) >= 0);
    }
    ~CapturedStdout() {
        ::dup2(saved_.get(), STDOUT_FILENO);
        std::fclose(file_);
    }
    [[nodiscard]] std::string written() const {
        std::string text(100'000, '\0');
        const ssize_t size = ::pread(::fileno(file_), text.data(), text.size(), 0);
        text.resize(static_cast<std::size_t>(size));
        return text;
    }

  private:
    base::Fd saved_;
    std::FILE* file_;
};

TEST_CASE("log: lines below the level go nowhere, the others out at once and into the tail") {
    const CapturedStdout captured;
    start({.format = Format::json, .level = Level::warn});
    const std::uint64_t since = tail(nullptr, 1, 1).end;
    info("test", "quiet");
    warn("test", "loud", {{"n", 1}});
    CHECK(captured.written().ends_with("\"message\":\"loud\",\"n\":1}\n"));
    CHECK(captured.written().find("quiet") == std::string::npos);
    const Tail now = tail(&since, 10, 1000);
    REQUIRE(now.lines.size() == 1);
    CHECK(now.lines[0].find("loud n=1") != std::string::npos);
    CHECK(now.end == since + now.lines[0].size() + 1);
}

TEST_CASE("log: positions are above those of earlier processes and exact in JavaScript") {
    const std::uint64_t end = tail(nullptr, 1, 1).end;
    CHECK(end > 1'700'000'000'000'000);
    CHECK(end < std::uint64_t{1} << 53);
}

TEST_CASE("log: lines of several threads stay whole") {
    const CapturedStdout captured;
    start({.format = Format::json});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([] {
            for (int i = 0; i < 50; ++i)
                info("test", "line", {{"i", i}});
        });
    for (std::thread& thread : threads)
        thread.join();
    const std::string written = captured.written();
    json::Parser parser;
    std::size_t count = 0;
    for (std::size_t at = 0; at < written.size(); ++count) {
        const std::size_t end = written.find('\n', at);
        REQUIRE(end != std::string::npos);
        REQUIRE(parser.parse(std::string_view(written).substr(at, end - at)));
        at = end + 1;
    }
    CHECK(count == 200);
}

}  // namespace
}  // namespace gw::log
