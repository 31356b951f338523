// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/media/incoming.h"

#include <doctest/doctest.h>

#include "base/file.h"
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
    std::vector<proto::CoreToWorker> sent;
    Incoming incoming{db.clock, db.store(), directory, *this};
    const WorkerId worker{"fake", "default"};

    bool say(const WorkerId&, const proto::CoreToWorker& message) override {
        sent.push_back(message);
        return true;
    }
    void on_file_lost(const std::string&, int, const std::string&) override {}
    [[nodiscard]] std::size_t queued(const WorkerId&) const override { return 0; }

    Result<void> chunk(const std::string& id, std::string data, bool is_last = false) {
        proto::MediaChunk made;
        made.set_media_id(id);
        made.set_data(std::move(data));
        made.set_is_last(is_last);
        return incoming.on_chunk(worker, made);
    }
    Result<std::vector<store::Media>> claim(const std::string& id, std::uint64_t size) {
        proto::MessageReceived message;
        message.add_media()->set_media_id(id);
        message.mutable_media(0)->set_size(size);
        message.mutable_media(0)->set_mime_type("image/png");
        message.mutable_media(0)->set_filename("../a.png");
        return incoming.claim(worker, message);
    }
    bool has(const store::Media& file) {
        return base::read_file(directory + '/' + file.id).has_value();
    }
};

const std::string kChunk(ipc::kMaxMediaChunkBytes, 'x');

}  // namespace

TEST_CASE("incoming: a file in pieces is one file, kept with the message that names it") {
    Fixture f;
    REQUIRE(f.chunk("a", "one "));
    REQUIRE(f.chunk("a", "two", true));
    const auto files = f.claim("a", 7);
    REQUIRE(files);
    REQUIRE(files->size() == 1);
    const store::Media file = files->front();
    CHECK(file.mime_type == "image/png");
    CHECK(file.filename == "a.png");
    f.db.write([&](store::Database& db) { return Incoming::keep(db, f.directory, 1, *files); });
    f.incoming.release(*files);
    f.db.settle();
    CHECK(*base::read_file(f.directory + '/' + file.id) == "one two");
    CHECK(f.db.read<std::optional<store::Media>>(
              [&](store::Database& db) { return store::find_media(db, file.id); }) == file);
    CHECK_FALSE(f.claim("a", 7));  // it is that message's
}

TEST_CASE("incoming: a file that its message did not keep goes") {
    Fixture f;
    REQUIRE(f.chunk("a", "x", true));
    const auto files = f.claim("a", 1);
    REQUIRE(files);
    f.db.settle();
    CHECK(f.has(files->front()));
    f.incoming.release(*files);
    f.db.settle();
    CHECK_FALSE(f.has(files->front()));
}

TEST_CASE("incoming: credit comes back as pieces are written, and nothing comes beyond it") {
    Fixture f;
    for (std::size_t i = 0; i < ipc::kMediaWindowBytes / kChunk.size(); ++i)
        REQUIRE(f.chunk("a", kChunk));
    CHECK(f.chunk("a", "x").error().code == Errc::limit_exceeded);
    f.db.settle();
    REQUIRE(f.sent.size() == 4);
    CHECK(f.sent[0].media_credit().media_id() == "a");
    CHECK(f.sent[0].media_credit().bytes() == kChunk.size());
    CHECK(f.chunk("a", "x"));
}

TEST_CASE("incoming: an empty file is a file") {
    Fixture f;
    REQUIRE(f.chunk("a", "", true));
    const auto files = f.claim("a", 0);
    REQUIRE(files);
    f.db.write([&](store::Database& db) { return Incoming::keep(db, f.directory, 1, *files); });
    CHECK(f.has(files->front()));
}

TEST_CASE("incoming: what breaks the contract is refused") {
    Fixture f;
    CHECK_FALSE(f.chunk("", "x"));
    CHECK_FALSE(f.chunk(std::string(513, 'i'), "x"));
    CHECK_FALSE(f.chunk("a", ""));
    CHECK_FALSE(f.chunk("a", kChunk + "x"));
    REQUIRE(f.chunk("a", "x"));
    CHECK_FALSE(f.claim("a", 1));  // not complete
    CHECK_FALSE(f.claim("b", 1));  // unknown
    REQUIRE(f.chunk("a", "", true));
    CHECK_FALSE(f.chunk("a", "x"));
    CHECK_FALSE(f.claim("a", 2));  // another size
    for (std::size_t i = 1; i < Incoming::kMaxTransfers; ++i)
        REQUIRE(f.chunk("t" + std::to_string(i), "x"));
    CHECK_FALSE(f.chunk("one more", "x"));
}

TEST_CASE("incoming: a file has a bound, and so has an account") {
    Fixture f;
    const auto fill = [&f](const std::string& id, std::uint64_t size) {
        for (std::uint64_t sent = 0; sent < size; sent += kChunk.size()) {
            f.db.settle();
            if (auto taken = f.chunk(id, kChunk); !taken) return taken;
        }
        return Result<void>();
    };
    REQUIRE(fill("a", Incoming::kMaxFileBytes));
    f.db.settle();
    CHECK(f.chunk("a", "x").error().message == "a file that is too large");
    REQUIRE(fill("b", Incoming::kMaxFileBytes));
    CHECK(fill("c", Incoming::kMaxFileBytes).error().message == "too many bytes of media");
}

TEST_CASE("incoming: what a worker left unfinished goes with it") {
    Fixture f;
    REQUIRE(f.chunk("a", "x"));
    f.db.settle();
    f.incoming.on_worker_gone(f.worker);
    REQUIRE(f.chunk("a", "y", true));  // the next one's, of the same name
    const auto files = f.claim("a", 1);
    REQUIRE(files);
    f.db.settle();
    CHECK(*base::read_file(f.directory + '/' + files->front().id) == "y");
}

TEST_CASE("incoming: a file that was not written completely is not kept") {
    Fixture f;
    REQUIRE(f.chunk("a", "xyz", true));
    auto files = f.claim("a", 3);
    REQUIRE(files);
    f.db.settle();
    remove(f.directory, files->front().id);
    Result<void> kept;
    f.db.write([&](store::Database& db) -> Result<void> {
        kept = Incoming::keep(db, f.directory, 1, *files);
        return {};
    });
    CHECK_FALSE(kept);
}
