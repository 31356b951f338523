#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Outgoing: files that workers are to send. A worker asks for the file of an order by giving
// credit; pieces are read by the store's reader and go out behind everything else that waits for
// the worker. Lives on the core's loop.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "gatewayd/media/links.h"
#include "loop/loop.h"
#include "proto/worker_to_core.pb.h"
#include "store/media.h"
#include "store/store.h"

namespace gw::media {

class Outgoing {
  public:
    // A piece is handed to the link only while less than this waits there.
    static constexpr std::size_t kMaxQueued = 64U << 10;
    // Files of attempts that one worker has not answered. Beyond it the oldest offer ends: its
    // attempt has had its deadline long ago.
    static constexpr std::size_t kMaxOffers = 1024;

    Outgoing(loop::Loop& loop, store::Store& store, std::string directory, Links& links);
    ~Outgoing();
    Outgoing(const Outgoing&) = delete;
    Outgoing& operator=(const Outgoing&) = delete;

    // The worker may ask for the file, from its beginning, until it says how the attempt ended.
    // Returns the name under which it does: of this attempt only, so that nothing is mixed up when
    // another one carries the same file.
    std::string offer(const WorkerId& id, const std::string& delivery_id, int attempt,
                      const store::Media& file);
    void retract(const WorkerId& id, const std::string& delivery_id, int attempt);
    void on_worker_gone(const WorkerId& id);

    // Errc::invalid_input when the file was not offered, or for more credit than a file can use.
    Result<void> on_credit(const WorkerId& id, const proto::MediaCredit& credit);

  private:
    struct Offer {
        std::uint64_t serial = 0;
        std::string delivery_id;
        int attempt = 0;
        std::string file;
        std::uint64_t size = 0;
        std::uint64_t offset = 0;
        std::uint64_t credit = 0;
        bool is_reading = false;
        bool is_done = false;
    };
    using Key = std::pair<WorkerId, std::string>;  // and the name

    [[nodiscard]] std::size_t count(const WorkerId& id) const;
    void retract_oldest(const WorkerId& id);
    void pump_all();
    void pump(const Key& key, Offer& offer);
    void on_read(const Key& key, const Result<std::string>& piece);

    store::Store& store_;
    std::string directory_;
    Links& links_;
    std::map<Key, Offer> offers_;
    std::uint64_t last_serial_ = 0;
    loop::Timer retry_timer_;      // while a link is full
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::media
