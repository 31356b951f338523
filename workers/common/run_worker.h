#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// run_worker: what is equal in all workers. Takes over the socket that the core left as descriptor
// 3, says Hello, waits for Configure, then hands everything to the adapter until the core goes or
// asks to stop. Configuration comes over the socket only: no environment, no files, no signals but
// TERM.

#include <string_view>

#include "workers/common/skeleton.h"

namespace gw::workers {

// Returns the process's exit code: 0 stopped as asked, or the core went away; 64 not started by
// gatewayd; 1 everything else.
int run_worker(std::string_view name, const MakeAdapter& make);

}  // namespace gw::workers
