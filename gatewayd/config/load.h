#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Loading: command line and environment first, then the file, then defaults. Everything that is
// wrong is reported at once, with its place and what to do.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gatewayd/config/config.h"
#include "gatewayd/config/problems.h"

namespace gw::config {

// What the command line said; nothing where it was silent.
struct Overrides {
    std::optional<std::string> config_path;
    std::optional<std::string> state_dir;
    std::optional<std::string> port;
    std::optional<std::string> bind;
    std::optional<std::string> token;
};

// The environment as a value, so that tests can give their own.
using Environment = std::map<std::string, std::string>;
Environment process_environment();

struct Loaded {
    Config config;
    std::vector<Problem> problems;     // not empty: do not start
    std::vector<Problem> disabled;     // channel blocks that are broken: these channels stay off
    std::vector<std::string> ignored;  // keys of OpenClaw that mean nothing here
    bool has_file = false;
};

// Reads the file at the path that overrides and environment lead to; a missing file is an empty one
// unless the path was named explicitly.
Loaded load(const Overrides& overrides, const Environment& environment);

// The same from text, for tests and the fuzzer.
Loaded load_text(std::string_view text, const Overrides& overrides, const Environment& environment);

}  // namespace gw::config
