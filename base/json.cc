// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <cstddef>
#include <cstring>
#include <limits>

#include "base/utf8.h"

namespace gw::json {

namespace {

using Pool = rapidjson::MemoryPoolAllocator<>;

// Without kParseFullPrecisionFlag a number with a fraction could end in another double than the
// one ECMAScript reads.
constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseFullPrecisionFlag;

// Stands between RapidJSON's recursive reader and the document it builds. Ending the parse at
// kMaxDepth bounds the reader's recursion.
template <typename Document>
class Guard {
  public:
    // check_strings: the text holds escapes, and RapidJSON lets a lone low surrogate pass.
    Guard(Document& document, bool check_strings)
        : document_(document), check_strings_(check_strings) {}

    bool Null() { return document_.Null(); }
    bool Bool(bool v) { return document_.Bool(v); }
    bool Int(int v) { return document_.Int(v); }
    bool Uint(unsigned v) { return document_.Uint(v); }
    bool Int64(std::int64_t v) { return document_.Int64(v); }
    bool Uint64(std::uint64_t v) { return document_.Uint64(v); }
    bool Double(double v) { return document_.Double(v); }
    bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
    bool String(const char* text, rapidjson::SizeType size, bool copy) {
        return is_acceptable(text, size) && document_.String(text, size, copy);
    }
    bool Key(const char* text, rapidjson::SizeType size, bool copy) {
        return is_acceptable(text, size) && document_.Key(text, size, copy);
    }
    bool StartObject() { return enter() && document_.StartObject(); }
    bool EndObject(rapidjson::SizeType count) {
        --depth_;
        return document_.EndObject(count);
    }
    bool StartArray() { return enter() && document_.StartArray(); }
    bool EndArray(rapidjson::SizeType count) {
        --depth_;
        return document_.EndArray(count);
    }

    // Why this object ended the parse.
    [[nodiscard]] const char* reason() const {
        return depth_ > Parser::kMaxDepth ? "nested too deeply" : "unpaired surrogate escape";
    }

  private:
    bool enter() { return ++depth_ <= Parser::kMaxDepth; }
    bool is_acceptable(const char* text, std::size_t size) const {
        return !check_strings_ || base::is_utf8({text, size});
    }

    Document& document_;
    int depth_ = 0;
    bool check_strings_;
};

std::unexpected<Error> refuse(std::string_view what, std::size_t offset) {
    std::string message(what);
    message.append(" at offset ").append(std::to_string(offset));
    return fail(Errc::invalid_input, std::move(message));
}

}  // namespace

std::int64_t Value::integer() const {
    using Limits = std::numeric_limits<std::int64_t>;
    if (node_->IsInt64()) return node_->GetInt64();
    if (node_->IsUint64()) return Limits::max();
    const double d = node_->GetDouble();
    if (d >= 0x1p63) return Limits::max();
    if (d < -0x1p63) return Limits::min();
    return static_cast<std::int64_t>(d);
}

std::size_t Value::size() const {
    if (is_array()) return node_->Size();
    return is_object() ? node_->MemberCount() : 0;
}

std::optional<Value> Value::find(std::string_view key) const {
    if (!is_object()) return std::nullopt;
    for (auto it = node_->MemberEnd(); it != node_->MemberBegin();) {
        --it;
        if (it->name.GetStringLength() == key.size() &&
            std::memcmp(it->name.GetString(), key.data(), key.size()) == 0)
            return Value(it->value);
    }
    return std::nullopt;
}

struct Parser::State {
    // Enough for the nodes and the open containers of an ordinary frame.
    static constexpr std::size_t kValueBytes = 16 * 1024;
    static constexpr std::size_t kStackBytes = 8 * 1024;
    // Up to here the reader's stack grows inside a pool, which is quick but gives back nothing
    // while it grows.
    static constexpr std::size_t kSmallText = 64 * 1024;
    static constexpr std::size_t kKeptCopy = 1024 * 1024;

    template <typename StackAllocator>
    Result<Value> build(std::span<char> text, StackAllocator* stack_allocator);

    alignas(std::max_align_t) char value_memory[kValueBytes];
    alignas(std::max_align_t) char stack_memory[kStackBytes];
    Pool values{value_memory, sizeof value_memory};
    Pool stack{stack_memory, sizeof stack_memory};
    rapidjson::Value root;
    std::string copy;
};

template <typename StackAllocator>
Result<Value> Parser::State::build(std::span<char> text, StackAllocator* stack_allocator) {
    using Document = rapidjson::GenericDocument<rapidjson::UTF8<>, Pool, StackAllocator>;
    constexpr std::size_t kInitialStack = 1024;
    Document document(&values, kInitialStack, stack_allocator);
    const bool has_escapes = std::memchr(text.data(), '\\', text.size()) != nullptr;
    Guard<Document> guard(document, has_escapes);
    rapidjson::InsituStringStream stream(text.data());
    rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, StackAllocator> reader(
        stack_allocator);
    rapidjson::ParseResult result;
    const auto read = [&](Document&) {
        result = reader.template Parse<kFlags>(stream, guard);
        return !result.IsError();
    };
    document.Populate(read);
    if (result.Code() == rapidjson::kParseErrorTermination)
        return refuse(guard.reason(), result.Offset());
    if (result.IsError())
        return refuse(rapidjson::GetParseError_En(result.Code()), result.Offset());
    if (stream.Tell() != text.size()) return refuse("NUL byte", stream.Tell());
    root = std::move(static_cast<rapidjson::Value&>(document));
    return Value(root);
}

Parser::Parser() : state_(std::make_unique<State>()) {}
Parser::~Parser() = default;

Result<Value> Parser::parse_in_place(std::span<char> text) {
    state_->values.Clear();
    state_->stack.Clear();
    if (!base::is_utf8({text.data(), text.size()}))
        return fail(Errc::invalid_input, "text is not valid UTF-8");
    text.data()[text.size()] = '\0';
    if (text.size() <= State::kSmallText) return state_->build(text, &state_->stack);
    return state_->build<rapidjson::CrtAllocator>(text, nullptr);
}

Result<Value> Parser::parse(std::string_view text) {
    std::string& copy = state_->copy;
    if (copy.capacity() > State::kKeptCopy && text.size() <= State::kKeptCopy)
        std::string().swap(copy);
    copy.assign(text);
    return parse_in_place(copy);
}

}  // namespace gw::json
