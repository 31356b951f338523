// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/history.h"

#include <algorithm>

#include "base/clock.h"

namespace gw::irc {

namespace {

constexpr std::size_t kLongestPage = 100;
constexpr std::size_t kMaxPages = 20;   // of one conversation
constexpr std::size_t kMaxPeople = 50;  // who may have written

std::string moment(std::int64_t ms) {
    return "timestamp=" + base::rfc3339(ms);
}

}  // namespace

void History::start_over(std::size_t page) {
    is_active_ = true;
    page_ = page == 0 ? kLongestPage : std::min(page, kLongestPage);
    missing_.clear();
    names_.clear();
    questions_.clear();
}

void History::add(const std::string& channel, std::int64_t since_ms, std::size_t page) {
    if (!is_active_) start_over(page);
    since_ms_ = questions_.empty() ? since_ms : std::min(since_ms_, since_ms);
    questions_.push_back({.target = channel, .after = moment(since_ms - kOverlapMs)});
}

void History::begin(std::int64_t since_ms, std::int64_t now_ms,
                    const std::vector<std::string>& channels, std::size_t page) {
    start_over(page);
    since_ms_ = since_ms;
    since_ = moment(since_ms - kOverlapMs);
    until_ = moment(now_ms + kOverlapMs);
    questions_.push_back({.target = {}, .after = {}});
    for (const std::string& channel : channels)
        questions_.push_back({.target = channel, .after = since_});
}

std::optional<std::string> History::find_request() {
    if (questions_.empty()) {
        is_active_ = false;
        return std::nullopt;
    }
    const Question& next = questions_.front();
    last_id_.clear();
    const std::string limit = ' ' + std::to_string(page_);
    if (next.target.empty()) return "CHATHISTORY TARGETS " + since_ + ' ' + until_ + limit;
    return "CHATHISTORY AFTER " + next.target + ' ' + next.after + limit;
}

void History::on_target(std::string_view name, std::string_view channel_types) {
    if (!is_active_ || !is_nick(name) || is_channel(name, channel_types)) return;
    if (names_.size() >= kMaxPeople) return miss("more people wrote than are asked about");
    if (names_.insert(std::string(name)).second) {
        questions_.push_back({.target = std::string(name), .after = since_});
    }
}

void History::on_message(const std::string& id) {
    // One that is no word could not be asked about, and might say more than that.
    if (!is_word(id)) return miss("the server gives its history without ids that are words");
    last_id_ = id;
}

void History::on_answered(std::size_t lines) {
    if (questions_.empty()) return;
    Question& current = questions_.front();
    if (current.target.empty() && lines >= page_) miss("more people wrote than the server names");
    // A server may answer with less than it was asked for: only nothing is the end.
    if (!current.target.empty() && lines != 0 && !last_id_.empty()) {
        if (++current.pages < kMaxPages) {
            current.after = "msgid=" + last_id_;
            return;
        }
        miss("more was said in " + to_utf8(current.target) + " than is asked for");
    }
    questions_.pop_front();
}

void History::on_refused(const std::string& why) {
    if (questions_.empty()) return;
    const std::string target = questions_.front().target;
    miss("no history of " + (target.empty() ? "direct messages" : to_utf8(target)) + ": " + why);
    questions_.pop_front();
}

void History::miss(const std::string& why) {
    if (missing_.empty()) missing_ = why;
}

}  // namespace gw::irc
