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
    add("Accepted").mutable_accepted()->set_event_id("7-1");
    auto& send = *add("SendMessage").mutable_send_message();
    send.set_delivery_id("d");
    send.set_attempt(2);
    send.set_to("#chat");
    send.set_text("gr\xc3\xbc\xc3\x9f");
    send.set_client_id("k");
    auto& ping = add("Ping");
    ping.set_id(300);
    ping.mutable_ping();
    add("Shutdown").mutable_shutdown();
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
    auto& gap = *add("GapNoticed").mutable_gap_noticed();
    gap.set_from_ms(1'700'000'000'000);
    gap.set_to_ms(1'700'000'060'000);
    gap.set_reason("r");
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
    hello.set_protocol(1);
    hello.set_build_id("b");
    hello.add_capabilities("x");
    add("Ready").mutable_ready();
    auto& changed = *add("LinkChanged").mutable_link_changed();
    changed.set_state(proto::LINK_STATE_BLOCKED);
    changed.set_detail("d");
    changed.set_self_id("bot");
    add_inbound(add);
    add_outbound(add);
    auto& pong = add("Pong");
    pong.set_id(300);
    pong.mutable_pong();
    return all;
}

}  // namespace

TEST_CASE("golden: what the core says has the bytes it always had") {
    compare("core_to_worker.hex", core_to_worker(), proto::CoreToWorker::kShutdown);
}

TEST_CASE("golden: what a worker says has the bytes it always had") {
    compare("worker_to_core.hex", worker_to_core(), proto::WorkerToCore::kGapNoticed);
}
