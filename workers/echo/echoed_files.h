#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The files of one order: fetched from the core, then, if they come back, handed to it again.
//
//   fetching → fetched → (return_all) → returning → returned

#include <list>
#include <string>
#include <vector>

#include "proto/core_to_worker.pb.h"
#include "workers/common/core.h"
#include "workers/common/media.h"

namespace gw::echo {

class EchoedFiles {
  public:
    EchoedFiles(workers::Core& core, proto::SendMessage order);

    [[nodiscard]] const proto::SendMessage& order() const { return order_; }

    // The same attempt at the same delivery.
    [[nodiscard]] bool is_of(const proto::SendMessage& order) const;

    // The piece is one of a file that is not complete.
    [[nodiscard]] bool wants(const proto::MediaChunk& chunk) const;
    // Errc::invalid_input when the core sent something else than it announced.
    Result<void> on_chunk(const proto::MediaChunk& chunk);
    [[nodiscard]] bool are_fetched() const;

    void return_all();
    void on_credit(const proto::MediaCredit& credit);
    [[nodiscard]] bool are_returned() const;

    // The files as the message that they come back with names them.
    [[nodiscard]] std::vector<proto::MediaRef> returned() const;

  private:
    workers::Core& core_;
    proto::SendMessage order_;
    std::list<workers::MediaDownload> downloads_;
    std::list<workers::MediaUpload> uploads_;  // in the order of the downloads
};

}  // namespace gw::echo
