// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/worker_state.h"

#include <set>
#include <string_view>

#include "base/bytes.h"
#include "ipc/limits.h"

namespace gw::channels {

namespace {

// What a page's envelope, lengths and tags may need besides keys and values.
constexpr std::size_t kPageOverhead = 16 * 1024;
static_assert(ipc::kMaxStateKeyBytes + ipc::kMaxStateValueBytes + kPageOverhead <
              ipc::kMaxFrameBytes);

Result<std::vector<store::StateEntry>> entries_of(const proto::StatePut& put) {
    const auto count = static_cast<std::size_t>(put.entries_size());
    if (count == 0 || count > ipc::kMaxStatePutEntries) {
        return fail(Errc::invalid_input, "bad number of state entries");
    }
    std::vector<store::StateEntry> entries;
    entries.reserve(count);
    std::set<std::string_view> keys;
    for (const proto::StateEntry& entry : put.entries()) {
        if (entry.key().empty() || entry.key().size() > ipc::kMaxStateKeyBytes) {
            return fail(Errc::invalid_input, "bad state key");
        }
        if (!keys.insert(entry.key()).second) {
            return fail(Errc::invalid_input, "a state key twice in one put");
        }
        if (entry.value().size() > ipc::kMaxStateValueBytes) {
            return fail(Errc::limit_exceeded, "state value too long");
        }
        const auto value = base::as_bytes(entry.value());
        entries.push_back({entry.key(), {value.begin(), value.end()}});
    }
    return entries;
}

Result<void> check(const proto::StateGet& get) {
    if (get.limit() == 0 || get.limit() > ipc::kMaxStatePageEntries) {
        return fail(Errc::invalid_input, "bad limit of state entries");
    }
    if (get.prefix().size() > ipc::kMaxStateKeyBytes ||
        get.after().size() > ipc::kMaxStateKeyBytes) {
        return fail(Errc::invalid_input, "bad state key");
    }
    return {};
}

}  // namespace

WorkerState::WorkerState(store::Store& store, const CommitOrder& order, Events& events)
    : store_(store), order_(order), events_(events), alive_(std::make_shared<bool>(true)) {}

WorkerState::~WorkerState() {
    *alive_ = false;
}

Result<void> WorkerState::begin(const Asker& asker) {
    std::size_t& calls = in_flight_[asker];
    if (calls >= ipc::kMaxStateCalls) {
        return fail(Errc::limit_exceeded, "too many state calls at once");
    }
    ++calls;
    return {};
}

void WorkerState::end(const Asker& asker) {
    const auto it = in_flight_.find(asker);
    if (--it->second == 0) in_flight_.erase(it);
}

Result<void> WorkerState::put(const Asker& asker, std::uint64_t call, const proto::StatePut& put) {
    TRY(auto entries, entries_of(put));
    TRY_VOID(begin(asker));
    store_.write<bool>(
        [id = asker.id, entries = std::move(entries),
         predecessor =
             order_.last(asker.id.channel, asker.id.account)](store::Database& db) -> Result<bool> {
            TRY_VOID(check_predecessor(db, id.channel, id.account, predecessor));
            return store::put_state(db, id.channel, id.account, entries, ipc::kMaxStateBytes);
        },
        [this, alive = alive_, asker, call](const Result<bool>& stored) {
            if (*alive) on_put(asker, call, stored);
        });
    return {};
}

void WorkerState::on_put(const Asker& asker, std::uint64_t call, const Result<bool>& stored) {
    end(asker);
    if (!stored) return events_.on_state_failed(asker, stored.error());
    if (!*stored) {
        return events_.on_state_refused(asker, {Errc::limit_exceeded, "too much state"});
    }
    proto::CoreToWorker answer;
    answer.set_id(call);
    answer.mutable_state_stored();
    events_.on_state_answer(asker, answer);
}

Result<void> WorkerState::get(const Asker& asker, std::uint64_t call, const proto::StateGet& get) {
    TRY_VOID(check(get));
    TRY_VOID(begin(asker));
    store::StateQuery what{.channel = asker.id.channel,
                           .account = asker.id.account,
                           .prefix = get.prefix(),
                           .after = get.after(),
                           .max_entries = get.limit(),
                           .max_bytes = ipc::kMaxFrameBytes - kPageOverhead};
    store_.read<store::StatePage>(
        [what = std::move(what)](store::Database& db) { return store::list_state(db, what); },
        [this, alive = alive_, asker, call](Result<store::StatePage> page) {
            if (*alive) on_got(asker, call, std::move(page));
        });
    return {};
}

void WorkerState::on_got(const Asker& asker, std::uint64_t call, Result<store::StatePage> page) {
    end(asker);
    if (!page) return events_.on_state_failed(asker, page.error());
    proto::CoreToWorker answer;
    answer.set_id(call);
    auto& values = *answer.mutable_state_values();
    values.set_has_more(page->has_more);
    for (store::StateEntry& entry : page->entries) {
        proto::StateEntry& one = *values.add_entries();
        one.set_key(std::move(entry.key));
        one.set_value(std::string(base::as_text(entry.value)));
    }
    events_.on_state_answer(asker, answer);
}

}  // namespace gw::channels
