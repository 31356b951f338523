// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json5.h"

#include "base/json5_cursor.h"
#include "base/json5_scalar.h"
#include "base/json_nodes.h"
#include "base/utf8.h"

#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gw::json5 {

namespace {

using Positions = std::unordered_map<std::string, Position>;
using json::Node;

}  // namespace

struct Document::State {
    Node root;
    json::NodeArena arena;
    std::deque<std::string> strings;  // what the nodes' texts point into
    Position root_position;
    Positions positions;  // by path
};

namespace {

// The grammar of spec.json5.org, one method a rule, descending.
class Reader {
  public:
    Reader(std::string_view text, json::NodeArena& arena, std::deque<std::string>& strings,
           Positions& positions)
        : cursor_(text), arena_(arena), strings_(strings), positions_(positions) {}

    // The whole text: one value with blanks around it.
    Result<Node> read_text();

    [[nodiscard]] Position root() const { return root_; }

  private:
    Result<Node> read_value();
    Result<Node> read_object();
    Result<Node> read_array();
    Result<Node> read_word();
    Result<void> read_member(std::vector<Node>& members, Positions& seen);
    Result<std::string> read_key();
    // Behind an item: true when the container goes on.
    Result<bool> read_separator(char32_t closer, std::string_view expected);
    Node keep(std::string text) {
        return json::string_node(strings_.emplace_back(std::move(text)));
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
    json::NodeArena& arena_;
    std::deque<std::string>& strings_;
    Positions& positions_;
    Position root_;
    std::string path_;
    int depth_ = 0;
};

Result<Node> Reader::read_text() {
    TRY_VOID(cursor_.skip_blank());
    root_ = cursor_.position();
    TRY(const Node root, read_value());
    TRY_VOID(cursor_.skip_blank());
    if (cursor_.peek() != kEnd)
        return refuse(cursor_.position(), "expected the end of the text after the value");
    return root;
}

Result<Node> Reader::read_value() {
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
        TRY(std::string text, read_string(cursor_));
        return keep(std::move(text));
    }
    if (may_start_number(c)) return read_number(cursor_);
    return read_word();
}

Result<Node> Reader::read_word() {
    const Position start = cursor_.position();
    if (!may_start_identifier(cursor_.peek())) return refuse(start, "expected a value");
    const std::size_t begin = cursor_.offset();
    while (may_start_identifier(cursor_.peek()))
        cursor_.take();
    const std::string_view word = cursor_.since(begin);
    if (word == "null") return json::null_node();
    if (word == "true" || word == "false") return json::bool_node(word == "true");
    if (word == "Infinity" || word == "NaN")
        return refuse(start, "Infinity and NaN cannot be used here");
    return refuse(start, "expected a value: strings need quotes");
}

Result<Node> Reader::read_array() {
    cursor_.take();
    std::vector<Node> elements;
    TRY_VOID(cursor_.skip_blank());
    bool goes_on = !cursor_.take_if(']');
    while (goes_on) {
        const Step step(*this, "[" + std::to_string(elements.size()) + "]", cursor_.position());
        TRY(const Node element, read_value());
        elements.push_back(element);
        TRY(goes_on, read_separator(']', "expected ',' or ']' after a value"));
    }
    return arena_.array_node(elements);
}

Result<Node> Reader::read_object() {
    cursor_.take();
    std::vector<Node> members;
    Positions seen;
    TRY_VOID(cursor_.skip_blank());
    bool goes_on = !cursor_.take_if('}');
    while (goes_on) {
        TRY_VOID(read_member(members, seen));
        TRY(goes_on, read_separator('}', "expected ',' or '}' after a value"));
    }
    return arena_.object_node(members);
}

Result<void> Reader::read_member(std::vector<Node>& members, Positions& seen) {
    const Position start = cursor_.position();
    TRY(std::string key, read_key());
    if (const auto [first, is_new] = seen.emplace(key, start); !is_new) {
        std::string message = "duplicate key ";
        json::append_string(message, key);
        return refuse(start, message + ", first at " + to_text(first->second));
    }
    TRY_VOID(cursor_.skip_blank());
    if (!cursor_.take_if(':')) return refuse(cursor_.position(), "expected ':' after a key");
    TRY_VOID(cursor_.skip_blank());
    const Step step(*this, path_.empty() ? key : "." + key, start);
    TRY(const Node value, read_value());
    members.push_back(keep(std::move(key)));
    members.push_back(value);
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
    return json::Value(state_->root);
}

Position Document::position(std::string_view path) const {
    const auto found = state_->positions.find(std::string(path));
    return found == state_->positions.end() ? state_->root_position : found->second;
}

Result<Document> parse(std::string_view text) {
    if (!base::is_utf8(text)) return refuse(first_invalid(text), "this is not valid UTF-8");
    auto state = std::make_unique<Document::State>();
    Reader reader(text, state->arena, state->strings, state->positions);
    TRY(state->root, reader.read_text());
    state->root_position = reader.root();
    return Document(std::move(state));
}

}  // namespace gw::json5
