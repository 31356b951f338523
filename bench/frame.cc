// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// bench_frame: what one request costs inside gatewayd, without sockets: parse, validate, dispatch,
// answer. The core is put together as App does it, on an empty store; the socket only counts.
//
// Prints nanoseconds of CPU a request for each method, as one line of JSON.

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "base/json.h"
#include "gatewayd/channels/channels.h"
#include "gatewayd/delivery/dead_letters.h"
#include "gatewayd/methods/run_waiters.h"
#include "gatewayd/observe/system_events.h"
#include "gatewayd/server/announcements.h"
#include "gatewayd/server/client.h"
#include "gatewayd/server/shared.h"

namespace gw::bench {

namespace {

constexpr int kWarmUp = 20'000;
constexpr int kRequests = 200'000;

// Takes everything and keeps nothing.
class CountingSocket final : public net::Socket {
  public:
    void send_text(std::string_view message) override {
        bytes_ += message.size();
        last_ = message;
    }
    void send_numbered(const std::shared_ptr<const net::NumberedText>& message,
                       std::uint64_t) override {
        bytes_ += message->head.size() + message->tail.size();
    }
    void send_ping() override {}
    void close(std::uint16_t, std::string_view) override { is_closed_ = true; }
    void abort() override { is_closed_ = true; }
    [[nodiscard]] std::size_t buffered() const override { return 0; }
    [[nodiscard]] const net::Peer& peer() const override { return peer_; }
    void set_max_message(std::size_t) override {}
    void pause() override {}
    void resume() override {}

    [[nodiscard]] bool is_closed() const { return is_closed_; }
    [[nodiscard]] const std::string& last() const { return last_; }

  private:
    net::Peer peer_;
    std::size_t bytes_ = 0;
    std::string last_;
    bool is_closed_ = false;
};

struct Core {
    explicit Core(loop::Loop& loop, config::Config settings, std::unique_ptr<store::Store> database)
        : config(std::move(settings)),
          presence(clock, {}),
          health(clock),
          run_waiters(loop, clock),
          store(std::move(database)),
          announcements(loop, clock, config, *store, clients, presence, health, run_waiters),
          outbox(loop, clock, *store),
          dead_letters(clock, *store, outbox),
          runs(loop, clock, *store, outbox, announcements),
          channels(loop, clock, *store, config, outbox, runs, announcements),
          patience(loop),
          services{config,        clock,         *store,  presence,     health,
                   system_events, channels,      outbox,  dead_letters, runs,
                   run_waiters,   announcements, patience},
          hello(config, clock, presence, health),
          shared{config, clock, services, clients, hello, {}, {}, {}, {}, 0} {
        announcements.start(channels);
    }

    config::Config config;
    base::SystemClock clock;
    observe::Presence presence;
    observe::Health health;
    observe::SystemEvents system_events;
    server::Clients clients;
    methods::RunWaiters run_waiters;
    std::unique_ptr<store::Store> store;
    server::Announcements announcements;
    delivery::Outbox outbox;
    delivery::DeadLetters dead_letters;
    agents::Runs runs;
    channels::Channels channels;
    store::Patience patience;
    methods::Services services;
    server::Hello hello;
    server::Shared shared;
};

double cpu_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// A message is parsed in place, so each time it is a fresh copy, as the network would bring it.
class Sender {
  public:
    Sender(server::Client& client, std::string text) : client_(client), text_(std::move(text)) {}

    void send(int times) {
        for (int i = 0; i < times; ++i) {
            buffer_.assign(text_);
            client_.on_message({buffer_.data(), buffer_.size()}, net::MessageKind::text);
        }
    }

  private:
    server::Client& client_;
    std::string text_;
    std::string buffer_;
};

std::string request(std::string_view method) {
    std::string text;
    json::Writer(text)
        .begin_object()
        .field("type", "req")
        .field("id", "7d0a4a52-88a6-4c1c-9b0e-000000000042")
        .field("method", method)
        .key("params")
        .raw("{}")
        .end_object();
    return text;
}

Result<void> measure(const std::string& directory) {
    TRY(auto loop, loop::Loop::create());
    config::Config config;
    config.gateway.token = base::Secret("secret");
    config.state_dir = directory;
    TRY(auto store, store::Store::open(*loop, {.path = directory + "/gatewayd.db"}));
    Core core(*loop, std::move(config), std::move(store));

    CountingSocket socket;
    server::Client client(core.shared, {.nonce = "nonce", .ip = "", .is_local = true});
    client.on_open(socket);
    Sender(client, R"({"type":"req","id":"c","method":"connect","params":{"minProtocol":4,)"
                   R"("maxProtocol":4,"client":{"id":"cli","version":"1","platform":"linux",)"
                   R"("mode":"cli"},"scopes":["operator.admin"],"auth":{"token":"secret"}}})")
        .send(1);
    if (socket.is_closed()) return fail(Errc::permission_denied, socket.last());

    std::string line;
    json::Writer w(line);
    w.begin_object();
    for (const std::string_view method : {"health", "system-presence", "bench.unknown"}) {
        Sender sender(client, request(method));
        sender.send(kWarmUp);
        const double before = cpu_nanoseconds();
        sender.send(kRequests);
        w.field(method, (cpu_nanoseconds() - before) / kRequests);
    }
    w.end_object();
    std::puts(line.c_str());
    client.on_closed();
    return {};
}

int run() {
    char directory[] = "/tmp/gatewayd-bench-XXXXXX";
    if (::mkdtemp(directory) == nullptr) return 1;
    const auto measured = measure(directory);
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
    if (measured) return 0;
    std::fprintf(stderr, "bench_frame: %s\n", measured.error().message.c_str());
    return 1;
}

}  // namespace

}  // namespace gw::bench

int main() {
    return gw::bench::run();
}
