#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Intake: updates between their arrival and their end. Each is one event for the core. One whose
// file has to be fetched first holds up its own chat and no other.
//
// The cursor that goes with an event is the first update that the core has not been told of yet, so
// that none is passed over when they go in another order than they came: those behind it come again
// then, and are known by their ids.
//
// Each bot numbers its own updates, and an account may become another bot's: ids of events and
// cursors say whose they are, "bot:update".

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "loop/loop.h"
#include "proto/types.pb.h"
#include "workers/common/core.h"
#include "workers/common/media.h"
#include "workers/telegram/api.h"
#include "workers/telegram/file_fetch.h"
#include "workers/telegram/settings.h"

namespace gw::telegram {

class Intake {
  public:
    // Files that are fetched at the same time. The core lets 8 wait for their message.
    static constexpr std::size_t kMaxFetches = 3;
    // Updates that wait here for files, their own or their chat's.
    static constexpr std::size_t kMaxWaiting = 256;

    Intake(loop::Loop& loop, workers::Core& core, Api& api, const Settings& settings);

    // To be called before anything is taken.
    void set_bot(std::int64_t id) { bot_ = id; }
    [[nodiscard]] bool knows_bot() const { return bot_ != 0; }
    [[nodiscard]] std::string event_id(std::int64_t update) const;
    // The update that a cursor of this bot names; 0: it is of another one, or none at all.
    [[nodiscard]] std::int64_t next_by(std::string_view cursor) const;
    // Events on that list crash whoever looks into them.
    void set_skipped(std::set<std::string> ids) { skipped_ = std::move(ids); }

    // An update with its JSON. One that is here already is taken as that one. Errc::limit_exceeded
    // when too many wait; it is not taken then.
    Result<workers::Flow> take(std::int64_t id, std::string raw);
    // The core has room again. True when we have, too.
    [[nodiscard]] bool make_room();

    void on_media_credit(const proto::MediaCredit& credit);
    void on_accepted(const std::string& event_id);

    // What was fetched for the event, and what there is to say about a file that was not.
    struct Attached {
        std::optional<proto::MediaRef> file;
        std::string note;
    };
    [[nodiscard]] Attached attached_to(const std::string& event_id) const;

    // room is called when there is some, after take said to read less because of files.
    std::function<void()> on_room = {};

    // The first update that the core has not accepted; 0: none.
    [[nodiscard]] std::int64_t first_unaccepted() const;
    // The next update has this number, whatever came before.
    void begin_at(std::int64_t id) { next_ = id; }

  private:
    struct Waiting {
        std::int64_t id = 0;
        std::string chat;  // empty: of none
        std::string raw;
        std::unique_ptr<FileFetch> fetch;  // empty: there is nothing to wait for
    };

    void look_for_file(Waiting& update);
    void start_fetches();
    void hand_over_ready();
    [[nodiscard]] bool hand_over(Waiting& update);
    [[nodiscard]] std::string cursor_behind(const Waiting& update) const;

    loop::Loop& loop_;
    workers::Core& core_;
    Api& api_;
    const Settings& settings_;
    std::int64_t bot_ = 0;
    std::set<std::string> skipped_;
    std::deque<Waiting> waiting_;  // ascending
    std::set<std::int64_t> unaccepted_;
    std::map<std::string, Attached> attached_;  // by event id
    std::int64_t next_ = 0;                     // behind the last one that came
    std::uint64_t last_file_ = 0;
    bool is_full_ = false;  // the core took the last one and wants no more, or did not take it
    loop::Timer timer_;
};

}  // namespace gw::telegram
