// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/store.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "store/create.h"
#include "store/database.h"
#include "store/migrations/migrate.h"

namespace gw::store {

namespace {

// What one transaction takes at most: a commit must end before the next can begin.
constexpr std::size_t kMaxBatch = 1024;

using SteadyTime = std::chrono::steady_clock::time_point;

}  // namespace

struct Store::State {
    // One thread's work: jobs in, jobs out.
    struct Lane {
        std::mutex mutex;
        std::condition_variable wake;
        Batch queue;                   // guarded
        bool is_closing = false;       // guarded
        std::unique_ptr<Database> db;  // the thread's own
        std::thread thread;
    };

    explicit State(loop::Loop& loop) : mailbox(loop) {}

    loop::Mailbox mailbox;
    std::size_t max_queued = 0;
    Lane writer;
    Lane reader;
    std::atomic<std::uint64_t> commits{0};
    std::atomic<std::uint64_t> jobs{0};
    std::atomic<std::uint64_t> failed_jobs{0};
    // The loop's own: when each write that is not finished was submitted, the oldest first.
    std::deque<SteadyTime> waiting_writes;
    base::Histogram commit_seconds;

    // False when the job was refused.
    bool submit(Lane& lane, std::unique_ptr<Job> job) {
        if (std::unique_lock lock(lane.mutex); lane.queue.size() < max_queued) {
            lane.queue.push_back(std::move(job));
            lock.unlock();
            lane.wake.notify_one();
            return true;
        }
        job->fail(Error{Errc::limit_exceeded, "the store has too much to do"});
        deliver(one(std::move(job)));
        return false;
    }

    static Batch one(std::unique_ptr<Job> job) {
        Batch list;
        list.push_back(std::move(job));
        return list;
    }

    // One letter for all: the loop is woken once per batch.
    void deliver(Batch finished) {
        auto shared = std::make_shared<Batch>(std::move(finished));
        mailbox.post([shared] {
            for (auto& job : *shared)
                job->finish();
        });
    }

    // Up to limit jobs; none when the lane closes and is empty.
    static Batch take(Lane& lane, std::size_t limit) {
        std::unique_lock lock(lane.mutex);
        lane.wake.wait(lock, [&lane] { return !lane.queue.empty() || lane.is_closing; });
        Batch batch;
        if (lane.queue.size() <= limit) {
            batch.swap(lane.queue);
        } else {
            const auto end = lane.queue.begin() + static_cast<std::ptrdiff_t>(limit);
            batch.assign(std::make_move_iterator(lane.queue.begin()), std::make_move_iterator(end));
            lane.queue.erase(lane.queue.begin(), end);
        }
        return batch;
    }

    // The same for a batch of writes, which also tells how long their commit took.
    void deliver_writes(Batch finished, SteadyTime begin) {
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - begin);
        auto shared = std::make_shared<Batch>(std::move(finished));
        mailbox.post([this, shared, took] {
            on_committed(shared->size(), took);
            for (auto& job : *shared)
                job->finish();
        });
    }

    void on_committed(std::size_t count, std::chrono::microseconds took) {
        waiting_writes.erase(waiting_writes.begin(),
                             waiting_writes.begin() + static_cast<std::ptrdiff_t>(count));
        commit_seconds.observe(took);
    }

    void write_all() {
        while (true) {
            auto batch = take(writer, kMaxBatch);
            if (batch.empty()) return;
            const auto begin = std::chrono::steady_clock::now();
            failed_jobs += commit(*writer.db, batch);
            ++commits;
            jobs += batch.size();
            deliver_writes(std::move(batch), begin);
        }
    }

    void read_all() {
        while (true) {
            auto batch = take(reader, 64);
            if (batch.empty()) return;
            for (auto& job : batch)
                static_cast<void>(job->run(*reader.db));
            deliver(std::move(batch));
        }
    }

    static void close(Lane& lane) {
        if (!lane.thread.joinable()) return;
        {
            const std::lock_guard lock(lane.mutex);
            lane.is_closing = true;
        }
        lane.wake.notify_one();
        lane.thread.join();
    }
};

Store::Store() = default;

Result<std::unique_ptr<Store>> Store::open(loop::Loop& loop, const Options& options) {
    TRY_VOID(create_missing(options.path));
    TRY(auto writer, Database::open(options.path, Database::Mode::read_write));
    TRY_VOID(migrate(*writer));
    TRY(auto reader, Database::open(options.path, Database::Mode::read_only));
    std::unique_ptr<Store> store(new Store());
    store->state_ = std::make_unique<State>(loop);
    State* state = store->state_.get();
    state->max_queued = options.max_queued;
    state->writer.db = std::move(writer);
    state->reader.db = std::move(reader);
    state->writer.thread = std::thread([state] { state->write_all(); });
    state->reader.thread = std::thread([state] { state->read_all(); });
    return store;
}

Store::~Store() {
    if (!state_) return;
    State::close(state_->writer);
    State::close(state_->reader);
    // The reader first: the last connection to close folds the log back into the file.
    state_->reader.db.reset();
    state_->writer.db.reset();
}

void Store::submit_write(std::unique_ptr<Job> job) {
    // Counted before the writer can be done with it.
    state_->waiting_writes.push_back(std::chrono::steady_clock::now());
    if (!state_->submit(state_->writer, std::move(job))) state_->waiting_writes.pop_back();
}

void Store::submit_read(std::unique_ptr<Job> job) {
    state_->submit(state_->reader, std::move(job));
}

StoreStats Store::stats() const {
    StoreStats stats;
    stats.commits = state_->commits;
    stats.jobs = state_->jobs;
    stats.failed_jobs = state_->failed_jobs;
    stats.queued = state_->waiting_writes.size();
    stats.commit_seconds = state_->commit_seconds;
    return stats;
}

std::chrono::milliseconds Store::oldest_write_age() const {
    if (state_->waiting_writes.empty()) return std::chrono::milliseconds(0);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 state_->waiting_writes.front());
}

bool Store::is_idle() const {
    return state_->waiting_writes.empty();
}

}  // namespace gw::store
