// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>

#include "base/json.h"
#include "bench/latency.h"
#include "bench/measure.h"
#include "bench/process_stats.h"
#include "bench/request.h"
#include "bench/swarm.h"

namespace gw::bench {

namespace {

using Clock = std::chrono::steady_clock;

class RequestSwarm final : public Swarm {
  public:
    RequestSwarm(Login login, Request request, std::size_t depth)
        : Swarm(std::move(login)), request_(std::move(request)), depth_(depth) {}

    // Keeps depth requests in flight on each connection until the time is over and all are
    // answered.
    Result<void> run(std::chrono::milliseconds time) {
        latencies_.clear();
        answered_ = 0;
        bytes_ = 0;
        flows_.resize(connections().size());
        ends_ = Clock::now() + time;
        for (const auto& connection : connections()) {
            Flow& flow = flows_[connection->index()];
            flow.sent_at.resize(depth_);
            std::string frames;
            for (std::size_t i = 0; i < depth_; ++i)
                frames += next_frame(flow);
            in_flight_ += depth_;
            send(*connection, frames);
        }
        return turn_until([this] { return in_flight_ == 0 || closed_count_ > 0; },
                          std::chrono::seconds(120));
    }

    void on_message(Connection& connection, std::string_view text) override {
        if (text.starts_with(R"({"type":"event")")) return;
        Flow& flow = flows_[connection.index()];
        const auto now = Clock::now();
        const std::uint64_t number = flow.answered++;
        if (!request_.is_answer(text, number)) ++wrong_;
        bytes_ += text.size();
        ++answered_;
        latencies_.add(flow.sent_at[number % depth_], now);
        if (now >= ends_) {
            --in_flight_;
            return;
        }
        frames_ += next_frame(flow);
    }

    // Requests leave together when their predecessors were answered together.
    void on_read_done(Connection& connection) override {
        if (frames_.empty()) return;
        connection.send(frames_);
        frames_.clear();
    }

    [[nodiscard]] std::uint64_t answered() const { return answered_; }
    [[nodiscard]] std::uint64_t wrong() const { return wrong_ + closed_count_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    Latencies& latencies() { return latencies_; }

  private:
    struct Flow {
        std::uint64_t sent = 0;
        std::uint64_t answered = 0;
        std::vector<Clock::time_point> sent_at;
    };
    std::string_view next_frame(Flow& flow) {
        flow.sent_at[flow.sent % depth_] = Clock::now();
        return request_.frame(flow.sent++);
    }

    Request request_;
    std::size_t depth_;
    std::vector<Flow> flows_;
    std::string frames_;
    std::size_t in_flight_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t wrong_ = 0;
    std::uint64_t bytes_ = 0;
    Clock::time_point ends_;
    Latencies latencies_;
};

}  // namespace

Result<void> measure_requests(const Options& options) {
    const auto depth = static_cast<std::size_t>(options.number("depth", 1));
    const auto count = static_cast<std::size_t>(options.number("connections", 1));
    const int pid = static_cast<int>(options.number("pid", 0));
    const std::chrono::milliseconds time(options.number("milliseconds", 1000));
    const std::string method = options.text("method", "health");

    const Request request =
        method == "unknown" ? Request("bench.unknown", "{}", false) : Request(method, "{}");
    RequestSwarm swarm(options.login(), request, depth);
    TRY_VOID(swarm.gather(count));
    TRY_VOID(swarm.run(time / 10));  // to warm up

    const std::uint64_t cpu_before = cpu_nanoseconds(pid);
    const auto begin = Clock::now();
    TRY_VOID(swarm.run(time));
    const std::chrono::duration<double> wall = Clock::now() - begin;
    const std::uint64_t cpu = cpu_nanoseconds(pid) - cpu_before;

    const auto answered = static_cast<double>(swarm.answered());
    std::string line;
    json::Writer(line)
        .begin_object()
        .field("requests", swarm.answered())
        .field("wrong", swarm.wrong())
        .field("answer_bytes", static_cast<double>(swarm.bytes()) / answered)
        .field("per_second", answered / wall.count())
        .field("cpu_us", static_cast<double>(cpu) / 1e3 / answered)
        .field("p50_us", swarm.latencies().percentile(50))
        .field("p99_us", swarm.latencies().percentile(99))
        .end_object();
    std::puts(line.c_str());
    if (swarm.wrong() == 0) return {};
    return fail(Errc::corrupt, std::to_string(swarm.wrong()) + " wrong answers");
}

}  // namespace gw::bench
