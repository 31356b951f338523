// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "cli/gateway.h"

#include <optional>
#include <utility>

#include "cli/version.h"
#include "net/websocket_client.h"

namespace gw::cli {

namespace {

constexpr std::chrono::milliseconds kConnectDeadline{3000};

std::unexpected<Error> not_there(const std::string& path, std::string_view why) {
    std::string text = "no gateway answers at " + path;
    if (!why.empty()) text.append(" (").append(why).append(")");
    return fail(Errc::unavailable,
                text + "\nstart one with gatewayd, or say where it is with --socket");
}

std::string text_of(json::Value object, std::string_view key) {
    const auto found = object.find(key);
    return found && found->is_string() ? std::string(found->string()) : std::string();
}

Answer answer_of(json::Value frame) {
    Answer answer;
    if (const auto ok = frame.find("ok")) answer.ok = ok->is_bool() && ok->boolean();
    if (const auto payload = frame.find("payload")) answer.payload = json::to_string(*payload);
    if (const auto error = frame.find("error"); error && error->is_object()) {
        answer.code = text_of(*error, "code");
        answer.message = text_of(*error, "message");
    }
    return answer;
}

}  // namespace

// What comes in: the challenge, answers, events, the end.
class Gateway::Conversation final : private net::WebSocketClient::Events {
  public:
    Result<void> open(loop::Loop& loop, const std::string& path) {
        net::WebSocketTarget target;
        target.unix_path = path;
        target.connect_deadline = kConnectDeadline;
        TRY(client_, net::WebSocketClient::connect(
                         loop, target, static_cast<net::WebSocketClient::Events&>(*this)));
        return {};
    }

    void ask(std::string_view method, std::string_view params_json) {
        answer_.reset();
        std::string frame;
        json::Writer(frame)
            .begin_object()
            .field("type", "req")
            .field("id", std::to_string(++last_id_))
            .field("method", method)
            .key("params")
            .raw(params_json)
            .end_object();
        client_->send_text(frame);
    }

    [[nodiscard]] bool is_challenged() const { return is_challenged_; }
    [[nodiscard]] bool is_closed() const { return is_closed_; }
    [[nodiscard]] bool is_answered() const { return answer_.has_value(); }
    [[nodiscard]] Answer take_answer() { return *std::exchange(answer_, std::nullopt); }
    [[nodiscard]] const std::string& close_reason() const { return close_reason_; }
    void set_on_event(OnEvent on_event) { on_event_ = std::move(on_event); }

  private:
    void on_open() override {}

    void on_message(std::span<char> message) override {
        const auto frame = parser_.parse({message.data(), message.size()});
        if (!frame || !frame->is_object()) return;
        const std::string type = text_of(*frame, "type");
        if (type == "event") {
            const std::string name = text_of(*frame, "event");
            if (name == "connect.challenge") is_challenged_ = true;
            if (on_event_) on_event_(name, frame->find("payload").value_or(json::Value()));
        } else if (type == "res" && text_of(*frame, "id") == std::to_string(last_id_)) {
            answer_ = answer_of(*frame);
        }
    }

    void on_closed(std::uint16_t code, std::string_view reason) override {
        is_closed_ = true;
        close_reason_ = reason;
        if (close_reason_.empty()) close_reason_ = "closed with code " + std::to_string(code);
    }

    std::unique_ptr<net::WebSocketClient> client_;
    json::Parser parser_;
    std::uint64_t last_id_ = 0;
    bool is_challenged_ = false;
    bool is_closed_ = false;
    std::string close_reason_;
    std::optional<Answer> answer_;
    OnEvent on_event_;
};

Gateway::Gateway(loop::Loop& loop, std::chrono::milliseconds timeout)
    : loop_(loop), timeout_(timeout), conversation_(std::make_unique<Conversation>()) {}

Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::connect(loop::Loop& loop, const std::string& socket,
                                                  std::chrono::milliseconds timeout) {
    std::unique_ptr<Gateway> gateway(new Gateway(loop, timeout));
    Conversation& conversation = *gateway->conversation_;
    if (const auto opened = conversation.open(loop, socket); !opened) {
        return not_there(socket, "");
    }
    loop.run_until([&] { return conversation.is_challenged() || conversation.is_closed(); },
                   kConnectDeadline);
    if (!conversation.is_challenged()) return not_there(socket, conversation.close_reason());
    std::string params;
    json::Writer w(params);
    w.begin_object().field("minProtocol", 4).field("maxProtocol", 4).key("client").begin_object();
    w.field("id", "cli").field("mode", "cli").field("version", kVersion).field("platform", "linux");
    w.end_object().field("role", "operator").key("scopes").begin_array();
    w.value("operator.admin").end_array().key("caps").begin_array().end_array().end_object();
    TRY(const Answer hello, gateway->call("connect", params));
    if (!hello.ok) return fail(Errc::permission_denied, hello.message);
    return gateway;
}

Result<Answer> Gateway::call(std::string_view method, std::string_view params_json) {
    Conversation& conversation = *conversation_;
    conversation.ask(method, params_json);
    loop_.run_until([&] { return conversation.is_answered() || conversation.is_closed(); },
                    timeout_);
    if (conversation.is_answered()) return conversation.take_answer();
    if (conversation.is_closed()) {
        return fail(Errc::closed, "the gateway closed: " + conversation.close_reason());
    }
    return fail(Errc::timed_out, std::string(method) + ": no answer within " +
                                     std::to_string(timeout_.count()) + " ms");
}

void Gateway::set_on_event(OnEvent on_event) {
    conversation_->set_on_event(std::move(on_event));
}

Result<void> Gateway::run_until(const std::function<bool()>& done) {
    constexpr std::chrono::hours kAWhile{1};
    while (!done() && !conversation_->is_closed()) {
        loop_.run_until([&] { return done() || conversation_->is_closed(); }, kAWhile);
    }
    if (done()) return {};
    return fail(Errc::closed, "the gateway closed: " + conversation_->close_reason());
}

}  // namespace gw::cli
