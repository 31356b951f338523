#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Client: one account on one IRC network, over as many connections as it takes. Registers, joins,
// keeps the connection alive, comes back when it is lost, turns what is said into messages and
// messages into lines, and knows when a line has arrived.
//
// How it knows that stands in confirmation.h. A connection lost before leaves a message uncertain.
// What was missed while there was no connection is fetched from the server's history where it keeps
// one (history.h), and is a gap where it does not.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loop/loop.h"
#include "proto/types.pb.h"
#include "workers/common/core.h"
#include "workers/common/event.h"
#include "workers/irc/batches.h"
#include "workers/irc/capabilities.h"
#include "workers/irc/channels.h"
#include "workers/irc/confirmation.h"
#include "workers/irc/connection.h"
#include "workers/irc/ctcp.h"
#include "workers/irc/history.h"
#include "workers/irc/server_features.h"
#include "workers/irc/settings.h"
#include "workers/irc/translate.h"

namespace gw::irc {

// Somebody said something.
struct Message {
    std::string peer;  // where an answer goes: a nick, or a channel
    bool is_channel = false;
    std::string sender;  // the services account, or else nick!user@host
    bool is_account = false;
    std::string nick;
    std::string text;
    std::string id;                       // the network's; empty: it has none
    std::string reply_to;                 // the id of the message that is answered; may be empty
    std::optional<std::int64_t> said_ms;  // by the server's clock
    bool is_addressed = false;            // our nick was named
    bool is_notice = false;               // must never be answered (RFC 2812 §3.3.2)
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
        // Asked before the first byte of a delivery. One that is too late is answered already.
        virtual workers::Core::Start may_begin(const std::string& delivery) = 0;
        // message_id: the network's; empty: it has none.
        virtual void on_delivered(const std::string& delivery, const std::string& message_id) = 0;
        // retry_after_ms: when the server said so; 0 otherwise.
        virtual void on_refused(const std::string& delivery, proto::SendFailure failure,
                                const std::string& why, std::uint32_t retry_after_ms) = 0;
    };

    // How often the server is asked for a sign of life.
    static constexpr std::chrono::seconds kAliveEvery{30};

    // tls: nullptr for plain TCP.
    Client(loop::Loop& loop, const base::Clock& clock, Settings settings,
           std::unique_ptr<net::TlsContext> tls, Events& events);
    ~Client() override;

    // heard_ms: when a process before this one last heard the network, in ms since 1970; 0: never.
    void start(std::int64_t heard_ms);
    // Says goodbye; done is called when the server has closed, or a second later.
    void stop(std::function<void()> done);

    // Until when everything that was said was passed on or said to be missing, in ms since 1970; 0:
    // the server was never heard, by a process before neither.
    [[nodiscard]] std::int64_t complete_until_ms() const;

    // What a line that was given to on_said says; nothing when it is not for us to hear.
    [[nodiscard]] std::optional<Message> find_message(std::string_view line) const;
    void read_on();

    // Delivers text; the outcome comes as an event. One after the other. reply_to: the id of the
    // message that it answers, or empty.
    void send(const std::string& delivery, const std::string& to, const std::string& text,
              const std::string& reply_to = "");

  private:
    enum class State { idle, connecting, registering, joining, connected, stopping };

    struct Delivery {
        std::string id;
        std::string to;
        std::vector<std::string> lines;
        std::string reply_to;
        std::optional<Confirmation> confirmation;  // there: a byte may have left
    };

    void on_connected() override;
    void on_line(std::string_view text) override;
    void on_ended(const std::string& reason) override;

    // client.cc: connections come and go
    void connect();
    void forget_server();
    void reconnect_later(const std::string& why);
    void drop_connection();
    void give_up(const std::string& what_to_do);
    void on_numeric(int numeric, const Line& line);
    void on_command(std::string_view text, const Line& line);
    void on_step_overdue();
    void mark_heard();
    void set_connected();
    void tell_connected();
    void keep_alive();
    void on_said(std::string_view text, const Line& line);
    [[nodiscard]] bool is_self(std::string_view nick) const;

