// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// sim: runs histories under many seeds, in as many processes as there are processors.
//
//   sim --seeds N [--from SEED] [--jobs N]     the first broken rule ends it, exit code 1
//   sim --seed S [--verbose]                   one history again
//
// The last line is "N passed, N failed".

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/history.h"

namespace {

using namespace gw;

struct Score {
    std::uint64_t passed = 0;
    sim::Totals totals;
};

void add(sim::Totals& sum, const sim::Totals& more) {
    sum.events += more.events;
    sum.sends += more.sends;
    sum.sent += more.sent;
    sum.uncertain += more.uncertain;
    sum.other_ends += more.other_ends;
    sum.said += more.said;
    sum.quarantined += more.quarantined;
    sum.turns += more.turns;
    sum.core_kills += more.core_kills;
    sum.worker_kills += more.worker_kills;
    sum.freezes += more.freezes;
}

// Every jobs-th seed. False at the first broken rule, which is told.
bool run_share(std::uint64_t first, std::uint64_t end, std::uint64_t step, Score& score) {
    for (std::uint64_t seed = first; seed < end; seed += step) {
        sim::History history(seed, false);
        const std::string broken = history.run();
        add(score.totals, history.totals());
        if (!broken.empty()) {
            std::printf("seed %llu: %s\n  again: sim --seed %llu --verbose\n",
                        static_cast<unsigned long long>(seed), broken.c_str(),
                        static_cast<unsigned long long>(seed));
            return false;
        }
        ++score.passed;
    }
    return true;
}

int run_one(std::uint64_t seed, bool is_verbose) {
    sim::History history(seed, is_verbose);
    const std::string broken = history.run();
    std::printf("seed %llu: %s, %llu events\n", static_cast<unsigned long long>(seed),
                broken.empty() ? "every rule held" : broken.c_str(),
                static_cast<unsigned long long>(history.totals().events));
    return broken.empty() ? 0 : 1;
}

// One process a share: a world is a single one. Each writes its score into a pipe.
int run_many(std::uint64_t from, std::uint64_t count, unsigned jobs) {
    std::vector<int> pipes;
    for (unsigned job = 0; job < jobs; ++job) {
        int ends[2];
        if (::pipe(ends) != 0) return 2;
        std::fflush(stdout);
        if (::fork() == 0) {
            Score score;
            const bool is_good = run_share(from + job, from + count, jobs, score);
            std::fflush(stdout);
            const bool is_told = ::write(ends[1], &score, sizeof score) == sizeof score;
            std::_Exit(is_good && is_told ? 0 : 1);
        }
        ::close(ends[1]);
        pipes.push_back(ends[0]);
    }
    Score sum;
    for (const int pipe : pipes) {
        Score score;
        if (::read(pipe, &score, sizeof score) != sizeof score) continue;
        sum.passed += score.passed;
        add(sum.totals, score.totals);
    }
    unsigned failed = 0;
    for (int status = 0; ::wait(&status) > 0;)
        failed += status == 0 ? 0 : 1;
    const sim::Totals& t = sum.totals;
    std::printf(
        "%llu events; %llu sends: %llu sent, %llu uncertain, %llu not sent; %llu turns; %llu said,"
        " %llu put aside; killed: core %llu times, workers %llu times; frozen: %llu times\n",
        static_cast<unsigned long long>(t.events), static_cast<unsigned long long>(t.sends),
        static_cast<unsigned long long>(t.sent), static_cast<unsigned long long>(t.uncertain),
        static_cast<unsigned long long>(t.other_ends), static_cast<unsigned long long>(t.turns),
        static_cast<unsigned long long>(t.said), static_cast<unsigned long long>(t.quarantined),
        static_cast<unsigned long long>(t.core_kills),
        static_cast<unsigned long long>(t.worker_kills),
        static_cast<unsigned long long>(t.freezes));
    std::printf("%llu passed, %u failed\n", static_cast<unsigned long long>(sum.passed), failed);
    return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    // Histories come and go by the thousand: memory that is given back would be asked for again.
    ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
    ::mallopt(M_TOP_PAD, 16 << 20);
    std::map<std::string, std::uint64_t> options;
    bool is_verbose = false;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--verbose") {
            is_verbose = true;
        } else if (i + 1 < argc) {
            options[name] = std::strtoull(argv[++i], nullptr, 10);
        }
    }
    if (options.contains("--seed")) return run_one(options["--seed"], is_verbose);
    const unsigned jobs = options.contains("--jobs")
                              ? static_cast<unsigned>(options["--jobs"])
                              : std::max(1U, std::thread::hardware_concurrency());
    return run_many(options["--from"], options.contains("--seeds") ? options["--seeds"] : 1000,
                    jobs);
}
