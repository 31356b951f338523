// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/problems.h"

#include <algorithm>
#include <numeric>

namespace gw::config {

namespace {

// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

}  // namespace

std::string Problem::text(std::string_view file) const {
    std::string out(file);
    if (line > 0) out += ':' + std::to_string(line) + ':' + std::to_string(column);
    if (!out.empty()) out += ": ";
    if (!path.empty()) out += path + ": ";
    return out + reason;
}

std::string_view find_nearest(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view best;
    std::size_t best_distance = word.size() / 3 + 1;
    for (const std::string_view candidate : known) {
        const std::size_t d = distance(word, candidate);
        if (d <= best_distance) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

}  // namespace gw::config
