#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// JSON (RFC 8259): read in place, written by appending.
//
// Value is a view of one node of a parsed text: copying it copies a pointer. It and the strings it
// returns live as long as the Parser's next parse and the buffer it parsed.
//
// Numbers follow ECMAScript: 3.0 is an integer, and a number with a fraction is the nearest double.

#include "base/result.h"

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace gw::json {

// One parsed value, for code in base/ only; everybody else sees Value. Containers hold their nodes
// in one piece; an object's are key, value, key, value.
struct Node {
    enum class Type : std::uint8_t {
        null,
        boolean,
        integer,
        natural,  // above the range of int64
        real,     // finite
        string,
        array,
        object,
    };

    Type type;
    std::uint32_t size;  // bytes of a string, elements of an array, members of an object
    union {
        bool boolean;
        std::int64_t integer;
        std::uint64_t natural;
        double real;
        const char* text;
        const Node* nodes;
    };

    [[nodiscard]] std::string_view string() const { return {text, size}; }
};

class Value {
  public:
    Value() = default;  // null
    explicit Value(const Node& node) : node_(&node) {}

    [[nodiscard]] bool is_null() const { return node_ == nullptr || is(Node::Type::null); }
    [[nodiscard]] bool is_bool() const { return is(Node::Type::boolean); }
    [[nodiscard]] bool is_string() const { return is(Node::Type::string); }
    [[nodiscard]] bool is_number() const {
        return node_ != nullptr && node_->type >= Node::Type::integer &&
               node_->type <= Node::Type::real;
    }
    [[nodiscard]] bool is_integer() const {
        if (is(Node::Type::real)) return node_->real == std::trunc(node_->real);
        return is_number();
    }
    [[nodiscard]] bool is_array() const { return is(Node::Type::array); }
    [[nodiscard]] bool is_object() const { return is(Node::Type::object); }

    // Each is valid only when the is_ above holds.
    [[nodiscard]] bool boolean() const { return node_->boolean; }
    [[nodiscard]] std::string_view string() const { return node_->string(); }
    [[nodiscard]] double number() const;
    // Saturates at the ends of int64; a fraction is cut off.
    [[nodiscard]] std::int64_t integer() const;

    // Elements of an array or members of an object; 0 for everything else.
    [[nodiscard]] std::size_t size() const { return is_array() || is_object() ? node_->size : 0; }
    // Valid when is_array() and index < size().
    [[nodiscard]] Value element(std::size_t index) const { return Value(node_->nodes[index]); }

    // The member of an object; of duplicates the last one, as ECMAScript reads them.
    [[nodiscard]] std::optional<Value> find(std::string_view key) const {
        if (!is_object()) return std::nullopt;
        for (const Node* at = node_->nodes + 2 * node_->size; at != node_->nodes;) {
            at -= 2;
            if (at->size == key.size() && std::memcmp(at->text, key.data(), key.size()) == 0)
                return Value(at[1]);
        }
        return std::nullopt;
    }

    struct Member {
        std::string_view key;
        const Node* node;
        [[nodiscard]] Value value() const { return Value(*node); }
    };
    // for (auto m : value.members()): in input order, duplicates included.
    class Members {
      public:
        class Iterator {
          public:
            explicit Iterator(const Node* at) : at_(at) {}
            Member operator*() const { return {at_->string(), at_ + 1}; }
            Iterator& operator++() {
                at_ += 2;
                return *this;
            }
            bool operator!=(const Iterator& other) const { return at_ != other.at_; }

          private:
            const Node* at_;
        };
        explicit Members(const Node& object) : object_(&object) {}
        [[nodiscard]] Iterator begin() const { return Iterator(object_->nodes); }
        [[nodiscard]] Iterator end() const { return Iterator(object_->nodes + 2 * object_->size); }

      private:
        const Node* object_;
    };
    [[nodiscard]] Members members() const { return Members(*node_); }  // valid when is_object()

    // The underlying node, for code in base/ only; null for a Value made without one.
    [[nodiscard]] const Node* node() const { return node_; }

  private:
    [[nodiscard]] bool is(Node::Type type) const { return node_ != nullptr && node_->type == type; }

    const Node* node_ = nullptr;
};

// Writes value as compact JSON behind what out holds.
void append(std::string& out, Value value);
std::string to_string(Value value);

// Parses texts one after the other with the same memory: an ordinary frame allocates nothing, and
// what a large text needed is given back at the next parse. Not thread safe.
class Parser {
  public:
    static constexpr int kMaxDepth = 64;
    // Whether somebody has seen that a text is valid UTF-8.
    enum class Utf8 { unchecked, checked };

    // Two bytes of text can become one node of 16, so a hostile text is bounded by this too.
    static constexpr std::size_t kMaxValues = std::size_t{1} << 20;

    Parser();
    ~Parser();
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    // Parses text in place: strings are unescaped inside it, and text.data()[text.size()] is
    // overwritten with a NUL, so the buffer must be one longer than the text. Refuses invalid
    // UTF-8, nesting deeper than kMaxDepth, unpaired surrogate escapes, numbers beyond the range of
    // a double, embedded NUL bytes and anything behind the value, with Errc::invalid_input and the
    // offset.
    Result<Value> parse_in_place(std::span<char> text, Utf8 utf8 = Utf8::unchecked);

    // The same on a copy that the parser keeps.
    Result<Value> parse(std::string_view text);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// Appends JSON text to a string, commas by itself. Keys given to key() must need no escaping (they
// are our own names); values are escaped. Invalid UTF-8 in a string value becomes U+FFFD.
//
//   Writer w(out);
//   w.begin_object().field("ok", true).key("list").begin_array().value(1).end_array().end_object();
class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}

    Writer& begin_object() { return open('{'); }
    Writer& end_object() { return shut('}'); }
    Writer& begin_array() { return open('['); }
    Writer& end_array() { return shut(']'); }

    Writer& key(std::string_view trusted);
    // A key that came from outside: escaped.
    Writer& foreign_key(std::string_view any);

    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view(text)); }
    Writer& value(const std::string& text) { return value(std::string_view(text)); }
    Writer& value(bool b);
    Writer& value(double d);  // NaN and infinities become null, as in ECMAScript
    template <std::integral T>
    Writer& value(T v) {
        if constexpr (std::is_signed_v<T>) return integer(static_cast<std::int64_t>(v));
        return natural(static_cast<std::uint64_t>(v));
    }
    Writer& value(Value v);
    Writer& null();
    // Text that is JSON already.
    Writer& raw(std::string_view json);

    template <typename T>
    Writer& field(std::string_view k, const T& v) {
        return key(k).value(v);
    }
    template <typename T>
    Writer& optional_field(std::string_view k, const std::optional<T>& v) {
        if (v) key(k).value(*v);
        return *this;
    }

    [[nodiscard]] std::string& out() { return out_; }

  private:
    Writer& open(char c) {
        separate();
        out_.push_back(c);
        needs_comma_ = false;
        return *this;
    }
    Writer& shut(char c) {
        out_.push_back(c);
        needs_comma_ = true;
        return *this;
    }
    void separate() {
        if (needs_comma_) out_.push_back(',');
        needs_comma_ = true;
    }
    Writer& integer(std::int64_t v);
    Writer& natural(std::uint64_t v);

    std::string& out_;
    bool needs_comma_ = false;
};

// Appends text as a JSON string with its quotes.
void append_string(std::string& out, std::string_view text);

}  // namespace gw::json
