// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/json_nodes.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>

namespace gw::json {

double nearest_double(std::string_view number) {
    double value = 0;
    const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
    if (result.ec == std::errc()) return value;
    // Out of range says no more than that; strtod tells zero from infinity.
    return std::strtod(std::string(number).c_str(), nullptr);
}

const Node* NodeArena::keep(std::span<const Node> nodes) {
    if (nodes.size() > free_.size()) {
        const std::size_t size = std::max(nodes.size(), kBlockNodes);
        blocks_.push_back(std::make_unique_for_overwrite<Node[]>(size));
        free_ = {blocks_.back().get(), size};
    }
    Node* const kept = free_.data();
    std::ranges::copy(nodes, kept);
    free_ = free_.subspan(nodes.size());
    return kept;
}

void NodeArena::clear() {
    blocks_.clear();
    free_ = first_;
}

Node NodeArena::array_node(std::span<const Node> elements) {
    return Node{.type = Node::Type::array,
                .size = static_cast<std::uint32_t>(elements.size()),
                .nodes = keep(elements)};
}

Node NodeArena::object_node(std::span<const Node> keys_and_values) {
    return Node{.type = Node::Type::object,
                .size = static_cast<std::uint32_t>(keys_and_values.size() / 2),
                .nodes = keep(keys_and_values)};
}

}  // namespace gw::json
