// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/intake.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/json.h"
#include "workers/telegram/translate.h"

namespace gw::telegram {

namespace {

using workers::Flow;

// What stands behind the colon of "bot:update"; 0: there is none.
std::int64_t update_of(std::string_view name) {
    const auto colon = name.find(':');
    if (colon == std::string_view::npos) return 0;
    const std::string_view digits = name.substr(colon + 1);
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

}  // namespace

Intake::Intake(loop::Loop& loop, workers::Core& core, Api& api, const Settings& settings)
    : loop_(loop), core_(core), api_(api), settings_(settings), timer_(loop, [this] {
          hand_over_ready();
      }) {}

std::string Intake::event_id(std::int64_t update) const {
    return std::to_string(bot_) + ':' + std::to_string(update);
}

std::int64_t Intake::next_by(std::string_view cursor) const {
    return cursor.starts_with(std::to_string(bot_) + ':') ? update_of(cursor) : 0;
}

Result<Flow> Intake::take(std::int64_t id, std::string raw) {
    if (unaccepted_.contains(id)) return Flow::go_on;
    if (waiting_.size() >= kMaxWaiting) {
        return fail(Errc::limit_exceeded, "too many updates wait");
    }
    next_ = std::max(next_, id + 1);
    unaccepted_.insert(id);
    Waiting update{.id = id, .chat = {}, .raw = std::move(raw), .fetch = {}};
    look_for_file(update);
    const bool is_behind =
        std::any_of(waiting_.begin(), waiting_.end(),
                    [&update](const Waiting& before) { return before.chat == update.chat; });
    if (is_full_ || update.fetch || is_behind || !hand_over(update)) {
        waiting_.push_back(std::move(update));
        start_fetches();
    }
    return is_full_ || waiting_.size() > kMaxWaiting / 2 ? Flow::read_less : Flow::go_on;
}

// Only what must be known before the core hears of it; the rest is read in the event's turn.
void Intake::look_for_file(Waiting& update) {
    if (skipped_.contains(event_id(update.id))) return;
    json::Parser parser;
    const auto json = parser.parse(update.raw);
    if (!json) return;
    update.chat = chat_of(*json);
    auto file = find_file(*json);
    if (!file) return;
    update.fetch = std::make_unique<FileFetch>(
        loop_, core_, api_, *std::move(file), "file-" + std::to_string(++last_file_),
        settings_.max_media_bytes, [this] { timer_.start(std::chrono::milliseconds(0)); });
}

void Intake::start_fetches() {
    // A file counts until the message that names it is accepted.
    std::size_t under_way = attached_.size();
    for (const Waiting& update : waiting_) {
        if (!update.fetch) continue;
        if (++under_way > kMaxFetches) return;
        if (!update.fetch->has_started()) update.fetch->start();
    }
}

void Intake::hand_over_ready() {
    std::set<std::string> held;  // chats whose first one is not ready
    for (auto update = waiting_.begin(); update != waiting_.end() && !is_full_;) {
        const bool is_ready = !update->fetch || update->fetch->is_over();
        if (is_ready && !held.contains(update->chat) && hand_over(*update)) {
            update = waiting_.erase(update);
        } else {
            held.insert(update->chat);
            ++update;
        }
    }
    start_fetches();
    if (!is_full_ && waiting_.size() < kMaxWaiting / 4 && on_room) on_room();
}

// False when the core did not take it, which asks for room first.
bool Intake::hand_over(Waiting& update) {
    const std::string name = event_id(update.id);
    if (update.fetch) attached_[name] = {update.fetch->find_file(), update.fetch->note()};
    const auto taken =
        core_.take_event({.id = name, .cursor = cursor_behind(update), .raw = update.raw});
    is_full_ = !taken || *taken == Flow::read_less;
    return taken.has_value();
}

std::string Intake::cursor_behind(const Waiting& update) const {
    // Webhooks come in any order, and nobody asks for them again.
    if (!settings_.webhook_url.empty()) return {};
    const auto first = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&update](const Waiting& one) { return one.id != update.id; });
    return event_id(first == waiting_.end() ? next_ : std::min(next_, first->id));
}

bool Intake::make_room() {
    is_full_ = false;
    hand_over_ready();
    return !is_full_ && waiting_.size() < kMaxWaiting / 4;
}

void Intake::on_media_credit(const proto::MediaCredit& credit) {
    for (const Waiting& update : waiting_) {
        if (update.fetch) update.fetch->on_media_credit(credit);
    }
}

void Intake::on_accepted(const std::string& event_id) {
    unaccepted_.erase(update_of(event_id));
    if (attached_.erase(event_id) > 0) start_fetches();
}

Intake::Attached Intake::attached_to(const std::string& event_id) const {
    const auto found = attached_.find(event_id);
    return found == attached_.end() ? Attached{} : found->second;
}

std::int64_t Intake::first_unaccepted() const {
    return unaccepted_.empty() ? 0 : *unaccepted_.begin();
}

}  // namespace gw::telegram
