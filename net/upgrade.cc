// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/upgrade.h"

#include <strings.h>

#include <algorithm>

#include "base/bytes.h"

namespace gw::net {

bool asks_for_websocket(const HttpRequest& request) {
    const std::string upgrade = request.find_header("upgrade").value_or("");
    return ::strcasecmp(upgrade.c_str(), "websocket") == 0;
}

std::optional<HttpAnswer> find_upgrade_problem(const HttpHead& head) {
    const auto refuse = [](int status, std::string_view why, std::vector<HttpHeader> headers = {}) {
        return HttpAnswer{status, "text/plain; charset=utf-8", std::string(why),
                          std::move(headers)};
    };
    const HttpRequest& request = head.request;
    // A proxy that knows nothing of the upgrade drops this header and leaves the other.
    if (!head.may_upgrade) return refuse(400, "an upgrade needs HTTP/1.1 and Connection: Upgrade");
    if (request.method != "GET") return refuse(405, "WebSocket upgrades are GET requests");
    if (head.framing != HttpFraming::none) return refuse(400, "an upgrade has no body");
    if (request.find_header("sec-websocket-version") != "13") {
        return refuse(426, "Sec-WebSocket-Version must be 13", {{"Sec-WebSocket-Version", "13"}});
    }
    const auto key = request.find_header("sec-websocket-key");
    const auto bytes = key ? base::find_base64(*key) : std::nullopt;
    if (!bytes || bytes->size() != 16) return refuse(400, "Sec-WebSocket-Key must be 16 bytes");
    return std::nullopt;
}

std::string offered_subprotocol(const HttpRequest& request) {
    constexpr std::size_t kMaxName = 63;
    auto offered = request.find_header("sec-websocket-protocol").value_or("");
    offered.resize(std::min(offered.find_first_of(", \t"), offered.size()));
    return offered.size() > kMaxName ? std::string() : offered;
}

std::string upgrade_request(const std::string& key, const std::string& subprotocol) {
    std::string text =
        "GET / HTTP/1.1\r\nHost: gatewayd\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
        key + "\r\n";
    if (!subprotocol.empty()) text += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n";
    return text + "\r\n";
}

}  // namespace gw::net
