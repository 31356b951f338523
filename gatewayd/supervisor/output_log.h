#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// OutputLog: copies what one worker process writes to stdout and stderr into our log. Owned by the
// worker's supervision, for one generation.

#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "gatewayd/supervisor/output_lines.h"
#include "loop/loop.h"
#include "loop/stream.h"

namespace gw::supervisor {

class OutputLog final : private loop::Stream::Events {
  public:
    // who stands in each line: "irc/default".
    OutputLog(loop::Loop& loop, const base::Clock& clock, base::Fd socket, std::string who);
    ~OutputLog() override;

  private:
    void on_data(base::ByteView bytes) override;
    void on_closed(const Error& reason) override;
    void write(std::string_view line) const;

    const base::Clock& clock_;
    std::string who_;
    OutputLines lines_;
    loop::Stream stream_;
};

}  // namespace gw::supervisor
