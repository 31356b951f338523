// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// bench_round_trip WORKER: what it costs that a channel is another process. A worker is started as
// the supervisor does it and given one order after the other; each until its answer has come. With
// milliseconds between them each order finds both processes asleep.
//
// Prints microseconds as one line of JSON.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/json.h"
#include "bench/latency.h"
#include "ipc/link.h"
#include "loop/loop.h"
#include "loop/process.h"
#include "loop/stream.h"

namespace gw::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWarmUp = 200;
constexpr int kOrders = 2000;
constexpr std::chrono::minutes kPatience{2};

class Core final : private ipc::WorkerLink::Events {
  public:
    Core(loop::Loop& loop, std::chrono::milliseconds every)
        : loop_(loop), every_(every), timer_(loop, [this] { order(); }) {}
    ~Core() override {
        if (child_) child_->kill(SIGKILL);
    }

    Result<void> start(const std::string& program) {
        TRY(auto pair, loop::open_stream_pair());
        const loop::Spawn what{.program = program, .args = {}, .env = {}, .fd3 = pair.theirs.get()};
        TRY(child_, loop::ChildProcess::spawn(loop_, what, [this](loop::Exit) { fail("ended"); }));
        // Not make_unique: that one may not see our private base.
        link_.reset(new ipc::WorkerLink(loop_, std::move(pair.ours), *this));
        return {};
    }
    [[nodiscard]] bool is_done() const { return answered_ == kOrders || !failure_.empty(); }
    [[nodiscard]] const std::string& failure() const { return failure_; }
    Latencies& latencies() { return latencies_; }

  private:
    void fail(const std::string& why) {
        if (failure_.empty()) failure_ = why;
    }
    void say(const proto::CoreToWorker& message) {
        if (const auto sent = link_->send(message); !sent) fail(sent.error().message);
    }
    void configure() {
        proto::CoreToWorker message;
        message.mutable_configure()->set_generation(1);
        message.mutable_configure()->set_settings_json("{}");
        say(message);
    }
    void order() {
        proto::CoreToWorker message;
        auto& order = *message.mutable_send_message();
        order.set_delivery_id(std::to_string(answered_));
        order.set_attempt(1);
        order.set_to("ann");
        order.set_text("The quick brown fox jumps over the lazy dog, again and again.");
        begin_ = Clock::now();
        say(message);
    }
    void on_message(proto::WorkerToCore& message) override {
        if (message.has_hello()) return configure();
        if (message.has_link_changed()) return order();
        if (!message.has_send_done()) return;
        if (++answered_ > kWarmUp) latencies_.add(begin_, Clock::now());
        if (is_done()) return;
        if (every_.count() == 0) return order();
        timer_.start(every_);
    }
    void on_link_closed(const Error& reason) override { fail(reason.message); }

    loop::Loop& loop_;
    std::chrono::milliseconds every_;
    loop::Timer timer_;
    std::unique_ptr<loop::ChildProcess> child_;
    std::unique_ptr<ipc::WorkerLink> link_;
    int answered_ = 0;
    Clock::time_point begin_;
    Latencies latencies_;
    std::string failure_;
};

int run(int argc, char** argv) {
    if (argc != 2 && argc != 3) {
        std::fputs("usage: bench_round_trip WORKER [MILLISECONDS BETWEEN]\n", stderr);
        return 64;
    }
    const auto loop = loop::Loop::create();
    Core core(**loop, std::chrono::milliseconds(argc == 3 ? std::atoi(argv[2]) : 0));
    const auto started = core.start(argv[1]);
    if (!started || !(*loop)->run_until([&] { return core.is_done(); }, kPatience) ||
        !core.failure().empty()) {
        std::fprintf(stderr, "bench_round_trip: %s\n",
                     started ? core.failure().c_str() : started.error().message.c_str());
        return 1;
    }
    std::string line;
    json::Writer(line)
        .begin_object()
        .field("p50_us", core.latencies().percentile(50))
        .field("p99_us", core.latencies().percentile(99))
        .end_object();
    std::puts(line.c_str());
    return 0;
}

}  // namespace

}  // namespace gw::bench

int main(int argc, char** argv) {
    return gw::bench::run(argc, argv);
}
