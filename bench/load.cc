// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// bench_load: clients by the thousand for one round of one measurement (bench/README.md).
//
//   bench_load MEASUREMENT --port N --token SECRET [--pid N] [--protocol 3|4] … [-- COMMAND…]

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/measure.h"
#include "bench/process_stats.h"

namespace gw::bench {

Options::Options(int argc, char** argv) {
    int at = 2;
    for (; at + 1 < argc && std::string_view(argv[at]) != "--"; at += 2)
        values_[argv[at] + 2] = argv[at + 1];
    for (++at; at < argc; ++at)
        command_.push_back(argv[at]);
    command_.push_back(nullptr);
}

long Options::number(const std::string& name, long otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : std::atol(found->second.c_str());
}

std::string Options::text(const std::string& name, const std::string& otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
}

Login Options::login() const {
    return {static_cast<std::uint16_t>(number("port", 0)), text("token", ""),
            static_cast<int>(number("protocol", 4)), nullptr};
}

namespace {

struct Measurement {
    std::string_view name;
    Result<void> (*run)(const Options&);
};

constexpr Measurement kMeasurements[] = {
    {"capture", capture},         {"command", measure_command},       {"crowd", measure_crowd},
    {"fanout", measure_fanout},   {"handshakes", measure_handshakes}, {"inbound", measure_inbound},
    {"latency", measure_latency}, {"requests", measure_requests},     {"sends", measure_sends},
    {"start", measure_start},
};

int run(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    const std::string_view wanted = argc > 1 ? argv[1] : "";
    for (const Measurement& one : kMeasurements) {
        if (one.name != wanted) continue;
        const auto done = one.run(Options(argc, argv));
        if (done) return 0;
        std::fprintf(stderr, "bench_load %s: %s\n", argv[1], done.error().message.c_str());
        return 1;
    }
    std::fputs("bench_load: which measurement? See bench/README.md\n", stderr);
    return 64;
}

}  // namespace

}  // namespace gw::bench

int main(int argc, char** argv) {
    return gw::bench::run(argc, argv);
}
