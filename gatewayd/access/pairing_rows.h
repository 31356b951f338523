#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The transactions of pairing: what is written together. Run on the store's writer thread, where
// what is pending is known for certain: two approvals, or an approval and an expiry, meet here.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/deliveries.h"
#include "store/pairing.h"

namespace gw::store {
class Database;
}

namespace gw::access {

inline constexpr std::chrono::minutes kPairingLife{60};
inline constexpr std::int64_t kMaxPendingPerAccount = 3;

// A request as it is asked for, without its code. Its times are those of now.
struct Asked {
    store::PairingRequest request;
    store::Delivery reply;  // queued
};
// Enters a stranger's request and inserts the one reply that tells its code. Nothing when the
// stranger has been told already (the request is marked as seen), or when too many others wait.
Result<std::optional<Asked>> ask(store::Database& db, store::PairingRequest wanted);

struct Approved {
    store::AllowedSender sender;
    store::Delivery notice;  // to the sender; queued
};
// The sender of the request with this code is allowed from now on, and told so. Errc::not_found for
// a code that is not pending, or not any more.
Result<Approved> approve(store::Database& db, const std::string& channel, const std::string& code,
                         std::int64_t now_ms);

// Forgets the request. The same errors.
Result<store::PairingRequest> reject(store::Database& db, const std::string& channel,
                                     const std::string& code, std::int64_t now_ms);

}  // namespace gw::access
