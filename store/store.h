#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Store: the one SQLite database of a gateway, and its two threads. The loop hands jobs over; the
// writer runs whatever has queued up inside one transaction (each job in a savepoint of its own, so
// a failing job undoes only itself), commits with fsync, and only then are the completions posted
// back to the loop, in the order the jobs were given. Reads run on the reader thread over a
// read-only connection and see what was committed before they started.
//
// Jobs are functions of the nouns in this folder (store/deliveries.h, …); they run off the loop and
// must capture values only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "base/histogram.h"
#include "base/result.h"
#include "loop/loop.h"
#include "store/batch.h"

namespace gw::store {

struct StoreStats {
    std::uint64_t commits = 0;
    std::uint64_t jobs = 0;
    std::uint64_t failed_jobs = 0;
    std::size_t queued = 0;  // writes that are not committed yet
    base::Histogram commit_seconds;
};

class Store {
  public:
    struct Options {
        std::string path;                // the database file; made with mode 0600
        std::size_t max_queued = 65536;  // jobs; more are refused with Errc::limit_exceeded
    };

    // Opens, migrates (store/migrations) and starts the threads. Blocks until the database is
    // ready. A database written by a newer gatewayd is refused with Errc::corrupt and what to do.
    static Result<std::unique_ptr<Store>> open(loop::Loop& loop, const Options& options);

    // Runs what is queued, commits, closes. Completions not yet delivered are dropped.
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // done is called once on the loop, after the commit that holds the job's work (or after its
    // failure), never from inside this call.
    template <typename T>
    void write(std::function<Result<T>(Database&)> job, std::function<void(Result<T>)> done) {
        submit_write(package<T>(std::move(job), std::move(done)));
    }
    template <typename T>
    void read(std::function<Result<T>(Database&)> job, std::function<void(Result<T>)> done) {
        submit_read(package<T>(std::move(job), std::move(done)));
    }

    [[nodiscard]] StoreStats stats() const;

    // How long the oldest write that is not finished has waited; 0 when there is none.
    [[nodiscard]] std::chrono::milliseconds oldest_write_age() const;

    // Queued plus running writes are done and committed.
    [[nodiscard]] bool is_idle() const;

  private:
    template <typename T>
    struct TypedJob final : Job {
        std::function<Result<T>(Database&)> job;
        std::function<void(Result<T>)> done;
        Result<T> outcome = std::unexpected(Error{Errc::closed, "the store is closing"});

        Result<void> run(Database& db) override {
            outcome = job(db);
            if (!outcome) return std::unexpected(outcome.error());
            return {};
        }
        void fail(Error error) override { outcome = std::unexpected(std::move(error)); }
        void finish() override {
            if (done) done(std::move(outcome));
        }
    };
    template <typename T>
    static std::unique_ptr<Job> package(std::function<Result<T>(Database&)> job,
                                        std::function<void(Result<T>)> done) {
        auto typed = std::make_unique<TypedJob<T>>();
        typed->job = std::move(job);
        typed->done = std::move(done);
        return typed;
    }

    void submit_write(std::unique_ptr<Job> job);
    void submit_read(std::unique_ptr<Job> job);

    Store();
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gw::store
