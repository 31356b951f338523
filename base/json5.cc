// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json5.h"

#include <unordered_map>
#include <utility>

#include "base/json5_cursor.h"
#include "base/json5_scalar.h"
#include "base/utf8.h"

namespace gw::json5 {

struct Document::State {
    rapidjson::Document tree;
    Position root;
    std::unordered_map<std::string, Position> positions;
};

namespace {

using Positions = std::unordered_map<std::string, Position>;

// The grammar of spec.json5.org, one method a rule, descending.
class Reader {
  public:
    Reader(std::string_view text, rapidjson::Document::AllocatorType& memory, Positions& positions)
        : cursor_(text), memory_(memory), positions_(positions) {}

    // The whole text: one value with blanks around it.
    Result<rapidjson::Value> read_text();

    [[nodiscard]] Position root() const { return root_; }

  private:
    using Node = rapidjson::Value;

    Result<Node> read_value();
    Result<Node> read_object();
    Result<Node> read_array();
    Result<Node> read_word();
    Result<void> read_member(Node& object, Positions& seen);
    Result<std::string> read_key();
    // Behind an item: true when the container goes on.
    Result<bool> read_separator(char32_t closer, std::string_view expected);
    Node to_node(std::string_view text) {
        return Node(text.data(), static_cast<rapidjson::SizeType>(text.size()), memory_);
    }

    // Appends to the path of what is being read, notes where it stands, and restores the path.
    class Step {
      public:
        Step(Reader& reader, std::string_view suffix, Position at)
            : path_(reader.path_), size_(path_.size()) {
            path_.append(suffix);
            reader.positions_.emplace(path_, at);
        }
        Step(const Step&) = delete;
        Step& operator=(const Step&) = delete;
        ~Step() { path_.resize(size_); }

      private:
        std::string& path_;
        std::size_t size_;
    };

    Cursor cursor_;
    rapidjson::Document::AllocatorType& memory_;
    Positions& positions_;
    Position root_;
    std::string path_;
    int depth_ = 0;
};

Result<rapidjson::Value> Reader::read_text() {
    TRY_VOID(cursor_.skip_blank());
    root_ = cursor_.position();
    TRY(Node root, read_value());
    TRY_VOID(cursor_.skip_blank());
    if (cursor_.peek() != kEnd)
        return refuse(cursor_.position(), "expected the end of the text after the value");
    return root;
}

Result<rapidjson::Value> Reader::read_value() {
    const char32_t c = cursor_.peek();
    if (c == '{' || c == '[') {
        if (depth_ == json::Parser::kMaxDepth)
            return refuse(cursor_.position(), "nested deeper than 64");
        ++depth_;
        auto container = c == '{' ? read_object() : read_array();
        --depth_;
        return container;
    }
    if (c == '"' || c == '\'') {
        TRY(const std::string text, read_string(cursor_));
        return to_node(text);
    }
    if (may_start_number(c)) return read_number(cursor_);
    return read_word();
}

Result<rapidjson::Value> Reader::read_word() {
    const Position start = cursor_.position();
    if (!may_start_identifier(cursor_.peek())) return refuse(start, "expected a value");
    const std::size_t begin = cursor_.offset();
    while (may_start_identifier(cursor_.peek()))
        cursor_.take();
    const std::string_view word = cursor_.since(begin);
    if (word == "null") return Node();
    if (word == "true" || word == "false") return Node(word == "true");
    if (word == "Infinity" || word == "NaN")
        return refuse(start, "Infinity and NaN cannot be used here");
    return refuse(start, "expected a value: strings need quotes");
}

Result<rapidjson::Value> Reader::read_array() {
    cursor_.take();
    Node array(rapidjson::kArrayType);
    TRY_VOID(cursor_.skip_blank());
    bool goes_on = !cursor_.take_if(']');
    while (goes_on) {
        const Step step(*this, "[" + std::to_string(array.Size()) + "]", cursor_.position());
        TRY(Node element, read_value());
        array.PushBack(element, memory_);
        TRY(goes_on, read_separator(']', "expected ',' or ']' after a value"));
    }
    return array;
}

Result<rapidjson::Value> Reader::read_object() {
    cursor_.take();
    Node object(rapidjson::kObjectType);
    Positions seen;
    TRY_VOID(cursor_.skip_blank());
    bool goes_on = !cursor_.take_if('}');
    while (goes_on) {
        TRY_VOID(read_member(object, seen));
        TRY(goes_on, read_separator('}', "expected ',' or '}' after a value"));
    }
    return object;
}

Result<void> Reader::read_member(Node& object, Positions& seen) {
    const Position start = cursor_.position();
    TRY(const std::string key, read_key());
    if (const auto [first, is_new] = seen.emplace(key, start); !is_new) {
        std::string message = "duplicate key ";
        json::append_string(message, key);
        return refuse(start, message + ", first at " + to_text(first->second));
    }
    TRY_VOID(cursor_.skip_blank());
    if (!cursor_.take_if(':')) return refuse(cursor_.position(), "expected ':' after a key");
    TRY_VOID(cursor_.skip_blank());
    const Step step(*this, path_.empty() ? key : "." + key, start);
    TRY(Node value, read_value());
    object.AddMember(to_node(key), value, memory_);
    return {};
}

Result<std::string> Reader::read_key() {
    const char32_t c = cursor_.peek();
    if (c == '"' || c == '\'') return read_string(cursor_);
    if (may_start_identifier(c)) return read_identifier(cursor_);
    return refuse(cursor_.position(), "expected a key or '}'");
}

Result<bool> Reader::read_separator(char32_t closer, std::string_view expected) {
    TRY_VOID(cursor_.skip_blank());
    if (cursor_.take_if(',')) {
        TRY_VOID(cursor_.skip_blank());
        return !cursor_.take_if(closer);  // a trailing comma
    }
    if (cursor_.take_if(closer)) return false;
    return refuse(cursor_.position(), expected);
}

// Where the first byte stands that belongs to no valid sequence.
Position first_invalid(std::string_view text) {
    std::size_t valid = 0;
    while (const std::size_t length = base::utf8_sequence(text.substr(valid)))
        valid += length;
    Cursor cursor(text.substr(0, valid));
    while (cursor.take() != kEnd) {
    }
    return cursor.position();
}

}  // namespace

Document::Document(std::unique_ptr<State> state) : state_(std::move(state)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

json::Value Document::root() const {
    return json::Value(state_->tree);
}

Position Document::position(std::string_view path) const {
    const auto found = state_->positions.find(std::string(path));
    return found == state_->positions.end() ? state_->root : found->second;
}

Result<Document> parse(std::string_view text) {
    if (!base::is_utf8(text)) return refuse(first_invalid(text), "this is not valid UTF-8");
    auto state = std::make_unique<Document::State>();
    Reader reader(text, state->tree.GetAllocator(), state->positions);
    TRY(rapidjson::Value root, reader.read_text());
    static_cast<rapidjson::Value&>(state->tree) = std::move(root);
    state->root = reader.root();
    return Document(std::move(state));
}

}  // namespace gw::json5
