#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// JSON (RFC 8259): read in place, written by appending. The only header that shows RapidJSON, and
// everything else names gw::json types only.
//
// Value is a view of one node of a parsed text: copying it copies a pointer. It and the strings it
// returns live as long as the Parser's next parse and the buffer it parsed.
//
// Numbers follow ECMAScript: 3.0 is an integer.

#include "base/result.h"

// RapidJSON's vector code reads whole aligned blocks and so a few bytes beside the text: harmless
// on its page, but AddressSanitizer is right to object.
#if defined(__SSE2__) && !defined(__SANITIZE_ADDRESS__)
#if !defined(__has_feature)
#define RAPIDJSON_SSE2
#elif !__has_feature(address_sanitizer)
#define RAPIDJSON_SSE2
#endif
#endif
#include <rapidjson/document.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace gw::json {

class Value {
  public:
    Value() = default;  // null
    explicit Value(const rapidjson::Value& node) : node_(&node) {}

    [[nodiscard]] bool is_null() const { return node_ == nullptr || node_->IsNull(); }
    [[nodiscard]] bool is_bool() const { return node_ != nullptr && node_->IsBool(); }
    [[nodiscard]] bool is_string() const { return node_ != nullptr && node_->IsString(); }
    [[nodiscard]] bool is_number() const { return node_ != nullptr && node_->IsNumber(); }
    [[nodiscard]] bool is_integer() const {
        if (node_ == nullptr || !node_->IsNumber()) return false;
        if (node_->IsInt64() || node_->IsUint64()) return true;
        const double d = node_->GetDouble();  // always finite: the parser refuses overflow
        return d == std::trunc(d);
    }
    [[nodiscard]] bool is_array() const { return node_ != nullptr && node_->IsArray(); }
    [[nodiscard]] bool is_object() const { return node_ != nullptr && node_->IsObject(); }

    // Each is valid only when the is_ above holds.
    [[nodiscard]] bool boolean() const { return node_->GetBool(); }
    [[nodiscard]] std::string_view string() const {
        return {node_->GetString(), node_->GetStringLength()};
    }
    [[nodiscard]] double number() const { return node_->GetDouble(); }
    // Saturates at the ends of int64.
    [[nodiscard]] std::int64_t integer() const;

    // Elements of an array or members of an object; 0 for everything else.
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] Value element(std::size_t index) const {
        return Value((*node_)[static_cast<rapidjson::SizeType>(index)]);
    }

    // The member of an object; of duplicates the last one, as ECMAScript reads them.
    [[nodiscard]] std::optional<Value> find(std::string_view key) const;

    struct Member {
        std::string_view key;
        rapidjson::Value::ConstMemberIterator it;
        [[nodiscard]] Value value() const { return Value(it->value); }
    };
    // for (auto m : value.members()): in input order, duplicates included.
    class Members {
      public:
        class Iterator {
          public:
            explicit Iterator(rapidjson::Value::ConstMemberIterator it) : it_(it) {}
            Member operator*() const {
                return {{it_->name.GetString(), it_->name.GetStringLength()}, it_};
            }
            Iterator& operator++() {
                ++it_;
                return *this;
            }
            bool operator!=(const Iterator& other) const { return it_ != other.it_; }

          private:
            rapidjson::Value::ConstMemberIterator it_;
        };
        explicit Members(const rapidjson::Value& node) : node_(&node) {}
        [[nodiscard]] Iterator begin() const { return Iterator(node_->MemberBegin()); }
        [[nodiscard]] Iterator end() const { return Iterator(node_->MemberEnd()); }

      private:
        const rapidjson::Value* node_;
    };
    [[nodiscard]] Members members() const { return Members(*node_); }  // valid when is_object()

    // The underlying node, for code in base/ only.
    [[nodiscard]] const rapidjson::Value* node() const { return node_; }

  private:
    const rapidjson::Value* node_ = nullptr;
};

// Writes value as compact JSON behind what out holds.
void append(std::string& out, Value value);
std::string to_string(Value value);

// Parses texts one after the other with the same memory: an ordinary frame allocates nothing, and
// what a large text needed is given back at the next parse. Not thread safe.
class Parser {
  public:
    static constexpr int kMaxDepth = 64;

    Parser();
    ~Parser();
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    // Parses text in place: strings are unescaped inside it, and text.data()[text.size()] is
    // overwritten with a NUL, so the buffer must be one longer than the text. Refuses invalid
    // UTF-8, nesting deeper than kMaxDepth, unpaired surrogate escapes, numbers beyond the range of
    // a double, embedded NUL bytes and anything behind the value, with Errc::invalid_input and the
    // offset.
    Result<Value> parse_in_place(std::span<char> text);

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
