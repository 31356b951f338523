// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/ids.h"
#include "base/printable.h"
#include "cli/commands/commands.h"

namespace gw::cli {

namespace {

// One turn: says text, prints the answer as it grows, returns when it is complete.
class Turn {
  public:
    Turn(Context& context, std::string session)
        : context_(context), session_(std::move(session)), run_id_(base::new_uuid()) {}

    int take(const std::string& text) {
        context_.gateway.set_on_event(
            [this](std::string_view name, json::Value payload) { on_event(name, payload); });
        std::string params;
        json::Writer(params)
            .begin_object()
            .field("sessionKey", session_)
            .field("message", text)
            .field("idempotencyKey", run_id_)
            .end_object();
        int code = kExitOk;
        const auto payload = ask(context_, "chat.send", params, code);
        if (!payload) return code;
        json::Parser parser;
        const auto answer = parser.parse(*payload);
        // A word like /stop ends the runs there are and begins none.
        if (answer && text_of(*answer, "status").empty()) return show_stop(*payload, *answer);
        const auto ran = context_.gateway.run_until([this] { return is_complete_; });
        if (ran) return code_;
        std::fprintf(stderr, "gatewayctl: %s\n", ran.error().message.c_str());
        return kExitNotThere;
    }

  private:
    void on_event(std::string_view name, json::Value payload) {
        if (name != "chat" || text_of(payload, "runId") != run_id_) return;
        const std::string state = text_of(payload, "state");
        if (context_.wants_json) print(json::to_string(payload));
        if (state == "delta") return show(text_of(payload, "deltaText"));
        if (state == "final") {
            if (!has_shown_) show(whole_text(payload));
            if (!context_.wants_json) print("");
        } else {
            const std::string why = text_of(payload, "errorMessage");
            std::fprintf(stderr, "gatewayctl: %s %s\n", state.c_str(), why.c_str());
            code_ = kExitRefused;
        }
        is_complete_ = true;
    }

    int show_stop(const std::string& payload, json::Value answer) {
        print(context_.wants_json          ? std::string_view(payload)
              : flag_of(answer, "aborted") ? "stopped"
                                           : "nothing to stop");
        return kExitOk;
    }

    static std::string whole_text(json::Value payload) {
        const json::Value content = member_of(member_of(payload, "message"), "content");
        if (!content.is_array() || content.size() == 0) return {};
        return text_of(content.element(0), "text");
    }

    void show(const std::string& text) {
        if (context_.wants_json) return;
        has_shown_ = true;
        std::fputs(base::printable(text, base::Lines::several).c_str(), stdout);
        std::fflush(stdout);
    }

    Context& context_;
    std::string session_;
    std::string run_id_;
    bool is_complete_ = false;
    bool has_shown_ = false;
    int code_ = kExitOk;
};

}  // namespace

int run(Context& context, const ChatCommand& command) {
    const bool is_terminal = ::isatty(STDIN_FILENO) != 0;
    int code = kExitOk;
    std::string line;
    while (true) {
        if (is_terminal) std::cout << paint("you> ", Tone::dim, context.look) << std::flush;
        if (!std::getline(std::cin, line)) break;
        if (line.find_first_not_of(" \t") == std::string::npos) continue;
        code = Turn(context, command.session).take(line);
        if (code == kExitNotThere) return code;
    }
    if (is_terminal) print("");
    return code;
}

}  // namespace gw::cli
