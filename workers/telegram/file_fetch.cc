// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/file_fetch.h"

#include <utility>

#include "workers/telegram/update.h"

namespace gw::telegram {

namespace {

constexpr int kMaxTries = 3;
constexpr std::chrono::seconds kAgain{1};

std::string megabytes(std::uint64_t bytes) {
    return std::to_string((bytes + (1U << 20) - 1) >> 20U) + " MB";
}

}  // namespace

FileFetch::FileFetch(loop::Loop& loop, workers::Core& core, Api& api, File file,
                     std::string media_id, std::size_t max_bytes, std::function<void()> over)
    : core_(core),
      api_(api),
      file_(std::move(file)),
      media_id_(std::move(media_id)),
      max_bytes_(max_bytes),
      over_(std::move(over)),
      timer_(loop, [this] { ask(); }) {}

void FileFetch::start() {
    has_started_ = true;
    if (file_.size > max_bytes_) {
        return give_up(megabytes(file_.size) + ", more than the " + megabytes(max_bytes_) +
                       " that are fetched");
    }
    ask();
}

void FileFetch::ask() {
    call_ = api_.call({.method = "getFile", .params = {{"file_id", file_.id}}},
                      [this](const auto& outcome) { on_path(outcome); });
}

void FileFetch::on_path(const ApiOutcome& outcome) {
    if (!outcome && outcome.error().kind == ApiError::Kind::refused) {
        return give_up(outcome.error().text);
    }
    if (!outcome) return try_again(outcome.error().text);
    const std::string path = text_of(*outcome, "file_path");
    if (path.empty()) return give_up("Telegram does not say where it is");
    call_ = api_.fetch(path, max_bytes_, [this](auto bytes) { on_bytes(std::move(bytes)); });
}

void FileFetch::on_bytes(Result<std::string> bytes) {
    if (!bytes && bytes.error().code == Errc::limit_exceeded) {
        return give_up("more than the " + megabytes(max_bytes_) + " that are fetched");
    }
    if (!bytes) return try_again(bytes.error().message);
    upload_ = std::make_unique<workers::MediaUpload>(core_, media_id_, *std::move(bytes));
    if (upload_->is_sent()) finish();
}

void FileFetch::on_media_credit(const proto::MediaCredit& credit) {
    if (!upload_ || is_over_ || upload_->id() != credit.media_id()) return;
    upload_->take(credit);
    if (upload_->is_sent()) finish();
}

void FileFetch::try_again(const std::string& why) {
    if (++tries_ >= kMaxTries) return give_up(why);
    timer_.start(kAgain);
}

void FileFetch::give_up(const std::string& why) {
    note_ = "<media:" + file_.kind + "> (" + file_.filename + " was not fetched: " + why + ')';
    finish();
}

void FileFetch::finish() {
    is_over_ = true;
    over_();
}

std::optional<proto::MediaRef> FileFetch::find_file() const {
    if (!upload_ || !upload_->is_sent()) return std::nullopt;
    proto::MediaRef file;
    file.set_media_id(media_id_);
    file.set_mime_type(file_.mime_type);
    file.set_filename(file_.filename);
    file.set_size(upload_->size());
    return file;
}

}  // namespace gw::telegram
