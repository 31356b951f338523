#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Capabilities: what a connection and its server agree to speak beyond RFC 1459 (IRCv3 capability
// negotiation, version 302). Pure: takes lines, gives lines. A server that knows no CAP never
// answers the first one, and greets all the same.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "workers/irc/translate.h"

namespace gw::irc {

class Capabilities {
  public:
    explicit Capabilities(bool wants_sasl);

    // What to say first.
    [[nodiscard]] static std::string opening() { return "CAP LS 302"; }

    // What to say to a CAP line of the server; often nothing.
    std::vector<std::string> on_cap(const Line& line);

    // Whether the server has answered everything that was asked. Until CAP END it does not greet.
    [[nodiscard]] bool is_settled() const { return is_listed_ && asked_.empty(); }

    [[nodiscard]] bool has(std::string_view name) const { return enabled_.contains(name); }
    [[nodiscard]] bool has_history() const {
        return has("draft/chathistory") || has("chathistory");
    }
    // What the server said behind the name ("sasl=PLAIN,EXTERNAL"); empty where it said nothing.
    [[nodiscard]] std::string value(std::string_view name) const;

  private:
    void offer(std::string_view names);
    [[nodiscard]] std::vector<std::string> ask_for_offered();
    [[nodiscard]] std::vector<std::string> on_refused(std::string_view names);
    void enable(std::string_view names);
    void withdraw(std::string_view names);

    std::set<std::string, std::less<>> wanted_;
    std::map<std::string, std::string, std::less<>> offered_;  // of the wanted: name → value
    std::set<std::string, std::less<>> enabled_;
    std::set<std::string, std::less<>> asked_;  // not answered yet
    bool is_listed_ = false;
};

}  // namespace gw::irc
