// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <charconv>
#include <cstdio>
#include <unordered_map>

#include "base/ids.h"
#include "base/json.h"
#include "bench/framing.h"
#include "bench/latency.h"
#include "bench/measure.h"
#include "bench/process_stats.h"
#include "bench/swarm.h"

namespace gw::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<char, 4> kMask = {0x37, 0x0c, 0x55, 0x29};
// Enough people that none waits for the message before; an order is kept per recipient.
constexpr long kPeople = 4096;
constexpr std::string_view kAnswer = R"({"type":"res","id":")";

// Whom is written to: so many, called by the name with a number behind it.
struct People {
    std::string channel;
    std::string name;
    std::uint64_t count;
};

// `send` to them in turn, each with a key of its own, over one connection; so many in flight.
class SendSwarm final : public Swarm {
  public:
    SendSwarm(Login login, People people, std::size_t in_flight)
        : Swarm(std::move(login)),
          people_(std::move(people)),
          in_flight_(in_flight),
          keys_(base::new_uuid()) {}

    Result<void> run(std::chrono::milliseconds time) {
        latencies_.clear();
        answered_ = 0;
        ends_ = Clock::now() + time;
        std::string frames;
        for (std::size_t i = 0; i < in_flight_; ++i)
            frames += next_frame();
        send(*connections().front(), frames);
        return turn_until([this] { return sent_at_.empty() || closed_count_ > 0; },
                          std::chrono::seconds(120));
    }

    void on_message(Connection&, std::string_view text) override {
        if (!text.starts_with(kAnswer)) return;
        std::uint64_t number = 0;
        const char* begin = text.data() + kAnswer.size();
        const char* end = std::from_chars(begin, text.data() + text.size(), number).ptr;
        const auto sent = sent_at_.find(number);
        const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
        if (sent == sent_at_.end() || !rest.starts_with(R"(","ok":true)")) ++wrong_;
        if (sent == sent_at_.end()) return;
        const auto now = Clock::now();
        latencies_.add(sent->second, now);
        sent_at_.erase(sent);
        ++answered_;
        if (now < ends_) frames_ += next_frame();
    }

    void on_read_done(Connection& connection) override {
        if (frames_.empty()) return;
        connection.send(frames_);
        frames_.clear();
    }

    [[nodiscard]] std::uint64_t answered() const { return answered_; }
    [[nodiscard]] std::uint64_t wrong() const { return wrong_ + closed_count_; }
    Latencies& latencies() { return latencies_; }

  private:
    std::string next_frame() {
        const std::string number = std::to_string(++last_);
        std::string text;
        json::Writer w(text);
        w.begin_object().field("type", "req").field("id", number).field("method", "send");
        w.key("params").begin_object().field("channel", people_.channel);
        w.field("to", people_.name + std::to_string(last_ % people_.count));
        w.field("message", "The quick brown fox jumps over the lazy dog, again and again.");
        w.field("idempotencyKey", keys_ + '-' + number).end_object().end_object();
        sent_at_.emplace(last_, Clock::now());
        return masked_frame(Opcode::text, text, kMask);
    }

    People people_;
    std::size_t in_flight_;
    std::string keys_;
    std::uint64_t last_ = 0;
    std::unordered_map<std::uint64_t, Clock::time_point> sent_at_;
    std::string frames_;
    std::uint64_t answered_ = 0;
    std::uint64_t wrong_ = 0;
    Clock::time_point ends_;
    Latencies latencies_;
};

}  // namespace

Result<void> measure_sends(const Options& options) {
    const auto in_flight = static_cast<std::size_t>(options.number("in-flight", 64));
    const std::chrono::milliseconds time(options.number("milliseconds", 1000));
    SendSwarm swarm(options.login(),
                    {.channel = options.text("channel", "echo"),
                     .name = options.text("people", "peer"),
                     .count = static_cast<std::uint64_t>(options.number("count", kPeople))},
                    in_flight);
    TRY_VOID(swarm.gather(1));
    const auto begin = Clock::now();
    TRY_VOID(swarm.run(time));
    const std::chrono::duration<double> wall = Clock::now() - begin;

    std::string line;
    json::Writer(line)
        .begin_object()
        .field("sends", swarm.answered())
        .field("wrong", swarm.wrong())
        .field("per_second", static_cast<double>(swarm.answered()) / wall.count())
        .field("p50_us", swarm.latencies().percentile(50))
        .field("p99_us", swarm.latencies().percentile(99))
        .end_object();
    std::puts(line.c_str());
    if (swarm.wrong() == 0) return {};
    return fail(Errc::corrupt, std::to_string(swarm.wrong()) + " wrong answers");
}

}  // namespace gw::bench
