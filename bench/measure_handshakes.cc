// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <cstdio>

#include "base/json.h"
#include "bench/measure.h"
#include "bench/process_stats.h"
#include "bench/swarm.h"

namespace gw::bench {

namespace {

class HandshakeSwarm final : public Swarm {
  public:
    using Swarm::Swarm;

    Result<void> run(std::size_t count, std::size_t width) {
        finished_ = 0;
        started_ = 0;
        count_ = count;
        while (started_ < std::min(count, width)) {
            ++started_;
            TRY_VOID(open_one());
        }
        TRY_VOID(turn_until([this] { return finished_ == count_ || !failure_.empty(); },
                            std::chrono::seconds(120)));
        if (!failure_.empty()) return fail(Errc::closed, failure_);
        return {};
    }

    void on_ready(Connection& connection, std::string_view) override {
        connection.close("done");
        ++finished_;
        if (started_ == count_) return;
        ++started_;
        if (const auto opened = open_one(); !opened) failure_ = opened.error().message;
    }
    void on_closed(Connection& connection) override {
        if (connection.why() != "done") failure_ = "handshake refused: " + connection.why();
    }

  private:
    std::size_t count_ = 0;
    std::size_t started_ = 0;
    std::size_t finished_ = 0;
    std::string failure_;
};

}  // namespace

Result<void> measure_handshakes(const Options& options) {
    const auto count = static_cast<std::size_t>(options.number("count", 1000));
    const auto width = static_cast<std::size_t>(options.number("width", 16));
    const int pid = static_cast<int>(options.number("pid", 0));
    const DeviceKey device;
    Login login = options.login();
    if (options.number("device", 1) != 0) login.device = &device;
    HandshakeSwarm swarm(login);
    TRY_VOID(swarm.run(count / 10, width));  // to warm up

    const std::uint64_t cpu_before = cpu_nanoseconds(pid);
    const auto begin = std::chrono::steady_clock::now();
    TRY_VOID(swarm.run(count, width));
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    const auto cpu = static_cast<double>(cpu_nanoseconds(pid) - cpu_before);

    std::string line;
    json::Writer(line)
        .begin_object()
        .field("cpu_us", cpu / 1e3 / static_cast<double>(count))
        .field("per_cpu_second", static_cast<double>(count) / (cpu / 1e9))
        .field("per_second", static_cast<double>(count) / wall.count())
        .end_object();
    std::puts(line.c_str());
    return {};
}

}  // namespace gw::bench
