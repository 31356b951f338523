#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Gateway: the gateway of this host as a command sees it: connected over the control socket,
// admitted, asked one thing after the other. A command line has nothing else to do meanwhile, so
// the calls wait; every wait has a deadline.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "loop/loop.h"

namespace gw::cli {

// How a request was answered.
struct Answer {
    bool ok = false;
    std::string payload = "null";  // JSON
    std::string code;              // of a refusal
    std::string message;
};

class Gateway {
  public:
    // name and payload of an event, valid during the call.
    using OnEvent = std::function<void(std::string_view name, json::Value payload)>;

    // Errc::unavailable when there is no gateway at the path: the message says where it was looked
    // for and how to start one. Errc::permission_denied when the gateway does not admit us.
    static Result<std::unique_ptr<Gateway>> connect(loop::Loop& loop, const std::string& socket,
                                                    std::chrono::milliseconds timeout);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    // Errc::timed_out or closed when no answer came.
    Result<Answer> call(std::string_view method, std::string_view params_json);

    // From now on events go there.
    void set_on_event(OnEvent on_event);

    // Runs until done() or the connection ends (Errc::closed).
    Result<void> run_until(const std::function<bool()>& done);

  private:
    class Conversation;
    Gateway(loop::Loop& loop, std::chrono::milliseconds timeout);
    loop::Loop& loop_;
    std::chrono::milliseconds timeout_;
    std::unique_ptr<Conversation> conversation_;
};

}  // namespace gw::cli
