// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/confirmation.h"

#include <algorithm>
#include <charconv>

namespace gw::irc {

Confirmation::Confirmation(Way way, std::string name, std::string to,
                           const std::vector<std::string>& lines)
    : way_(way), name_(std::move(name)), to_(std::move(to)) {
    for (const std::string& line : lines)
        lines_.push_back({.text = line});
}

std::string Confirmation::label(std::size_t line) const {
    return name_ + '.' + std::to_string(line);
}

bool Confirmation::is_label(std::string_view label) const {
    return way_ == Way::label && label.size() > name_.size() && label.starts_with(name_) &&
           label[name_.size()] == '.';
}

Confirmation::OneLine* Confirmation::find_labelled(std::string_view label) {
    if (!is_label(label)) return nullptr;
    const std::string_view digits = label.substr(name_.size() + 1);
    std::size_t index = lines_.size();
    std::from_chars(digits.data(), digits.data() + digits.size(), index);
    return index < lines_.size() && !lines_[index].is_settled ? &lines_[index] : nullptr;
}

void Confirmation::settle(OneLine& line) {
    line.is_settled = true;
    ++settled_;
}

void Confirmation::on_echo(std::string_view label, std::string_view to, std::string_view text,
                           const std::string& message_id, CaseMapping mapping) {
    OneLine* echoed = find_labelled(label);
    if (way_ == Way::echo && fold(to, mapping) == fold(to_, mapping)) {
        const auto same = std::find_if(lines_.begin(), lines_.end(), [&](const OneLine& line) {
            return !line.is_settled && line.text == text;
        });
        if (same != lines_.end()) echoed = &*same;
        // A server may take colours out or cut; another client may speak under the same nick.
        if (echoed == nullptr) ++changed_;
    }
    if (echoed == nullptr) return;
    settle(*echoed);
    ++arrived_;
    if (message_id_.empty()) message_id_ = message_id;
}

void Confirmation::on_acknowledged(std::string_view label) {
    OneLine* line = find_labelled(label);
    if (line == nullptr) return;
    settle(*line);
    ++arrived_;
}

void Confirmation::on_refused(std::string_view label, std::string_view to, Refusal refusal,
                              CaseMapping mapping) {
    OneLine* line = find_labelled(label);
    if (line != nullptr) {
        settle(*line);
    } else if (!label.empty() || (!to.empty() && fold(to, mapping) != fold(to_, mapping))) {
        return;
    }
    refusals_.push_back(std::move(refusal));
}

Confirmation::Outcome Confirmation::outcome() const {
    Outcome outcome{.failure = {}, .why = {}, .message_id = message_id_};
    if (!refusals_.empty()) {
        outcome.why = refusals_.front().why;
        const auto is_later = [](const Refusal& refusal) { return refusal.retry_after_ms != 0; };
        outcome.failure = proto::SEND_FAILURE_PERMANENT;
        if (!std::all_of(refusals_.begin(), refusals_.end(), is_later)) return outcome;
        // "Later" can be heeded only when nothing of it has arrived.
        const bool is_nothing_there = arrived_ == 0 && refusals_.size() >= lines_.size();
        outcome.failure =
            is_nothing_there ? proto::SEND_FAILURE_TRANSIENT : proto::SEND_FAILURE_UNCERTAIN;
        outcome.retry_after_ms = is_nothing_there ? refusals_.front().retry_after_ms : 0;
        return outcome;
    }
    if (way_ == Way::pong || settled_ + changed_ >= lines_.size()) return outcome;
    outcome.failure = proto::SEND_FAILURE_UNCERTAIN;
    outcome.why = "the server did not confirm " + std::to_string(lines_.size() - settled_) +
                  " of " + std::to_string(lines_.size()) + " lines";
    return outcome;
}

}  // namespace gw::irc
