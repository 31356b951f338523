// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/common/media.h"

#include <algorithm>
#include <utility>

#include "ipc/limits.h"

namespace gw::workers {

MediaDownload::MediaDownload(Core& core, proto::MediaRef file)
    : core_(core), file_(std::move(file)) {
    core_.media_credit(file_.media_id(), ipc::kMediaWindowBytes);
}

Result<void> MediaDownload::take(const proto::MediaChunk& chunk) {
    bytes_ += chunk.data();
    is_complete_ = chunk.is_last();
    const bool fits = is_complete_ ? bytes_.size() == file_.size() : bytes_.size() < file_.size();
    if (!fits) return fail(Errc::invalid_input, "the file has another size than was announced");
    if (is_complete_) return {};
    core_.media_credit(file_.media_id(), static_cast<std::uint32_t>(chunk.data().size()));
    return {};
}

MediaUpload::MediaUpload(Core& core, std::string id, std::string bytes)
    : core_(core), id_(std::move(id)), bytes_(std::move(bytes)), credit_(ipc::kMediaWindowBytes) {
    pump();
}

void MediaUpload::take(const proto::MediaCredit& credit) {
    credit_ += credit.bytes();
    pump();
}

void MediaUpload::pump() {
    while (!is_sent_) {
        const std::size_t left = bytes_.size() - offset_;
        const std::size_t size = std::min({left, credit_, ipc::kMaxMediaChunkBytes});
        if (size == 0 && left > 0) return;
        is_sent_ = size == left;
        core_.media_chunk(id_, std::string_view(bytes_).substr(offset_, size), is_sent_);
        offset_ += size;
        credit_ -= size;
    }
}

}  // namespace gw::workers
