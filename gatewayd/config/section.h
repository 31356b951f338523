#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Section: one object of the configuration being read. Each getter takes a key off the list of what
// is left; finish() reports what nobody asked for. Wrong types become problems and read as absent.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/json5.h"
#include "gatewayd/config/problems.h"

namespace gw::config {

// What reading a file needs everywhere: positions, and where problems and ignored keys go.
struct Reading {
    const json5::Document& document;
    std::vector<Problem>& problems;
    std::vector<std::string>& ignored;

    void complain(std::string path, std::string reason) const;
};

class Section {
  public:
    // value is an object (root of the file or a member); path is "" for the root.
    Section(const Reading& reading, json::Value value, std::string path);

    std::optional<std::string> text(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high);
    std::optional<bool> boolean(std::string_view key);
    // An array of strings; numbers are taken as their text, as provider ids often are written so.
    std::optional<std::vector<std::string>> texts(std::string_view key);
    // One of the given words; a problem names them.
    std::optional<std::string> word(std::string_view key, const std::vector<std::string_view>& of);
    std::optional<Section> section(std::string_view key);
    // The keys of an object that are names chosen by the operator, with their sections.
    std::vector<std::pair<std::string, Section>> sections();
    // A member as it stands.
    std::optional<json::Value> any(std::string_view key);

    // Keys that exist in OpenClaw and mean nothing here: listed once as ignored.
    void ignore(const std::vector<std::string_view>& keys);

    // Reports every key that was not asked for.
    void finish();

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string path_of(std::string_view key) const;
    [[nodiscard]] json::Value value() const { return value_; }
    void complain(std::string_view key, std::string reason) const;

  private:
    const Reading* reading_;
    json::Value value_;
    std::string path_;
    std::vector<std::string_view> asked_;
};

}  // namespace gw::config
