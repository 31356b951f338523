#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What a delivery is besides its text and its file: how the text is marked up, how the file is to
// be shown, or a poll. One column of JSON in `deliveries` (docs/formats/deliveries.md).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gw::store {

struct DeliveryPoll {
    std::string question;
    std::vector<std::string> options;
    std::uint32_t max_selections = 1;
    std::uint32_t duration_s = 0;  // 0: until somebody closes it
    bool is_public = false;        // everybody sees who chose what

    bool operator==(const DeliveryPoll&) const = default;
};

struct DeliveryContent {
    std::string parse_mode;  // of the worker contract: "" is Markdown, "plain", "HTML"
    bool is_document = false;
    bool is_voice = false;
    std::optional<DeliveryPoll> poll;

    bool operator==(const DeliveryContent&) const = default;
};

// Empty for one that says nothing.
std::string content_json(const DeliveryContent& content);

// Errc::corrupt for what content_json did not write.
Result<DeliveryContent> parse_content(std::string_view json);

}  // namespace gw::store
