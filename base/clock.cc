// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace gw::base {

SteadyTime SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

std::int64_t SystemClock::wall_ms() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<Millis>(now).count();
}

std::string rfc3339(std::int64_t wall_ms) {
    const std::time_t seconds = wall_ms / 1000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                                     utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                                     utc.tm_min, utc.tm_sec, static_cast<int>(wall_ms % 1000));
    return std::string(text, static_cast<std::size_t>(length));
}

}  // namespace gw::base
