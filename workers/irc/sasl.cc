// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/sasl.h"

#include <algorithm>

#include "base/bytes.h"

namespace gw::irc {

namespace {

constexpr std::size_t kPiece = 400;

std::string_view name(SaslSettings::Mechanism mechanism) {
    return mechanism == SaslSettings::Mechanism::plain ? "PLAIN" : "EXTERNAL";
}

std::string to_base64(std::string_view text) {
    std::string out = base::to_base64url(base::as_bytes(text));
    std::replace(out.begin(), out.end(), '-', '+');
    std::replace(out.begin(), out.end(), '_', '/');
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

}  // namespace

std::vector<std::string> sasl_lines(std::string_view response) {
    std::vector<std::string> lines;
    const std::string encoded = to_base64(response);
    for (std::size_t at = 0; at < encoded.size(); at += kPiece) {
        lines.push_back("AUTHENTICATE " + encoded.substr(at, kPiece));
    }
    // Nothing, or a last piece that is full: the end has to be said.
    if (encoded.size() % kPiece == 0) lines.emplace_back("AUTHENTICATE +");
    return lines;
}

bool Sasl::is_offered(std::string_view offered) const {
    if (offered.empty()) return true;  // 3.1 servers say no names
    const std::string_view wanted = name(settings_.mechanism);
    while (!offered.empty()) {
        const std::string_view mechanism = offered.substr(0, offered.find(','));
        if (mechanism == wanted) return true;
        offered.remove_prefix(std::min(mechanism.size() + 1, offered.size()));
    }
    return false;
}

std::string Sasl::opening() const {
    return "AUTHENTICATE " + std::string(name(settings_.mechanism));
}

std::vector<std::string> Sasl::on_challenge(std::string_view challenge) const {
    // Neither mechanism is ever asked anything.
    if (challenge != "+") return {"AUTHENTICATE *"};
    if (settings_.mechanism == SaslSettings::Mechanism::external) {
        return sasl_lines(settings_.account);
    }
    std::string response = settings_.account;
    response.push_back('\0');
    response += settings_.account;
    response.push_back('\0');
    response += settings_.password.reveal();
    return sasl_lines(response);
}

Sasl::Verdict Sasl::verdict(int numeric) {
    switch (numeric) {
        case 903:
        case 907: return Verdict::authenticated;  // 907: already
        case 902:                                 // the account is locked
        case 904:
        case 905: return Verdict::refused;
        case 906: return Verdict::unavailable;  // aborted
        default: return Verdict::none;
    }
}

}  // namespace gw::irc
