#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// channels.<name>.webhookPath: where a provider's requests for an account arrive.

#include <optional>
#include <string>
#include <string_view>

namespace gw::config {

// Why a path cannot be an account's, as a sentence without full stop; nothing when it can. Paths
// are compared as they are written, so nothing that could be written in two ways is admitted.
std::optional<std::string> find_webhook_path_problem(std::string_view path);

}  // namespace gw::config
