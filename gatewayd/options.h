#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The command line of gatewayd.

#include <optional>
#include <string>

#include "base/result.h"
#include "gatewayd/config/load.h"

namespace gw {

enum class LogFormat { automatic, text, json };

struct Options {
    config::Overrides overrides;
    LogFormat log_format = LogFormat::automatic;  // text on a terminal, else JSON
    bool is_verbose = false;
    bool wants_help = false;
    bool wants_version = false;
};

// Errc::invalid_input with what is wrong and how it is meant.
Result<Options> parse_options(int argc, char** argv);

std::string help_text();

}  // namespace gw
