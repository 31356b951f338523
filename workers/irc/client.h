#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Client: one account on one IRC network, over as many connections as it takes. Registers, joins,
// keeps the connection alive, comes back when it is lost, turns what is said into messages and
// messages into lines, and knows when a line has arrived.
//
// A message counts as delivered when the PONG to a PING sent behind it comes back without an error
// about its target before. A connection lost in between leaves it uncertain (IRC cannot tell).

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loop/loop.h"
#include "proto/types.pb.h"
#include "workers/common/event.h"
#include "workers/irc/connection.h"
#include "workers/irc/settings.h"
#include "workers/irc/translate.h"

namespace gw::irc {

// Somebody said something.
struct Message {
    std::string peer;  // where an answer goes: a nick, or a channel
    bool is_channel = false;
    std::string sender;  // nick!user@host
    std::string nick;
    std::string text;
    bool is_addressed = false;  // our nick was named
    bool is_notice = false;     // must never be answered (RFC 2812 §3.3.2)
};

class Client final : private Connection::Events {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_link(proto::LinkState state, const std::string& detail,
                             const std::string& self) = 0;
        // Somebody may have said something; find_message knows what. Asked to read less, the client
        // reads nothing until read_on().
        virtual workers::Flow on_said(std::string_view line) = 0;
        // The server has been heard lately; at least once a kAliveEvery while it is.
        virtual void on_alive() = 0;
        // Nobody can say what was said between the two times.
        virtual void on_gap(std::int64_t from_ms, std::int64_t to_ms, const std::string& why) = 0;
        // Asked before the first byte of a delivery; false: ask again in a moment.
        virtual bool may_begin(const std::string& delivery) = 0;
        virtual void on_delivered(const std::string& delivery) = 0;
        virtual void on_refused(const std::string& delivery, proto::SendFailure failure,
                                const std::string& why) = 0;
    };

    // How often the server is asked for a sign of life.
    static constexpr std::chrono::seconds kAliveEvery{30};

    Client(loop::Loop& loop, const base::Clock& clock, Settings settings, Events& events);
    ~Client() override;

    // heard_ms: when a process before this one last heard the network, in ms since 1970; 0: never.
    void start(std::int64_t heard_ms);
    // Says goodbye; done is called when the server has closed, or a second later.
    void stop(std::function<void()> done);

    // Until when everything that was said was passed on or said to be missing, in ms since 1970; 0:
    // the server was never heard, by a process before neither.
    [[nodiscard]] std::int64_t complete_until_ms() const {
        return lost_at_ms_ != 0 ? lost_at_ms_ : last_heard_ms_;
    }

    // What a line that was given to on_said says; nothing when it is not for us to hear.
    [[nodiscard]] std::optional<Message> find_message(std::string_view line) const;
    void read_on();

    // Delivers text; the outcome comes as an event. One after the other.
    void send(const std::string& delivery, const std::string& to, const std::string& text);

  private:
    enum class State { idle, connecting, registering, joining, connected, stopping };

    struct Delivery {
        std::string id;
        std::string to;
        std::vector<std::string> lines;
        bool has_begun = false;  // a byte may have left
        std::string refusal;     // what the server said about it
    };

    void on_connected() override;
    void on_line(std::string_view text) override;
    void on_ended(const std::string& reason) override;

    void connect();
    void reconnect_later(const std::string& why);
    void drop_connection();
    void on_numeric(int numeric, const Line& line);
    void on_welcome(const Line& line);
    void on_nick_refused(int numeric);
    void on_features(const Line& line);
    void on_end_of_greeting();
    void on_join(const Line& line);
    void on_kick(const Line& line);
    void on_nick_change(const Line& line);
    void on_said(std::string_view line);
    void on_pong(const Line& line);
    // Any numeric; only those that refuse a message matter.
    void on_refusal(int numeric, const Line& line);
    void joined(std::string_view channel);
    void on_step_overdue();
    void mark_heard();
    void set_connected();
    void give_up(const std::string& what_to_do);
    void keep_alive();
    void begin_next();
    void drop_deliveries(const std::string& why);
    [[nodiscard]] bool is_self(std::string_view nick) const;
    // Bytes of text that fit a line to somebody; 0: none that would be worth it.
    [[nodiscard]] std::size_t room_for_text(const std::string& to) const;

    loop::Loop& loop_;
    const base::Clock& clock_;
    Settings settings_;
    Events& events_;
    State state_ = State::idle;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Connection> ended_;  // until it is safe to destroy
    std::string nick_;                   // as the server knows us
    std::string own_prefix_;             // nick!user@host, once seen
    CaseMapping mapping_ = CaseMapping::rfc1459;
    std::string channel_types_{kUsualChannelTypes};
    std::set<std::string> joining_;    // folded names not answered yet
    std::deque<Delivery> deliveries_;  // front is under way while has_begun
    std::uint64_t last_ping_ = 0;
    std::string awaited_pong_;  // of the delivery under way
    base::SteadyTime last_heard_;
    base::SteadyTime connected_since_;
    std::int64_t last_heard_ms_ = 0;  // the same moment, as clocks on walls show it
    std::int64_t lost_at_ms_ = 0;     // since when messages may be missed; 0: never connected
    std::string lost_why_;
    int failures_ = 0;
    std::size_t nick_tries_ = 0;  // nicks refused on this connection
    NickRoom nick_room_ = NickRoom::may_grow;
    loop::Timer reconnect_timer_;
    loop::Timer alive_timer_;
    loop::Timer step_timer_;  // registration and joining take no longer than this
    loop::Timer retry_timer_;
    loop::Timer bury_timer_;  // destroys what has ended, when it is not calling us
    std::function<void()> stopped_;
};

}  // namespace gw::irc
