// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

// gatewayd-irc on real servers beyond plain TCP: ngircd with TLS, and InspIRCd, which knows IRCv3.

#include <doctest/doctest.h>

#include "tests/support/certificates.h"
#include "tests/support/inspircd.h"
#include "tests/support/ircd.h"
#include "tests/support/temp_dir.h"
#include "tests/support/worker_process.h"

using namespace gw;
using Said = proto::WorkerToCore;

namespace {

struct Fixture {
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();
    test::TempDir directory;
    std::unique_ptr<tests::WorkerProcess> worker;

    void start(std::uint16_t port, const std::string& more) {
        worker = std::make_unique<tests::WorkerProcess>(*loop, GW_IRC_WORKER);
        REQUIRE(worker->next(Said::kHello));
        worker->configure("{\"host\":\"localhost\",\"port\":" + std::to_string(port) +
                          ",\"nick\":\"gatebot\",\"channels\":[\"#room\"]" + more + "}");
    }
    void wait_connected() {
        REQUIRE(worker->next([](const Said& message) {
            return message.link_changed().state() == proto::LINK_STATE_CONNECTED;
        }));
    }
    std::string wait_detail(const std::string& part) {
        const auto changed = worker->next([&](const Said& message) {
            return message.link_changed().detail().find(part) != std::string::npos;
        });
        return changed ? changed->link_changed().detail() : "";
    }
};

}  // namespace

TEST_CASE("irc servers: over TLS messages pass both ways") {
    Fixture f;
    tests::make_certificates(f.directory.path(), "localhost");
    tests::Ircd server(*f.loop, f.directory.path());
    server.start();
    SUBCASE("an authority of our own") {
        f.start(server.tls_port, ",\"tls\":{\"caFile\":\"" + f.directory.file("ca.pem") + "\"}");
    }
    SUBCASE("a pinned certificate") {
        f.start(server.tls_port,
                ",\"tls\":{\"fingerprint\":\"" + tests::fingerprint_of(f.directory.path()) + "\"}");
    }
    f.wait_connected();
    tests::IrcPerson ann(*f.loop, server, "ann");
    ann.write("PRIVMSG gatebot :hello");
    const auto received = f.worker->next(Said::kMessageReceived);
    REQUIRE(received);
    CHECK(received->message_received().text() == "hello");
    f.worker->order("d1", "ann", "hello ann");
    CHECK(f.worker->next(Said::kSendDone));
    CHECK(ann.wait_heard(" PRIVMSG ann :hello ann\r\n"));
}

TEST_CASE("irc servers: a certificate that nobody vouches for is not believed") {
    Fixture f;
    tests::make_certificates(f.directory.path(), "localhost");
    tests::Ircd server(*f.loop, f.directory.path());
    server.start();
    f.start(server.tls_port, ",\"tls\":true");
    CHECK(f.wait_detail("tls.caFile") != "");
}

TEST_CASE("irc servers: a port without TLS is no place for it") {
    Fixture f;
    tests::Ircd server(*f.loop);
    server.start();
    f.start(server.port, ",\"tls\":true");
    CHECK(f.wait_detail("TLS") != "");
}

TEST_CASE("irc servers: on InspIRCd labels confirm, and messages have ids and times") {
    Fixture f;
    tests::Inspircd server(*f.loop);
    server.start();
    f.start(server.port, "");
    f.wait_connected();
    tests::IrcPerson ann(*f.loop, server, "ann");
    ann.write("PRIVMSG gatebot :hello");
    const auto received = f.worker->next(Said::kMessageReceived);
    REQUIRE(received);
    const auto& message = received->message_received();
    CHECK(message.event_id() == "msgid:" + message.provider_message_id());
    CHECK(message.provider_ms() > 0);

    f.worker->order("d1", "ann", "hello ann");
    const auto done = f.worker->next(Said::kSendDone);
    REQUIRE(done);
    const std::string id = done->send_done().provider_message_id();
    CHECK(id != "");
    CHECK(id != "d1");
    CHECK(ann.wait_heard(" PRIVMSG ann :hello ann\r\n"));

    f.worker->order("d2", "nobody", "hello");
    const auto failed = f.worker->next(Said::kSendFailed);
    REQUIRE(failed);
    CHECK(failed->send_failed().failure() == proto::SEND_FAILURE_PERMANENT);
    CHECK(failed->send_failed().reason() == "No such nick");
}
