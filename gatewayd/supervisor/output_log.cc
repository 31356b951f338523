// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/supervisor/output_log.h"

#include <utility>

#include "base/log.h"

namespace gw::supervisor {

namespace {

// Nothing is ever written to this socket.
constexpr std::size_t kNoQueue = 1;

}  // namespace

OutputLog::OutputLog(loop::Loop& loop, const base::Clock& clock, base::Fd socket, std::string who)
    : clock_(clock), who_(std::move(who)), stream_(loop, std::move(socket), *this, kNoQueue) {}

OutputLog::~OutputLog() {
    lines_.finish(clock_.steady(), [this](auto line) { write(line); });
}

void OutputLog::on_data(base::ByteView bytes) {
    lines_.feed(base::as_text(bytes), clock_.steady(), [this](auto line) { write(line); });
}

void OutputLog::on_closed(const Error&) {}

void OutputLog::write(std::string_view line) const {
    log::info("worker", line, {{"worker", who_}});
}

}  // namespace gw::supervisor
