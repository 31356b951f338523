// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/media/outgoing.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "gatewayd/media/files.h"
#include "ipc/limits.h"

namespace gw::media {

namespace {

// When a link is full, it is looked at again after this.
constexpr std::chrono::milliseconds kRetry{10};

std::string name_of(const std::string& delivery_id, int attempt) {
    return delivery_id + '-' + std::to_string(attempt);
}

}  // namespace

Outgoing::Outgoing(loop::Loop& loop, store::Store& store, std::string directory, Links& links)
    : store_(store),
      directory_(std::move(directory)),
      links_(links),
      retry_timer_(loop, [this] { pump_all(); }),
      alive_(std::make_shared<bool>(true)) {}

Outgoing::~Outgoing() {
    *alive_ = false;
}

std::string Outgoing::offer(const WorkerId& id, const std::string& delivery_id, int attempt,
                            const store::Media& file) {
    if (count(id) >= kMaxOffers) retract_oldest(id);
    std::string name = name_of(delivery_id, attempt);
    offers_.insert_or_assign(Key(id, name), Offer{.serial = ++last_serial_,
                                                  .delivery_id = delivery_id,
                                                  .attempt = attempt,
                                                  .file = file.id,
                                                  .size = file.size});
    return name;
}

void Outgoing::retract(const WorkerId& id, const std::string& delivery_id, int attempt) {
    offers_.erase(Key(id, name_of(delivery_id, attempt)));
}

std::size_t Outgoing::count(const WorkerId& id) const {
    return static_cast<std::size_t>(std::count_if(
        offers_.begin(), offers_.end(), [&id](const auto& one) { return one.first.first == id; }));
}

void Outgoing::retract_oldest(const WorkerId& id) {
    auto oldest = offers_.end();
    for (auto it = offers_.begin(); it != offers_.end(); ++it) {
        if (it->first.first != id) continue;
        if (oldest == offers_.end() || it->second.serial < oldest->second.serial) oldest = it;
    }
    if (oldest != offers_.end()) offers_.erase(oldest);
}

void Outgoing::on_worker_gone(const WorkerId& id) {
    std::erase_if(offers_, [&id](const auto& one) { return one.first.first == id; });
}

Result<void> Outgoing::on_credit(const WorkerId& id, const proto::MediaCredit& credit) {
    const Key key(id, credit.media_id());
    const auto found = offers_.find(key);
    if (found == offers_.end()) {
        return fail(Errc::invalid_input, "a MediaCredit for a file that was not offered");
    }
    Offer& offer = found->second;
    if (credit.bytes() == 0) return fail(Errc::invalid_input, "a MediaCredit of nothing");
    // More than is left is no harm: it is how a receiver says that it takes everything.
    offer.credit = std::min(offer.credit + credit.bytes(), offer.size - offer.offset);
    if (offer.is_done) return {};
    pump(key, offer);
    return {};
}

void Outgoing::pump_all() {
    for (auto& [key, offer] : offers_) {
        if (offer.credit > 0) pump(key, offer);
    }
}

void Outgoing::pump(const Key& key, Offer& offer) {
    if (offer.is_reading || offer.is_done) return;
    if (links_.queued(key.first) >= kMaxQueued) {
        // Started anew by each who comes it would never fire.
        if (!retry_timer_.is_running()) retry_timer_.start(kRetry);
        return;
    }
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(offer.credit, ipc::kMaxMediaChunkBytes));
    if (size == 0 && offer.size > 0) return;  // an empty file has one empty piece
    offer.is_reading = true;
    store_.read<std::string>(
        [directory = directory_, file = offer.file, offset = offer.offset, size](store::Database&) {
            return read_piece(directory, file, offset, size);
        },
        [this, alive = alive_, key](auto piece) {
            if (*alive) on_read(key, piece);
        });
}

void Outgoing::on_read(const Key& key, const Result<std::string>& piece) {
    const auto found = offers_.find(key);
    if (found == offers_.end()) return;
    Offer& offer = found->second;
    offer.is_reading = false;
    if (!piece || (piece->empty() && offer.size > 0)) {
        const std::string why = piece ? "it is shorter than it was" : piece.error().message;
        log::error("media", "file not read", {{"file", offer.file}, {"reason", why}});
        const Offer lost = offer;
        offers_.erase(found);
        return links_.on_file_lost(lost.delivery_id, lost.attempt, "its file is lost: " + why);
    }
    offer.offset += piece->size();
    offer.credit -= std::min<std::uint64_t>(offer.credit, piece->size());
    offer.is_done = offer.offset >= offer.size;
    proto::CoreToWorker message;
    auto& chunk = *message.mutable_media_chunk();
    chunk.set_media_id(key.second);
    chunk.set_data(*piece);
    chunk.set_is_last(offer.is_done);
    // A worker that is ending needs no more; its successor is offered the file again.
    if (links_.say(key.first, message)) pump(key, offer);
}

}  // namespace gw::media
