#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Inbound: the one door for what comes in from a network. Holds events from their arrival until the
// core has accepted them, has each parsed in its turn, and says when the adapter must read less.
//
// While cautious (the predecessor crashed) one event is under way at a time, and it is parsed only
// when the kernel has all of the EventStarted that names it: should it bring the worker down, the
// core knows which one it was. Events that did so too often are on the skip list and are handed to
// the core unparsed.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "loop/loop.h"
#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"
#include "workers/common/event.h"

namespace gw::workers {

class Inbound {
  public:
    class Host {
      public:
        virtual ~Host() = default;
        // What the event says; nothing when it says nothing to anybody.
        virtual std::optional<proto::MessageReceived> parse(const Event& event) = 0;
        virtual void say(const proto::WorkerToCore& message) = 0;
        // Whether the kernel has taken everything that was said.
        [[nodiscard]] virtual bool is_drained() const = 0;
        virtual void on_accepted(const std::string& event_id) = 0;
        // After read_less: there is room again.
        virtual void on_room() = 0;
    };

    // Events held at once, and their raw bytes. At half of either the adapter is told to read less.
    static constexpr std::size_t kMaxEvents = 1024;
    static constexpr std::size_t kMaxBytes = 4U << 20;

    Inbound(loop::Loop& loop, Host& host);

    void configure(const proto::Configure& settings);

    // An event that is held already (the provider was impatient) is dropped. Errc::limit_exceeded
    // when the adapter did not read less, Errc::invalid_input for an id that is too long; the event
    // is then lost unless the network repeats it.
    Result<Flow> take(Event event);

    // False when no such event waits for it: the core has broken the contract.
    [[nodiscard]] bool accept(const std::string& event_id);

    // Whether nothing waits to be parsed.
    [[nodiscard]] bool is_caught_up() const { return unparsed_.empty(); }

  private:
    // Parses what may be parsed now. Not entered again from inside: an adapter takes no events
    // while it parses one.
    void advance();
    [[nodiscard]] bool may_parse(const Event& event);
    void hand_over(const Event& event);
    void pass(const Event& event);
    void hand_over_unparsed(const Event& event);
    void mark_under_way(const Event& event);
    void forget(const std::string& event_id);
    void tell_room();
    [[nodiscard]] bool is_above(std::size_t part) const;

    Host& host_;
    loop::Timer retry_timer_;
    bool is_cautious_ = false;
    std::set<std::string> skip_;
    std::uint64_t generation_ = 0;
    std::uint64_t last_made_id_ = 0;
    std::deque<Event> unparsed_;
    struct Held {
        std::size_t size = 0;  // of the raw bytes
        bool is_said = false;  // the core has it
    };
    std::map<std::string, Held> held_;  // by id: unparsed, or not accepted yet
    std::size_t held_bytes_ = 0;
    bool is_announced_ = false;  // EventStarted was said about the first of unparsed_
    bool is_under_way_ = false;  // cautious: the last one is not accepted yet
    bool wants_less_ = false;    // the adapter was told to
};

}  // namespace gw::workers
