#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// A JSON Schema as constant data, and the sentences said about a value that does not meet it. The
// tables are generated from proto/gateway/*.json; what interprets them is written by hand. Used in
// the core only, on the slow path: a value that is right is recognised by the generated parse()
// functions of params.h, which never come here (but for the few members that may have several
// types).
//
// Values count as JSON.parse would leave them: of repeated keys the last value, at the first place.

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace gw::proto::gateway {

enum class Type { any, null, boolean, integer, number, string, array, object };

struct Schema;

struct Property {
    std::string_view name;
    const Schema* schema;
};

// Everything a schema can ask for. A check concerns one type of value and lets other types pass, as
// in JSON Schema; only type and the constants refuse them.
struct Schema {
    static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

    Type type = Type::any;

    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();

    // Unicode code points.
    std::size_t min_length = 0;
    std::size_t max_length = kUnlimited;

    std::optional<std::string_view> constant_text = std::nullopt;
    std::optional<double> constant_number = std::nullopt;

    std::size_t min_items = 0;
    std::size_t max_items = kUnlimited;
    const Schema* items = nullptr;

    std::span<const std::string_view> required = {};
    std::span<const Property> properties = {};
    bool closed = false;             // members that are no properties are wrong
    const Schema* others = nullptr;  // what members that are no properties must be

    std::span<const Schema* const> any_of = {};
};

// What is wrong with value, as one text: "at /client/id: must be equal to constant; …". Empty if
// and only if nothing is. A text beyond kMaxExplanation bytes is cut and ends with "…".
inline constexpr std::size_t kMaxExplanation = 4096;
std::string explain(const Schema& schema, json::Value value);

// The failure of a method's parameters: "invalid <method> params: …". Null params are {}.
Error params_error(const Schema& schema, json::Value params, std::string_view method);

// The schema a generated type was made from; params.h has the specialisations.
template <typename T>
const Schema& schema();

template <typename T>
std::string explain(json::Value value) {
    return explain(schema<T>(), value);
}

// The parameters of a method, or why they are not. Missing and null params are read as {}. Strings
// in the result live as long as the frame.
template <typename T>
Result<T> parse_params(json::Value params, std::string_view method) {
    Result<T> result;
    const bool good = params.is_null() ? schema<T>().required.empty() : parse(params, *result);
    if (!good) result = std::unexpected(params_error(schema<T>(), params, method));
    return result;
}

}  // namespace gw::proto::gateway
