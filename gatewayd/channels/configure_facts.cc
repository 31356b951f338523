// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/configure_facts.h"

#include "gatewayd/channels/cautious_start.h"
#include "store/event_crashes.h"
#include "store/inbound.h"
#include "store/quarantine.h"

namespace gw::channels {

Result<ConfigureFacts> read_configure_facts(store::Database& db, const std::string& channel,
                                            const std::string& account) {
    ConfigureFacts facts;
    TRY(const auto cursor, store::find_cursor(db, channel, account));
    facts.cursor = cursor.value_or(std::string());
    TRY(facts.skip, store::list_crashed(db, channel, account, kMaxCrashes, kMaxSkip));
    const int room = kMaxSkip - static_cast<int>(facts.skip.size());
    TRY(const auto kept, store::list_quarantined_ids(db, channel, account, room));
    facts.skip.insert(facts.skip.end(), kept.begin(), kept.end());
    return facts;
}

}  // namespace gw::channels
