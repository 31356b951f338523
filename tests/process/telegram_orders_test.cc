// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-telegram and what goes out: orders, changes, and their ends.

#include "tests/support/telegram_worker.h"

using namespace gw;
using namespace tests::telegram;
using tests::ScriptedHttp;

namespace {

struct Fixture : TelegramWorker {
    Fixture() : TelegramWorker(GW_TELEGRAM_WORKER) {}
};

}  // namespace

TEST_CASE("telegram worker: polls, topics, silence and markup of Telegram's own go out as said") {
    Fixture f;
    f.start();
    proto::CoreToWorker message;
    auto& order = f.order(message, "<u>x</u>");
    order.set_to("-1001234567890");
    order.set_thread("5");
    order.set_reply_to("9");
    order.set_is_silent(true);
    order.set_parse_mode("HTML");
    f.worker->say(message);
    REQUIRE(f.worker->next(Said::kAttemptStarted));
    const auto done = f.worker->next(Said::kSendDone);
    REQUIRE(done);
    CHECK(done->send_done().provider_message_id() == "101");
    const Call sent = f.made("sendMessage").at(0);
    CHECK(sent.params.at("text") == "<u>x</u>");
    CHECK(sent.params.at("message_thread_id") == "5");
    CHECK(sent.params.at("disable_notification") == "true");
    CHECK(sent.params.at("reply_parameters").find("\"message_id\":9") != std::string::npos);

    auto& poll = f.order(message, "");
    poll.set_delivery_id("d2");
    poll.set_parse_mode("");
    poll.mutable_poll()->set_question("tea?");
    poll.mutable_poll()->add_options("yes");
    poll.mutable_poll()->add_options("no");
    f.worker->say(message);
    REQUIRE(f.worker->next(Said::kSendDone));
    CHECK(f.made("sendPoll").at(0).params.at("question") == "tea?");
}

TEST_CASE("telegram worker: messages are changed, and what is so already counts as done") {
    Fixture f;
    f.start();
    proto::CoreToWorker message;
    message.set_id(9);
    auto& change = *message.mutable_change_message();
    change.set_to("7");
    change.set_message_id("3");
    change.set_text("**new**");
    CHECK(f.wait_changed(message).empty());
    CHECK(f.made("editMessageText").at(0).params.at("text") == "<b>new</b>");
    f.answers["editMessageText"].push_back(
        ScriptedHttp::reply(refusal(400, "Bad Request: message is not modified: x"), 400));
    CHECK(f.wait_changed(message).empty());
    f.answers["editMessageText"].push_back(
        ScriptedHttp::reply(refusal(400, "Bad Request: message can't be edited"), 400));
    CHECK(f.wait_changed(message) == "Bad Request: message can't be edited");
    change.set_reaction("👍");
    CHECK(f.wait_changed(message).empty());
    CHECK(f.made("setMessageReaction").size() == 1);
    change.set_deletion(true);
    CHECK(f.wait_changed(message).empty());
    CHECK(f.made("deleteMessage").size() == 1);

    proto::CoreToWorker typing;
    typing.mutable_show_typing()->set_to("7");
    f.worker->say(typing);
    REQUIRE(f.wait([&f] { return f.made("sendChatAction").size() == 1; }));
    CHECK(f.made("sendChatAction")[0].params.at("action") == "typing");
}

TEST_CASE("telegram worker: what was refused, flooded, unsent or unanswered is told apart") {
    Fixture f;
    f.start();
    f.wait_connected();
    f.answers["sendMessage"].push_back(
        ScriptedHttp::reply(refusal(403, "Forbidden: bot was blocked by the user"), 403));
    f.worker->order("refused", "7", "x");
    auto failed = f.wait_failed();
    CHECK(failed.failure() == proto::SEND_FAILURE_PERMANENT);
    CHECK(failed.reason() == "Forbidden: bot was blocked by the user");

    f.answers["sendMessage"].push_back(
        ScriptedHttp::reply(refusal(429, "Too Many Requests", R"({"retry_after":7})"), 429));
    f.worker->order("flooded", "7", "x");
    failed = f.wait_failed();
    CHECK(failed.failure() == proto::SEND_FAILURE_TRANSIENT);
    CHECK(failed.retry_after_ms() == 7000);

    f.answers["sendMessage"].push_back(ScriptedHttp::hang_up());
    f.worker->order("unanswered", "7", "x");
    CHECK(f.wait_failed().failure() == proto::SEND_FAILURE_UNCERTAIN);
    CHECK(f.made("sendMessage").size() == 3);

    f.worker->order("nowhere", "not a chat", "x");
    CHECK(f.wait_failed().failure() == proto::SEND_FAILURE_PERMANENT);

    f.server.stop();
    f.worker->order("unsent", "7", "x");
    CHECK(f.wait_failed().failure() == proto::SEND_FAILURE_TRANSIENT);
}

