#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// An HTTP request as libwebsockets holds it, and how it is answered. Private to net/; valid inside
// one callback.

#include <optional>
#include <string>

#include "net/websocket_server.h"

struct lws;

namespace gw::net {

class LwsRequest final : public HttpRequest {
  public:
    enum class Then { keep, close };

    LwsRequest(lws* wsi, const Peer& peer);

    [[nodiscard]] std::string_view method() const override { return method_; }
    [[nodiscard]] std::string_view path() const override { return path_; }
    [[nodiscard]] std::optional<std::string> find_header(std::string_view name) const override;
    [[nodiscard]] const Peer& peer() const override { return peer_; }

    // The library accepts upgrades that RFC 6455 §4.2.1 does not; what is wrong with this one.
    [[nodiscard]] std::optional<HttpAnswer> find_upgrade_problem() const;

    // No body follows that we would have to read first.
    [[nodiscard]] bool may_keep_alive() const;

    void write(const HttpAnswer& answer, Then then) const;

    // The first subprotocol that the client offers, or nothing.
    [[nodiscard]] std::optional<std::string> find_offered_subprotocol() const;

  private:
    lws* wsi_;
    const Peer& peer_;
    std::string_view method_ = "GET";
    std::string path_;
};

}  // namespace gw::net
