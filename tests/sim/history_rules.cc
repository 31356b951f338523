// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What must be true when everything has come to an end.

#include "tests/sim/disk.h"
#include "tests/sim/history.h"

namespace gw::sim {

namespace {

using store::DeliveryState;

// How many rows the (constant) question finds for these values.
template <typename... Values>
std::int64_t question(store::Sql sql, const Values&... values) {
    auto query = Disk::database().query(sql);
    if (!query) return -1;
    query->bind_all(values...);
    return query->step().value_or(false) ? query->integer(0) : -1;
}

}  // namespace

void History::check_end() {
    for (const Wish& wish : wishes_)
        check_wish(wish);
    for (const Turn& turn : turns_)
        check_turn(turn);
    for (const auto& [channel, network] : networks_) {
        check_said(network);
        check_replies(network);
    }
}

// Accepted: once on the network, or an end that says why; and never more than once.
void History::check_wish(const Wish& wish) {
    const std::string& who = wish.key;
    const Network& network = networks_.at(wish.channel);
    const int there = network.count(wish.text);
    if (question("SELECT count(*) FROM deliveries WHERE idempotency_key = ?", wish.key) != 1) {
        return world_.fail(who + " is not one delivery");
    }
    const delivery::Outcome& end = wish.answers.front();
    if (there > 1) return world_.fail(who + " arrived " + std::to_string(there) + " times");
    switch (end.state) {
        case DeliveryState::sent:
            ++totals_.sent;
            if (there != 1) world_.fail(who + " was confirmed and is not there");
            if (end.provider_message_id != network.find_message(wish.text)) {
                world_.fail(who + " is there under another id than was told");
            }
            break;
        case DeliveryState::uncertain: ++totals_.uncertain; break;
        case DeliveryState::failed:
        case DeliveryState::expired:
        case DeliveryState::cancelled:
            ++totals_.other_ends;
            if (there != 0) world_.fail(who + " did not arrive, it was told, and is there");
            break;
        case DeliveryState::queued:
        case DeliveryState::attempting: world_.fail(who + " was answered before its end");
    }
    if (end.state != DeliveryState::sent && end.error.empty()) {
        world_.fail(who + " ended without a reason");
    }
}

// What was said: one line in the transcript and one answer, or a gap around it, or put aside.
void History::check_said(const Network& network) {
    for (const Said& said : network.said())
        check_one_said(network, said);
}

void History::check_one_said(const Network& network, const Said& said) {
    const std::string& channel = network.nature().channel;
    const std::int64_t rows =
        question("SELECT count(*) FROM inbound WHERE channel = ? AND text = ?", channel, said.text);
    const std::int64_t lines = question(
        "SELECT count(*) FROM transcript WHERE json_extract(message, '$.role') = 'user'"
        " AND instr(message, ?) > 0",
        '"' + said.text + '"');
    if (rows > 1) world_.fail(said.text + " came in " + std::to_string(rows) + " times");
    if (lines != rows) world_.fail(said.text + " has " + std::to_string(lines) + " lines");
    if (rows == 1) {
        if (is_deadly(said.text)) world_.fail(said.text + " was parsed by somebody");
        const std::int64_t answers = question(
            "SELECT count(*) FROM deliveries WHERE origin ="
            " 'reply:' || (SELECT id FROM inbound WHERE channel = ? AND text = ?)",
            channel, said.text);
        if (answers != 1) world_.fail(said.text + " has " + std::to_string(answers) + " answers");
        return;
    }
    if (!network.nature().redelivers) {
        // Whatever becomes of workers: with a core and a disk that are well, it is kept.
        const bool is_well =
            totals_.core_kills == 0 && totals_.core_freezes == 0 && Disk::failures() == 0;
        if (said.was_told && is_well) {
            return world_.fail(said.text + " was on its worker's link and did not come in");
        }
        if (said.at_ms <= network.first_listened_ms()) return;
        const std::int64_t gaps =
            question("SELECT count(*) FROM gaps WHERE channel = ? AND from_ms <= ? AND to_ms >= ?",
                     channel, said.at_ms, said.at_ms);
        if (gaps < 1) world_.fail(said.text + " was lost, and there is no gap around it");
        return;
    }
    const std::int64_t aside = question(
        "SELECT count(*) FROM quarantine WHERE channel = ? AND event_id = ?", channel, said.id);
    if (aside != 1) return world_.fail(said.text + " was never taken in");
    ++totals_.quarantined;
    // An event is suspected when its worker dies of something else; three times is a coincidence.
    const auto ends = worker_ends_.find(channel);
    if (!is_deadly(said.text) && (ends == worker_ends_.end() || ends->second < 3)) {
        world_.fail(said.text + " was put aside, and did nothing");
    }
}

bool History::has_answer(const Turn& turn) const {
    return question(
               "SELECT count(*) FROM transcript WHERE session_key = ? AND"
               " json_extract(message, '$.role') = 'assistant' AND instr(message, ?) > 0",
               turn.session_key, "You said: " + turn.run_id + '"') == 1;
}

// However often it was asked for: said once, answered once.
void History::check_turn(const Turn& turn) {
    const std::int64_t lines = question(
        "SELECT count(*) FROM transcript WHERE session_key = ? AND"
        " json_extract(message, '$.role') = 'user' AND instr(message, ?) > 0",
        turn.session_key, '"' + turn.run_id + '"');
    if (lines != 1) world_.fail(turn.run_id + " has " + std::to_string(lines) + " lines");
    if (!has_answer(turn)) world_.fail(turn.run_id + " has not one answer");
}

// An answer is on its network as its delivery says.
void History::check_replies(const Network& network) {
    auto query = Disk::database().query(
        "SELECT text, state FROM deliveries WHERE channel = ? AND origin LIKE 'reply:%'");
    if (!query) return world_.fail("the replies cannot be read");
    query->bind(network.nature().channel);
    while (query->step().value_or(false)) {
        const std::string text = query->text(0);
        const int there = network.count(text);
        const auto state = static_cast<DeliveryState>(query->integer(1));
        const bool is_right = state == DeliveryState::sent        ? there == 1
                              : state == DeliveryState::uncertain ? there <= 1
                                                                  : there == 0;
        if (is_right) continue;
        world_.fail("the reply \"" + text + "\" is " + std::string(store::name(state)) +
                    " and stands there " + std::to_string(there) + " times");
    }
}

}  // namespace gw::sim
