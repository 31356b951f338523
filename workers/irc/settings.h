#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the operator configured for an IRC account.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "net/tls_stream.h"
#include "proto/core_to_worker.pb.h"
#include "workers/irc/channels.h"
#include "workers/irc/sasl.h"

namespace gw::irc {

struct Settings {
    std::string host;
    std::uint16_t port = 6667;
    std::optional<net::TlsOptions> tls;  // nothing: plain TCP
    std::string nick;
    std::string username;
    std::string realname;
    base::Secret password;  // of the server; empty: none
    std::optional<SaslSettings> sasl;
    base::Secret nickserv_password;  // empty: NickServ is not spoken to
    std::vector<WantedChannel> channels;
    std::chrono::milliseconds flood_delay{500};  // between lines once the burst is used up
};

// Errc::invalid_input says which key is wrong and how it is meant.
Result<Settings> read_settings(const proto::Configure& configure);

}  // namespace gw::irc
