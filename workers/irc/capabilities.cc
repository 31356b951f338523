// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/capabilities.h"

#include <algorithm>

namespace gw::irc {

namespace {

template <typename Step>
void for_each_word(std::string_view text, Step step) {
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        if (!word.empty()) step(word);
    }
}

}  // namespace

Capabilities::Capabilities(bool wants_sasl)
    : wanted_{"message-tags",      "server-time",     "account-tag", "echo-message",
              "labeled-response",  "batch",           "cap-notify",  "chathistory",
              "draft/chathistory", "standard-replies"} {
    if (wants_sasl) wanted_.insert("sasl");
}

std::string Capabilities::value(std::string_view name) const {
    const auto found = offered_.find(name);
    return found == offered_.end() ? std::string() : found->second;
}

std::vector<std::string> Capabilities::on_cap(const Line& line) {
    // CAP nick subcommand ["*"] :names
    const std::string_view subcommand = line.param(1);
    const std::string_view names = line.params.size() < 3 ? "" : line.params.back();
    if (subcommand == "LS") {
        offer(names);
        if (line.params.size() > 3 && line.param(2) == "*") return {};  // more lines follow
        is_listed_ = true;
        return ask_for_offered();
    }
    if (subcommand == "NEW") {
        offer(names);
        return ask_for_offered();
    }
    if (subcommand == "ACK") enable(names);
    if (subcommand == "DEL") withdraw(names);
    if (subcommand == "NAK" && !names.empty()) return on_refused(names);
    // Which ones is not said: then it is all of them.
    if (subcommand == "NAK") {
        for (const std::string& name : std::set<std::string>(asked_.begin(), asked_.end()))
            withdraw(name);
    }
    return {};
}

void Capabilities::offer(std::string_view names) {
    for_each_word(names, [this](std::string_view word) {
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string name(word.substr(0, equals));
        if (!wanted_.contains(name)) return;
        offered_[name] = word.substr(std::min(equals + 1, word.size()));
    });
}

std::vector<std::string> Capabilities::ask_for_offered() {
    std::string request;
    for (const auto& [name, value] : offered_) {
        if (enabled_.contains(name) || !asked_.insert(name).second) continue;
        request += (request.empty() ? "" : " ") + name;
    }
    if (request.empty()) return {};
    return {"CAP REQ :" + request};
}

void Capabilities::enable(std::string_view names) {
    for_each_word(names, [this](std::string_view word) {
        const bool is_off = word.starts_with('-');
        const std::string_view name = is_off ? word.substr(1) : word;
        const auto asked = asked_.find(name);
        if (asked != asked_.end()) asked_.erase(asked);
        if (is_off) {
            withdraw(name);
        } else if (wanted_.contains(name)) {
            enabled_.insert(std::string(name));
        }
    });
}

// One of several is enough for a server to refuse them all: then each is asked for by itself.
std::vector<std::string> Capabilities::on_refused(std::string_view names) {
    std::vector<std::string> requests;
    std::size_t count = 0;
    for_each_word(names, [&](std::string_view) { ++count; });
    for_each_word(names, [&](std::string_view name) {
        const auto asked = asked_.find(name);
        if (asked == asked_.end()) return;
        if (count > 1) {
            requests.push_back("CAP REQ :" + std::string(name));
        } else {
            withdraw(name);
        }
    });
    return requests;
}

void Capabilities::withdraw(std::string_view names) {
    for_each_word(names, [this](std::string_view name) {
        const std::string gone(name);
        offered_.erase(gone);
        enabled_.erase(gone);
        asked_.erase(gone);
    });
}

}  // namespace gw::irc
