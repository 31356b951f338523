// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/json.h"
#include "bench/measure.h"
#include "bench/process_stats.h"
#include "bench/request.h"
#include "bench/swarm.h"

namespace gw::bench {

namespace {

constexpr std::string_view kPresence = R"({"type":"event","event":"presence")";
constexpr std::string_view kSeq = R"("seq":)";

// The number behind the last "seq": of an event.
std::uint64_t seq_of(std::string_view text) {
    std::uint64_t seq = 0;
    const std::size_t at = text.rfind(kSeq);
    if (at == std::string_view::npos) return 0;
    std::from_chars(text.data() + at + kSeq.size(), text.data() + text.size(), seq);
    return seq;
}

class FanoutSwarm final : public Swarm {
  public:
    explicit FanoutSwarm(Login login)
        : Swarm(std::move(login)),
          trigger_("system-event", R"({"text":"the bench announces something"})") {}

    // One broadcast, until everybody has it and it is answered.
    Result<void> run() {
        heard_ = 0;
        is_answered_ = false;
        seqs_.resize(connections().size());
        send(*connections().front(), trigger_.frame(number_));
        TRY_VOID(turn_until(
            [this] {
                return (is_answered_ && heard_ >= connections().size()) || closed_count_ > 0;
            },
            std::chrono::seconds(60)));
        ++number_;
        return {};
    }

    void on_message(Connection& connection, std::string_view text) override {
        if (text.starts_with(R"({"type":"event")")) {
            std::uint64_t& seq = seqs_[connection.index()];
            const std::uint64_t now = seq_of(text);
            if (seq != 0 && now != seq + 1) ++wrong_;
            seq = now;
            ++deliveries_;
            bytes_ += text.size();
            if (text.starts_with(kPresence)) ++heard_;
            return;
        }
        is_answered_ = true;
        if (!trigger_.is_answer(text, number_)) ++wrong_;
    }

    void reset_counts() { deliveries_ = bytes_ = 0; }
    [[nodiscard]] std::uint64_t deliveries() const { return deliveries_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t wrong() const { return wrong_ + closed_count_; }

  private:
    Request trigger_;
    std::uint64_t number_ = 0;
    std::vector<std::uint64_t> seqs_;
    std::size_t heard_ = 0;
    bool is_answered_ = false;
    std::uint64_t deliveries_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t wrong_ = 0;
};

}  // namespace

Result<void> measure_fanout(const Options& options) {
    const auto count = static_cast<std::size_t>(options.number("connections", 1000));
    const long events = options.number("events", 20);
    const int pid = static_cast<int>(options.number("pid", 0));
    FanoutSwarm swarm(options.login());
    TRY_VOID(swarm.gather(count));
    TRY_VOID(swarm.run());  // to warm up
    swarm.reset_counts();

    const std::uint64_t cpu_before = cpu_nanoseconds(pid);
    const auto begin = std::chrono::steady_clock::now();
    for (long i = 0; i < events; ++i)
        TRY_VOID(swarm.run());
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    const std::uint64_t cpu = cpu_nanoseconds(pid) - cpu_before;

    const auto deliveries = static_cast<double>(swarm.deliveries());
    std::string line;
    json::Writer(line)
        .begin_object()
        .field("deliveries", swarm.deliveries())
        .field("wrong", swarm.wrong())
        .field("event_bytes", static_cast<double>(swarm.bytes()) / deliveries)
        .field("cpu_us", static_cast<double>(cpu) / 1e3 / deliveries)
        .field("event_ms", wall.count() * 1e3 / static_cast<double>(events))
        .end_object();
    std::puts(line.c_str());
    if (swarm.wrong() == 0) return {};
    return fail(Errc::corrupt, std::to_string(swarm.wrong()) + " wrong events");
}

}  // namespace gw::bench
