#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Files on their way between the core and a worker, kept whole in memory. For networks that take or
// give a file as one piece; at most 25 MiB each.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "proto/types.pb.h"
#include "workers/common/core.h"

namespace gw::workers {

// The file of a SendMessage. Made before the order is carried out; fed with every MediaChunk of its
// id.
class MediaDownload {
  public:
    // Asks for the file.
    MediaDownload(Core& core, proto::MediaRef file);

    // Errc::invalid_input when the core sends something else than it announced.
    Result<void> take(const proto::MediaChunk& chunk);

    [[nodiscard]] bool is_complete() const { return is_complete_; }
    [[nodiscard]] const proto::MediaRef& file() const { return file_; }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    Core& core_;
    proto::MediaRef file_;
    std::string bytes_;
    bool is_complete_ = false;
};

// A file that goes to the core before the MessageReceived that names it. Fed with every MediaCredit
// of its id.
class MediaUpload {
  public:
    // id is unique within this run of the worker. Sends as much as the core takes without asking.
    MediaUpload(Core& core, std::string id, std::string bytes);

    void take(const proto::MediaCredit& credit);

    // The core has been given all of it: the message may name the file.
    [[nodiscard]] bool is_sent() const { return is_sent_; }
    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  private:
    void pump();

    Core& core_;
    std::string id_;
    std::string bytes_;
    std::size_t offset_ = 0;
    std::size_t credit_;
    bool is_sent_ = false;
};

}  // namespace gw::workers
