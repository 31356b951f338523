// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Whatever JSON5 is accepted must survive as JSON: read by the other parser and by this one, and
// written the same.

#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/json5.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gw;
    const auto document = json5::parse({reinterpret_cast<const char*>(data), size});
    if (!document) return 0;
    const std::string text = json::to_string(document->root());
    json::Parser parser;
    const auto again = parser.parse(text);
    GW_ASSERT(again && json::to_string(*again) == text, "what we write is the JSON we read");
    const auto twice = json5::parse(text);
    GW_ASSERT(twice && json::to_string(twice->root()) == text, "JSON is JSON5");
    return 0;
}
