// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The interpreter of schema tables. Texts and their order are part of the protocol: clients show
// them, and some compare them. docs/protocol/frames.md has the rules.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "proto/gateway/checks.h"
#include "proto/gateway/schema.h"

namespace gw::proto::gateway {

namespace {

using Member = json::Value::Member;

// The members JSON.parse would leave: where a key first stood, with the value it had last.
std::vector<std::pair<std::string_view, json::Value>> effective_members(json::Value object) {
    struct Entry {
        std::string_view key;
        json::Value value;
        std::size_t place;
    };
    std::vector<Entry> entries;
    entries.reserve(object.size());
    for (const Member member : object.members()) {
        entries.push_back({member.key, member.value(), entries.size()});
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.key != b.key ? a.key < b.key : a.place < b.place;
    });
    std::vector<Entry> kept;
    for (const Entry& entry : entries) {
        if (!kept.empty() && kept.back().key == entry.key) {
            kept.back().value = entry.value;
        } else {
            kept.push_back(entry);
        }
    }
    std::sort(kept.begin(), kept.end(),
              [](const Entry& a, const Entry& b) { return a.place < b.place; });
    std::vector<std::pair<std::string_view, json::Value>> members;
    members.reserve(kept.size());
    for (const Entry& entry : kept)
        members.emplace_back(entry.key, entry.value);
    return members;
}

std::string number_text(double number) {
    char digits[64];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr;
    return {digits, end};
}

std::string_view type_name(Type type) {
    switch (type) {
        case Type::any: return "anything";
        case Type::null: return "null";
        case Type::boolean: return "boolean";
        case Type::integer: return "integer";
        case Type::number: return "number";
        case Type::string: return "string";
        case Type::array: return "array";
        case Type::object: return "object";
    }
    return "";
}

bool has_type(json::Value value, Type type) {
    switch (type) {
        case Type::any: return true;
        case Type::null: return value.is_null();
        case Type::boolean: return value.is_bool();
        case Type::integer: return value.is_integer();
        case Type::number: return value.is_number();
        case Type::string: return value.is_string();
        case Type::array: return value.is_array();
        case Type::object: return value.is_object();
    }
    return false;
}

// One walk over a value. Each check_ returns whether its part of the value is right, and adds what
// is not to the list of complaints.
class Explainer {
  public:
    bool check(const Schema& schema, json::Value value);
    [[nodiscard]] std::string text() const;

  private:
    bool check_number(const Schema& schema, double number);
    bool check_string(const Schema& schema, std::string_view text);
    bool check_constants(const Schema& schema, json::Value value);
    bool check_any_of(const Schema& schema, json::Value value);
    bool check_array(const Schema& schema, json::Value value);
    bool check_object(const Schema& schema, json::Value value);
    bool check_others(const Schema& schema, json::Value value);
    bool check_below(const Schema& schema, std::string_view step, json::Value value);

    bool complain(std::string_view message);
    bool complain_unexpected(std::string_view name);
    void add(std::string part);
    [[nodiscard]] bool full() const { return size_ > kMaxExplanation; }

