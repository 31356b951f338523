#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Gaps: times in which an account may have missed messages that its network will not repeat. A gap
// is a row, and a line in every session that was active on the account, in one transaction. Lives
// on the core's loop.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/channels/commit_order.h"
#include "gatewayd/channels/inbox_rows.h"
#include "gatewayd/supervisor/supervisor.h"
#include "proto/worker_to_core.pb.h"
#include "store/store.h"

namespace gw::channels {

// A notice, checked. Errc::invalid_input when its ends are not possible at now_ms; the reason is
// cut.
Result<store::Gap> gap_of(const supervisor::WorkerId& id, const proto::GapNoticed& notice,
                          std::int64_t now_ms);

class Gaps {
  public:
    // What a worker may notice within a minute. A gap costs a line in each of its sessions, and a
    // network that is lost more often than this has one long gap.
    static constexpr int kMaxPerMinute = 30;

    // Told of every gap that is kept.
    using OnKept = std::function<void(const KeptGap&)>;

    Gaps(const base::Clock& clock, store::Store& store, CommitOrder& order, OnKept on_kept);
    ~Gaps();
    Gaps(const Gaps&) = delete;
    Gaps& operator=(const Gaps&) = delete;

    // Reads the last gap of each account.
    void load();

    // Keeps a gap. refused is called when it could not be kept: the worker must be restarted then,
    // to say it again; what it said behind it is not kept either. Errc::invalid_input or
    // limit_exceeded when the worker broke the contract.
    Result<void> notice(const supervisor::WorkerId& id, const proto::GapNoticed& notice,
                        std::function<void(const Error&)> refused);

    [[nodiscard]] std::optional<store::Gap> find_last(const supervisor::WorkerId& id) const;

  private:
    struct Minute {
        base::SteadyTime begin{};
        int notices = 0;
    };

    void on_loaded(const Result<std::vector<store::Gap>>& gaps);
    void on_kept(const KeptGap& kept);
    [[nodiscard]] bool admit(const supervisor::WorkerId& id);

    const base::Clock& clock_;
    store::Store& store_;
    CommitOrder& order_;
    OnKept on_kept_;
    std::map<supervisor::WorkerId, Minute> minutes_;
    std::map<supervisor::WorkerId, store::Gap> last_;
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::channels
