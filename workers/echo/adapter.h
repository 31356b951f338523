#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The echo channel's answers to the core. See README.md for what is said back and when.

#include <cstdint>

#include "workers/common/adapter.h"
#include "workers/common/core.h"

namespace gw::echo {

class Adapter final : public workers::Adapter {
  public:
    explicit Adapter(workers::Core& core) : core_(core) {}

    Result<void> on_configure(const proto::Configure& settings) override;
    void on_send(const proto::SendMessage& order) override;
    void on_shutdown() override;

  private:
    void say_back(const std::string& peer, const std::string& text);

    workers::Core& core_;
    std::uint64_t generation_ = 0;
    std::uint64_t last_event_ = 0;
};

}  // namespace gw::echo