    std::string pointer_;  // of the value being looked at
    std::vector<std::string> parts_;
    std::size_t size_ = 0;  // of the parts
};

bool Explainer::check(const Schema& schema, json::Value value) {
    bool good = has_type(value, schema.type);
    if (!good) complain("must be " + std::string(type_name(schema.type)));
    if (value.is_number()) good &= check_number(schema, value.number());
    if (value.is_string()) good &= check_string(schema, value.string());
    good &= check_constants(schema, value);
    if (!schema.any_of.empty()) good &= check_any_of(schema, value);
    if (value.is_array()) good &= check_array(schema, value);
    if (value.is_object()) good &= check_object(schema, value);
    return good;
}

bool Explainer::check_number(const Schema& schema, double number) {
    bool good = true;
    if (number > schema.maximum) good = complain("must be <= " + number_text(schema.maximum));
    if (number < schema.minimum) good = complain("must be >= " + number_text(schema.minimum));
    return good;
}

bool Explainer::check_string(const Schema& schema, std::string_view text) {
    if (checks::length_within(text, schema.min_length, schema.max_length)) return true;
    const bool few = checks::code_points(text) < schema.min_length;
    const std::string limit = std::to_string(few ? schema.min_length : schema.max_length);
    return complain((few ? "must NOT have fewer than " : "must NOT have more than ") + limit +
                    " characters");
}

bool Explainer::check_constants(const Schema& schema, json::Value value) {
    const bool text_good =
        !schema.constant_text || (value.is_string() && value.string() == *schema.constant_text);
    const bool number_good =
        !schema.constant_number || (value.is_number() && value.number() == *schema.constant_number);
    return (text_good && number_good) || complain("must be equal to constant");
}

bool Explainer::check_any_of(const Schema& schema, json::Value value) {
    const std::size_t parts_before = parts_.size();
    const std::size_t size_before = size_;
    for (const Schema* branch : schema.any_of) {
        if (!check(*branch, value)) continue;
        parts_.resize(parts_before);
        size_ = size_before;
        return true;
    }
    return complain("must match a schema in anyOf");
}

bool Explainer::check_array(const Schema& schema, json::Value value) {
    bool good = true;
    if (value.size() > schema.max_items) {
        good = complain("must NOT have more than " + std::to_string(schema.max_items) + " items");
    }
    if (value.size() < schema.min_items) {
        good = complain("must NOT have fewer than " + std::to_string(schema.min_items) + " items");
    }
    if (schema.items == nullptr) return good;
    for (std::size_t i = 0; i < value.size() && !full(); ++i) {
        good &= check_below(*schema.items, std::to_string(i), value.element(i));
    }
    return good;
}

bool Explainer::check_object(const Schema& schema, json::Value value) {
    bool good = true;
    for (const std::string_view name : schema.required) {
        if (value.find(name)) continue;
        good = complain("must have required property '" + std::string(name) + "'");
    }
    if (schema.closed || schema.others != nullptr) good &= check_others(schema, value);
    for (const Property& property : schema.properties) {
        if (const auto member = value.find(property.name)) {
            good &= check_below(*property.schema, property.name, *member);
        }
    }
    return good;
}

bool Explainer::check_others(const Schema& schema, json::Value value) {
    const auto is_known = [&schema](std::string_view key) {
        return std::ranges::find(schema.properties, key, &Property::name) !=
               schema.properties.end();
    };
    bool good = true;
    for (const auto& [key, member] : effective_members(value)) {
        if (full()) break;
        if (is_known(key)) continue;
        good &= schema.closed ? complain_unexpected(key) : check_below(*schema.others, key, member);
    }
    return good;
}

bool Explainer::check_below(const Schema& schema, std::string_view step, json::Value value) {
    const std::size_t length = pointer_.size();
    pointer_.push_back('/');
    for (const char c : step) {
        if (c == '~') {
            pointer_.append("~0");
        } else if (c == '/') {
            pointer_.append("~1");
        } else {
            pointer_.push_back(c);
        }
    }
    const bool good = check(schema, value);
    pointer_.resize(length);
    return good;
}

bool Explainer::complain(std::string_view message) {
    std::string part;
    if (!pointer_.empty()) part.append("at ").append(pointer_).append(": ");
    add(std::move(part.append(message)));
    return false;
}

bool Explainer::complain_unexpected(std::string_view name) {
    std::string part = "at ";
    part.append(pointer_.empty() ? std::string_view("root") : std::string_view(pointer_));
    add(std::move(part.append(": unexpected property '").append(name).append("'")));
    return false;
}

// Two branches of a union often say the same: it is said once.
void Explainer::add(std::string part) {
    if (full() || std::ranges::find(parts_, part) != parts_.end()) return;
    size_ += part.size();
    parts_.push_back(std::move(part));
}

std::string Explainer::text() const {
    std::string text;
    for (const std::string& part : parts_) {
        if (!text.empty()) text.append("; ");
        text.append(part);
    }
    if (text.size() <= kMaxExplanation) return text;
    std::size_t end = kMaxExplanation;
    while (checks::continues_code_point(text[end]))
        --end;
    text.resize(end);
    return text.append("…");
}

}  // namespace

std::string explain(const Schema& schema, json::Value value) {
    Explainer explainer;
    if (explainer.check(schema, value)) return {};
    return explainer.text();
}

Error params_error(const Schema& schema, json::Value params, std::string_view method) {
    std::string text;
    text.append("invalid ").append(method).append(" params: ");
    if (!params.is_null()) return {Errc::invalid_input, text.append(explain(schema, params))};
    // An empty object can lack what is required and nothing else.
    std::string_view separator;
    for (const std::string_view name : schema.required) {
        text.append(separator).append("must have required property '").append(name).append("'");
        separator = "; ";
    }
    return {Errc::invalid_input, std::move(text)};
}

}  // namespace gw::proto::gateway
