// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/http_client.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

#include "tests/support/scripted_http.h"

using namespace gw;
using namespace std::chrono_literals;
using net::HttpClient;
using tests::ScriptedHttp;

namespace {

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    ScriptedHttp server{*loop};
    std::unique_ptr<HttpClient> client = *HttpClient::create(*loop, {});

    HttpClient::Outcome wait(HttpClient::Request request) {
        std::optional<HttpClient::Outcome> outcome;
        const auto call = client->send(std::move(request),
                                       [&outcome](auto result) { outcome = std::move(result); });
        loop->run_until([&outcome] { return outcome.has_value(); }, 20s);
        REQUIRE(outcome);
        return *std::move(outcome);
    }
    HttpClient::Request post(std::string body = "{}") {
        return {.method = "POST", .url = server.url() + "/secret", .body = std::move(body)};
    }
};

bool says(const HttpClient::Outcome& outcome, std::string_view part) {
    return outcome.error().error.message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("http client: an answer comes with status, headers and body") {
    Fixture f;
    f.server.script = [](const auto&) {
        auto answer = ScriptedHttp::reply("no such thing", 404);
        answer->headers = "X-Left:  5 \r\n";
        return answer;
    };
    auto request = f.post("hello");
    request.headers = {{"content-type", "text/plain"}};
    const auto got = f.wait(request);
    REQUIRE(got);
    CHECK(got->status == 404);
    CHECK(got->body == "no such thing");
    CHECK(got->find_header("x-left") == "5");
    CHECK_FALSE(got->find_header("x-right"));
    REQUIRE(f.server.seen.size() == 1);
    CHECK(f.server.seen[0].method == "POST");
    CHECK(f.server.seen[0].target == "/secret");
    CHECK(f.server.seen[0].body == "hello");
    CHECK(f.server.seen[0].head.find("content-type: text/plain\r\n") != std::string::npos);
    CHECK(f.server.seen[0].head.find("Expect") == std::string::npos);
}

TEST_CASE("http client: connections are kept") {
    Fixture f;
    f.server.script = [](const auto&) { return ScriptedHttp::reply("{}"); };
    for (int i = 0; i < 3; ++i)
        CHECK(f.wait(f.post()));
    CHECK(f.server.connections == 1);
}

TEST_CASE("http client: a file goes out as a part, whatever it holds") {
    Fixture f;
    f.server.script = [](const auto&) { return ScriptedHttp::reply("{}"); };
    std::string file(3U << 20, '\0');
    for (std::size_t i = 0; i < file.size(); ++i)
        file[i] = static_cast<char>(i * 7);
    auto request = f.post("");
    request.parts = {
        {.name = "chat_id", .content = "7"},
        {.name = "photo", .content = file, .filename = "a \"b\".png", .content_type = "image/png"}};
    CHECK(f.wait(request));
    const ScriptedHttp::Seen& seen = f.server.seen.at(0);
    CHECK(seen.head.find("multipart/form-data; boundary=") != std::string::npos);
    CHECK(seen.body.find("name=\"chat_id\"\r\n\r\n7\r\n") != std::string::npos);
    CHECK(seen.body.find("name=\"photo\"; filename=\"a %22b%22.png\"") != std::string::npos);
    CHECK(seen.body.find("Content-Type: image/png\r\n\r\n" + file) != std::string::npos);
}

TEST_CASE("http client: where nobody listens, nothing has left") {
    Fixture f;
    f.server.stop();
    const auto got = f.wait(f.post());
    REQUIRE_FALSE(got);
    CHECK(got.error().reach == HttpClient::Reach::nothing);
    CHECK(got.error().error.code == Errc::unavailable);
    CHECK_FALSE(says(got, "secret"));
}

TEST_CASE("http client: names without an address and half a TLS handshake have let nothing out") {
    Fixture f;
    f.server.script = [](const auto&) { return ScriptedHttp::reply("{}"); };
    for (const std::string& url :
         {std::string("http://nobody.invalid/secret"),
          "https://127.0.0.1:" + std::to_string(f.server.port) + "/secret"}) {
        CAPTURE(url);
        auto request = f.post();
        request.url = url;
        request.connect_deadline = 300ms;
        const auto got = f.wait(request);
        REQUIRE_FALSE(got);
        CHECK(got.error().reach == HttpClient::Reach::nothing);
        CHECK_FALSE(says(got, "secret"));
    }
    CHECK(f.server.seen.empty());
}

TEST_CASE("http client: what was sent and not answered is sent once") {
    Fixture f;
    int requests = 0;
    f.server.script = [&requests](const auto&) {
        // The first one is answered, so that the second goes over a kept connection: the case in
        // which libcurl would try again.
        return ++requests == 1 ? ScriptedHttp::reply("{}") : ScriptedHttp::hang_up();
    };
    SUBCASE("with a body") {
        CHECK(f.wait(f.post()));
        const auto got = f.wait(f.post());
        REQUIRE_FALSE(got);
        CHECK(got.error().reach == HttpClient::Reach::maybe);
    }
    SUBCASE("without one") {
        CHECK(f.wait(f.post("")));
        const auto got = f.wait(f.post(""));
        REQUIRE_FALSE(got);
        CHECK(got.error().reach == HttpClient::Reach::maybe);
    }
    CHECK(f.server.seen.size() == 2);
}

TEST_CASE("http client: a file that was sent and not answered is sent once") {
    Fixture f;
    int requests = 0;
    f.server.script = [&requests](const auto&) {
        return ++requests == 1 ? ScriptedHttp::reply("{}") : ScriptedHttp::hang_up();
    };
    CHECK(f.wait(f.post()));
    auto request = f.post("");
    request.parts = {{.name = "file", .content = "x", .filename = "x"}};
    const auto got = f.wait(request);
    REQUIRE_FALSE(got);
    CHECK(got.error().reach == HttpClient::Reach::maybe);
    CHECK(f.server.seen.size() == 2);
}

TEST_CASE("http client: no answer in time may have been carried out") {
    Fixture f;
    f.server.script = [](const auto&) { return nullptr; };
    auto request = f.post();
    request.deadline = 200ms;
    const auto got = f.wait(request);
    REQUIRE_FALSE(got);
    CHECK(got.error().reach == HttpClient::Reach::maybe);
    CHECK(got.error().error.code == Errc::timed_out);
    CHECK_FALSE(says(got, "secret"));
}

TEST_CASE("http client: an answer cut off in the middle is none") {
    Fixture f;
    f.server.script = [](const auto&) {
        auto answer = ScriptedHttp::reply("");
        answer->raw = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":";
        answer->then = ScriptedHttp::Answer::Then::close;
        return answer;
    };
    const auto got = f.wait(f.post());
    REQUIRE_FALSE(got);
    CHECK(got.error().reach == HttpClient::Reach::maybe);
}

TEST_CASE("http client: an answer too large is refused, in body and in head") {
    Fixture f;
    f.server.script = [](const auto& seen) {
        auto answer = ScriptedHttp::reply(std::string(2000, 'x'));
        if (seen.body == "head") answer->headers = "X-Much: " + std::string(70'000, 'y') + "\r\n";
        return answer;
    };
    auto request = f.post();
    request.max_body = 1999;
    const auto body = f.wait(request);
    REQUIRE_FALSE(body);
    CHECK(body.error().error.code == Errc::limit_exceeded);
    request.max_body = 2000;
    CHECK(f.wait(request));
    CHECK_FALSE(f.wait(f.post("head")));
}

TEST_CASE("http client: redirects are followed only when asked to") {
    Fixture f;
    f.server.script = [](const auto& seen) {
        auto answer = ScriptedHttp::reply(seen.target, seen.target == "/there" ? 200 : 302);
        answer->headers = "Location: /there\r\n";
        return answer;
    };
    HttpClient::Request request{.url = f.server.url() + "/here"};
    CHECK(f.wait(request)->status == 302);
    request.max_redirects = 1;
    CHECK(f.wait(request)->body == "/there");
    request.method = "POST";
    CHECK(f.wait(request)->status == 302);
}

TEST_CASE("http client: a download goes to its sink, which may end it") {
    Fixture f;
    f.server.script = [](const auto& seen) {
        return ScriptedHttp::reply(std::string(1U << 20, 'z'), seen.target == "/no" ? 404 : 200);
    };
    const auto fetch = [&f](const std::string& path, std::size_t wanted) {
        std::string got;
        std::optional<HttpClient::Outcome> outcome;
        const auto call = f.client->download(
            {.url = f.server.url() + path, .max_body = 2U << 20},
            [&got, wanted](std::string_view piece) {
                got += piece;
                return got.size() <= wanted;
            },
            [&outcome](auto result) { outcome = std::move(result); });
        f.loop->run_until([&outcome] { return outcome.has_value(); }, 20s);
        return std::pair(got.size(), *outcome);
    };
    const auto all = fetch("/file", 2U << 20);
    CHECK(all.first == 1U << 20);
    CHECK(all.second->body.empty());
    const auto part = fetch("/file", 1000);
    REQUIRE_FALSE(part.second);
    CHECK(part.second.error().error.code == Errc::limit_exceeded);
    const auto refused = fetch("/no", 2U << 20);
    CHECK(refused.first == 0);
    CHECK(refused.second->body.size() == 1U << 20);
}

TEST_CASE("http client: a dropped call is never answered") {
    Fixture f;
    f.server.script = [](const auto& seen) {
        return seen.body == "held" ? nullptr : ScriptedHttp::reply("{}");
    };
    bool is_called = false;
    auto dropped = f.client->send(f.post("held"), [&](auto) { is_called = true; });
    f.loop->run_until([&] { return !f.server.seen.empty(); }, 10s);
    CHECK(dropped.is_open());
    dropped = {};
    CHECK(f.wait(f.post()));
    CHECK_FALSE(is_called);

    // Whoever is answered first drops the other one, whose answer may be there already.
    int answers = 0;
    HttpClient::Call first, second;
    first = f.client->send(f.post("1"), [&](auto) { ++answers, second = {}; });
    second = f.client->send(f.post("2"), [&](auto) { ++answers, first = {}; });
    f.loop->run_until([&] { return answers > 0; }, 10s);
    CHECK(f.wait(f.post()));
    CHECK(answers == 1);
}

TEST_CASE("http client: a client that goes takes its calls along, from inside an answer too") {
    Fixture f;
    f.server.script = [](const auto&) { return ScriptedHttp::reply("{}"); };
    bool is_gone = false;
    auto call = f.client->send(f.post(), [&](auto) {
        f.client.reset();
        is_gone = true;
    });
    f.loop->run_until([&] { return is_gone; }, 10s);
    CHECK(is_gone);
    CHECK_FALSE(call.is_open());
}

TEST_CASE("http client: who is refused may destroy the client, while others wait to be told") {
    Fixture f;
    f.server.script = [](const auto&) { return nullptr; };
    std::vector<HttpClient::Call> calls;
    for (std::size_t i = 0; i < HttpClient::kMaxCalls; ++i)
        calls.push_back(f.client->send(f.post(), [](auto) {}));
    int told = 0;
    for (int i = 0; i < 2; ++i) {
        calls.push_back(f.client->send(f.post(), [&](auto) {
            ++told;
            f.client.reset();
        }));
    }
    f.loop->run_until([&] { return told > 0; }, 10s);
    CHECK(told == 1);
}

TEST_CASE("http client: calls beyond the bound fail at once, with nothing sent") {
    Fixture f;
    f.server.script = [](const auto&) { return nullptr; };
    std::vector<HttpClient::Call> calls;
    for (std::size_t i = 0; i < HttpClient::kMaxCalls; ++i)
        calls.push_back(f.client->send(f.post(), [](auto) {}));
    const auto got = f.wait(f.post());
    REQUIRE_FALSE(got);
    CHECK(got.error().reach == HttpClient::Reach::nothing);
    CHECK(got.error().error.code == Errc::limit_exceeded);
    CHECK(f.server.connections <= 16);
}

TEST_CASE("http client: headers with line breaks and malformed URLs are refused") {
    Fixture f;
    auto request = f.post();
    request.headers = {{"x", "a\r\nb: c"}};
    CHECK(f.wait(request).error().error.code == Errc::invalid_input);
    request = f.post();
    request.url = "http://[secret/";
    const auto got = f.wait(request);
    CHECK(got.error().error.code == Errc::invalid_input);
    CHECK(got.error().reach == HttpClient::Reach::nothing);
    CHECK_FALSE(says(got, "secret"));
    request.url = "file:///etc/passwd";
    CHECK_FALSE(f.wait(request));
}

TEST_CASE("http client: a proxy is asked for everything") {
    Fixture f;
    f.server.script = [](const auto& seen) { return ScriptedHttp::reply(seen.target); };
    f.client = *HttpClient::create(*f.loop, {.proxy = f.server.url()});
    const auto got = f.wait({.url = "http://nobody.invalid/x"});
    REQUIRE(got);
    CHECK(got->body == "http://nobody.invalid/x");
}
