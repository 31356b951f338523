// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <latch>

#include "store/database.h"
#include "store/meta.h"
#include "tests/support/temp_dir.h"

using namespace gw;
using namespace gw::store;
using std::chrono_literals::operator""s;

namespace {

struct Fixture {
    test::TempDir directory;
    std::unique_ptr<loop::Loop> loop = *loop::Loop::create();

    std::unique_ptr<Store> open() {
        auto opened = Store::open(*loop, {.path = directory.file("t.db")});
        REQUIRE_MESSAGE(opened, opened.error().message);
        return std::move(*opened);
    }
};

std::function<Result<int>(Database&)> put(const std::string& key) {
    return [key](Database& db) -> Result<int> {
        TRY_VOID(put_meta(db, key, "v"));
        return 1;
    };
}

std::function<Result<bool>(Database&)> has(const std::string& key) {
    return [key](Database& db) -> Result<bool> {
        TRY(const auto found, find_meta(db, key));
        return found.has_value();
    };
}

}  // namespace

TEST_CASE("store: a new database appears whole, whatever an interrupted creation left") {
    Fixture f;
    const std::string path = f.directory.file("t.db");
    for (const char* suffix : {".new", ".new-journal", ".new-wal"}) {
        std::ofstream(path + suffix) << "half of a database";
    }
    {
        const auto store = f.open();
    }
    CHECK(::access((path + ".new").c_str(), F_OK) != 0);
    CHECK(::access((path + ".new-wal").c_str(), F_OK) != 0);
    struct stat about{};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    auto opened = Database::open(path, Database::Mode::read_only);
    REQUIRE(opened);
    auto mode = (*opened)->query("PRAGMA journal_mode");
    REQUIRE(mode);
    CHECK(mode->step().value_or(false));
    CHECK(mode->text(0) == "wal");
}

TEST_CASE("store: completions come on the loop, after the commit, in order") {
    Fixture f;
    auto store = f.open();
    std::vector<int> order;
    for (int i = 0; i < 50; ++i) {
        store->write<int>(put(std::to_string(i)), [&order, i](Result<int> done) {
            CHECK(done);
            order.push_back(i);
        });
    }
    CHECK(order.empty());
    REQUIRE(f.loop->run_until([&] { return order.size() == 50; }, 10s));
    for (int i = 0; i < 50; ++i)
        CHECK(order[static_cast<std::size_t>(i)] == i);
    bool is_seen = false;
    store->read<bool>(has("49"), [&](Result<bool> found) { is_seen = found && *found; });
    CHECK(f.loop->run_until([&] { return is_seen; }, 10s));
}

TEST_CASE("store: what queues up commits together") {
    Fixture f;
    auto store = f.open();
    int done = 0;
    for (int i = 0; i < 2000; ++i) {
        store->write<int>(put(std::to_string(i)), [&done](Result<int>) { ++done; });
    }
    REQUIRE(f.loop->run_until([&] { return done == 2000; }, 30s));
    CHECK(store->stats().jobs == 2000);
    CHECK(store->stats().commits < 500);
    CHECK(store->is_idle());
}

TEST_CASE("store: a job that fails undoes itself and nobody else") {
    Fixture f;
    auto store = f.open();
    int good = 0;
    std::optional<Error> error;
    store->write<int>(put("before"), [&good](Result<int> done) { good += done ? 1 : 0; });
    store->write<int>(
        [](Database& db) -> Result<int> {
            TRY_VOID(put_meta(db, "half", "done"));
            return fail(Errc::invalid_input, "no");
        },
        [&error](Result<int> done) { error = done.error(); });
    store->write<int>(put("after"), [&good](Result<int> done) { good += done ? 1 : 0; });
    REQUIRE(f.loop->run_until([&] { return good == 2 && error; }, 10s));
    CHECK(error->message == "no");
    int seen = 0;
    int asked = 0;
    for (const char* key : {"before", "half", "after"}) {
        store->read<bool>(has(key), [&](Result<bool> found) {
            ++asked;
            seen += found && *found ? 1 : 0;
        });
    }
    REQUIRE(f.loop->run_until([&] { return asked == 3; }, 10s));
    CHECK(seen == 2);
}

