// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// store::Store once more: the same jobs on the same database, but the writer and the reader are
// events of the world instead of threads. Between asking and committing, and between committing and
// telling, the core may be killed.

#include "store/store.h"

#include <deque>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/migrations/migrate.h"
#include "tests/sim/disk.h"
#include "tests/sim/world.h"

namespace gw::sim {

namespace {

using namespace std::chrono_literals;

double failing = 0;
double slow = 0;
std::uint64_t failures_so_far = 0;

}  // namespace

store::Database& Disk::database() {
    static const std::unique_ptr<store::Database> db = [] {
        auto opened =
            store::Database::open(store::Database::kInMemory, store::Database::Mode::create);
        GW_ASSERT(opened.has_value(), "SQLite opens a database in memory");
        GW_ASSERT(store::migrate(**opened).has_value(), "an empty database can be migrated");
        return std::move(*opened);
    }();
    return *db;
}

void Disk::format() {
    const auto emptied = database().execute(
        "DELETE FROM meta; DELETE FROM idempotency; DELETE FROM sessions; DELETE FROM transcript;"
        "DELETE FROM inbound; DELETE FROM cursors; DELETE FROM deliveries; DELETE FROM gaps;"
        "DELETE FROM event_crashes; DELETE FROM quarantine; DELETE FROM worker_state;"
        "DELETE FROM worker_state_usage; DELETE FROM media; DELETE FROM inbound_media;"
        "DELETE FROM sqlite_sequence;");
    GW_ASSERT(emptied.has_value(), "the tables are there");
    set_faults(0, 0);
    failures_so_far = 0;
}

void Disk::set_faults(double failing_share, double slow_share) {
    failing = failing_share;
    slow = slow_share;
}

bool Disk::fails() {
    const bool does = World::current().random.chance(failing);
    failures_so_far += does ? 1 : 0;
    return does;
}

std::uint64_t Disk::failures() {
    return failures_so_far;
}

bool Disk::is_slow() {
    return World::current().random.chance(slow);
}

}  // namespace gw::sim

namespace gw::store {

using namespace std::chrono_literals;
using sim::Disk;
using sim::World;

namespace {

// SQLite takes the whole transaction back when the disk is full, in the middle of it.
class FullDisk final : public Job {
  public:
    Result<void> run(Database& db) override {
        static_cast<void>(db.execute("ROLLBACK"));
        return gw::fail(Errc::io, "the disk is full");
    }
    void fail(Error) override {}
    void finish() override {}
};

}  // namespace

struct Store::State {
    sim::ProcessId process = World::current().running();
    Batch writes;
    bool is_committing = false;
    StoreStats stats;

    void submit_write(std::unique_ptr<Job> job) {
        writes.push_back(std::move(job));
        arm();
    }

    void arm() {
        if (is_committing || writes.empty()) return;
        is_committing = true;
        World& world = World::current();
        const auto delay = Disk::is_slow() ? world.random.between(100ms, 2500ms)
                                           : world.random.between(100us, 8ms);
        world.after(delay, process, [this] { commit(); });
    }

    // One step: the transaction is on the disk, or nothing of it is.
    void commit() {
        Batch batch = std::exchange(writes, {});
        stats.jobs += batch.size();
        if (Disk::fails()) spoil(batch);
        stats.failed_jobs += store::commit(Disk::database(), batch);
        ++stats.commits;
        is_committing = false;
        arm();
        deliver(std::move(batch));
    }

    // Somewhere in it the disk is full.
    static void spoil(Batch& batch) {
        const auto place = World::current().random.below(batch.size() + 1);
        batch.insert(batch.begin() + static_cast<std::ptrdiff_t>(place),
                     std::make_unique<FullDisk>());
    }

    // In the order asked for, a little later: completions of one batch come together.
    void deliver(Batch batch) {
        auto shared = std::make_shared<Batch>(std::move(batch));
        const sim::Nanos at =
            std::max(last_delivery + 1ns,
                     World::current().now() + World::current().random.between(2us, 1ms));
        last_delivery = at;
        World::current().after(at - World::current().now(), process, [shared] {
            for (auto& job : *shared)
                job->finish();
        });
    }
    sim::Nanos last_delivery{0};

    void submit_read(std::unique_ptr<Job> job) {
        auto shared = std::make_shared<std::unique_ptr<Job>>(std::move(job));
        World& world = World::current();
        world.after(world.random.between(20us, 2ms), process, [this, shared] {
            static_cast<void>((*shared)->run(Disk::database()));
            World::current().after(World::current().random.between(2us, 200us), process,
                                   [shared] { (*shared)->finish(); });
        });
    }
};

Store::Store() = default;

Result<std::unique_ptr<Store>> Store::open(loop::Loop&, const Options&) {
    std::unique_ptr<Store> store(new Store());
    store->state_ = std::make_unique<State>();
    return store;
}

// The process is gone: what was not committed never was.
Store::~Store() = default;

void Store::submit_write(std::unique_ptr<Job> job) {
    state_->submit_write(std::move(job));
}

void Store::submit_read(std::unique_ptr<Job> job) {
    state_->submit_read(std::move(job));
}

StoreStats Store::stats() const {
    return state_->stats;
}

bool Store::is_idle() const {
    return state_->writes.empty() && !state_->is_committing;
}

}  // namespace gw::store
