// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/batches.h"

#include "workers/irc/tags.h"

namespace gw::irc {

namespace {

constexpr std::size_t kMaxOpen = 64;

}  // namespace

std::optional<Batch> Batches::on_batch(const Line& line) {
    const std::string_view reference = line.param(0);
    if (reference.starts_with('-')) {
        const auto found = open_.find(reference.substr(1));
        if (found == open_.end()) return std::nullopt;
        auto ended = std::optional(std::move(found->second));
        open_.erase(found);
        return ended;
    }
    if (!reference.starts_with('+') || open_.size() >= kMaxOpen) return std::nullopt;
    const Batch* parent = find(line);
    Batch batch{std::string(line.param(1)), std::string(line.param(2)), {}};
    // Ratified or not, it is the same thing.
    if (batch.type == "draft/chathistory") batch.type = "chathistory";
    const auto label = find_tag(line.tags, "label");
    batch.label = label ? *label : parent != nullptr ? parent->label : std::string();
    open_.insert_or_assign(std::string(reference.substr(1)), std::move(batch));
    return std::nullopt;
}

Batch* Batches::find(const Line& line) {
    const auto reference = find_tag(line.tags, "batch");
    const auto found = reference ? open_.find(*reference) : open_.end();
    return found == open_.end() ? nullptr : &found->second;
}

}  // namespace gw::irc
