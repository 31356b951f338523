#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Sasl: one authentication on one connection (IRCv3 sasl 3.2), with PLAIN (RFC 4616) or EXTERNAL,
// where the TLS certificate says who we are. Pure: takes lines, gives lines.

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace gw::irc {

struct SaslSettings {
    enum class Mechanism { plain, external };
    Mechanism mechanism = Mechanism::plain;
    std::string account;
    base::Secret password;  // of PLAIN
};

// "AUTHENTICATE" lines that carry a response: base64 in pieces of 400, the last one shorter.
std::vector<std::string> sasl_lines(std::string_view response);

class Sasl {
  public:
    enum class Verdict { none, authenticated, refused, unavailable };

    explicit Sasl(const SaslSettings& settings) : settings_(settings) {}

    // What the server must offer, and what to say first. offered: the value of its capability, a
    // list of mechanisms or nothing.
    [[nodiscard]] bool is_offered(std::string_view offered) const;
    [[nodiscard]] std::string opening() const;

    // The answer to "AUTHENTICATE challenge".
    [[nodiscard]] std::vector<std::string> on_challenge(std::string_view challenge) const;

    // What a numeric says about the outcome. refused: a human has to correct something;
    // unavailable: another try may do.
    [[nodiscard]] static Verdict verdict(int numeric);

  private:
    const SaslSettings& settings_;
};

}  // namespace gw::irc