TEST_CASE("store: when the database takes the transaction back, nobody of it is told it was kept") {
    Fixture f;
    auto store = f.open();
    int failed = 0;
    const auto done = [&failed](const Result<int>& result) { failed += result ? 0 : 1; };
    // Keeps the writer busy until all three are queued, so that they are one batch.
    std::latch queued{1};
    store->write<int>(
        [&queued](Database&) -> Result<int> {
            queued.wait();
            return 0;
        },
        [](const Result<int>&) {});
    store->write<int>(put("before"), done);
    store->write<int>(
        [](Database& db) -> Result<int> {
            // As SQLite does by itself on a full disk.
            TRY_VOID(db.execute("ROLLBACK"));
            return fail(Errc::io, "the disk is full");
        },
        done);
    store->write<int>(put("behind"), done);
    queued.count_down();
    REQUIRE(f.loop->run_until([&] { return failed == 3; }, 10s));
    int asked = 0;
    for (const char* key : {"before", "behind"}) {
        store->read<bool>(has(key), [&](Result<bool> found) {
            ++asked;
            CHECK_FALSE(*found);
        });
    }
    REQUIRE(f.loop->run_until([&] { return asked == 2; }, 10s));
}

TEST_CASE("store: closing commits what was given, and the file is its owner's alone") {
    Fixture f;
    f.open()->write<int>(put("last words"), {});
    struct stat file{};
    REQUIRE(::stat(f.directory.file("t.db").c_str(), &file) == 0);
    CHECK((file.st_mode & 0777) == 0600);
    auto store = f.open();
    std::optional<bool> is_there;
    store->read<bool>(has("last words"), [&](Result<bool> found) { is_there = *found; });
    REQUIRE(f.loop->run_until([&] { return is_there.has_value(); }, 10s));
    CHECK(*is_there);
}

TEST_CASE("store: more than the bound is refused, not queued") {
    Fixture f;
    auto opened = Store::open(*f.loop, {.path = f.directory.file("t.db"), .max_queued = 0});
    REQUIRE(opened);
    std::optional<Error> error;
    (*opened)->write<int>(put("x"), [&](Result<int> done) { error = done.error(); });
    CHECK_FALSE(error);
    REQUIRE(f.loop->run_until([&] { return error.has_value(); }, 10s));
    CHECK(error->code == Errc::limit_exceeded);
}

TEST_CASE("store: a directory that is not there is said by its path") {
    Fixture f;
    const auto opened = Store::open(*f.loop, {.path = f.directory.file("no/where.db")});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("no/where.db") != std::string::npos);
}

TEST_CASE("store: killed at any moment, what was acknowledged is there and the file is sound") {
    Fixture f;
    for (int round = 0; round < 5; ++round) {
        int acknowledged[2];
        REQUIRE(::pipe(acknowledged) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            // Writes for ever and tells of each commit, until it is shot.
            auto loop = *loop::Loop::create();
            auto store = *Store::open(*loop, {.path = f.directory.file("t.db")});
            int next = 0;
            std::function<void()> write_one = [&] {
                const int number = next++;
                store->write<int>(put(std::to_string(round) + "." + std::to_string(number)),
                                  [&, number](Result<int> done) {
                                      if (!done) ::_exit(1);
                                      if (::write(acknowledged[1], &number, sizeof number) < 0) {
                                          ::_exit(1);
                                      }
                                      write_one();
                                  });
            };
            for (int i = 0; i < 8; ++i)
                write_one();
            loop->run_until([] { return false; }, 60s);
            ::_exit(0);
        }
        ::close(acknowledged[1]);
        int last = -1;
        int number = 0;
        while (last < 40 * (round + 1) && ::read(acknowledged[0], &number, sizeof number) > 0) {
            last = std::max(last, number);
        }
        ::kill(child, SIGKILL);
        while (::read(acknowledged[0], &number, sizeof number) > 0)
            last = std::max(last, number);
        ::close(acknowledged[0]);
        ::waitpid(child, nullptr, 0);
        REQUIRE(last >= 0);

        auto opened = Database::open(f.directory.file("t.db"), Database::Mode::read_write);
        REQUIRE(opened);
        auto check = (*opened)->query("PRAGMA integrity_check");
        REQUIRE(check->step());
        CHECK(check->text(0) == "ok");
        for (int i = 0; i <= last; ++i) {
            const auto found = find_meta(**opened, std::to_string(round) + "." + std::to_string(i));
            REQUIRE(found);
            CHECK_MESSAGE(found->has_value(), i);
        }
    }
}
