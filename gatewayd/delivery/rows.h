#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The outbox's transactions: what is written together. Run on the store's writer thread, so they
// take values and touch nothing else.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/deliveries.h"

namespace gw::store {
class Database;
}

namespace gw::delivery {

// Begins the origin of a delivery that repeats a dead letter; the dead letter's id follows. It has
// a session only where the first one was to be mirrored.
inline constexpr std::string_view kRetryOrigin = "retry:";

struct AcceptedRow {
    bool is_new = true;
    store::Delivery row;  // what holds the idempotency key, when not new

    bool operator==(const AcceptedRow&) const = default;
};

// Claims the row's idempotency key (if it has one), does the other work and inserts the row. When
// the key is held already, nothing is written.
Result<AcceptedRow> accept_row(store::Database& db, const store::Delivery& row,
                               const std::function<Result<void>(store::Database&)>& alongside);

// Ends the delivery as row says: its state, the answer of its key, and, for a `send` that was sent,
// the mirrored line in its session's transcript.
Result<void> finish_row(store::Database& db, const store::Delivery& row, std::int64_t now_ms);

}  // namespace gw::delivery
