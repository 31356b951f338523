// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <map>

#include "base/file.h"
#include "base/json.h"
#include "bench/measure.h"
#include "bench/request.h"
#include "bench/swarm.h"

namespace gw::bench {

namespace {

// One client that asks for everything the raw peers must answer.
class Listener final : public Swarm {
  public:
    using Swarm::Swarm;

    Result<void> ask(const std::string& method, const std::string& params) {
        answer_.clear();
        Request request(method, params);
        send(*connections().front(), request.frame(0));
        return turn_until([this] { return !answer_.empty(); }, std::chrono::seconds(10));
    }
    Result<void> wait_for_event() {
        return turn_until([this] { return !event_.empty(); }, std::chrono::seconds(10));
    }

    void on_ready(Connection& connection, std::string_view hello) override {
        hello_ = hello;
        Swarm::on_ready(connection, hello);
    }
    void on_message(Connection&, std::string_view text) override {
        if (text.starts_with(R"({"type":"event","event":"presence")")) event_ = text;
        if (text.starts_with(R"({"type":"res")")) answer_ = text;
    }

    // The payload of an answer, as JSON.
    Result<std::string> payload(const std::string& answer) {
        TRY(const json::Value value, parser_.parse(answer));
        const auto payload = value.find("payload");
        if (!payload) return fail(Errc::corrupt, "no payload in " + answer);
        return json::to_string(*payload);
    }
    [[nodiscard]] const std::string& hello() const { return hello_; }
    [[nodiscard]] const std::string& answer() const { return answer_; }
    [[nodiscard]] const std::string& event() const { return event_; }

  private:
    json::Parser parser_;
    std::string hello_;
    std::string answer_;
    std::string event_;
};

}  // namespace

Result<void> capture(const Options& options) {
    const std::string out = options.text("out", ".");
    Listener listener(options.login());
    TRY_VOID(listener.gather(1));
    TRY(const std::string hello, listener.payload(listener.hello()));
    TRY_VOID(base::write_file(out + "/hello.json", hello));
    // The event first: it leaves an entry in the presence that the measurements will have too.
    TRY_VOID(listener.ask("system-event", R"({"text":"the bench announces something"})"));
    TRY_VOID(listener.wait_for_event());
    TRY_VOID(base::write_file(out + "/event.json", listener.event()));
    for (const std::string method : {"health", "system-presence"}) {
        TRY_VOID(listener.ask(method, "{}"));
        TRY(const std::string payload, listener.payload(listener.answer()));
        TRY_VOID(base::write_file(out + "/" + method + ".json", payload));
    }
    return {};
}

}  // namespace gw::bench
