#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Confirmation: what is known of the lines of one delivery. Pure.
//
// A PING goes out behind the lines, and its PONG comes behind everything the server has to say
// about them. What that is depends on what was negotiated:
//   label  each line carries a label; an echo, an ACK or an error under it settles that line
//   echo   our own lines come back, in order; one that comes back changed counts, too
//   pong   nothing comes back but errors; without one until the PONG the lines arrived

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/types.pb.h"
#include "workers/irc/translate.h"

namespace gw::irc {

class Confirmation {
  public:
    enum class Way { pong, echo, label };
    struct Refusal {
        std::string why;
        std::uint32_t retry_after_ms = 0;  // not 0: the server says later, not never
    };
    struct Outcome {
        std::optional<proto::SendFailure> failure;  // nothing: it arrived
        std::string why;
        std::uint32_t retry_after_ms = 0;
        std::string message_id;  // the network's, of the first line; empty: it has none
    };

    // name is unlike that of any other delivery on the connection.
    Confirmation(Way way, std::string name, std::string to, const std::vector<std::string>& lines);

    [[nodiscard]] Way way() const { return way_; }
    [[nodiscard]] const std::string& ping() const { return name_; }
    [[nodiscard]] std::string label(std::size_t line) const;
    [[nodiscard]] bool is_label(std::string_view label) const;

    // Our own words came back.
    void on_echo(std::string_view label, std::string_view to, std::string_view text,
                 const std::string& message_id, CaseMapping mapping);
    // The server has taken what was labelled.
    void on_acknowledged(std::string_view label);
    // An error; label is empty where it has none. to is empty where it names nobody.
    void on_refused(std::string_view label, std::string_view to, Refusal refusal,
                    CaseMapping mapping);

    // Whether every line is settled, so that nobody needs to wait for the PONG.
    [[nodiscard]] bool is_settled() const { return way_ != Way::pong && settled_ == lines_.size(); }
    // What it came to, when it is settled or the PONG is there.
    [[nodiscard]] Outcome outcome() const;

  private:
    struct OneLine {
        std::string text;
        bool is_settled = false;
    };

    [[nodiscard]] OneLine* find_labelled(std::string_view label);
    void settle(OneLine& line);

    Way way_;
    std::string name_;
    std::string to_;
    std::vector<OneLine> lines_;
    std::size_t settled_ = 0;
    std::size_t arrived_ = 0;
    std::size_t changed_ = 0;  // echoes to the same target with other words
    std::vector<Refusal> refusals_;
    std::string message_id_;
};

}  // namespace gw::irc
