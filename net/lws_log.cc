// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/lws_log.h"

#include <libwebsockets.h>

#include <string_view>

#include "base/log.h"

namespace gw::net {

void route_library_log() {
    lws_set_log_level(LLL_ERR, [](int, const char* line) {
        std::string_view text(line);
        while (text.ends_with('\n'))
            text.remove_suffix(1);
        // Said as an error with every connection that is handed over with bytes already read.
        if (text.ends_with("adopt_socket_readbuf: calling service")) return;
        log::error("net", "libwebsockets", {{"said", text}});
    });
}

}  // namespace gw::net
