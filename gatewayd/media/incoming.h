#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Incoming: files that workers send, chunk by chunk, before the message that names them. Whatever a
// worker says is checked against its bounds; what passes them is a breach of the contract. Lives on
// the core's loop; the writing is done by the store's writer, in order with its commits.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gatewayd/media/links.h"
#include "proto/worker_to_core.pb.h"
#include "store/media.h"
#include "store/store.h"

namespace gw::media {

class Incoming {
  public:
    static constexpr std::size_t kMaxTransfers = 8;  // of an account, until a message names them
    static constexpr std::uint64_t kMaxFileBytes = 25U << 20;
    // Of files that no message has named, and of those that wait for the disk.
    static constexpr std::uint64_t kMaxAccountBytes = 64U << 20;

    Incoming(const base::Clock& clock, store::Store& store, std::string directory, Links& links);
    ~Incoming();
    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;

    // Errc::invalid_input or limit_exceeded: the worker broke the contract.
    Result<void> on_chunk(const WorkerId& id, const proto::MediaChunk& chunk);

    // The files that a message names, which must be complete. They are the message's from here on:
    // it calls keep() within its transaction and release() after that.
    Result<std::vector<store::Media>> claim(const WorkerId& id,
                                            const proto::MessageReceived& message);

    // Runs within the transaction of the message that came with the files.
    static Result<void> keep(store::Database& db, const std::string& directory,
                             std::int64_t inbound_id, const std::vector<store::Media>& files);
    // The message is committed, or was not: files that it did not keep are removed.
    void release(const std::vector<store::Media>& files);

    // The worker is gone, and with it every transfer that no message has claimed.
    void on_worker_gone(const WorkerId& id);

    [[nodiscard]] const std::string& directory() const { return directory_; }

  private:
    struct Transfer {
        std::string id;  // ours, and the file's name
        std::uint64_t size = 0;
        std::size_t window = 0;  // what may still come
        bool is_complete = false;
    };
    using Transfers = std::map<std::string, Transfer>;  // by the worker's media id

    Result<void> check(const WorkerId& id, const Transfers& transfers,
                       const proto::MediaChunk& chunk) const;
    void write(const WorkerId& id, const std::string& media_id, Transfer& transfer,
               const std::string& data);
    void on_written(const WorkerId& id, const std::string& media_id, const std::string& file,
                    std::size_t size, const Result<void>& written);
    void remove(std::vector<std::string> files);

    const base::Clock& clock_;
    store::Store& store_;
    std::string directory_;
    Links& links_;
    std::map<WorkerId, Transfers> accounts_;
    std::map<WorkerId, std::uint64_t> unwritten_;  // bytes, also of messages that were taken
    std::shared_ptr<bool> alive_;                  // completions of the store may outlive us
};

}  // namespace gw::media
