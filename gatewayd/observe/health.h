#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Health: the summary that health answers, that hello-ok carries and that is broadcast when it
// changes. Put together when something changed or a minute has passed, and kept as JSON.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gw::observe {

struct AccountFacts {
    std::string id;
    std::string json;  // the account's object as channels.status shows it
};

struct ChannelFacts {
    std::string id;
    std::string label;
    std::vector<AccountFacts> accounts;  // the first is the default one
};

struct SessionFacts {
    std::string key;
    std::int64_t updated_ms = 0;
};

struct HealthFacts {
    std::vector<ChannelFacts> channels;  // in display order
    std::string default_agent;
    std::string state_dir;
    std::int64_t session_count = 0;
    std::vector<SessionFacts> recent;  // newest first, at most five
};

class Health {
  public:
    explicit Health(const base::Clock& clock);

    // Writes the summary anew; the version goes up by one.
    void update(const HealthFacts& facts);

    [[nodiscard]] const std::string& json() const { return json_; }
    [[nodiscard]] std::uint64_t version() const { return version_; }

  private:
    const base::Clock& clock_;
    std::string json_ = "{}";
    std::uint64_t version_ = 1;
};

}  // namespace gw::observe