    // client_registration.cc: until the server greets, and which nick it is under
    void on_cap(const Line& line);
    void go_on_registering();
    void end_negotiation();
    void on_authenticate(const Line& line);
    void on_sasl_numeric(int numeric, const Line& line);
    void on_nick_refused(int numeric);
    void on_welcome(const Line& line);
    void on_end_of_greeting();
    void on_user_host(const Line& line);
    void on_nick_change(const Line& line);
    void on_quit(const Line& line);
    void on_present(const Line& line);
    void ask_for_nick();
    void take_nick();
    [[nodiscard]] std::string wanted_nick() const;

    // client_channels.cc
    void join_due();
    void on_join(const Line& line);
    void on_removed(std::string_view channel, std::string_view nick, const std::string& why);
    void joined(std::string_view channel);
    void on_join_refused(const Line& line);
    void after_join_answer();

    // client_deliveries.cc
    void begin_next();
    [[nodiscard]] Confirmation::Way confirmation_way() const;
    void write_lines(const Delivery& delivery);
    [[nodiscard]] Confirmation* find_confirmation();
    [[nodiscard]] std::string label_of(const Line& line);
    void on_echo(const Line& line);
    void on_acknowledged(const Line& line);
    // Any numeric; only those that refuse a message matter.
    void on_refusal(int numeric, const Line& line);
    void on_fail(const Line& line);
    void on_pong(const Line& line);
    void settle();
    void finish_delivery();
    void drop_deliveries(const std::string& why);
    // Bytes of text that fit a line to somebody; 0: none that would be worth it.
    [[nodiscard]] std::size_t room_for_text(const std::string& to) const;

    // client_history.cc
    void catch_up();
    void catch_up_in_channels();
    [[nodiscard]] bool keeps_history() const;
    void ask_history();
    void on_history_overdue();
    void on_batch(const Line& line);
    void on_history_target(const Line& line);
    // Whether a line of a batch is new to us, or told before.
    [[nodiscard]] bool is_wanted_playback(const Line& line);

    loop::Loop& loop_;
    const base::Clock& clock_;
    Settings settings_;
    std::unique_ptr<net::TlsContext> tls_;
    Events& events_;
    State state_ = State::idle;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Connection> ended_;  // until it is safe to destroy
    std::string nick_;                   // as the server knows us
    std::string own_prefix_;             // nick!user@host, once seen
    std::string closing_words_;          // what the server said before it closed
    Capabilities capabilities_;
    bool has_negotiated_ = false;
    bool is_authenticating_ = false;
    bool is_authenticated_ = false;
    ServerFeatures features_;
    Channels channels_;
    Batches batches_;
    History history_;
    Ctcp ctcp_;
    std::string told_;                 // the detail that the core has
    std::deque<Delivery> deliveries_;  // front is under way while it has a confirmation
    std::uint64_t last_ping_ = 0;
    base::SteadyTime last_heard_;
    base::SteadyTime connected_since_;
    std::optional<base::SteadyTime> nick_taken_;  // when the wanted nick was asked for last
    std::int64_t last_heard_ms_ = 0;              // the same moment, as clocks on walls show it
    std::int64_t lost_at_ms_ = 0;  // since when messages may be missed; 0: never connected
    std::string lost_why_;
    std::int64_t server_ahead_ms_ = 0;  // of our clock, by the times it puts on its lines
    int failures_ = 0;
    std::size_t nick_tries_ = 0;  // nicks refused on this connection
    NickRoom nick_room_ = NickRoom::may_grow;
    loop::Timer reconnect_timer_;
    loop::Timer alive_timer_;
    loop::Timer step_timer_;  // registration and joining take no longer than this
    loop::Timer retry_timer_;
    loop::Timer answer_timer_;    // what is under way is confirmed by then
    loop::Timer bury_timer_;      // destroys what has ended, when it is not calling us
    loop::Timer channels_timer_;  // the next channel is due
    loop::Timer nick_timer_;      // looks whether the wanted nick is free
    loop::Timer history_timer_;   // an answer takes no longer than this
    std::function<void()> stopped_;
};

}  // namespace gw::irc
