// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-telegram and what comes in: polls, files, webhooks.

#include "tests/support/telegram_worker.h"

using namespace gw;
using namespace tests::telegram;
using tests::ScriptedHttp;

namespace {

struct Fixture : TelegramWorker {
    Fixture() : TelegramWorker(GW_TELEGRAM_WORKER) {}
};

}  // namespace

TEST_CASE("telegram worker: what the core has accepted is forgotten, and nothing else") {
    Fixture f;
    f.updates = '[' + said(5, 7, R"("text":"one")") + ',' + said(6, 7, R"("text":"two")") + ']';
    f.start("", "42:5");
    f.wait_connected();
    const auto first = f.worker->next(Said::kMessageReceived);
    REQUIRE(first);
    CHECK(first->message_received().event_id() == "42:5");
    CHECK(first->message_received().cursor() == "42:6");
    CHECK(first->message_received().text() == "one");
    const auto second = f.worker->next(Said::kMessageReceived);
    REQUIRE(second);
    CHECK(second->message_received().cursor() == "42:7");
    CHECK(f.made("getUpdates").at(0).params.at("offset") == "5");

    // The second is accepted, the first is not: it may not be forgotten, and asking does not wait.
    // What comes again is known.
    f.updates = '[' + said(5, 7, R"("text":"one")") + ',' + said(6, 7, R"("text":"two")") + ']';
    f.accept("42:6");
    REQUIRE(f.wait([&f] { return f.made("getUpdates").size() == 3; }));
    CHECK(f.made("getUpdates")[1].params.at("offset") == "5");
    CHECK(f.made("getUpdates")[1].params.at("timeout") == "0");
    CHECK(std::count_if(f.worker->said.begin(), f.worker->said.end(), [](const Said& message) {
              return message.body_case() == Said::kMessageReceived;
          }) == 2);
}

TEST_CASE("telegram worker: with everything accepted the next poll waits, behind it") {
    Fixture f;
    f.updates = '[' + said(5, 7, R"("text":"one")") + ",{\"update_id\":6,\"poll\":{}}]";
    f.start();
    REQUIRE(f.worker->next(Said::kMessageReceived));
    REQUIRE(f.worker->next(Said::kEventPassed));
    CHECK(f.made("getUpdates").at(0).params.count("offset") == 0);
    f.accept("42:5");
    f.accept("42:6");
    REQUIRE(f.wait([&f] { return f.made("getUpdates").size() == 2; }));
    CHECK(f.made("getUpdates")[1].params.at("offset") == "7");
    CHECK(f.made("getUpdates")[1].params.at("timeout") == "30");
}

TEST_CASE("telegram worker: updates that are numbered anew are taken") {
    Fixture f;
    f.updates = '[' + said(5000, 7, R"("text":"one")") + ']';
    f.start();
    REQUIRE(f.worker->next(Said::kMessageReceived));
    f.accept("42:5000");
    f.updates = '[' + said(12, 7, R"("text":"two")") + ']';
    const auto received = f.worker->next(Said::kMessageReceived);
    REQUIRE(received);
    CHECK(received->message_received().event_id() == "42:12");
    CHECK(received->message_received().cursor() == "42:13");
}

TEST_CASE("telegram worker: where another bot had stopped means nothing") {
    Fixture f;
    f.updates = '[' + said(5, 7, R"("text":"one")") + ']';
    f.start("", "41:5000", "41:5");
    const auto received = f.worker->next(Said::kMessageReceived);
    REQUIRE(received);
    CHECK(received->message_received().cursor() == "42:6");
    CHECK(f.made("getUpdates").at(0).params.count("offset") == 0);
}

TEST_CASE("telegram worker: a file holds up its own chat and no other") {
    Fixture f;
    f.answers["getFile"].push_back(nullptr);  // never answered
    f.updates = '[' + said(5, 7, R"("photo":[{"file_id":"p","width":1,"height":1}])") + ',' +
                said(6, 7, R"("text":"behind it")") + ',' + said(7, 8, R"("text":"elsewhere")") +
                ']';
    f.start();
    const auto other = f.worker->next(Said::kMessageReceived);
    REQUIRE(other);
    CHECK(other->message_received().event_id() == "42:7");
    // Nothing in front of the update that waits may be passed.
    CHECK(other->message_received().cursor() == "42:5");
    REQUIRE(f.wait([&f] { return f.made("getUpdates").size() == 2; }));
    CHECK(f.made("getUpdates")[1].params.at("offset") == "5");
}

TEST_CASE("telegram worker: a file comes before its message, one too large is a note") {
    Fixture f;
    f.updates =
        '[' + said(5, 7, R"("caption":"look","photo":[{"file_id":"p","width":1,"height":1}])") +
        ',' + said(6, 7, R"("document":{"file_id":"d","file_name":"big","file_size":9000000})") +
        ']';
    f.start();
    const auto chunk = f.worker->next(Said::kMediaChunk);
    REQUIRE(chunk);
    CHECK(chunk->media_chunk().data() == "the file");
    CHECK(chunk->media_chunk().is_last());
    const auto with = f.worker->next(Said::kMessageReceived);
    REQUIRE(with);
    REQUIRE(with->message_received().media_size() == 1);
    CHECK(with->message_received().media(0).media_id() == chunk->media_chunk().media_id());
    CHECK(with->message_received().media(0).size() == 8);
    CHECK(with->message_received().text() == "look");
    const auto without = f.worker->next(Said::kMessageReceived);
    REQUIRE(without);
    CHECK(without->message_received().media_size() == 0);
    CHECK(without->message_received().text() ==
          "<media:document> (big was not fetched: 9 MB, more than the 5 MB that are fetched)");
}

