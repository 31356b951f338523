#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The checks the generated parse() functions are made of: each takes a value, says whether it is
// what the schema asks for, and if so stores it. For params.cc and explain.cc only.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "proto/gateway/schema.h"

namespace gw::proto::gateway::checks {

inline bool continues_code_point(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Of valid UTF-8.
inline std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) {
        if (!continues_code_point(c)) ++count;
    }
    return count;
}

inline bool length_within(std::string_view text, std::size_t min, std::size_t max) {
    if (min <= 1 && text.size() <= max) return text.size() >= min;
    const std::size_t length = code_points(text);
    return length >= min && length <= max;
}

// Out is the field: a T or an optional T.
template <typename Out>
bool read_string(json::Value value, Out& out, std::size_t min, std::size_t max) {
    if (!value.is_string()) return false;
    const std::string_view text = value.string();
    if (!length_within(text, min, max)) return false;
    out = text;
    return true;
}

template <typename Out>
bool read_integer(json::Value value, Out& out, std::int64_t min, std::int64_t max) {
    if (!value.is_integer()) return false;
    const std::int64_t integer = value.integer();
    if (integer < min || integer > max) return false;
    out = integer;
    return true;
}

template <typename Out>
bool read_number(json::Value value, Out& out, double min, double max) {
    if (!value.is_number()) return false;
    const double number = value.number();
    if (number < min || number > max) return false;
    out = number;
    return true;
}

template <typename Out>
bool read_boolean(json::Value value, Out& out) {
    if (!value.is_bool()) return false;
    out = value.boolean();
    return true;
}

template <typename Out>
bool read_any(json::Value value, Out& out) {
    out = value;
    return true;
}

// find says which of the literals a text is, in the enum's order, or -1.
template <typename Enum, typename Out>
bool read_choice(json::Value value, Out& out, int (*find)(std::string_view)) {
    const int found = value.is_string() ? find(value.string()) : -1;
    if (found < 0) return false;
    out = static_cast<Enum>(found);
    return true;
}

// Whatever the tables can say: for members of several types, and for maps.
template <typename Out>
bool read_checked(json::Value value, Out& out, const Schema& schema) {
    if (!explain(schema, value).empty()) return false;
    out = value;
    return true;
}

template <typename T, typename ReadItem>
bool read_array(json::Value value, std::vector<T>& out, std::size_t min, std::size_t max,
                ReadItem read_item) {
    if (!value.is_array()) return false;
    const std::size_t size = value.size();
    if (size < min || size > max) return false;
    out.clear();
    out.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
        if (!read_item(value.element(i), out[i])) return false;
    }
    return true;
}

inline bool is_constant(json::Value value, std::string_view text) {
    return value.is_string() && value.string() == text;
}

inline bool is_constant(json::Value value, double number) {
    return value.is_number() && value.number() == number;
}

template <typename Out>
bool read_constant(json::Value value, Out& out, std::string_view text) {
    if (!is_constant(value, text)) return false;
    out = text;
    return true;
}

// Whether the same key comes again behind this member, so that the member counts for nothing.
template <typename Iterator>
bool is_shadowed(Iterator member, Iterator end) {
    const std::string_view key = (*member).key;
    for (++member; member != end; ++member) {
        if ((*member).key == key) return true;
    }
    return false;
}

}  // namespace gw::proto::gateway::checks
