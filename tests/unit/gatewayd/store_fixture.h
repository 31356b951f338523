#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// A real store in a temporary directory, with its loop and a clock that stands still, for tests of
// rooms that commit.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "base/clock.h"
#include "loop/loop.h"
#include "store/store.h"

namespace gw::tests {

class StoreFixture {
  public:
    StoreFixture() {
        char path[] = "/tmp/gatewayd-test-XXXXXX";
        REQUIRE(::mkdtemp(path) != nullptr);
        directory_ = path;
        auto made = loop::Loop::create();
        REQUIRE(made);
        loop_ = std::move(*made);
        open();
    }
    ~StoreFixture() {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    StoreFixture(const StoreFixture&) = delete;
    StoreFixture& operator=(const StoreFixture&) = delete;

    // While it lives the disk does not commit.
    class Stall {
      public:
        explicit Stall(StoreFixture& db) {
            db.store().write<void>(
                [end = end_.get_future().share()](store::Database&) -> Result<void> {
                    end.wait();
                    return {};
                },
                [](const Result<void>&) {});
        }
        ~Stall() { end_.set_value(); }
        Stall(const Stall&) = delete;
        Stall& operator=(const Stall&) = delete;

      private:
        std::promise<void> end_;
    };

    // Closes the database and opens it again, as a new process would.
    void reopen() {
        store_.reset();
        open();
    }

    // Runs the loop until everything asked of the store, and what followed from that, is done.
    void settle() {
        for (int round = 0; round < 6; ++round) {
            write([](store::Database&) -> Result<void> { return {}; });
            static_cast<void>(read<bool>([](store::Database&) -> Result<bool> { return true; }));
        }
    }

    template <typename T>
    T read(std::function<Result<T>(store::Database&)> job) {
        Result<T> outcome = fail(Errc::timed_out, "no answer");
        bool is_done = false;
        store_->read<T>(std::move(job), [&](Result<T> got) {
            outcome = std::move(got);
            is_done = true;
        });
        REQUIRE(loop_->run_until([&] { return is_done; }, std::chrono::seconds(20)));
        REQUIRE_MESSAGE(outcome, (outcome ? "" : outcome.error().message));
        return std::move(*outcome);
    }

    void write(std::function<Result<void>(store::Database&)> job) {
        Result<void> outcome = fail(Errc::timed_out, "no answer");
        bool is_done = false;
        store_->write<void>(std::move(job), [&](Result<void> got) {
            outcome = std::move(got);
            is_done = true;
        });
        REQUIRE(loop_->run_until([&] { return is_done; }, std::chrono::seconds(20)));
        REQUIRE_MESSAGE(outcome, (outcome ? "" : outcome.error().message));
    }

    [[nodiscard]] loop::Loop& loop() { return *loop_; }
    [[nodiscard]] store::Store& store() { return *store_; }
    base::ManualClock clock;

  private:
    void open() {
        auto opened = store::Store::open(*loop_, {.path = directory_ + "/test.db"});
        REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
        store_ = std::move(*opened);
    }

    std::string directory_;
    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<store::Store> store_;
};

}  // namespace gw::tests
