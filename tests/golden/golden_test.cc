// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// What the worker contract looks like in bytes, kept in the .hex files beside this one. A
// difference is a decision: raise ipc::kProtocol, then change the file.

#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "proto/core_to_worker.pb.h"
#include "proto/worker_to_core.pb.h"

using namespace gw;

namespace {

template <typename Message>
struct Sample {
    std::string name;
    Message message;
};

// Each line: a name, a blank, the bytes in hexadecimal.
std::map<std::string, std::string> read_golden(const std::string& file) {
    std::ifstream in(std::string(GW_GOLDEN_DIRECTORY) + '/' + file);
    REQUIRE(in);
    std::map<std::string, std::string> golden;
    for (std::string name, hex; in >> name >> hex;) {
        REQUIRE(golden.emplace(name, hex).second);
    }
    return golden;
}

std::string from_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

template <typename Message>
void compare(const std::string& file, const std::vector<Sample<Message>>& samples, int last_body) {
    std::map<std::string, std::string> golden = read_golden(file);
    std::set<int> bodies;
    for (const auto& [name, message] : samples) {
        CAPTURE(name);
        bodies.insert(message.body_case());
        const std::string bytes = message.SerializeAsString();
        CHECK(base::to_hex(base::as_bytes(bytes)) == golden[name]);
        Message read;
        CHECK(read.ParseFromString(from_hex(golden[name])));
        CHECK(read.SerializeAsString() == bytes);
        golden.erase(name);
    }
    CHECK(golden.empty());  // no line without a sample
    // No message without one either. Bodies are numbered from 2 without a hole.
    CHECK(static_cast<int>(bodies.size()) == last_body - 1);
}

void fill(proto::MediaRef& media) {
    media.set_media_id("f");
    media.set_mime_type("image/png");
    media.set_filename("a.png");
    media.set_size(3);
}

void fill(proto::Poll& poll) {
    poll.set_question("q");
    poll.add_options("a");
    poll.add_options("b");
    poll.set_max_selections(1);
    poll.set_duration_s(3600);
    poll.set_is_public(true);
}

void fill(proto::MediaChunk& chunk) {
    chunk.set_media_id("f");
    chunk.set_data("abc");
    chunk.set_is_last(true);
}

void fill(proto::MediaCredit& credit) {
    credit.set_media_id("f");
    credit.set_bytes(262'144);
}

void fill(proto::StateEntry& entry) {
    entry.set_key("offset");
    entry.set_value("12");
}

void fill(proto::HttpHeader& header) {
    header.set_name("content-type");
    header.set_value("text/plain");
}

std::vector<Sample<proto::CoreToWorker>> core_to_worker() {
    std::vector<Sample<proto::CoreToWorker>> all;
    const auto add = [&all](const char* name) -> proto::CoreToWorker& {
        return all.emplace_back(name, proto::CoreToWorker()).message;
    };
    auto& configure = *add("Configure").mutable_configure();
    configure.set_generation(7);
    configure.set_channel("irc");
    configure.set_account("default");
    configure.set_settings_json("{\"nick\":\"bot\"}");
    (*configure.mutable_secrets())["password"] = "p";
    configure.set_cursor("c");
    configure.set_is_cautious(true);
    configure.add_skip("6-9");
    add("Accepted").mutable_accepted()->set_event_id("7-1");
    auto& send = *add("SendMessage").mutable_send_message();
    send.set_delivery_id("d");
    send.set_attempt(2);
    send.set_to("#chat");
    send.set_text("gr\xc3\xbc\xc3\x9f");
    send.set_client_id("k");
    fill(*send.add_media());
    send.set_reply_to("m");
    send.set_thread("t");
    send.set_is_silent(true);
    send.set_parse_mode("HTML");
    send.set_is_document(true);
    send.set_is_voice(true);
    fill(*send.mutable_poll());
    send.set_begin_before_ms(1'700'000'000'000);
    auto& ping = add("Ping");
    ping.set_id(300);
    ping.mutable_ping();
    add("Shutdown").mutable_shutdown();
    auto& look_up = *add("LookUpSent").mutable_look_up_sent();
    look_up.set_delivery_id("d");
    look_up.set_to("#chat");
    look_up.set_text("hi");
    look_up.set_client_id("k");
    look_up.set_attempted_ms(1'700'000'000'000);
    auto& stored = add("StateStored");
    stored.set_id(301);
    stored.mutable_state_stored();
    auto& values = add("StateValues");
    values.set_id(302);
    fill(*values.mutable_state_values()->add_entries());
    values.mutable_state_values()->set_has_more(true);
    auto& http = add("HttpRequestReceived");
    http.set_id(303);
    auto& request = *http.mutable_http_request_received();
    request.set_method("POST");
    request.set_path("/hook");
    request.set_query("a=b");
    fill(*request.add_headers());
    request.set_body("{}");
    fill(*add("MediaChunk").mutable_media_chunk());
    fill(*add("MediaCredit").mutable_media_credit());
    auto& change = add("ChangeMessage");
    change.set_id(304);
    change.mutable_change_message()->set_to("#chat");
    change.mutable_change_message()->set_message_id("m");
    change.mutable_change_message()->set_text("new");
    change.mutable_change_message()->set_parse_mode("plain");
    add("ShowTyping").mutable_show_typing()->set_to("#chat");
    all.back().message.mutable_show_typing()->set_thread("t");
    return all;
}

void add_inbound(const std::function<proto::WorkerToCore&(const char*)>& add) {
    auto& received = *add("MessageReceived").mutable_message_received();
    received.set_event_id("7-1");
    received.set_cursor("c");
    received.set_peer("#chat");
    received.set_chat_type(proto::CHAT_TYPE_CHANNEL);
    received.set_sender_id("ann!~a@h");
    received.set_sender_name("ann");
    received.set_sender_is_mutable(true);
    received.set_text("hi");
    received.set_was_mentioned(true);
    received.set_is_notice(true);
    received.set_provider_ms(1'700'000'000'000);
    fill(*received.add_media());
    received.set_provider_message_id("m");
    received.set_thread("t");
    received.set_kind(proto::EVENT_KIND_EDITED);
    received.set_reply_to("n");
    received.set_quoted_text("before");
    received.set_quoted_sender("eve");
    received.set_sender_username("ann");
    received.set_peer_name("Chat");
    auto& gap = *add("GapNoticed").mutable_gap_noticed();
    gap.set_from_ms(1'700'000'000'000);
    gap.set_to_ms(1'700'000'060'000);
    gap.set_reason("r");
    auto& started = *add("EventStarted").mutable_event_started();
    started.set_event_id("7-1");
    started.set_digest("0123");
    auto& skipped = *add("EventSkipped").mutable_event_skipped();
    skipped.set_event_id("6-9");
    skipped.set_cursor("c");
    skipped.set_raw("raw");
    auto& passed = *add("EventPassed").mutable_event_passed();
    passed.set_event_id("7-2");
    passed.set_cursor("c");
}

void add_answers(const std::function<proto::WorkerToCore&(const char*)>& add) {
    auto& looked_up = *add("SentLookedUp").mutable_sent_looked_up();
    looked_up.set_delivery_id("d");
    looked_up.set_outcome(proto::LOOK_UP_FOUND);
    looked_up.set_provider_message_id("p");
    add("ProgressMade").mutable_progress_made();
    auto& put = add("StatePut");
    put.set_id(301);
    fill(*put.mutable_state_put()->add_entries());
    auto& get = add("StateGet");
    get.set_id(302);
    get.mutable_state_get()->set_prefix("o");
    get.mutable_state_get()->set_after("offset");
    get.mutable_state_get()->set_limit(16);
    auto& http = add("HttpReply");
    http.set_id(303);
    http.mutable_http_reply()->set_status(200);
    fill(*http.mutable_http_reply()->add_headers());
    http.mutable_http_reply()->set_body("ok");
    fill(*add("MediaChunk").mutable_media_chunk());
    fill(*add("MediaCredit").mutable_media_credit());
}

void add_outbound(const std::function<proto::WorkerToCore&(const char*)>& add) {
    auto& started = *add("AttemptStarted").mutable_attempt_started();
    started.set_delivery_id("d");
    started.set_attempt(2);
    auto& done = *add("SendDone").mutable_send_done();
    done.set_delivery_id("d");
    done.set_attempt(2);
    done.set_provider_message_id("p");
    auto& failed = *add("SendFailed").mutable_send_failed();
    failed.set_delivery_id("d");
    failed.set_attempt(2);
    failed.set_failure(proto::SEND_FAILURE_UNCERTAIN);
    failed.set_reason("r");
    failed.set_retry_after_ms(2000);
}

std::vector<Sample<proto::WorkerToCore>> worker_to_core() {
    std::vector<Sample<proto::WorkerToCore>> all;
    const auto add = [&all](const char* name) -> proto::WorkerToCore& {
        return all.emplace_back(name, proto::WorkerToCore()).message;
    };
    auto& hello = *add("Hello").mutable_hello();
    hello.set_protocol(2);
    hello.set_build_id("b");
    hello.mutable_capabilities()->set_client_id_window_ms(86'400'000);
    hello.mutable_capabilities()->set_can_look_up(true);
    hello.mutable_capabilities()->set_progress_interval_ms(30'000);
    hello.mutable_capabilities()->set_max_poll_options(12);
    hello.mutable_capabilities()->set_can_edit(true);
    hello.mutable_capabilities()->set_can_react(true);
    hello.mutable_capabilities()->set_can_delete(true);
    hello.mutable_capabilities()->set_can_show_typing(true);
    add("Ready").mutable_ready();
    auto& changed = *add("LinkChanged").mutable_link_changed();
    changed.set_state(proto::LINK_STATE_BLOCKED);
    changed.set_detail("d");
    changed.set_self_id("bot");
    add_inbound(add);
    add_outbound(add);
    add_answers(add);
    auto& changed_message = add("MessageChanged");
    changed_message.set_id(304);
    changed_message.mutable_message_changed()->set_error("e");
    changed_message.mutable_message_changed()->set_retry_after_ms(2000);
    auto& pong = add("Pong");
    pong.set_id(300);
    pong.mutable_pong();
    return all;
}

}  // namespace

TEST_CASE("golden: what the core says has the bytes it always had") {
    compare("core_to_worker.hex", core_to_worker(), proto::CoreToWorker::kShowTyping);
}

TEST_CASE("golden: what a worker says has the bytes it always had") {
    compare("worker_to_core.hex", worker_to_core(), proto::WorkerToCore::kMessageChanged);
}
