#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Where the nodes of a parsed text live. Used by base/json*.cc only.

#include "base/json.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace gw::json {

inline Node null_node() {
    return Node{.type = Node::Type::null, .size = 0, .integer = 0};
}
inline Node bool_node(bool b) {
    return Node{.type = Node::Type::boolean, .size = 0, .boolean = b};
}
inline Node integer_node(std::int64_t v) {
    return Node{.type = Node::Type::integer, .size = 0, .integer = v};
}
inline Node real_node(double v) {
    return Node{.type = Node::Type::real, .size = 0, .real = v};
}
// The text stays where it is.
inline Node string_node(std::string_view text) {
    return Node{.type = Node::Type::string,
                .size = static_cast<std::uint32_t>(text.size()),
                .text = text.data()};
}
// A number without sign.
inline Node natural_node(std::uint64_t v) {
    if (v <= static_cast<std::uint64_t>(INT64_MAX))
        return integer_node(static_cast<std::int64_t>(v));
    return Node{.type = Node::Type::natural, .size = 0, .natural = v};
}

// The double nearest to a decimal number, as ECMAScript reads it; infinite when it is too large.
double nearest_double(std::string_view number);

// Nodes that stay where they are until clear(). The first ones have their place in the object, so
// small texts allocate nothing.
class NodeArena {
  public:
    NodeArena() = default;
    NodeArena(const NodeArena&) = delete;
    NodeArena& operator=(const NodeArena&) = delete;

    // A copy of nodes.
    const Node* keep(std::span<const Node> nodes);
    void clear();

    Node array_node(std::span<const Node> elements);
    // keys_and_values alternate.
    Node object_node(std::span<const Node> keys_and_values);

  private:
    static constexpr std::size_t kFirstNodes = 512;   // 8 KiB
    static constexpr std::size_t kBlockNodes = 4096;  // 64 KiB

    Node first_[kFirstNodes];
    std::vector<std::unique_ptr<Node[]>> blocks_;
    std::span<Node> free_ = first_;  // of the last block
};

}  // namespace gw::json
