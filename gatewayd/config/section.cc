// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/section.h"

#include <algorithm>

namespace gw::config {

void Reading::complain(std::string path, std::string reason) const {
    const json5::Position at = document.position(path);
    problems.push_back({std::move(path), at.line, at.column, std::move(reason)});
}

Section::Section(const Reading& reading, json::Value value, std::string path)
    : reading_(&reading), value_(value), path_(std::move(path)) {}

std::string Section::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

void Section::complain(std::string_view key, std::string reason) const {
    reading_->complain(path_of(key), std::move(reason));
}

std::optional<json::Value> Section::any(std::string_view key) {
    asked_.push_back(key);
    return value_.find(key);
}

std::optional<std::string> Section::text(std::string_view key) {
    const auto found = any(key);
    if (!found) return std::nullopt;
    if (!found->is_string()) {
        complain(key, "must be a string");
        return std::nullopt;
    }
    return std::string(found->string());
}

std::optional<std::int64_t> Section::integer(std::string_view key, std::int64_t low,
                                             std::int64_t high) {
    const auto found = any(key);
    if (!found) return std::nullopt;
    if (!found->is_integer() || found->integer() < low || found->integer() > high) {
        complain(key,
                 "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
        return std::nullopt;
    }
    return found->integer();
}

std::optional<bool> Section::boolean(std::string_view key) {
    const auto found = any(key);
    if (!found) return std::nullopt;
    if (!found->is_bool()) {
        complain(key, "must be true or false");
        return std::nullopt;
    }
    return found->boolean();
}

std::optional<std::vector<std::string>> Section::texts(std::string_view key) {
    const auto found = any(key);
    if (!found) return std::nullopt;
    if (!found->is_array()) {
        complain(key, "must be a list of strings");
        return std::nullopt;
    }
    std::vector<std::string> list;
    for (std::size_t i = 0; i < found->size(); ++i) {
        const json::Value element = found->element(i);
        if (element.is_string()) {
            list.emplace_back(element.string());
        } else if (element.is_integer()) {
            list.push_back(std::to_string(element.integer()));
        } else {
            complain(std::string(key) + '[' + std::to_string(i) + ']', "must be a string");
        }
    }
    return list;
}

std::optional<std::string> Section::word(std::string_view key,
                                         const std::vector<std::string_view>& of) {
    auto found = text(key);
    if (!found || std::find(of.begin(), of.end(), *found) != of.end()) return found;
    std::string reason = "must be one of";
    for (const std::string_view choice : of)
        reason += " \"" + std::string(choice) + '"';
    if (const std::string_view meant = find_nearest(*found, of); !meant.empty()) {
        reason += "; did you mean \"" + std::string(meant) + "\"?";
    }
    complain(key, std::move(reason));
    return std::nullopt;
}

std::optional<Section> Section::section(std::string_view key) {
    const auto found = any(key);
    if (!found) return std::nullopt;
    if (!found->is_object()) {
        complain(key, "must be an object");
        return std::nullopt;
    }
    return Section(*reading_, *found, path_of(key));
}

std::vector<std::pair<std::string, Section>> Section::sections() {
    std::vector<std::pair<std::string, Section>> list;
    for (const auto member : value_.members()) {
        asked_.push_back(member.key);
        if (!member.value().is_object()) {
            complain(member.key, "must be an object");
            continue;
        }
        list.emplace_back(std::string(member.key),
                          Section(*reading_, member.value(), path_of(member.key)));
    }
    return list;
}

void Section::ignore(const std::vector<std::string_view>& keys) {
    for (const std::string_view key : keys) {
        if (any(key)) reading_->ignored.push_back(path_of(key));
    }
}

void Section::finish() {
    for (const auto member : value_.members()) {
        if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
        std::string reason = "unknown key";
        if (const std::string_view meant = find_nearest(member.key, asked_); !meant.empty()) {
            reason += "; did you mean \"" + std::string(meant) + "\"?";
        }
        complain(member.key, std::move(reason));
    }
}

}  // namespace gw::config
