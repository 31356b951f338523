#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Calls: the questions of one kind that wait for their answer over a link. Each is answered once,
// by the peer or by its deadline, and not at all when its Call is dropped.
//
//   call_ = *calls_.open(10s, [this](auto reply) { on_reply(reply); });
//   message.set_id(call_.id());

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/result.h"
#include "loop/loop.h"

namespace gw::ipc {

class CallKeeper {
  public:
    virtual ~CallKeeper() = default;
    virtual void withdraw(std::uint64_t id) = 0;
};

// A question that was asked. Dropping it withdraws it: its answer is then nobody's. Goes before the
// Calls that it is of.
class Call {
  public:
    Call() = default;
    Call(CallKeeper& keeper, std::uint64_t id) : keeper_(&keeper), id_(id) {}
    ~Call() {
        if (keeper_ != nullptr) keeper_->withdraw(id_);
    }
    Call(Call&& other) noexcept
        : keeper_(std::exchange(other.keeper_, nullptr)), id_(std::exchange(other.id_, 0)) {}
    Call& operator=(Call&& other) noexcept {
        std::swap(keeper_, other.keeper_);
        std::swap(id_, other.id_);
        return *this;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // What the envelope of the question carries.
    [[nodiscard]] std::uint64_t id() const { return id_; }

  private:
    CallKeeper* keeper_ = nullptr;
    std::uint64_t id_ = 0;
};

template <typename Reply>
class Calls final : private CallKeeper {
  public:
    using Done = std::function<void(Result<Reply>)>;

    Calls(loop::Loop& loop, std::size_t max_open)
        : loop_(loop), max_open_(max_open), timer_(loop, [this] { on_overdue(); }) {}

    // Errc::limit_exceeded when max_open wait already. done may drop the Call.
    Result<Call> open(std::chrono::milliseconds patience, Done done) {
        if (waiting_.size() >= max_open_) {
            return fail(Errc::limit_exceeded, "too many questions wait for an answer");
        }
        waiting_.emplace(++last_id_, Waiting{loop_.now() + patience, std::move(done)});
        wait_for_the_next();
        return Call(*this, last_id_);
    }

    // False when no question ever had this id: the peer has broken the contract. An answer that
    // comes too late is dropped.
    [[nodiscard]] bool answer(std::uint64_t id, Result<Reply> reply) {
        if (id == 0 || id > last_id_) return false;
        finish(id, std::move(reply));
        return true;
    }

  private:
    struct Waiting {
        base::SteadyTime deadline;
        Done done;
    };

    void withdraw(std::uint64_t id) override { waiting_.erase(id); }

    void finish(std::uint64_t id, Result<Reply> reply) {
        const auto found = waiting_.extract(id);
        if (found) found.mapped().done(std::move(reply));
    }

    void on_overdue() {
        const base::SteadyTime now = loop_.now();
        const auto is_overdue = [now](const auto& one) { return one.second.deadline <= now; };
        auto found = std::find_if(waiting_.begin(), waiting_.end(), is_overdue);
        while (found != waiting_.end()) {
            finish(found->first, fail(Errc::timed_out, "no answer in time"));
            found = std::find_if(waiting_.begin(), waiting_.end(), is_overdue);
        }
        wait_for_the_next();
    }

    void wait_for_the_next() {
        if (waiting_.empty()) return timer_.stop();
        const auto next = std::min_element(
            waiting_.begin(), waiting_.end(),
            [](const auto& a, const auto& b) { return a.second.deadline < b.second.deadline; });
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(next->second.deadline - loop_.now());
        timer_.start(std::max(left, std::chrono::milliseconds(0)));
    }

    loop::Loop& loop_;
    std::size_t max_open_;
    std::map<std::uint64_t, Waiting> waiting_;
    std::uint64_t last_id_ = 0;
    loop::Timer timer_;
};

}  // namespace gw::ipc
