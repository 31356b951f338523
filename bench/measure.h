#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The measurements of bench_load. Each does one round against a server that is running and prints
// its numbers as one line of JSON; scripts/bench takes turns, takes medians, and makes the tables.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/connection.h"

namespace gw::bench {

// What the command line said: --name value …, and what stands behind "--".
class Options {
  public:
    Options(int argc, char** argv);

    [[nodiscard]] long number(const std::string& name, long otherwise) const;
    [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const;
    [[nodiscard]] const std::vector<char*>& command() const { return command_; }

    // --port, --token, --protocol.
    [[nodiscard]] Login login() const;

  private:
    std::map<std::string, std::string> values_;
    std::vector<char*> command_;  // ends with a null pointer
};

// Closed loop: --connections, each with --depth requests for --method in flight, for
// --milliseconds.
Result<void> measure_requests(const Options& options);

// --rate requests a second for --method over --connections, for --milliseconds, answered or not.
Result<void> measure_latency(const Options& options);

// --count handshakes with a device proof, --width at a time, each closed when hello-ok has come.
Result<void> measure_handshakes(const Options& options);

// `send` for --milliseconds, --in-flight at a time, over one connection, to --count recipients in
// turn, called --people0, --people1 … on --channel (echo).
Result<void> measure_sends(const Options& options);

// An echo worker's network on port --network says --rate messages a second for --milliseconds; each
// until the chat event of its answer has come.
Result<void> measure_inbound(const Options& options);

// --connections clients connect and stay; what each costs in memory.
Result<void> measure_crowd(const Options& options);

// --events broadcasts to --connections clients, one at a time.
Result<void> measure_fanout(const Options& options);

// From exec of the command behind "--" until a client holds hello-ok on --port.
Result<void> measure_start(const Options& options);

// From exec of the command behind "--" until it has ended well.
Result<void> measure_command(const Options& options);

// Writes what a gateway answers to the directory --out, for the raw peers.
Result<void> capture(const Options& options);

}  // namespace gw::bench
