// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/echo/echoed_files.h"

#include <algorithm>
#include <utility>

namespace gw::echo {

EchoedFiles::EchoedFiles(workers::Core& core, proto::SendMessage order)
    : core_(core), order_(std::move(order)) {
    for (const proto::MediaRef& file : order_.media())
        downloads_.emplace_back(core_, file);
}

bool EchoedFiles::is_of(const proto::SendMessage& order) const {
    return order_.delivery_id() == order.delivery_id() && order_.attempt() == order.attempt();
}

bool EchoedFiles::wants(const proto::MediaChunk& chunk) const {
    return std::any_of(downloads_.begin(), downloads_.end(), [&chunk](const auto& download) {
        return download.file().media_id() == chunk.media_id() && !download.is_complete();
    });
}

Result<void> EchoedFiles::on_chunk(const proto::MediaChunk& chunk) {
    for (workers::MediaDownload& download : downloads_) {
        if (download.file().media_id() == chunk.media_id()) return download.take(chunk);
    }
    return {};
}

bool EchoedFiles::are_fetched() const {
    return std::all_of(downloads_.begin(), downloads_.end(),
                       [](const auto& download) { return download.is_complete(); });
}

void EchoedFiles::return_all() {
    for (const workers::MediaDownload& download : downloads_) {
        // The attempt's number: the same order may come again in this run.
        const std::string id = download.file().media_id() + '-' + std::to_string(order_.attempt());
        uploads_.emplace_back(core_, id, download.bytes());
    }
}

void EchoedFiles::on_credit(const proto::MediaCredit& credit) {
    for (workers::MediaUpload& upload : uploads_) {
        if (upload.id() == credit.media_id()) upload.take(credit);
    }
}

bool EchoedFiles::are_returned() const {
    return uploads_.size() == downloads_.size() &&
           std::all_of(uploads_.begin(), uploads_.end(),
                       [](const auto& upload) { return upload.is_sent(); });
}

std::vector<proto::MediaRef> EchoedFiles::returned() const {
    std::vector<proto::MediaRef> files;
    auto upload = uploads_.begin();
    for (const workers::MediaDownload& download : downloads_) {
        files.push_back(download.file());
        files.back().set_media_id(upload->id());
        ++upload;
    }
    return files;
}

}  // namespace gw::echo
