// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// What connection and server agree on: capabilities, SASL, features, channels.

#include <doctest/doctest.h>

#include "workers/irc/capabilities.h"
#include "workers/irc/channels.h"
#include "workers/irc/sasl.h"
#include "workers/irc/server_features.h"

using namespace gw;
using namespace gw::irc;
using std::chrono_literals::operator""s;
using Lines = std::vector<std::string>;

namespace {

Line line(std::string_view text) {
    return *parse_line(text);
}

}  // namespace

TEST_CASE("irc capabilities: asks for what it wants of all the lines of a list") {
    Capabilities capabilities(true);
    CHECK(capabilities.on_cap(line("CAP * LS * :batch multi-prefix server-time")).empty());
    CHECK_FALSE(capabilities.is_settled());
    CHECK(capabilities.on_cap(line("CAP * LS :sasl=PLAIN,EXTERNAL")) ==
          Lines{"CAP REQ :batch sasl server-time"});
    CHECK_FALSE(capabilities.is_settled());
    CHECK(capabilities.on_cap(line("CAP * ACK :batch sasl server-time ")).empty());
    CHECK(capabilities.is_settled());
    CHECK(capabilities.has("batch"));
    CHECK_FALSE(capabilities.has("multi-prefix"));
    CHECK(capabilities.value("sasl") == "PLAIN,EXTERNAL");
}

TEST_CASE("irc capabilities: an offer without anything wanted settles it") {
    Capabilities capabilities(false);
    CHECK(capabilities.on_cap(line("CAP * LS :sasl multi-prefix")).empty());
    CHECK(capabilities.is_settled());
}

TEST_CASE("irc capabilities: what is refused together is asked for one by one") {
    Capabilities capabilities(false);
    CHECK(capabilities.on_cap(line("CAP * LS :batch echo-message")).size() == 1);
    CHECK(capabilities.on_cap(line("CAP * NAK :batch echo-message")) ==
          Lines{"CAP REQ :batch", "CAP REQ :echo-message"});
    capabilities.on_cap(line("CAP * ACK :batch"));
    CHECK_FALSE(capabilities.is_settled());
    CHECK(capabilities.on_cap(line("CAP * NAK :echo-message")).empty());
    CHECK(capabilities.is_settled());
    CHECK(capabilities.has("batch"));
    CHECK_FALSE(capabilities.has("echo-message"));
}

TEST_CASE("irc capabilities: a refusal that names nothing refuses everything") {
    for (const char* refusal : {"CAP * NAK :", "CAP * NAK"}) {
        Capabilities capabilities(false);
        CHECK(capabilities.on_cap(line("CAP * LS :batch echo-message")).size() == 1);
        CHECK(capabilities.on_cap(line(refusal)).empty());
        CHECK(capabilities.is_settled());
        CHECK_FALSE(capabilities.has("batch"));
    }
}

TEST_CASE("irc capabilities: come and go while connected") {
    Capabilities capabilities(false);
    capabilities.on_cap(line("CAP * LS :batch"));
    capabilities.on_cap(line("CAP * ACK :batch"));
    CHECK(capabilities.on_cap(line("CAP bot NEW :echo-message account-notify")) ==
          Lines{"CAP REQ :echo-message"});
    capabilities.on_cap(line("CAP bot ACK :echo-message"));
    CHECK(capabilities.has("echo-message"));
    capabilities.on_cap(line("CAP bot DEL :echo-message"));
    CHECK_FALSE(capabilities.has("echo-message"));
    capabilities.on_cap(line("CAP bot ACK :-batch"));
    CHECK_FALSE(capabilities.has("batch"));
    CHECK(capabilities.on_cap(line("CAP")).empty());
}

TEST_CASE("irc sasl: a response goes out in pieces of 400, the last one shorter") {
    CHECK(sasl_lines("") == Lines{"AUTHENTICATE +"});
    CHECK(sasl_lines("ab") == Lines{"AUTHENTICATE YWI="});
    CHECK(sasl_lines(std::string(300, 'x')).size() == 2);  // exactly 400 of base64
    CHECK(sasl_lines(std::string(300, 'x'))[1] == "AUTHENTICATE +");
    const Lines lines = sasl_lines(std::string(301, 'x'));
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].size() == std::string_view("AUTHENTICATE ").size() + 400);
    CHECK(lines[1] == "AUTHENTICATE eA==");
}

TEST_CASE("irc sasl: PLAIN says account and password, once it is asked") {
    const SaslSettings settings{.account = "bot", .password = base::Secret("s3cret")};
    const Sasl sasl(settings);
    CHECK(sasl.is_offered(""));
    CHECK(sasl.is_offered("EXTERNAL,PLAIN"));
    CHECK_FALSE(sasl.is_offered("EXTERNAL,PLAINER"));
    CHECK(sasl.opening() == "AUTHENTICATE PLAIN");
    CHECK(sasl.on_challenge("+") == Lines{"AUTHENTICATE Ym90AGJvdABzM2NyZXQ="});
    CHECK(sasl.on_challenge("Zm9v") == Lines{"AUTHENTICATE *"});
    CHECK(Sasl::verdict(903) == Sasl::Verdict::authenticated);
    CHECK(Sasl::verdict(904) == Sasl::Verdict::refused);
    CHECK(Sasl::verdict(906) == Sasl::Verdict::unavailable);
}

