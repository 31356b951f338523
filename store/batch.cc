// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/batch.h"

#include "base/log.h"
#include "store/database.h"

namespace gw::store {

namespace {

Result<std::size_t> run_and_commit(Database& db, Batch& batch) {
    std::size_t failed = 0;
    TRY(Transaction transaction, Transaction::begin(db));
    for (auto& job : batch) {
        TRY(Savepoint savepoint, Savepoint::begin(db));
        if (job->run(db)) {
            TRY_VOID(savepoint.keep());
        } else {
            ++failed;  // its own savepoint undoes it; the others are kept
        }
        // A full disk or an error of it takes the whole transaction back at once, and what came
        // behind would be committed by itself.
        if (!db.is_in_transaction()) {
            return fail(Errc::io, "the database took back the transaction");
        }
    }
    TRY_VOID(transaction.commit());
    return failed;
}

}  // namespace

std::size_t commit(Database& db, Batch& batch) {
    const auto failed = run_and_commit(db, batch);
    if (failed) return *failed;
    log::error("store", "commit failed", {{"error", failed.error().message}});
    for (auto& job : batch)
        job->fail(failed.error());
    return 0;
}

}  // namespace gw::store
