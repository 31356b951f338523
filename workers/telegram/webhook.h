#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Webhook: Telegram's requests on the account's path. Whoever does not know the secret is turned
// away; an update is acknowledged once the core has it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"
#include "workers/common/core.h"
#include "workers/telegram/intake.h"

namespace gw::telegram {

class Webhook {
  public:
    Webhook(workers::Core& core, Intake& intake, base::Secret secret);

    // The answer, or nothing: it comes once the update is accepted.
    std::optional<proto::HttpReply> on_request(const proto::HttpRequestReceived& request,
                                               workers::ReplyId id);
    void on_accepted(const std::string& event_id);

  private:
    workers::Core& core_;
    Intake& intake_;
    base::Secret secret_;
    // By event id; Telegram may be impatient and ask again.
    std::map<std::string, std::vector<workers::ReplyId>> waiting_;
};

}  // namespace gw::telegram
