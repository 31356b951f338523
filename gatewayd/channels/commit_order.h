#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// CommitOrder: what an account said is kept in the order it was said, or not at all. Everything
// that moves an account's memory forward (a message's cursor, a gap, a state entry) is written
// behind what was said before it; when that could not be kept, this is not kept either, and the
// worker, started again, says both again. Jobs commit in the order given, so the last one being on
// disk means that all before it are.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "base/result.h"

namespace gw::store {
class Database;
}

namespace gw::channels {

struct KeptEvent {
    std::string event_id;
    bool operator==(const KeptEvent&) const = default;
};
struct KeptSpan {  // of a gap
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;
    bool operator==(const KeptSpan&) const = default;
};
// What must be on disk before what comes next; monostate: nothing.
using Predecessor = std::variant<std::monostate, KeptEvent, KeptSpan>;

// On the writer's thread: Errc::unavailable when the predecessor is not on disk.
Result<void> check_predecessor(store::Database& db, const std::string& channel,
                               const std::string& account, const Predecessor& predecessor);

// On the core's loop.
class CommitOrder {
  public:
    // What is being committed for the account last.
    [[nodiscard]] Predecessor last(const std::string& channel, const std::string& account) const;
    // How much of what the account said is being committed.
    [[nodiscard]] std::size_t committing(const std::string& channel,
                                         const std::string& account) const;

    // what is given to the store now; returns what it stands behind.
    Predecessor enter(const std::string& channel, const std::string& account, Predecessor what);
    // The store has answered.
    void leave(const std::string& channel, const std::string& account, const Predecessor& what);

  private:
    struct Pipeline {
        std::size_t committing = 0;
        Predecessor last;
    };
    std::map<std::pair<std::string, std::string>, Pipeline> pipelines_;  // while they commit
};

}  // namespace gw::channels
