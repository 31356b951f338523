#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Secret: a password, token or key. Zeroed when it goes, prints as ***, compared in constant time.

#include <string>
#include <string_view>

namespace gw::base {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view text) : text_(text) {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    ~Secret() { wipe(); }

    [[nodiscard]] bool is_empty() const { return text_.empty(); }

    // Takes the same time for every candidate of the same length; any bytes may be offered.
    [[nodiscard]] bool equals(std::string_view candidate) const;

    // For the one place that hands the secret on. Never for logs.
    [[nodiscard]] std::string_view reveal() const { return text_; }

    // What logs and dumps get.
    [[nodiscard]] static std::string_view masked() { return "***"; }

  private:
    void wipe() noexcept;
    std::string text_;
};

}  // namespace gw::base