TEST_CASE("telegram worker: in a message of several parts, those that arrived are not repeated") {
    Fixture f;
    f.start();
    f.wait_connected();
    auto& answers = f.answers["sendMessage"];
    answers.push_back(ScriptedHttp::reply(ok(R"({"message_id":1,"chat":{"id":7}})")));
    answers.push_back(
        ScriptedHttp::reply(refusal(429, "Too Many Requests", R"({"retry_after":1})"), 429));
    f.worker->order("flooded", "7", std::string(9000, 'x'));
    f.worker->order("behind", "7", "y");
    const auto done = f.worker->next(Said::kSendDone);
    REQUIRE(done);
    CHECK(done->send_done().delivery_id() == "flooded");
    REQUIRE(f.worker->next(Said::kSendDone));
    std::vector<std::size_t> sizes;
    for (const Call& call : f.made("sendMessage"))
        sizes.push_back(call.params.at("text").size());
    CHECK(sizes == std::vector<std::size_t>{4000, 4000, 4000, 1000, 1});

    answers.push_back(ScriptedHttp::reply(ok(R"({"message_id":1,"chat":{"id":7}})")));
    answers.push_back(ScriptedHttp::hang_up());
    f.worker->order("unanswered", "7", std::string(9000, 'x'));
    const auto failed = f.wait_failed();
    CHECK(failed.failure() == proto::SEND_FAILURE_UNCERTAIN);
    CHECK(failed.reason().find("(part 1 of 3 has arrived)") != std::string::npos);
}

TEST_CASE(
    "telegram worker: chats do not wait for each other, and a new attempt replaces a waiting one") {
    Fixture f;
    f.start();
    f.wait_connected();
    f.answers["sendMessage"].push_back(nullptr);
    f.worker->order("held", "7", "x");
    REQUIRE(f.wait([&f] { return f.made("sendMessage").size() == 1; }));
    f.worker->order("waits", "7", "first attempt");
    f.worker->order("waits", "7", "second attempt", 2);
    f.worker->order("other", "8", "y");
    const auto done = f.worker->next(Said::kSendDone);
    REQUIRE(done);
    CHECK(done->send_done().delivery_id() == "other");
    // The one under way may be on Telegram already.
    f.worker->order("held", "7", "x", 2);
    const auto failed = f.wait_failed();
    CHECK(failed.attempt() == 2);
    CHECK(failed.failure() == proto::SEND_FAILURE_UNCERTAIN);
    // At the end nobody has begun the one that waits.
    proto::CoreToWorker shutdown;
    shutdown.mutable_shutdown();
    f.worker->say(shutdown);
    const auto stopped = f.wait_failed();
    CHECK(stopped.delivery_id() == "waits");
    CHECK(stopped.attempt() == 2);
    CHECK(stopped.failure() == proto::SEND_FAILURE_TRANSIENT);
    REQUIRE(f.worker->wait_exit());
    CHECK(f.worker->exit->code == 0);
}

TEST_CASE("telegram worker: at the end what is under way gets its answer") {
    Fixture f;
    f.start();
    f.wait_connected();
    f.worker->order("last", "7", "x");
    REQUIRE(f.worker->next(Said::kAttemptStarted));
    proto::CoreToWorker shutdown;
    shutdown.mutable_shutdown();
    f.worker->say(shutdown);
    CHECK(f.worker->next(Said::kSendDone));
    REQUIRE(f.worker->wait_exit());
    CHECK(f.worker->exit->code == 0);
}

TEST_CASE("telegram worker: a file goes out whole, and again as a document where it is no photo") {
    Fixture f;
    f.start();
    f.wait_connected();
    f.answers["sendPhoto"].push_back(
        ScriptedHttp::reply(refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), 400));
    proto::CoreToWorker message;
    auto& file = *f.order(message, "caption").add_media();
    file.set_media_id("m1");
    file.set_mime_type("image/png");
    file.set_filename("a.png");
    file.set_size(6);
    f.worker->say(message);
    REQUIRE(f.worker->next(Said::kMediaCredit));
    proto::CoreToWorker chunk;
    chunk.mutable_media_chunk()->set_media_id("m1");
    chunk.mutable_media_chunk()->set_data("abcdef");
    chunk.mutable_media_chunk()->set_is_last(true);
    f.worker->say(chunk);
    REQUIRE(f.worker->next(Said::kSendDone));
    CHECK(f.made("sendPhoto").size() == 1);
    CHECK(f.made("sendDocument").size() == 1);
    CHECK(f.server.seen.back().body.find("abcdef") != std::string::npos);
}
