#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// LastHeard: when an account last heard its network, remembered from process to process. For
// networks that do not repeat what was said while nobody listened: from then on messages may have
// been missed, whatever ended the process that listened.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ipc/calls.h"
#include "loop/loop.h"
#include "proto/core_to_worker.pb.h"
#include "workers/common/core.h"

namespace gw::workers {

class LastHeard {
  public:
    LastHeard(loop::Loop& loop, const base::Clock& clock, Core& core);

    // Asks the core what was noted before, and notes that somebody is about to listen: ready may
    // connect. It gets the moment of the note or of the cursor (one that cursor() made, or empty),
    // whichever is later, in ms since 1970; 0 when nobody has listened yet. Repeated until the core
    // has answered.
    void recall(std::string_view cursor, std::function<void(std::int64_t heard_ms)> ready);

    // Notes it, behind every event that was taken before; not while one of them waits, while
    // another note is under way, or when something later was noted.
    void note(std::int64_t heard_ms);

    // For an event that was heard at that moment: with it, the moment is kept.
    [[nodiscard]] static std::string cursor(std::int64_t heard_ms);

  private:
    void ask();
    void on_answer(const Result<proto::StateValues>& kept);
    void begin_listening();
    [[nodiscard]] bool put(std::int64_t heard_ms, Core::StateStored done);

    Core& core_;
    const base::Clock& clock_;
    std::function<void(std::int64_t)> ready_;  // until it was called
    std::int64_t heard_ms_ = 0;                // by those before us
    std::int64_t noted_ms_ = 0;
    bool is_noting_ = false;
    ipc::Call call_;
    loop::Timer retry_timer_;
};

}  // namespace gw::workers
