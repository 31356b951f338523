#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Batch: writes that are committed together, in one transaction. What a job is; how they get on the
// disk, all of them or none. Runs on the writer's thread.

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"

namespace gw::store {

class Database;

// A job whose type is forgotten: run() on a thread of the store, finish() on the loop.
class Job {
  public:
    virtual ~Job() = default;
    virtual Result<void> run(Database& db) = 0;
    virtual void fail(Error error) = 0;  // replaces the outcome: commit failed, queue full
    virtual void finish() = 0;
};
using Batch = std::vector<std::unique_ptr<Job>>;

// Runs the jobs in their order, each in a savepoint of its own, so that one that fails undoes only
// itself, and commits with fsync. When the transaction cannot be committed nothing of it is on the
// disk, and every job has failed. Returns how many failed by themselves.
std::size_t commit(Database& db, Batch& batch);

}  // namespace gw::store
