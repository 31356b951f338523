#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Patience: whoever asks is answered, also when the disk does not. What waits for a commit longer
// than kSlowCommit is told that nobody knows yet whether it was kept; to ask again under the same
// key is safe. The write itself goes on.

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "loop/loop.h"

namespace gw::store {

// A commit that takes longer is not waited for, and the gateway is not ready meanwhile.
constexpr std::chrono::seconds kSlowCommit{2};

// Errc::unavailable, for people.
inline std::unexpected<Error> still_committing() {
    return fail(Errc::unavailable,
                "the disk is slow, and nobody knows yet whether this is kept: "
                "with the same key it can be asked again");
}

class Patience {
  public:
    explicit Patience(loop::Loop& loop) : loop_(loop), timer_(loop, [this] { on_timer(); }) {}
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

    // What a write is to call when it has ended: done, once, with what it gets or with
    // still_committing(), whichever comes first.
    template <typename T>
    std::function<void(Result<T>)> limit(std::function<void(Result<T>)> done) {
        auto asker = std::make_shared<AskerOf<T>>(std::move(done));
        waiting_.push_back({loop_.now() + kSlowCommit, asker});
        if (!timer_.is_running()) timer_.start(kSlowCommit);
        return [asker](Result<T> ended) { asker->tell(std::move(ended)); };
    }

  private:
    class Asker {
      public:
        virtual ~Asker() = default;
        virtual void give_up() = 0;
    };
    template <typename T>
    class AskerOf final : public Asker {
      public:
        explicit AskerOf(std::function<void(Result<T>)> done) : done_(std::move(done)) {}
        void tell(Result<T> ended) {
            if (const auto done = std::exchange(done_, nullptr)) done(std::move(ended));
        }
        void give_up() override { tell(still_committing()); }

      private:
        std::function<void(Result<T>)> done_;
    };
    struct Waiting {
        base::SteadyTime deadline;
        std::weak_ptr<Asker> asker;  // gone when it was answered
    };

    void on_timer() {
        while (!waiting_.empty() && waiting_.front().deadline <= loop_.now()) {
            const auto asker = waiting_.front().asker.lock();
            waiting_.pop_front();
            if (asker) asker->give_up();
        }
        if (waiting_.empty()) return;
        const auto left = waiting_.front().deadline - loop_.now();
        timer_.start(std::chrono::ceil<std::chrono::milliseconds>(left));
    }

    loop::Loop& loop_;
    loop::Timer timer_;
    std::deque<Waiting> waiting_;  // all have the same patience: in the order of their deadlines
};

}  // namespace gw::store