TEST_CASE("telegram worker: after a crash an event on the list is handed over unread") {
    Fixture f;
    f.updates = '[' + said(5, 7, R"("text":"boom")") + ',' + said(6, 7, R"("text":"after")") + ']';
    f.start("", "", "42:5", true);
    const auto skipped = f.worker->next(Said::kEventSkipped);
    REQUIRE(skipped);
    CHECK(skipped->event_skipped().event_id() == "42:5");
    f.accept("42:5");
    const auto started = f.worker->next(Said::kEventStarted);
    REQUIRE(started);
    CHECK(started->event_started().event_id() == "42:6");
    CHECK(f.worker->next(Said::kMessageReceived));
}

TEST_CASE("telegram worker: an update that is no JSON is passed, and those behind it are read") {
    Fixture f;
    const std::string broken = ok("[{\"update_id\":5,\"message\":{\"text\":\"\\ud800\"}}]");
    f.answers["getUpdates"].push_back(ScriptedHttp::reply(broken));
    f.answers["getUpdates"].push_back(ScriptedHttp::reply(broken));
    f.start();
    f.updates = '[' + said(6, 7, R"("text":"after")") + ']';
    const auto passed = f.worker->next(Said::kEventPassed);
    REQUIRE(passed);
    CHECK(passed->event_passed().event_id() == "42:5");
    CHECK(f.made("getUpdates").at(1).params.at("limit") == "1");
    f.accept("42:5");
    const auto after = f.worker->next(Said::kMessageReceived);
    REQUIRE(after);
    CHECK(after->message_received().text() == "after");
}

TEST_CASE("telegram worker: reactions to our own messages are told, buttons are answered") {
    Fixture f;
    f.start();
    f.wait_connected();
    f.worker->order("d1", "7", "mine");
    REQUIRE(f.worker->next(Said::kSendDone));  // message 101
    const auto reaction = [](int id, int message) {
        return R"({"update_id":)" + std::to_string(id) +
               R"(,"message_reaction":{"chat":{"id":7,"type":"private"},"message_id":)" +
               std::to_string(message) +
               R"(,"date":1,"user":{"id":7,"first_name":"Ann"},"old_reaction":[],"new_reaction":[{"type":"emoji","emoji":"👍"}]}})";
    };
    f.answers["getUpdates"].push_back(ScriptedHttp::reply(ok(
        '[' + reaction(5, 55) + ',' + reaction(6, 101) +
        R"(,{"update_id":7,"callback_query":{"id":"q1","data":"go","from":{"id":7,"first_name":"Ann"},"message":{"message_id":101,"chat":{"id":7,"type":"private"}}}}])")));
    // The poll that waits is cut off, and the next one is told.
    const std::uint16_t port = f.server.port;
    f.server.stop();
    f.server.start(port);
    const auto told = f.worker->next(Said::kMessageReceived);
    REQUIRE(told);
    CHECK(told->message_received().event_id() == "42:6");
    CHECK(told->message_received().kind() == proto::EVENT_KIND_REACTION_ADDED);
    const auto pressed = f.worker->next(Said::kMessageReceived);
    REQUIRE(pressed);
    CHECK(pressed->message_received().text() == "go");
    REQUIRE(f.wait([&f] { return f.made("answerCallbackQuery").size() == 1; }));
    CHECK(f.made("answerCallbackQuery")[0].params.at("callback_query_id") == "q1");
}

TEST_CASE("telegram worker: a webhook is acknowledged once the core has the update") {
    Fixture f;
    f.start(R"(,"webhookUrl":"https://e.example/telegram")");
    f.wait_connected();
    CHECK(f.made("setWebhook").at(0).params.at("secret_token") == "s3cret");
    CHECK(f.made("getUpdates").empty());
    proto::CoreToWorker posted;
    auto& request = *posted.mutable_http_request_received();
    request.set_method("POST");
    auto& header = *request.add_headers();
    header.set_name("x-telegram-bot-api-secret-token");
    header.set_value("s3cret");
    request.set_body(said(5, 7, R"("text":"posted")"));
    // Telegram is impatient and asks twice.
    for (const std::uint64_t id : {1, 2}) {
        posted.set_id(id);
        f.worker->say(posted);
    }
    const auto received = f.worker->next(Said::kMessageReceived);
    REQUIRE(received);
    CHECK(received->message_received().cursor().empty());
    CHECK(f.worker->said.back().body_case() == Said::kMessageReceived);
    f.accept("42:5");
    for (const std::uint64_t id : {1, 2}) {
        const auto reply = f.worker->next(Said::kHttpReply);
        REQUIRE(reply);
        CHECK(reply->id() == id);
        CHECK(reply->http_reply().status() == 200);
    }
    // What says nothing is over at once.
    request.set_body(R"({"update_id":6,"poll":{}})");
    posted.set_id(3);
    f.worker->say(posted);
    const auto passed = f.worker->next(Said::kHttpReply);
    REQUIRE(passed);
    CHECK(passed->http_reply().status() == 200);
    header.set_value("guess");
    posted.set_id(4);
    f.worker->say(posted);
    CHECK(f.worker->next(Said::kHttpReply)->http_reply().status() == 401);
}
