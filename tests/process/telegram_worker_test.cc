// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-telegram as a process, with the test in the core's place and a scripted Bot API.

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "tests/support/scripted_http.h"
#include "tests/support/worker_process.h"

using namespace gw;
using namespace std::chrono_literals;
using Said = proto::WorkerToCore;
using tests::ScriptedHttp;

namespace {

using Answer = std::unique_ptr<ScriptedHttp::Answer>;

std::string ok(const std::string& result) {
    return R"({"ok":true,"result":)" + result + '}';
}

std::string refusal(int code, const std::string& text, const std::string& parameters = "{}") {
    return R"({"ok":false,"error_code":)" + std::to_string(code) + R"(,"description":")" + text +
           R"(","parameters":)" + parameters + '}';
}

std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
    }
    return out;
}

// A call as the Bot API sees it.
struct Call {
    std::string method;
    std::map<std::string, std::string> params;
};

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    ScriptedHttp server{*loop};
    std::unique_ptr<tests::WorkerProcess> worker;
    std::vector<Call> calls;                            // but for getMe and deleteWebhook
    std::map<std::string, std::deque<Answer>> answers;  // what the next calls are told
    std::string updates = "[]";                         // what there is from offset on
    int messages = 100;

    Fixture() {
        server.script = [this](const ScriptedHttp::Seen& seen) { return answer(seen); };
    }

    Answer answer(const ScriptedHttp::Seen& seen) {
        if (seen.target.starts_with("/file/bot42:abc/")) return ScriptedHttp::reply("the file");
        Call call{seen.target.substr(seen.target.rfind('/') + 1), {}};
        for (std::size_t at = 0; at < seen.body.size();) {
            const std::size_t end = std::min(seen.body.find('&', at), seen.body.size());
            const std::size_t equals = seen.body.find('=', at);
            if (equals >= end) break;  // a file
            call.params[decoded(seen.body.substr(at, equals - at))] =
                decoded(seen.body.substr(equals + 1, end - equals - 1));
            at = end + 1;
        }
        const std::string method = call.method;
        if (method == "getMe") {
            return ScriptedHttp::reply(ok(R"({"id":42,"is_bot":true,"username":"gatebot"})"));
        }
        if (method == "deleteWebhook") return ScriptedHttp::reply(ok("true"));
        calls.push_back(std::move(call));
        if (auto& prepared = answers[method]; !prepared.empty()) {
            Answer next = std::move(prepared.front());
            prepared.pop_front();
            return next;
        }
        // A poll is held; the first one is told what there is.
        if (method == "getUpdates") {
            const std::string there = std::exchange(updates, "[]");
            return there == "[]" ? nullptr : ScriptedHttp::reply(ok(there));
        }
        if (method == "getFile") return ScriptedHttp::reply(ok(R"({"file_path":"a/b.jpg"})"));
        if (method.starts_with("send") && method != "sendChatAction") {
            return ScriptedHttp::reply(
                ok(R"({"message_id":)" + std::to_string(++messages) + R"(,"chat":{"id":7}})"));
        }
        return ScriptedHttp::reply(ok("true"));
    }

    void start(const std::string& more = "", const std::string& cursor = "",
               const std::string& skip = "", bool is_cautious = false) {
        worker = std::make_unique<tests::WorkerProcess>(*loop, GW_TELEGRAM_WORKER);
        REQUIRE(worker->next(Said::kHello));
        proto::CoreToWorker message;
        auto& configure = *message.mutable_configure();
        configure.set_generation(1);
        configure.set_settings_json(R"({"apiRoot":")" + server.url() + '"' + more + '}');
        configure.set_cursor(cursor);
        configure.set_is_cautious(is_cautious);
        if (!skip.empty()) configure.add_skip(skip);
        (*configure.mutable_secrets())["botToken"] = "42:abc";
        (*configure.mutable_secrets())["webhookSecret"] = "s3cret";
        worker->say(message);
        REQUIRE(worker->next(Said::kReady));
    }
    void wait_connected() {
        REQUIRE(worker->next([](const Said& message) {
            return message.link_changed().state() == proto::LINK_STATE_CONNECTED;
        }));
    }
    void accept(const std::string& event_id) {
        proto::CoreToWorker message;
        message.mutable_accepted()->set_event_id(event_id);
        worker->say(message);
    }
    bool wait(const std::function<bool()>& done) { return loop->run_until(done, 20s); }
    std::vector<Call> made(const std::string& method) const {
        std::vector<Call> found;
        for (const Call& call : calls) {
            if (call.method == method) found.push_back(call);
        }
        return found;
    }
    proto::SendMessage& order(proto::CoreToWorker& message, const std::string& text) {
        auto& send = *message.mutable_send_message();
        send.set_delivery_id("d1");
        send.set_attempt(1);
        send.set_to("7");
        send.set_text(text);
        return send;
    }
    proto::SendFailed wait_failed() {
        const auto failed = worker->next(Said::kSendFailed);
        REQUIRE(failed);
        return failed->send_failed();
    }
    std::string wait_changed(const proto::CoreToWorker& change) {
        worker->say(change);
        const auto changed = worker->next(Said::kMessageChanged);
        REQUIRE(changed);
        CHECK(changed->id() == change.id());
        return changed->message_changed().error();
    }
};

