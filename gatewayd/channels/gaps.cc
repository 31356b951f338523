// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/gaps.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/utf8.h"

namespace gw::channels {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxReasonBytes = 1024;
// A worker reads the same clock, a moment later or earlier.
constexpr std::int64_t kClockSlackMs = 60'000;
constexpr auto kTryAgainAfter = 1s;

}  // namespace

Result<store::Gap> gap_of(const supervisor::WorkerId& id, const proto::GapNoticed& notice,
                          std::int64_t now_ms) {
    if (notice.from_ms() < 0 || notice.from_ms() > notice.to_ms() ||
        notice.to_ms() > now_ms + kClockSlackMs) {
        return fail(Errc::invalid_input, "a gap that cannot be");
    }
    return store::Gap{.id = 0,
                      .channel = id.channel,
                      .account = id.account,
                      .from_ms = notice.from_ms(),
                      .to_ms = notice.to_ms(),
                      .reason = std::string(base::utf8_prefix(notice.reason(), kMaxReasonBytes)),
                      .noticed_ms = now_ms};
}

Gaps::Gaps(loop::Loop& loop, const base::Clock& clock, store::Store& store, OnKept on_kept)
    : clock_(clock),
      store_(store),
      on_kept_(std::move(on_kept)),
      retry_timer_(loop, [this] { try_again(); }),
      alive_(std::make_shared<bool>(true)) {}

Gaps::~Gaps() {
    *alive_ = false;
}

void Gaps::load() {
    store_.read<std::vector<store::Gap>>([](store::Database& db) { return store::latest_gaps(db); },
                                         [this, alive = alive_](auto gaps) {
                                             if (*alive) on_loaded(gaps);
                                         });
}

void Gaps::on_loaded(const Result<std::vector<store::Gap>>& gaps) {
    if (!gaps) {
        log::error("channels", "earlier gaps not read", {{"reason", gaps.error().message}});
        return;
    }
    // One that was noticed meanwhile is newer.
    for (const store::Gap& gap : *gaps)
        last_.try_emplace({gap.channel, gap.account}, gap);
}

bool Gaps::admit(const supervisor::WorkerId& id) {
    const base::SteadyTime now = clock_.steady();
    Minute& minute = minutes_[id];
    if (minute.notices == 0 || now - minute.begin >= 1min) minute = {.begin = now, .notices = 0};
    return ++minute.notices <= kMaxPerMinute;
}

Result<void> Gaps::notice(const supervisor::WorkerId& id, const proto::GapNoticed& notice) {
    TRY(const store::Gap gap, gap_of(id, notice, clock_.wall_ms()));
    if (!admit(id)) return fail(Errc::limit_exceeded, "too many gaps within a minute");
    keep(gap);
    return {};
}

void Gaps::keep(const store::Gap& gap) {
    store_.write<std::optional<KeptGap>>([gap](store::Database& db) { return keep_gap(db, gap); },
                                         [this, alive = alive_, gap](auto kept) {
                                             if (*alive) on_stored(gap, kept);
                                         });
}

void Gaps::on_stored(const store::Gap& gap, const Result<std::optional<KeptGap>>& kept) {
    if (!kept) {
        log::error("channels", "a gap not committed, trying again",
                   {{"channel", gap.channel}, {"reason", kept.error().message}});
        return try_again_later(gap);
    }
    if (!*kept) return;  // told before
    const store::Gap& joined = (*kept)->gap;
    log::warn("channels", "messages may have been missed",
              {{"channel", joined.channel},
               {"account", joined.account},
               {"from", base::rfc3339(joined.from_ms)},
               {"to", base::rfc3339(joined.to_ms)},
               {"reason", joined.reason},
               {"sessions", (*kept)->sessions}});
    last_.insert_or_assign({joined.channel, joined.account}, joined);
    on_kept_(**kept);
}

void Gaps::try_again_later(const store::Gap& gap) {
    const auto [it, is_first] = refused_.try_emplace({gap.channel, gap.account}, gap);
    if (!is_first) {
        it->second.from_ms = std::min(it->second.from_ms, gap.from_ms);
        it->second.to_ms = std::max(it->second.to_ms, gap.to_ms);
    }
    if (!retry_timer_.is_running()) retry_timer_.start(kTryAgainAfter);
}

void Gaps::try_again() {
    for (const auto& [id, gap] : std::exchange(refused_, {}))
        keep(gap);
}

std::optional<store::Gap> Gaps::find_last(const supervisor::WorkerId& id) const {
    const auto it = last_.find(id);
    if (it == last_.end()) return std::nullopt;
    return it->second;
}

}  // namespace gw::channels
