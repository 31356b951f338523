// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/channels/cautious_start.h"

#include <doctest/doctest.h>

using namespace gw;
using namespace gw::channels;
using supervisor::ExitClass;

namespace {

proto::EventStarted started(const std::string& id, char digest = 'd') {
    proto::EventStarted event;
    event.set_event_id(id);
    event.set_digest(std::string(32, digest));
    return event;
}

proto::EventSkipped skipped(const std::string& id) {
    proto::EventSkipped event;
    event.set_event_id(id);
    return event;
}

Caution cautious() {
    Caution caution;
    CHECK_FALSE(on_ended(caution, ExitClass::crashed));
    return caution;
}

}  // namespace

TEST_CASE("cautious start: after a bad end the next start is cautious, after a wanted one not") {
    Caution caution;
    for (const ExitClass bad :
         {ExitClass::crashed, ExitClass::failed, ExitClass::hung, ExitClass::protocol_violation}) {
        on_ended(caution, bad);
        CHECK(caution.is_cautious);
        on_ended(caution, ExitClass::asked_to_stop);
        CHECK_FALSE(caution.is_cautious);
    }
    on_ended(caution, ExitClass::crashed);
    on_ended(caution, ExitClass::blocked);
    CHECK_FALSE(caution.is_cautious);
}

TEST_CASE("cautious start: the event that was started last is blamed for a bad end, once") {
    Caution caution = cautious();
    REQUIRE(on_started(caution, started("1")));
    REQUIRE(on_started(caution, started("2", 'x')));
    const auto blamed = on_ended(caution, ExitClass::hung);
    REQUIRE(blamed);
    CHECK(blamed->event_id == "2");
    CHECK(blamed->digest == base::Bytes(32, std::byte{'x'}));
    CHECK_FALSE(on_ended(caution, ExitClass::crashed));
}

TEST_CASE("cautious start: nobody is blamed for what was accepted, wanted, or our own fault") {
    Caution caution = cautious();
    REQUIRE(on_started(caution, started("1")));
    on_settled(caution, "0");
    CHECK(caution.started);
    on_settled(caution, "1");
    CHECK_FALSE(on_ended(caution, ExitClass::crashed));
    REQUIRE(on_started(caution, started("1")));
    absolve(caution);
    CHECK_FALSE(on_ended(caution, ExitClass::protocol_violation));
    REQUIRE(on_started(caution, started("1")));
    CHECK_FALSE(on_ended(caution, ExitClass::asked_to_stop));
}

TEST_CASE("cautious start: a worker announces events only while cautious, with id and digest") {
    Caution bold;
    CHECK_FALSE(on_started(bold, started("1")));
    Caution caution = cautious();
    CHECK_FALSE(on_started(caution, started("")));
    CHECK_FALSE(on_started(caution, started(std::string(513, 'x'))));
    auto short_digest = started("1");
    short_digest.set_digest("d");
    CHECK_FALSE(on_started(caution, short_digest));
    CHECK_FALSE(caution.started);
}

TEST_CASE("cautious start: what is on the skip list is skipped, and nothing else") {
    Caution caution = cautious();
    CHECK_FALSE(check_skipped(caution, skipped("2")));
    on_configured(caution, {"3", "2", "1"});
    CHECK(check_skipped(caution, skipped("2")));
    CHECK_FALSE(check_skipped(caution, skipped("4")));
    CHECK_FALSE(on_started(caution, started("2")));
    CHECK(on_started(caution, started("4")));
    on_ended(caution, ExitClass::crashed);
    CHECK_FALSE(check_skipped(caution, skipped("2")));  // the next one is told anew
}
