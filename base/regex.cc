// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/regex.h"

#include <re2/re2.h>

#include <string>

namespace gw::base {

namespace {

// What one compiled pattern and its states may take.
constexpr std::int64_t kMaxMemory = 512 << 10;

re2::StringPiece piece_of(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

Result<Regex> Regex::compile(std::string_view pattern) {
    if (pattern.size() > kMaxPatternBytes) {
        return fail(Errc::invalid_input,
                    "longer than " + std::to_string(kMaxPatternBytes) + " bytes");
    }
    re2::RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_max_mem(kMaxMemory);
    auto compiled = std::make_shared<const re2::RE2>(piece_of(pattern), options);
    if (!compiled->ok()) return fail(Errc::invalid_input, compiled->error());
    return Regex(std::move(compiled));
}

bool Regex::is_in(std::string_view text) const {
    return re2::RE2::PartialMatch(piece_of(text), *compiled_);
}

std::string_view Regex::pattern() const {
    return compiled_->pattern();
}

}  // namespace gw::base
