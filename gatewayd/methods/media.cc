// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/methods/media.h"

#include <memory>
#include <utility>

#include "base/ids.h"
#include "gatewayd/media/files.h"
#include "gatewayd/media/incoming.h"
#include "gatewayd/media/names.h"

namespace gw::methods {

namespace {

// Splits "data:image/png;base64,…"; anything else is content as it stands.
std::string_view take_data_url(std::string_view& content) {
    constexpr std::string_view kScheme = "data:";
    constexpr std::string_view kCoding = ";base64,";
    const std::size_t coding = content.substr(0, 256).find(kCoding);
    if (!content.starts_with(kScheme) || coding == std::string_view::npos) return {};
    const std::string_view type = content.substr(kScheme.size(), coding - kScheme.size());
    content.remove_prefix(coding + kCoding.size());
    return type;
}

Result<void> keep_in(store::Database& db, const std::string& directory,
                     const Attachment& attachment) {
    const store::Media& row = attachment.row;
    TRY_VOID(media::append_piece(directory, row.id, 0, base::as_text(attachment.bytes)));
    TRY_VOID(media::seal(directory, row.id, row.size));
    return store::insert_media(db, row);
}

}  // namespace

Result<Attachment> read_attachment(const GivenAttachment& given, const channels::Target& target,
                                   std::int64_t now_ms) {
    std::string_view content = given.content;
    const std::string_view type = take_data_url(content);
    auto bytes = base::find_base64(content);
    const std::string label = given.filename.empty() ? "attachment" : given.filename;
    if (!bytes || bytes->empty()) {
        return fail(Errc::invalid_input, "Error: attachment " + label + ": invalid base64 content");
    }
    if (bytes->size() > media::Incoming::kMaxFileBytes) {
        return fail(Errc::invalid_input, "Error: attachment " + label + ": exceeds size limit (" +
                                             std::to_string(bytes->size()) + " > " +
                                             std::to_string(media::Incoming::kMaxFileBytes) +
                                             " bytes)");
    }
    Attachment attachment;
    attachment.row.id = base::new_uuid();
    attachment.row.channel = target.channel;
    attachment.row.account = target.account;
    attachment.row.mime_type =
        media::clean_mime_type(given.content_type.empty() ? type : given.content_type);
    attachment.row.filename = media::clean_filename(given.filename);
    attachment.row.size = bytes->size();
    attachment.row.created_ms = now_ms;
    attachment.bytes = std::move(*bytes);
    return attachment;
}

std::function<Result<void>(store::Database&)> keep(Attachment attachment,
                                                   const std::string& state_dir) {
    // Shared: std::function wants copies, and this may be 25 MiB.
    const auto shared = std::make_shared<const Attachment>(std::move(attachment));
    return
        [shared, directory = media::directory_in(state_dir)](store::Database& db) -> Result<void> {
            auto kept = keep_in(db, directory, *shared);
            // Half a file is in the way of the next one when the disk is full.
            if (!kept) media::remove(directory, shared->row.id);
            return kept;
        };
}

}  // namespace gw::methods
