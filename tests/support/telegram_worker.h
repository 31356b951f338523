#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The Telegram worker as a process, with the test in the core's place, and a Bot API on loopback
// that answers as scripted.

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/scripted_http.h"
#include "tests/support/worker_process.h"

namespace gw::tests::telegram {

using Said = proto::WorkerToCore;

using Answer = std::unique_ptr<ScriptedHttp::Answer>;

inline std::string ok(const std::string& result) {
    return R"({"ok":true,"result":)" + result + '}';
}

inline std::string refusal(int code, const std::string& text,
                           const std::string& parameters = "{}") {
    return R"({"ok":false,"error_code":)" + std::to_string(code) + R"(,"description":")" + text +
           R"(","parameters":)" + parameters + '}';
}

inline std::string decoded(const std::string& text) {
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

// The worker between a core and a Bot API that both do what a test says.
struct TelegramWorker {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    ScriptedHttp server{*loop};
    std::unique_ptr<WorkerProcess> worker;
    std::vector<Call> calls;                            // but for getMe and deleteWebhook
    std::map<std::string, std::deque<Answer>> answers;  // what the next calls are told
    std::string updates = "[]";                         // what there is from offset on
    int messages = 100;
    std::string program;

    explicit TelegramWorker(std::string path) : program(std::move(path)) {
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
        worker = std::make_unique<WorkerProcess>(*loop, program);
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
    bool wait(const std::function<bool()>& done) {
        return loop->run_until(done, std::chrono::seconds(20));
    }
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

inline std::string said(int id, int chat, const std::string& more) {
    return R"({"update_id":)" + std::to_string(id) + R"(,"message":{"message_id":)" +
           std::to_string(id) +
           R"(,"date":1700000000,"from":{"id":7,"first_name":"Ann"},"chat":{"id":)" +
           std::to_string(chat) + R"(,"type":"private"},)" + more + "}}";
}

}  // namespace gw::tests::telegram
