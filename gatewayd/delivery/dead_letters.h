#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// DeadLetters: deliveries that failed, expired or are uncertain, until an operator settles them: by
// sending the same again, or by dropping them. Lives on the core's loop; the rows are the store's,
// the new delivery is the outbox's.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/delivery/outbox.h"
#include "store/deliveries.h"
#include "store/store.h"

namespace gw::delivery {

class DeadLetters {
  public:
    // The id of the delivery that repeats the dead letter, accepted and durable.
    using Retried = std::function<void(Result<std::string>)>;
    using Done = std::function<void(Result<void>)>;

    DeadLetters(const base::Clock& clock, store::Store& store, Outbox& outbox);
    ~DeadLetters();
    DeadLetters(const DeadLetters&) = delete;
    DeadLetters& operator=(const DeadLetters&) = delete;

    // Accepts a new delivery with the same content and settles the old one, in one transaction.
    // However often it is asked for, there is one: later calls get the same id. Errc::invalid_input
    // for what is no dead letter, or was dropped.
    void retry(const std::string& id, Retried retried);

    // Takes it off the list. Errc::not_found when it is not on it.
    void drop(const std::string& id, Done done);

  private:
    struct Found {
        std::optional<store::Delivery> letter;
        std::string successor;  // the id of the delivery that repeats it; empty: none does

        bool operator==(const Found&) const = default;
    };
    static Result<Found> find(store::Database& db, const std::string& id);
    void on_found(const std::string& id, const Result<Found>& found, const Retried& retried);
    void submit(const store::Delivery& letter, Retried retried);
    void on_submitted(const std::string& id, const Result<void>& committed, Retried retried);

    const base::Clock& clock_;
    store::Store& store_;
    Outbox& outbox_;
    std::shared_ptr<bool> alive_;  // completions of the store may outlive us
};

}  // namespace gw::delivery
