#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The channels there are: names, labels, order, aliases. Data that clients show.

#include <string>
#include <string_view>

namespace gw::channels {

struct ChannelInfo {
    std::string_view id;
    std::string_view label;
    std::string_view detail_label;
    std::string_view system_image;  // an SF Symbol; empty when there is none
};

// What clients show for a channel; one that is not in the catalog is labelled by its id. The views
// of such an answer point into id.
ChannelInfo info_of(std::string_view id);

// Sorts by what clients list first: the catalog's order, then by id.
bool comes_before(std::string_view a, std::string_view b);

// The id behind an alias ("imsg"), or the lower-cased and trimmed text itself.
std::string channel_id_of(std::string_view id_or_alias);

}  // namespace gw::channels
