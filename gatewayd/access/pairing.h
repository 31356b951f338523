#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Pairing: strangers who asked to be admitted, and the allow-list of those who were. The list is
// kept in memory, changed when the store has committed the change, so that judging a message waits
// for nothing. Lives on the core's loop.
//
//   a stranger writes → ask() in the inbox's transaction → on_asked → operator: approve or reject

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/access/pairing_rows.h"
#include "gatewayd/delivery/outbox.h"
#include "loop/loop.h"
#include "store/patience.h"
#include "store/store.h"

namespace gw::access {

class Pairing {
  public:
    enum class Decision { approved, rejected };

    class Events {
      public:
        virtual ~Events() = default;
        virtual void on_pairing_requested(const store::PairingRequest& request) = 0;
        virtual void on_pairing_resolved(const std::string& channel, const std::string& account,
                                         const std::string& sender_id, Decision decision,
                                         std::int64_t now_ms) = 0;
    };

    template <typename T>
    using Done = std::function<void(Result<T>)>;

    Pairing(loop::Loop& loop, const base::Clock& clock, store::Store& store,
            delivery::Outbox& outbox);
    ~Pairing();
    Pairing(const Pairing&) = delete;
    Pairing& operator=(const Pairing&) = delete;

    // events outlives the object. Without it nobody is told.
    void set_events(Events& events) { events_ = &events; }

    // Reads the allow-list, however often the store has to be asked; loaded is called once.
    void load(std::function<void()> loaded);

    // Whether somebody approved this sender. One that was approved as an id that belongs to them
    // for good is not admitted under the same words when anybody could take them.
    [[nodiscard]] bool is_allowed(const std::string& channel, const std::string& account,
                                  const std::string& sender_id, bool is_mutable) const;

    // What ask() did is committed: its reply goes out, and operators are told.
    void on_asked(const Asked& asked);

    // Each done is called once; Errc::unavailable when the store is slow to answer. Codes in any
    // case. Errc::not_found for what is not there.
    void list(const std::string& channel, Done<std::vector<store::PairingRequest>> done);
    void approve(const std::string& channel, const std::string& code,
                 Done<store::AllowedSender> done);
    void reject(const std::string& channel, const std::string& code,
                Done<store::PairingRequest> done);
    void list_allowed(const std::string& channel, Done<std::vector<store::AllowedSender>> done);
    void remove(const std::string& channel, const std::string& account,
                const std::string& sender_id, Done<void> done);

  private:
    // Channel, account, and the sender's id in lower case.
    using Key = std::tuple<std::string, std::string, std::string>;
    static Key key_of(const std::string& channel, const std::string& account,
                      const std::string& sender_id);
    void read_allowed();
    void on_read(const Result<std::vector<store::AllowedSender>>& senders);
    void on_approved(const Result<Approved>& approved, const Done<store::AllowedSender>& done);
    void on_rejected(const Result<store::PairingRequest>& rejected,
                     const Done<store::PairingRequest>& done);
    void on_removed(const Key& key, const Result<bool>& was_there, const Done<void>& done);

    const base::Clock& clock_;
    store::Store& store_;
    delivery::Outbox& outbox_;
    Events* events_ = nullptr;
    std::map<Key, bool> allowed_;  // whether it was approved as one that can be taken over
    std::function<void()> loaded_;
    store::Patience patience_;
    loop::Timer retry_timer_;
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::access
