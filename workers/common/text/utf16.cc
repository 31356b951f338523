// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/text/utf16.h"

#include <algorithm>

#include "base/utf8.h"

namespace gw::text {

namespace {

struct Step {
    std::size_t bytes;
    std::size_t units;
};

Step step_at(std::string_view text) {
    // A broken byte, which a caller promised not to have, is one of everything.
    const std::size_t bytes = std::max<std::size_t>(1, base::utf8_sequence(text));
    return {bytes, bytes == 4 ? std::size_t{2} : std::size_t{1}};
}

}  // namespace

std::size_t utf16_length(std::string_view text) {
    std::size_t units = 0;
    while (!text.empty()) {
        const Step step = step_at(text);
        units += step.units;
        text.remove_prefix(step.bytes);
    }
    return units;
}

std::size_t byte_of_unit(std::string_view text, std::size_t unit) {
    std::size_t at = 0;
    for (std::size_t units = 0; units < unit && at < text.size();) {
        const Step step = step_at(text.substr(at));
        units += step.units;
        at += step.bytes;
    }
    return at;
}

std::string_view utf16_prefix(std::string_view text, std::size_t units) {
    std::size_t at = 0;
    while (at < text.size()) {
        const Step step = step_at(text.substr(at));
        if (step.units > units) break;
        units -= step.units;
        at += step.bytes;
    }
    return text.substr(0, at);
}

}  // namespace gw::text