std::string said(int id, int chat, const std::string& more) {
    return R"({"update_id":)" + std::to_string(id) + R"(,"message":{"message_id":)" +
           std::to_string(id) +
           R"(,"date":1700000000,"from":{"id":7,"first_name":"Ann"},"chat":{"id":)" +
           std::to_string(chat) + R"(,"type":"private"},)" + more + "}}";
}

}  // namespace

TEST_CASE("telegram worker: what the core has accepted is forgotten, and nothing else") {
    Fixture f;
    f.updates = '[' + said(5, 7, R"("text":"one")") + ',' + said(6, 7, R"("text":"two")") + ']';
    f.start("", "5");
    f.wait_connected();
    const auto first = f.worker->next(Said::kMessageReceived);
    REQUIRE(first);
    CHECK(first->message_received().event_id() == "5");
    CHECK(first->message_received().cursor() == "6");
    CHECK(first->message_received().text() == "one");
    const auto second = f.worker->next(Said::kMessageReceived);
    REQUIRE(second);
    CHECK(second->message_received().cursor() == "7");
    CHECK(f.made("getUpdates").at(0).params.at("offset") == "5");

    // The second is accepted, the first is not: it may not be forgotten, and asking does not wait.
    // What comes again is known.
    f.updates = '[' + said(5, 7, R"("text":"one")") + ',' + said(6, 7, R"("text":"two")") + ']';
    f.accept("6");
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
    f.accept("5");
    f.accept("6");
    REQUIRE(f.wait([&f] { return f.made("getUpdates").size() == 2; }));
    CHECK(f.made("getUpdates")[1].params.at("offset") == "7");
    CHECK(f.made("getUpdates")[1].params.at("timeout") == "30");
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
    CHECK(other->message_received().event_id() == "7");
    // Nothing in front of the update that waits may be passed.
    CHECK(other->message_received().cursor() == "5");
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
    f.start("", "", "5", true);
    const auto skipped = f.worker->next(Said::kEventSkipped);
    REQUIRE(skipped);
    CHECK(skipped->event_skipped().event_id() == "5");
    f.accept("5");
    const auto started = f.worker->next(Said::kEventStarted);
    REQUIRE(started);
    CHECK(started->event_started().event_id() == "6");
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
    CHECK(passed->event_passed().event_id() == "5");
    CHECK(f.made("getUpdates").at(1).params.at("limit") == "1");
    f.accept("5");
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
    CHECK(told->message_received().event_id() == "6");
    CHECK(told->message_received().kind() == proto::EVENT_KIND_REACTION_ADDED);
    const auto pressed = f.worker->next(Said::kMessageReceived);
    REQUIRE(pressed);
    CHECK(pressed->message_received().text() == "go");
    REQUIRE(f.wait([&f] { return f.made("answerCallbackQuery").size() == 1; }));
    CHECK(f.made("answerCallbackQuery")[0].params.at("callback_query_id") == "q1");
}

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
    f.accept("5");
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
