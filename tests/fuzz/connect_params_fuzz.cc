// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What a stranger may say first: the fast and the explaining judge must agree on it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proto/gateway/params.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gw;
    static json::Parser parser;
    const auto value = parser.parse({reinterpret_cast<const char*>(data), size});
    if (!value) return 0;
    proto::gateway::ConnectParams connect;
    const bool good = parse(*value, connect);
    if (good != proto::gateway::explain<proto::gateway::ConnectParams>(*value).empty())
        std::abort();
    return 0;
}
