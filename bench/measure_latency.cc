// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>
#include <vector>

#include "base/json.h"
#include "bench/latency.h"
#include "bench/measure.h"
#include "bench/request.h"
#include "bench/swarm.h"

namespace gw::bench {

namespace {

using Clock = std::chrono::steady_clock;

// Requests leave at their time, whether or not those before them were answered: what makes the
// server late is seen by all who ask meanwhile.
class PacedSwarm final : public Swarm {
  public:
    PacedSwarm(Login login, Request request, double per_second)
        : Swarm(std::move(login)), request_(std::move(request)), per_second_(per_second) {
        wait_at_most(1);
    }

    Result<void> run(std::chrono::milliseconds time) {
        latencies_.clear();
        flows_.resize(connections().size());
        sent_ = 0;
        begin_ = Clock::now();
        const auto ends = begin_ + time;
        return turn_until(
            [this, ends] {
                if (closed_count_ > 0) return true;
                if (Clock::now() >= ends) return in_flight_ == 0;
                send_due();
                return false;
            },
            std::chrono::seconds(60));
    }

    void on_message(Connection& connection, std::string_view text) override {
        if (text.starts_with(R"({"type":"event")")) return;
        Flow& flow = flows_[connection.index()];
        const std::uint64_t number = flow.answered++;
        if (!request_.is_answer(text, number)) ++wrong_;
        latencies_.add(flow.sent_at.at(number), Clock::now());
        --in_flight_;
    }

    [[nodiscard]] std::uint64_t wrong() const { return wrong_ + closed_count_; }
    [[nodiscard]] std::uint64_t sent() const { return sent_; }
    Latencies& latencies() { return latencies_; }

  private:
    struct Flow {
        std::vector<Clock::time_point> sent_at;  // by number
        std::uint64_t answered = 0;
    };

    void send_due() {
        const std::chrono::duration<double> passed = Clock::now() - begin_;
        const auto due = static_cast<std::uint64_t>(passed.count() * per_second_);
        for (; sent_ < due; ++sent_) {
            Connection& connection = *connections()[sent_ % connections().size()];
            Flow& flow = flows_[connection.index()];
            ++in_flight_;
            flow.sent_at.push_back(Clock::now());
            send(connection, request_.frame(flow.sent_at.size() - 1));
        }
    }

    Request request_;
    double per_second_;
    std::vector<Flow> flows_;
    Clock::time_point begin_;
    std::uint64_t sent_ = 0;
    std::uint64_t wrong_ = 0;
    std::size_t in_flight_ = 0;
    Latencies latencies_;
};

}  // namespace

Result<void> measure_latency(const Options& options) {
    const auto count = static_cast<std::size_t>(options.number("connections", 64));
    const auto rate = static_cast<double>(options.number("rate", 10'000));
    const std::chrono::milliseconds time(options.number("milliseconds", 1000));
    PacedSwarm swarm(options.login(), Request(options.text("method", "health"), "{}"), rate);
    TRY_VOID(swarm.gather(count));
    TRY_VOID(swarm.run(time / 10));  // to warm up
    TRY_VOID(swarm.run(time));

    std::string line;
    json::Writer(line)
        .begin_object()
        .field("requests", swarm.sent())
        .field("p50_us", swarm.latencies().percentile(50))
        .field("p99_us", swarm.latencies().percentile(99))
        .end_object();
    std::puts(line.c_str());
    if (swarm.wrong() == 0) return {};
    return fail(Errc::corrupt, std::to_string(swarm.wrong()) + " wrong answers");
}

}  // namespace gw::bench
