// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/media/incoming.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "gatewayd/media/files.h"
#include "gatewayd/media/names.h"
#include "ipc/limits.h"

namespace gw::media {

Incoming::Incoming(const base::Clock& clock, store::Store& store, std::string directory,
                   Links& links)
    : clock_(clock),
      store_(store),
      directory_(std::move(directory)),
      links_(links),
      alive_(std::make_shared<bool>(true)) {}

Incoming::~Incoming() {
    *alive_ = false;
}

Result<void> Incoming::check(const WorkerId& id, const Transfers& transfers,
                             const proto::MediaChunk& chunk) const {
    const std::size_t size = chunk.data().size();
    if (chunk.media_id().empty() || chunk.media_id().size() > ipc::kMaxIdBytes) {
        return fail(Errc::invalid_input, "a MediaChunk with a bad id");
    }
    if (size > ipc::kMaxMediaChunkBytes || (size == 0 && !chunk.is_last())) {
        return fail(Errc::invalid_input, "a MediaChunk of a bad size");
    }
    std::uint64_t all = size;
    for (const auto& [media_id, transfer] : transfers)
        all += transfer.size;
    const auto unwritten = unwritten_.find(id);
    const std::uint64_t waiting = unwritten == unwritten_.end() ? 0 : unwritten->second;
    if (all > kMaxAccountBytes || waiting + size > kMaxAccountBytes) {
        return fail(Errc::limit_exceeded, "too many bytes of media");
    }
    const auto found = transfers.find(chunk.media_id());
    if (found == transfers.end()) {
        if (transfers.size() < kMaxTransfers) return {};
        return fail(Errc::limit_exceeded, "too many files that no message names");
    }
    const Transfer& transfer = found->second;
    if (transfer.is_complete) return fail(Errc::invalid_input, "a MediaChunk behind the last");
    if (size > transfer.window) return fail(Errc::limit_exceeded, "a MediaChunk without credit");
    if (transfer.size + size > kMaxFileBytes) {
        return fail(Errc::limit_exceeded, "a file that is too large");
    }
    return {};
}

Result<void> Incoming::on_chunk(const WorkerId& id, const proto::MediaChunk& chunk) {
    Transfers& transfers = accounts_[id];
    TRY_VOID(check(id, transfers, chunk));
    const auto [entry, is_new] = transfers.try_emplace(chunk.media_id());
    Transfer& transfer = entry->second;
    if (is_new) {
        transfer.id = base::new_uuid();
        transfer.window = ipc::kMediaWindowBytes;
    }
    // An empty file wants to be made all the same.
    if (is_new || !chunk.data().empty()) write(id, chunk.media_id(), transfer, chunk.data());
    transfer.is_complete = chunk.is_last();
    return {};
}

void Incoming::write(const WorkerId& id, const std::string& media_id, Transfer& transfer,
                     const std::string& data) {
    store_.write<void>(
        [directory = directory_, file = transfer.id, offset = transfer.size,
         data](store::Database&) { return append_piece(directory, file, offset, data); },
        [this, alive = alive_, id, media_id, file = transfer.id, size = data.size()](auto written) {
            if (*alive) on_written(id, media_id, file, size, written);
        });
    unwritten_[id] += data.size();
    transfer.size += data.size();
    transfer.window -= data.size();
}

// A piece that could not be written makes the message fail that names the file, and the worker is
// started again: here it only costs the credit that would bring more.
void Incoming::on_written(const WorkerId& id, const std::string& media_id, const std::string& file,
                          std::size_t size, const Result<void>& written) {
    const auto unwritten = unwritten_.find(id);
    unwritten->second -= size;
    if (unwritten->second == 0) unwritten_.erase(unwritten);
    if (!written) {
        log::error("media", "file not written", {{"reason", written.error().message}});
    }
    const auto account = accounts_.find(id);
    if (account == accounts_.end()) return;
    const auto entry = account->second.find(media_id);
    const bool is_wanted = entry != account->second.end() && entry->second.id == file &&
                           !entry->second.is_complete && size > 0;
    if (!is_wanted) return;
    entry->second.window += size;
    proto::CoreToWorker message;
    message.mutable_media_credit()->set_media_id(media_id);
    message.mutable_media_credit()->set_bytes(static_cast<std::uint32_t>(size));
    // A worker that is ending needs no credit.
    static_cast<void>(links_.say(id, message));
}

Result<std::vector<store::Media>> Incoming::claim(const WorkerId& id,
                                                  const proto::MessageReceived& message) {
    std::vector<store::Media> files;
    if (message.media().empty()) return files;
    Transfers& transfers = accounts_[id];
    for (const proto::MediaRef& ref : message.media()) {
        const auto entry = transfers.find(ref.media_id());
        const bool is_there = entry != transfers.end() && entry->second.is_complete &&
                              entry->second.size == ref.size();
        if (!is_there) {
            // Those taken off so far are nobody's now; the worker is cut and the rest follows.
            release(files);
            return fail(Errc::invalid_input, "a message with a file that did not come");
        }
        files.push_back({.id = entry->second.id,
                         .channel = id.channel,
                         .account = id.account,
                         .mime_type = clean_mime_type(ref.mime_type()),
                         .filename = clean_filename(ref.filename()),
                         .size = ref.size(),
                         .created_ms = clock_.wall_ms()});
        transfers.erase(entry);
    }
    return files;
}

Result<void> Incoming::keep(store::Database& db, const std::string& directory,
                            std::int64_t inbound_id, const std::vector<store::Media>& files) {
    int position = 0;
    for (const store::Media& file : files) {
        TRY_VOID(seal(directory, file.id, file.size));
        TRY_VOID(store::insert_media(db, file));
        TRY_VOID(store::name_inbound_media(db, inbound_id, position++, file.id));
    }
    return {};
}

void Incoming::release(const std::vector<store::Media>& files) {
    std::vector<std::string> ids;
    for (const store::Media& file : files)
        ids.push_back(file.id);
    remove(std::move(ids));
}

void Incoming::on_worker_gone(const WorkerId& id) {
    const auto account = accounts_.extract(id);
    if (account.empty()) return;
    std::vector<std::string> files;
    for (const auto& [media_id, transfer] : account.mapped())
        files.push_back(transfer.id);
    remove(std::move(files));
}

// Behind every write and commit that was asked for before.
void Incoming::remove(std::vector<std::string> files) {
    if (files.empty()) return;
    store_.write<void>(
        [directory = directory_, files = std::move(files)](store::Database& db) -> Result<void> {
            for (const std::string& file : files) {
                TRY(const auto row, store::find_media(db, file));
                if (!row) media::remove(directory, file);
            }
            return {};
        },
        {});
}

}  // namespace gw::media
