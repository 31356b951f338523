// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>

#include "base/json.h"
#include "gatewayd/observe/health.h"
#include "gatewayd/observe/metrics.h"
#include "gatewayd/observe/presence.h"
#include "gatewayd/observe/system_events.h"

using namespace gw;

namespace {

observe::PresenceEntry entry(const std::string& host) {
    observe::PresenceEntry made;
    made.host = host;
    made.mode = "test";
    return made;
}

json::Value listed(json::Parser& parser, observe::Presence& presence) {
    std::string text;
    presence.append_list(text);
    const auto value = parser.parse(text);
    REQUIRE_MESSAGE(value, text);
    return *value;
}

std::string host_at(json::Value list, std::size_t index) {
    return std::string(list.element(index).find("host")->string());
}

}  // namespace

TEST_CASE("presence: the gateway itself comes first, then the newest") {
    base::ManualClock clock;
    observe::Presence presence(clock, entry("gateway"));
    presence.put("a", entry("first"));
    clock.advance(base::Millis(1));
    presence.put("b", entry("second"));
    json::Parser parser;
    const json::Value list = listed(parser, presence);
    REQUIRE(list.size() == 3);
    CHECK(host_at(list, 0) == "gateway");
    CHECK(host_at(list, 1) == "second");
    CHECK(host_at(list, 2) == "first");
}

TEST_CASE("presence: the same key in any case is the same entry; fields and roles are merged") {
    base::ManualClock clock;
    observe::Presence presence(clock, entry("gateway"));
    observe::PresenceEntry one = entry("phone");
    one.version = "1.0";
    one.roles = {"operator"};
    presence.put("ID", one);
    observe::PresenceEntry two;
    two.reason = "periodic";
    two.roles = {"operator", "node"};
    presence.put("id", two);
    const auto merged = presence.find("Id");
    REQUIRE(merged);
    CHECK(merged->host == "phone");
    CHECK(merged->version == "1.0");
    CHECK(merged->reason == "periodic");
    CHECK(merged->roles == std::vector<std::string>{"operator", "node"});
    CHECK(presence.size() == 1);
    CHECK(presence.version() == 3);
}

TEST_CASE("presence: entries end after five minutes and beyond two hundred") {
    base::ManualClock clock;
    observe::Presence presence(clock, entry("gateway"));
    for (int i = 0; i < 250; ++i)
        presence.put("k" + std::to_string(i), entry("h"));
    CHECK(presence.size() == observe::Presence::kMaxEntries);
    CHECK_FALSE(presence.find("k49"));
    CHECK(presence.find("k50"));
    clock.advance(base::Millis(observe::Presence::kLifeMs + 1));
    json::Parser parser;
    CHECK(listed(parser, presence).size() == 1);
}

TEST_CASE("presence: what apps put into a system event's text is read from it") {
    const auto read = observe::find_presence_in_text(
        "Node: phone (192.0.2.7) · app 2.1 · last input 12s ago · mode ui · reason connect");
    REQUIRE(read);
    CHECK(read->host == "phone");
    CHECK(read->ip == "192.0.2.7");
    CHECK(read->version == "2.1");
    CHECK(read->last_input_seconds == 12);
    CHECK(read->mode == "ui");
    CHECK(read->reason == "connect");
    CHECK_FALSE(observe::find_presence_in_text("Battery low"));
}

TEST_CASE("metrics: families are rendered once, with escaped labels") {
    observe::Metrics metrics;
    metrics.counter("x_total", "X.", "kind=\"a\"").add(2);
    metrics.counter("x_total", "X.", "kind=\"b\"").add();
    metrics.samples("y", "Y.", "gauge",
                    [] { return std::vector<observe::Sample>{{{{"who", "a\"b\\c\nd"}}, 1.5}}; });
    CHECK(metrics.render() ==
          "# HELP x_total X.\n# TYPE x_total counter\n"
          "x_total{kind=\"a\"} 2\nx_total{kind=\"b\"} 1\n"
          "# HELP y Y.\n# TYPE y gauge\ny{who=\"a\\\"b\\\\c\\nd\"} 1.5\n");
}

TEST_CASE("metrics: a histogram has its buckets, all of them, the sum and the count") {
    observe::Metrics metrics;
    base::Histogram histogram;
    histogram.observe(std::chrono::milliseconds(1));
    histogram.observe(std::chrono::seconds(3));
    metrics.histogram("z_seconds", "Z.", [&] { return histogram; });
    const std::string text = metrics.render();
    CHECK(text.starts_with("# HELP z_seconds Z.\n# TYPE z_seconds histogram\n"));
    CHECK(text.find("z_seconds_bucket{le=\"0.0005\"} 0\n") != std::string::npos);
    CHECK(text.find("z_seconds_bucket{le=\"0.001\"} 1\n") != std::string::npos);
    CHECK(
        text.ends_with("z_seconds_bucket{le=\"2.5\"} 1\nz_seconds_bucket{le=\"+Inf\"} 2\n"
                       "z_seconds_sum 3.001\nz_seconds_count 2\n"));
}

TEST_CASE("system events: at most twenty a session, repeated lines once") {
    observe::SystemEvents events;
    events.add("s", "same");
    events.add("s", "same");
    CHECK(events.waiting("s").size() == 1);
    for (int i = 0; i < 30; ++i)
        events.add("s", std::to_string(i));
    CHECK(events.waiting("s").size() == observe::SystemEvents::kMaxPerSession);
    CHECK(events.waiting("s").back() == "29");
    CHECK(events.waiting("other").empty());
}

TEST_CASE("health: the default account's fields stand beside all accounts") {
    base::ManualClock clock;
    observe::Health health(clock);
    observe::HealthFacts facts;
    facts.default_agent = "main";
    facts.channels = {{"irc", "IRC", {{"default", R"({"running":true})"}, {"two", "{}"}}}};
    const auto before = health.version();
    health.update(facts);
    CHECK(health.version() == before + 1);
    json::Parser parser;
    const auto value = parser.parse(health.json());
    REQUIRE_MESSAGE(value, health.json());
    const json::Value irc = *value->find("channels")->find("irc");
    CHECK(irc.find("running")->boolean());
    CHECK(irc.find("accounts")->find("two")->is_object());
    CHECK(value->find("ok")->boolean());
}
