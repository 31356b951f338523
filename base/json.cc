// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json.h"

#include "base/json_nodes.h"
#include "base/utf8.h"

// RapidJSON's vector code reads whole aligned blocks and so a few bytes beside the text: harmless
// on its page, but AddressSanitizer is right to object.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GW_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define GW_ASAN
#endif
#if defined(__SSE2__) && !defined(GW_ASAN)
#define RAPIDJSON_SSE2
#endif
// They state what its own code relies on, and cost a tenth of a parse.
#define RAPIDJSON_ASSERT(condition) static_cast<void>(0)
#include <rapidjson/reader.h>

#include <charconv>
#include <limits>
#include <vector>

namespace gw::json {

namespace {

// Numbers are converted here: RapidJSON 1.1 is a few units off in the last place, or slow.
constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

std::unexpected<Error> refuse(std::string_view what, std::size_t offset) {
    std::string message(what);
    message.append(" at offset ").append(std::to_string(offset));
    return fail(Errc::invalid_input, std::move(message));
}

std::string_view sentence(rapidjson::ParseErrorCode code) {
    switch (code) {
        case rapidjson::kParseErrorDocumentEmpty: return "empty text";
        case rapidjson::kParseErrorDocumentRootNotSingular: return "text behind the value";
        case rapidjson::kParseErrorObjectMissName: return "expected a key";
        case rapidjson::kParseErrorObjectMissColon: return "expected ':'";
        case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket: return "expected ',' or '}'";
        case rapidjson::kParseErrorArrayMissCommaOrSquareBracket: return "expected ',' or ']'";
        case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
        case rapidjson::kParseErrorStringEscapeInvalid: return "invalid escape";
        case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
            return "unpaired surrogate escape";
        case rapidjson::kParseErrorStringMissQuotationMark: return "string without end";
        case rapidjson::kParseErrorNumberTooBig: return "number out of range";
        case rapidjson::kParseErrorNumberMissFraction:
        case rapidjson::kParseErrorNumberMissExponent: return "expected a digit";
        case rapidjson::kParseErrorNone:
        case rapidjson::kParseErrorValueInvalid:
        case rapidjson::kParseErrorStringInvalidEncoding:
        case rapidjson::kParseErrorTermination:
        case rapidjson::kParseErrorUnspecificSyntaxError: break;
    }
    return "invalid value";
}

// Whether a byte from 0x10 to 0x1F is there. JSON allows them nowhere, but RapidJSON's vector code
// lets the last six through inside strings. Eight bytes at once: the upper half of such a byte,
// compared with 1, is zero, and the subtraction borrows from zero only.
bool has_stray_control(std::string_view text) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const auto look = [](std::uint64_t word) {
        const std::uint64_t upper = (word & kOnes * 0xF0) ^ kOnes * 0x10;
        return (upper - kOnes) & ~upper & kOnes * 0x80;
    };
    std::uint64_t found = 0;
    std::uint64_t word = 0;
    for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
        std::memcpy(&word, text.data(), sizeof word);
        found |= look(word);
    }
    word = 0;
    std::memcpy(&word, text.data(), text.size());
    return (found | look(word)) != 0;
}

// Called by RapidJSON's recursive reader for each thing it finds. Ending the parse at kMaxDepth
// bounds that recursion.
class Builder {
  public:
    // check_strings: the text holds escapes, and RapidJSON lets a lone low surrogate pass.
    Builder(NodeArena& arena, std::vector<Node>& open, bool check_strings)
        : arena_(arena), open_(open), check_strings_(check_strings) {
        open_.clear();
    }

    bool Null() { return push(null_node()); }
    bool Bool(bool b) { return push(bool_node(b)); }
    bool RawNumber(const char* text, unsigned size, bool) {
        constexpr unsigned kAlwaysFits = 18;
        const bool is_negative = *text == '-';
        std::int64_t whole = 0;
        const char* const end = text + size;
        const char* at = text + (is_negative ? 1 : 0);
        for (; at != end && size <= kAlwaysFits; ++at) {
            const int digit = *at - '0';
            if (digit < 0 || digit > 9) break;
            whole = whole * 10 + digit;
        }
        if (at != end || (is_negative && whole == 0)) return push_number(text, end);
        return push(integer_node(is_negative ? -whole : whole));
    }
    bool String(const char* text, unsigned size, bool) {
        if (check_strings_ && !base::is_utf8({text, size}))
            return stop("unpaired surrogate escape");
        return push(string_node({text, size}));
    }
    bool Key(const char* text, unsigned size, bool copy) { return String(text, size, copy); }
    bool StartObject() { return enter(); }
    bool EndObject(unsigned count) {
        --depth_;
        const std::span<const Node> members = std::span(open_).last(std::size_t{2} * count);
        return close(arena_.object_node(members), members.size());
    }
    bool StartArray() { return enter(); }
    bool EndArray(unsigned count) {
        --depth_;
        return close(arena_.array_node(std::span(open_).last(count)), count);
    }

