// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "base/secret.h"

#include "base/crypto.h"

#include <cstring>

namespace gw::base {

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) {
        wipe();
        text_ = other.text_;
    }
    return *this;
}

Secret::Secret(Secret&& other) noexcept : text_(other.text_) {
    other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        text_ = other.text_;
        other.wipe();
    }
    return *this;
}

bool Secret::equals(std::string_view candidate) const {
    return constant_time_equal(text_, candidate);
}

void Secret::wipe() noexcept {
    ::explicit_bzero(text_.data(), text_.size());
    text_.clear();
}

}  // namespace gw::base
