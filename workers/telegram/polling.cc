// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/polling.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/utf8.h"
#include "workers/telegram/login.h"
#include "workers/telegram/update.h"

namespace gw::telegram {

namespace {

constexpr std::chrono::seconds kSlack{10};  // of the call, over the poll's own timeout
// While an update waits for its file or for the core, Telegram would repeat it at once.
constexpr std::chrono::seconds kPollAgain{1};

// The number behind the first "update_id" of a text that is no JSON.
std::optional<std::int64_t> find_update_id(std::string_view body) {
    constexpr std::string_view kKey = "\"update_id\":";
    const auto at = body.find(kKey);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view digits = body.substr(at + kKey.size());
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (error != std::errc() || id <= 0 || id > kMaxUpdateId) return std::nullopt;
    return id;
}

}  // namespace

Polling::Polling(loop::Loop& loop, Api& api, const Settings& settings, Events& events)
    : api_(api), settings_(settings), events_(events), timer_(loop, [this] { poll(); }) {}

void Polling::start(std::int64_t next) {
    next_ = next;
    is_on_ = true;
    poll();
}

void Polling::stop() {
    is_on_ = false;
    timer_.stop();
    call_.cancel();
}

void Polling::go_on() {
    is_full_ = false;
    is_refused_ = false;
    if (is_on_ && !is_backing_off_ && !call_.is_open()) schedule();
}

void Polling::poll() {
    is_backing_off_ = false;
    if (is_full_) return;  // go_on comes back
    const std::int64_t unaccepted = events_.first_unaccepted();
    const auto timeout = unaccepted == 0 ? settings_.poll_timeout : std::chrono::seconds(0);
    Order order{.method = "getUpdates",
                .params = {{"limit", takes_one_ ? "1" : "100"},
                           {"timeout", std::to_string(timeout.count())},
                           {"allowed_updates", std::string(kAllowedUpdates)}},
                .deadline = timeout + kSlack};
    const std::int64_t offset = unaccepted == 0 ? next_ : unaccepted;
    asked_ = offset;
    if (offset > 0) order.params.push_back({"offset", std::to_string(offset)});
    call_ = api_.call_raw(std::move(order), [this](const auto& outcome, const std::string& body) {
        on_answer(outcome, body);
    });
}

void Polling::on_answer(const ApiOutcome& outcome, const std::string& body) {
    call_ = {};
    const bool is_malformed = outcome ? !outcome->is_array() : outcome.error().code == 200;
    if (is_malformed) {
        if (std::exchange(takes_one_, true) && take_malformed(body)) return schedule();
        return on_failed({.text = "an answer that cannot be read"});
    }
    if (!outcome) return on_failed(outcome.error());
    takes_one_ = false;
    backoff_.reset();
    events_.on_polled();
    notice_numbering(*outcome);
    take_all(*outcome);
    if (is_on_) schedule();
}

// Below what we asked for there is nothing unless Telegram began to count anew: it chooses the
// number after a week without updates by chance, and each bot has its own.
void Polling::notice_numbering(json::Value updates) {
    if (asked_ == 0 || asked_ != next_ || updates.size() == 0) return;
    const auto id = find_integer(updates.element(0), "update_id");
    if (!id || *id <= 0 || *id >= next_) return;
    log::warn("telegram", "updates are numbered anew", {{"expected", next_}, {"got", *id}});
    next_ = *id;
    events_.on_numbered_anew(*id);
}

void Polling::take_all(json::Value updates) {
    for (std::size_t i = 0; i < updates.size() && is_on_; ++i) {
        const json::Value update = updates.element(i);
        const auto id = find_integer(update, "update_id");
        if (!id || *id <= 0 || *id > kMaxUpdateId) {
            log::warn("telegram", "an update without an id is passed over");
            continue;
        }
        take(*id, json::to_string(update));
    }
}

void Polling::take(std::int64_t id, std::string raw) {
    // Those that are not accepted yet come again.
    if (id < next_ || is_refused_) return;
    const auto flow = events_.on_update(id, std::move(raw));
    is_refused_ = !flow;
    is_full_ = is_full_ || !flow || *flow == workers::Flow::read_less;
    if (flow) next_ = id + 1;
}

// One update that is no JSON as we read it would come again for ever: it is taken as it is, says
// nothing, and is passed.
bool Polling::take_malformed(const std::string& body) {
    const auto id = find_update_id(body);
    if (!id || *id < next_) return false;
    log::warn("telegram", "an update that cannot be read is passed over", {{"update", *id}});
    takes_one_ = false;
    backoff_.reset();
    take(*id, body);
    return true;
}

void Polling::on_failed(const ApiError& error) {
    if (error.code == 401 || error.code == 404) {
        stop();
        return events_.on_poll_refused(token_refused(error));
    }
    std::string what = "getUpdates: " + error.text;
    if (error.code == 409) {
        what =
            "somebody else reads this bot's updates, so we wait until they stop: another "
            "gateway, another program with its token, or a webhook (" +
            error.text + ')';
    }
    events_.on_poll_trouble(what);
    is_backing_off_ = true;
    timer_.start(std::max<std::chrono::milliseconds>(backoff_.next(), error.retry_after));
}

void Polling::schedule() {
    if (is_full_) return timer_.stop();
    if (events_.first_unaccepted() == 0) {
        timer_.start(std::chrono::milliseconds(0));
    } else if (!timer_.is_running()) {
        timer_.start(kPollAgain);
    }
}

}  // namespace gw::telegram