TEST_CASE("irc features: what a server says of itself, within reason") {
    ServerFeatures features;
    features.take(
        line("005 bot CASEMAPPING=ascii CHANTYPES=# LINELEN=2048 NICKLEN=9 :are supported"));
    CHECK(features.mapping == CaseMapping::ascii);
    CHECK(features.channel_types == "#");
    CHECK(features.line_bytes == 2048);
    CHECK(features.nick_bytes == 9);
    features.take(line("005 bot LINELEN=1 NICKLEN=99999999999999999999 CHATHISTORY=50 LINELEN :x"));
    CHECK(features.line_bytes == 512);
    CHECK(features.history_lines == 50);
    features.take(line("005 bot LINELEN=999999"));
    CHECK(features.line_bytes == 8192);
}

TEST_CASE("irc channels: each is joined, and after a kick again, later each time") {
    Channels channels({{"#a", ""}, {"#B", "key"}});
    base::SteadyTime now{};
    CHECK(channels.join_due(now) == Lines{"JOIN #a", "JOIN #B key"});
    CHECK(channels.is_waiting());
    channels.on_joined("#A", CaseMapping::rfc1459, now);
    channels.on_joined("#b", CaseMapping::rfc1459, now);
    CHECK_FALSE(channels.is_waiting());
    CHECK(channels.joined() == Lines{"#a", "#B"});
    channels.on_removed("#a", "kicked by ann", CaseMapping::rfc1459, now, 5000);
    CHECK(channels.shortcomings() == "not in #a (kicked by ann)");
    CHECK(channels.join_due(now).empty());
    CHECK(channels.find_next_due() == now + 2s);
    now += 2s;
    CHECK(channels.join_due(now) == Lines{"JOIN #a"});
    CHECK(channels.on_refused("#a", "banned", CaseMapping::rfc1459, now));
    CHECK(channels.find_next_due() == now + 4s);
    now += 4s;
    channels.join_due(now);
    CHECK_FALSE(channels.on_refused("#a", "banned", CaseMapping::rfc1459, now));
    CHECK(channels.shortcomings() == "not in #a (banned)");
    channels.on_joined("#a", CaseMapping::rfc1459, now);
    CHECK(channels.shortcomings().empty());
}

TEST_CASE("irc channels: what was missed in one is known when it is joined") {
    Channels channels({{"#a", ""}, {"#b", ""}});
    base::SteadyTime now{};
    constexpr CaseMapping kMapping = CaseMapping::rfc1459;
    const auto take = [&channels] {
        const auto missed = channels.take_missed();
        return missed.size() == 1 ? missed[0].name + ' ' + std::to_string(missed[0].since_ms)
                                  : std::to_string(missed.size());
    };
    channels.join_due(now);
    channels.on_joined("#a", kMapping, now);
    channels.on_refused("#b", "banned", kMapping, now);
    channels.note_lost(1000);  // before we listened
    CHECK(take() == "0");
    CHECK(channels.find_missed_since(0) == 1000);
    CHECK(channels.find_missed_since(1001) == 0);
    channels.on_removed("#a", "kicked", kMapping, now, 9000);
    CHECK(channels.find_missed_since(0) == 1000);
    now += 10s;
    SUBCASE("joined again on another connection") {
        channels.reset();
    }
    SUBCASE("joined again on this one") {}
    channels.join_due(now);
    channels.on_joined("#A", kMapping, now);
    channels.note_lost(20'000);  // for #b it was so before
    CHECK(take() == "#a 9000");
    CHECK(take() == "0");
    channels.on_joined("#b", kMapping, now);
    SUBCASE("part of what the whole account has missed") {
        channels.note_lost(1000);
        CHECK(take() == "0");
    }
    SUBCASE("longer than the whole account") {
        channels.note_lost(1001);
        CHECK(take() == "#b 1000");
    }
    CHECK(channels.find_missed_since(0) == 0);
}

TEST_CASE("irc channels: who stays for a while is welcome") {
    Channels channels(std::vector<irc::WantedChannel>{{"#a", ""}});
    base::SteadyTime now{};
    constexpr CaseMapping kMapping = CaseMapping::rfc1459;
    channels.join_due(now);
    channels.on_joined("#a", kMapping, now);
    channels.on_removed("#a", "kicked", kMapping, now, 9000);
    now += 10s;
    channels.join_due(now);
    channels.on_joined("#a", kMapping, now);
    SUBCASE("welcome for a while, the next kick is the first again") {
        now += 301s;
        channels.on_removed("#a", "kicked", kMapping, now, 0);
        CHECK(channels.find_next_due() == now + 2s);
    }
    SUBCASE("kicked at once, it is not") {
        channels.on_removed("#a", "kicked", kMapping, now, 0);
        CHECK(channels.find_next_due() == now + 4s);
    }
}

TEST_CASE("irc channels: one without an answer is tried again, others are not touched") {
    Channels channels({{"#a", ""}, {"#b", ""}});
    const base::SteadyTime now{};
    channels.join_due(now);
    channels.on_joined("#a", CaseMapping::rfc1459, now);
    channels.give_up_waiting(now);
    CHECK_FALSE(channels.is_waiting());
    CHECK(channels.shortcomings() == "not in #b (no answer to JOIN)");
    CHECK_FALSE(channels.on_refused("#a", "late", CaseMapping::rfc1459, now));
    CHECK_FALSE(channels.on_refused("#c", "never asked", CaseMapping::rfc1459, now));
}