    // Never called: RapidJSON wants them for the numbers that RawNumber() gets.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }

    // Why this object ended the parse.
    [[nodiscard]] std::string_view reason() const { return reason_; }
    // The value, after a parse that succeeded.
    [[nodiscard]] Node root() const { return open_.front(); }

  private:
    bool stop(std::string_view reason) {
        reason_ = reason;
        return false;
    }
    bool enter() { return ++depth_ <= Parser::kMaxDepth || stop("nested too deeply"); }
    bool push(Node node) {
        if (++count_ > Parser::kMaxValues) return stop("too many values");
        open_.push_back(node);
        return true;
    }
    bool close(Node container, std::size_t consumed) {
        open_.resize(open_.size() - consumed);
        return push(container);
    }
    // What is no small integer.
    bool push_number(const char* begin, const char* end) {
        std::int64_t whole = 0;
        if (const auto [ptr, ec] = std::from_chars(begin, end, whole);
            ec == std::errc() && ptr == end && whole != 0)
            return push(integer_node(whole));
        std::uint64_t natural = 0;
        if (const auto [ptr, ec] = std::from_chars(begin, end, natural);
            ec == std::errc() && ptr == end)
            return push(natural_node(natural));
        const double value = nearest_double({begin, end});
        return std::isfinite(value) ? push(real_node(value)) : stop("number out of range");
    }

    NodeArena& arena_;
    std::vector<Node>& open_;  // what belongs to containers that have not ended
    bool check_strings_;
    int depth_ = 0;
    std::size_t count_ = 0;
    std::string_view reason_;
};

}  // namespace

double Value::number() const {
    if (is(Node::Type::real)) return node_->real;
    if (is(Node::Type::natural)) return static_cast<double>(node_->natural);
    return static_cast<double>(node_->integer);
}

std::int64_t Value::integer() const {
    using Limits = std::numeric_limits<std::int64_t>;
    if (is(Node::Type::integer)) return node_->integer;
    if (is(Node::Type::natural) || node_->real >= 0x1p63) return Limits::max();
    if (node_->real < -0x1p63) return Limits::min();
    return static_cast<std::int64_t>(node_->real);
}

struct Parser::State {
    static constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

    NodeArena arena;
    std::vector<Node> open;
    Node root;
    std::string copy;
};

Parser::Parser() : state_(std::make_unique<State>()) {}
Parser::~Parser() = default;

Result<Value> Parser::parse_in_place(std::span<char> text, Utf8 utf8) {
    const std::string_view view(text.data(), text.size());
    if (text.empty()) return fail(Errc::invalid_input, "empty text");
    if (utf8 == Utf8::unchecked && !base::is_utf8(view)) {
        return fail(Errc::invalid_input, "text is not valid UTF-8");
    }
    if (has_stray_control(view)) return fail(Errc::invalid_input, "text holds control characters");
    state_->arena.clear();
    if (state_->open.capacity() * sizeof(Node) > State::kKeptBytes)
        std::vector<Node>().swap(state_->open);
    text.data()[text.size()] = '\0';

    Builder builder(state_->arena, state_->open, view.find('\\') != std::string_view::npos);
    rapidjson::InsituStringStream stream(text.data());
    rapidjson::Reader reader;
    const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
    if (result.Code() == rapidjson::kParseErrorTermination)
        return refuse(builder.reason(), result.Offset());
    if (result.IsError()) return refuse(sentence(result.Code()), result.Offset());
    if (stream.Tell() != text.size()) return refuse("NUL byte", stream.Tell());
    state_->root = builder.root();
    return Value(state_->root);
}

Result<Value> Parser::parse(std::string_view text) {
    std::string& copy = state_->copy;
    if (copy.capacity() > State::kKeptBytes && text.size() <= State::kKeptBytes)
        std::string().swap(copy);
    copy.assign(text);
    return parse_in_place(copy);
}

}  // namespace gw::json
