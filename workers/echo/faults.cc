// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/echo/faults.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "ipc/link.h"

namespace gw::echo {

namespace {

constexpr int kCoreSocket = 3;

// As from outside, so that nothing is tidied up.
[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    std::abort();
}

[[noreturn]] void hang() {
    while (true)
        ::pause();
}

[[noreturn]] void spin() {
    volatile unsigned turns = 0;
    while (true)
        turns = turns + 1;
}

// Past the link, which would refuse. A core that takes no bytes is a core without the fault.
void write_raw(std::string_view bytes) {
    static_cast<void>(!::write(kCoreSocket, bytes.data(), bytes.size()));
}

void write_frame(const proto::WorkerToCore& message) {
    const std::string body = message.SerializeAsString();
    base::Bytes out;
    const auto room = ipc::begin_frame(out, body.size());
    std::copy(body.begin(), body.end(), reinterpret_cast<char*>(room.data()));
    write_raw(base::as_text(out));
}

proto::WorkerToCore hello(std::string_view build_id) {
    proto::WorkerToCore message;
    message.mutable_hello()->set_protocol(ipc::kProtocol);
    message.mutable_hello()->set_build_id(std::string(build_id));
    return message;
}

std::uint32_t number_in(const std::string& text, std::string_view command) {
    return static_cast<std::uint32_t>(std::strtoul(text.c_str() + command.size(), nullptr, 10));
}

}  // namespace

Faults::Faults(Wanted wanted) : wanted_(std::move(wanted)) {
    if (wanted_.ignores_end) ::signal(SIGTERM, SIG_IGN);
}

bool Faults::asks(const std::string& text, const std::string& command) const {
    return wanted_.obeys_texts && text.starts_with(command);
}

Faults::Advice Faults::on_order(const std::string& text) const {
    using What = Advice::What;
    if (asks(text, "!die before")) die();
    if (asks(text, "!hang")) hang();
    if (asks(text, "!spin")) spin();
    if (asks(text, "!garbage")) write_raw(std::string_view("\x04\0\0\0\xff\xff\xff\xff", 8));
    if (asks(text, "!oversized")) write_raw(std::string_view("\xff\xff\xff\x7f", 4));
    if (asks(text, "!out of phase")) write_frame(hello(ipc::build_id()));
    if (asks(text, "!never")) return {.what = What::never_answer};
    if (asks(text, "!fail transient")) return {What::fail, proto::SEND_FAILURE_TRANSIENT};
    if (asks(text, "!fail permanent")) return {What::fail, proto::SEND_FAILURE_PERMANENT};
    if (asks(text, "!fail uncertain")) return {What::fail, proto::SEND_FAILURE_UNCERTAIN};
    if (asks(text, "!wait")) return {.what = What::wait, .number = number_in(text, "!wait")};
    if (asks(text, "!flood")) return {.what = What::flood, .number = number_in(text, "!flood")};
    return {};
}

void Faults::on_started(const std::string& text) const {
    if (asks(text, "!die started")) die();
}

void Faults::on_taken(const std::string& text) const {
    if (asks(text, "!die taken")) die();
}

void Faults::on_parse(const std::string& raw) const {
    if (!wanted_.crash_on.empty() && raw.find(wanted_.crash_on) != std::string::npos) die();
}

int live_as_another_build() {
    write_frame(hello("another build"));
    char byte = 0;
    while (::read(kCoreSocket, &byte, 1) > 0) {
    }
    return 0;
}

}  // namespace gw::echo
