#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// WorkerProcess: a real worker program and the core's end of its socket, for tests that say the
// core's lines themselves. Keeps what the worker says; killed when the test is over.

#include <sys/socket.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/fd.h"
#include "ipc/link.h"
#include "loop/loop.h"
#include "loop/process.h"

namespace gw::tests {

class WorkerProcess final : private ipc::WorkerLink::Events {
  public:
    WorkerProcess(loop::Loop& loop, const std::string& program) : loop_(loop) {
        int pair[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
            throw std::runtime_error("socketpair");
        }
        const base::Fd theirs(pair[1]);
        link_.reset(new ipc::WorkerLink(loop, base::Fd(pair[0]), *this));
        const loop::Spawn what{.program = program, .args = {}, .env = {}, .fd3 = theirs.get()};
        auto child = loop::ChildProcess::spawn(loop, what, [this](loop::Exit e) { exit = e; });
        if (!child) throw std::runtime_error(child.error().message);
        child_ = std::move(*child);
    }
    ~WorkerProcess() override {
        if (!exit) child_->kill(SIGKILL);
        loop_.run_until([this] { return exit.has_value(); }, std::chrono::seconds(10));
    }
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    void say(const proto::CoreToWorker& message) {
        if (const auto sent = link_->send(message); !sent) {
            throw std::runtime_error(sent.error().message);
        }
    }
    void configure(const std::string& settings_json, std::uint64_t generation = 1) {
        proto::CoreToWorker message;
        message.mutable_configure()->set_generation(generation);
        message.mutable_configure()->set_settings_json(settings_json);
        message.mutable_configure()->set_cursor(cursor);
        say(message);
    }
    void order(const std::string& delivery, const std::string& to, const std::string& text,
               std::uint32_t attempt = 1) {
        proto::CoreToWorker message;
        auto& send = *message.mutable_send_message();
        send.set_delivery_id(delivery);
        send.set_attempt(attempt);
        send.set_to(to);
        send.set_text(text);
        say(message);
    }
    // As a core that ends: the socket is closed, nothing is said.
    void hang_up() { link_.reset(); }
    void signal(int number) { child_->kill(number); }

    // Runs the loop until a message not looked at yet satisfies wanted; those before it are passed
    // over. Nothing when none came in time.
    std::optional<proto::WorkerToCore> next(
        const std::function<bool(const proto::WorkerToCore&)>& wanted) {
        std::optional<proto::WorkerToCore> found;
        loop_.run_until(
            [&] {
                while (!found && seen_ < said.size()) {
                    if (wanted(said[seen_])) found = said[seen_];
                    ++seen_;
                }
                return found.has_value() || exit.has_value();
            },
            kPatience);
        return found;
    }
    std::optional<proto::WorkerToCore> next(proto::WorkerToCore::BodyCase body) {
        return next([body](const auto& message) { return message.body_case() == body; });
    }
    bool wait_exit() {
        return loop_.run_until([this] { return exit.has_value(); }, kPatience);
    }

    std::vector<proto::WorkerToCore> said;
    // What workers keep with us.
    std::map<std::string, std::string> state;
    std::string cursor;
    std::optional<loop::Exit> exit;

  private:
    static constexpr std::chrono::seconds kPatience{20};

    void on_message(proto::WorkerToCore& message) override {
        said.push_back(message);
        if (message.has_state_put()) keep(message);
        if (message.has_state_get()) tell(message);
    }
    void keep(const proto::WorkerToCore& question) {
        for (const auto& entry : question.state_put().entries())
            state[entry.key()] = entry.value();
        proto::CoreToWorker answer;
        answer.set_id(question.id());
        answer.mutable_state_stored();
        say(answer);
    }
    void tell(const proto::WorkerToCore& question) {
        proto::CoreToWorker answer;
        answer.set_id(question.id());
        auto& values = *answer.mutable_state_values();
        for (const auto& [key, value] : state) {
            if (!key.starts_with(question.state_get().prefix())) continue;
            auto& entry = *values.add_entries();
            entry.set_key(key);
            entry.set_value(value);
        }
        say(answer);
    }
    void on_link_closed(const Error&) override {}

    loop::Loop& loop_;
    std::unique_ptr<ipc::WorkerLink> link_;
    std::unique_ptr<loop::ChildProcess> child_;
    std::size_t seen_ = 0;  // messages that next() has looked at
};

}  // namespace gw::tests
