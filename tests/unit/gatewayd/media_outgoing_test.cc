// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/media/outgoing.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "gatewayd/media/files.h"
#include "ipc/limits.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/gatewayd/store_fixture.h"

using namespace gw;
using namespace gw::media;

namespace {

struct Fixture final : Links {
    tests::StoreFixture db;
    test::TempDir state;
    std::string directory = directory_in(state.path());
    std::size_t waiting = 0;
    std::string received;
    std::size_t largest = 0;
    int last_pieces = 0;
    std::vector<std::string> lost;
    Outgoing outgoing{db.loop(), db.store(), directory, *this};
    const WorkerId worker{"fake", "default"};

    bool say(const WorkerId&, const proto::CoreToWorker& message) override {
        const proto::MediaChunk& chunk = message.media_chunk();
        received += chunk.data();
        largest = std::max(largest, chunk.data().size());
        if (chunk.is_last()) ++last_pieces;
        return true;
    }
    void on_file_lost(const std::string& delivery_id, int attempt,
                      const std::string& why) override {
        lost.push_back(delivery_id + '/' + std::to_string(attempt) + ' ' + why);
    }
    [[nodiscard]] std::size_t queued(const WorkerId&) const override { return waiting; }

    void offer(const std::string& content, int attempt = 1) {
        static_cast<void>(append_piece(directory, "file", 0, content));
        store::Media file;
        file.id = "file";
        file.size = content.size();
        CHECK(outgoing.offer(worker, "delivery", attempt, file) ==
              "delivery-" + std::to_string(attempt));
    }
    Result<void> credit(std::uint32_t bytes, const std::string& file = "delivery-1") {
        proto::MediaCredit made;
        made.set_media_id(file);
        made.set_bytes(bytes);
        return outgoing.on_credit(worker, made);
    }
};

std::string pattern(std::size_t size) {
    std::string text;
    while (text.size() < size)
        text += std::to_string(text.size()) + ' ';
    text.resize(size);
    return text;
}

}  // namespace

TEST_CASE("outgoing: a file goes out as far as credit lets it, in pieces of the bound") {
    Fixture f;
    const std::string content = pattern(200'000);
    f.offer(content);
    f.db.settle();
    CHECK(f.received.empty());
    REQUIRE(f.credit(100'000));
    f.db.settle();
    CHECK(f.received == content.substr(0, 100'000));
    CHECK(f.largest == ipc::kMaxMediaChunkBytes);
    CHECK(f.last_pieces == 0);
    REQUIRE(f.credit(500'000));
    f.db.settle();
    CHECK(f.received == content);
    CHECK(f.last_pieces == 1);
    CHECK(f.credit(10));  // it is how receivers end
    f.db.settle();
    CHECK(f.last_pieces == 1);
}

TEST_CASE("outgoing: pieces wait while other messages do") {
    Fixture f;
    f.offer("abc");
    f.waiting = Outgoing::kMaxQueued;
    REQUIRE(f.credit(100));
    f.db.settle();
    CHECK(f.received.empty());
    f.waiting = 0;
    CHECK(f.db.loop().run_until([&] { return f.received == "abc"; }, std::chrono::seconds(10)));
}

TEST_CASE("outgoing: an empty file is one empty last piece") {
    Fixture f;
    f.offer("");
    REQUIRE(f.credit(1));
    f.db.settle();
    CHECK(f.last_pieces == 1);
    CHECK(f.received.empty());
}

TEST_CASE("outgoing: only what was offered may be asked for, until its delivery ends") {
    Fixture f;
    CHECK_FALSE(f.credit(1));
    f.offer("abc");
    CHECK_FALSE(f.credit(1, "../../etc/passwd"));
    CHECK_FALSE(f.credit(0));
    CHECK(f.credit(1));
    f.outgoing.retract(f.worker, "another", 1);
    CHECK(f.credit(1));
    f.outgoing.retract(f.worker, "delivery", 1);
    CHECK_FALSE(f.credit(1));
}

TEST_CASE("outgoing: the end of an attempt leaves the next one its file") {
    Fixture f;
    f.offer("abc");
    f.offer("abc", 2);
    f.outgoing.retract(f.worker, "delivery", 1);
    CHECK(f.credit(3, "delivery-2"));
    f.db.settle();
    CHECK(f.received == "abc");
}

TEST_CASE("outgoing: a file that cannot be read is said to be lost, of the attempt it is for") {
    Fixture f;
    f.offer("abc", 3);
    remove(f.directory, "file");
    REQUIRE(f.credit(3, "delivery-3"));
    f.db.settle();
    REQUIRE(f.lost.size() == 1);
    CHECK(f.lost.front().starts_with("delivery/3 its file is lost: "));
    CHECK(f.received.empty());
}

TEST_CASE("outgoing: deliveries that a worker never answers do not pile up") {
    Fixture f;
    store::Media file;
    file.size = 1;
    for (std::size_t i = 0; i <= Outgoing::kMaxOffers; ++i) {
        file.id = std::to_string(i);
        f.outgoing.offer(f.worker, file.id, 1, file);
    }
    CHECK_FALSE(f.credit(1, "0-1"));
    CHECK(f.credit(1, "1-1"));
    CHECK(f.credit(1, std::to_string(Outgoing::kMaxOffers) + "-1"));
}

TEST_CASE("outgoing: a new offer begins at the beginning") {
    Fixture f;
    f.offer("abc");
    REQUIRE(f.credit(2));
    f.outgoing.on_worker_gone(f.worker);
    f.offer("abc", 2);
    f.db.settle();
    CHECK(f.received.empty());
    REQUIRE(f.credit(3, "delivery-2"));
    f.db.settle();
    CHECK(f.received == "abc");
}
