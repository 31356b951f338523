// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Whatever arrives as a request is refused, unfinished, or taken once and the same however it is
// cut; a body is never larger than its owner said.

#include <cstdint>
#include <string>

#include "base/check.h"
#include "net/http_reader.h"

namespace {

using namespace gw::net;

constexpr std::size_t kMaxBody = 4096;

// What became of a body: 0 unfinished, 1 complete, else the status of its refusal.
struct Outcome {
    int what = 0;
    std::string body;
    bool operator==(const Outcome&) const = default;
};

Outcome read(const HttpHead& head, std::string_view bytes, std::size_t step) {
    HttpBody body(head, kMaxBody);
    while (!bytes.empty() && !body.is_complete()) {
        const auto taken = body.feed(bytes.substr(0, step));
        if (!taken) return {taken.error().status, {}};
        bytes.remove_prefix(*taken);
    }
    if (!body.is_complete()) return {};
    return {1, body.take()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto parsed = parse_head(bytes);
    if (!parsed || !*parsed) return 0;
    const HttpHead& head = **parsed;
    GW_ASSERT(head.size <= size && head.size <= kMaxHeadBytes, "a head is among its bytes");
    GW_ASSERT(head.request.headers.size() <= kMaxHeaders, "headers are bounded");
    GW_ASSERT(head.request.path.starts_with('/'), "targets are paths");
    if (head.body_size > kMaxBody) return 0;
    const std::string_view rest = bytes.substr(head.size);
    const Outcome whole = read(head, rest, rest.size());
    GW_ASSERT(whole.body.size() <= kMaxBody, "bodies are bounded");
    GW_ASSERT(whole == read(head, rest, 1), "where the bytes are cut does not matter");
    return 0;
}
