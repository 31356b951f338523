#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// pairing_requests and allowed_senders: strangers who asked an account to be admitted, and those
// who were. Which of them counts when is gatewayd/access's business.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gw::store {

class Database;

struct PairingRequest {
    std::string channel;
    std::string account;
    std::string sender_id;
    std::string sender_name;
    std::string sender_username;
    bool is_mutable = false;  // the id can be taken over by somebody else
    std::string peer;         // where the sender is answered
    std::string thread;
    std::string code;
    std::int64_t created_ms = 0;
    std::int64_t last_seen_ms = 0;
    std::int64_t expires_ms = 0;

    bool operator==(const PairingRequest&) const = default;
};

// Neither the sender nor the code may be known.
Result<void> insert_pairing(Database& db, const PairingRequest& request);
Result<std::optional<PairingRequest>> find_pairing(Database& db, const std::string& channel,
                                                   const std::string& account,
                                                   const std::string& sender_id);
Result<std::optional<PairingRequest>> find_pairing_by_code(Database& db, const std::string& channel,
                                                           const std::string& code);
Result<std::int64_t> count_pairing(Database& db, const std::string& channel,
                                   const std::string& account);
// Oldest first; of all channels when channel is empty.
Result<std::vector<PairingRequest>> list_pairing(Database& db, const std::string& channel);
Result<void> touch_pairing(Database& db, const PairingRequest& request, std::int64_t now_ms);
Result<void> remove_pairing(Database& db, const PairingRequest& request);
// Those whose time was over before now.
Result<void> forget_pairing(Database& db, std::int64_t now_ms);

struct AllowedSender {
    std::string channel;
    std::string account;
    std::string sender_id;
    std::string sender_name;
    std::string sender_username;
    bool is_mutable = false;
    std::int64_t approved_ms = 0;

    bool operator==(const AllowedSender&) const = default;
};

Result<void> put_allowed(Database& db, const AllowedSender& sender);
// Oldest first; of all channels when channel is empty.
Result<std::optional<AllowedSender>> find_allowed(Database& db, const std::string& channel,
                                                  const std::string& account,
                                                  const std::string& sender_id);
Result<std::vector<AllowedSender>> list_allowed(Database& db, const std::string& channel);
// Whether there was one.
Result<bool> remove_allowed(Database& db, const std::string& channel, const std::string& account,
                            const std::string& sender_id);

}  // namespace gw::store
