// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/requests.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "workers/common/text/chunks.h"
#include "workers/common/text/markdown.h"
#include "workers/common/text/utf16.h"
#include "workers/telegram/render.h"

namespace gw::telegram {

namespace {

constexpr std::size_t kMaxCaption = 1024;  // UTF-16 units
constexpr std::size_t kMaxPhotoBytes = 10U << 20;
constexpr std::size_t kMaxEditedText = 4096;
constexpr std::size_t kBytesPerSecond = 512 * 1024;  // of an upload on a poor line
constexpr std::chrono::seconds kPatience{30};

struct FileMethod {
    const char* method;
    const char* field;
};

FileMethod method_of(FileForm form) {
    switch (form) {
        case FileForm::photo: return {"sendPhoto", "photo"};
        case FileForm::animation: return {"sendAnimation", "animation"};
        case FileForm::video: return {"sendVideo", "video"};
        case FileForm::voice: return {"sendVoice", "voice"};
        case FileForm::audio: return {"sendAudio", "audio"};
        case FileForm::document: break;
    }
    return {"sendDocument", "document"};
}

FileForm form_of(const proto::MediaRef& file, const proto::SendMessage& order) {
    if (order.is_document()) return FileForm::document;
    const std::string& type = file.mime_type();
    const bool is_picture = type == "image/jpeg" || type == "image/png" || type == "image/webp";
    if (is_picture && file.size() <= kMaxPhotoBytes) return FileForm::photo;
    if (type == "image/gif") return FileForm::animation;
    if (type == "video/mp4") return FileForm::video;
    const bool is_sound = type == "audio/ogg" || type == "audio/mpeg" || type == "audio/mp4";
    if (is_sound && order.is_voice()) return FileForm::voice;
    if (type == "audio/mpeg" || type == "audio/mp4") return FileForm::audio;
    return FileForm::document;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 18 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<Markup> markup_of(const std::string& parse_mode) {
    if (parse_mode.empty()) return Markup::styled;
    if (parse_mode == "plain") return Markup::plain;
    if (parse_mode == "HTML" || parse_mode == "MarkdownV2" || parse_mode == "Markdown") {
        return Markup::named;
    }
    return fail(Errc::invalid_input, "no parse mode of Telegram: \"" + parse_mode +
                                         "\"; there are HTML, MarkdownV2, Markdown and plain");
}

text::StyledText words_of(const std::string& text, Markup markup) {
    if (markup != Markup::styled) return {text, {}};
    text::StyledText styled = text::parse_markdown(text);
    // Nothing but marks, such as an empty block of code: better than no message.
    return styled.text.empty() ? text::StyledText{text, {}} : styled;
}

// The texts of a message. What is in a markup of Telegram's own is one, since only Telegram can
// tell where it may be cut.
std::vector<text::StyledText> texts_of(text::StyledText words, Markup markup,
                                       const Settings& settings) {
    if (markup == Markup::named) return {std::move(words)};
    return text::split(words, settings.text_limit, settings.chunk_mode);
}

Result<void> check(const proto::SendMessage& order) {
    if (!order.reply_to().empty() && !is_number(order.reply_to())) {
        return fail(Errc::invalid_input, "replyTo is no message id of Telegram: it is a number");
    }
    if (!order.thread().empty() && !is_number(order.thread())) {
        return fail(Errc::invalid_input, "thread is no topic of Telegram: it is a number");
    }
    return {};
}

void add_files(std::vector<Step>& steps, const proto::SendMessage& order) {
    for (int i = 0; i < order.media_size(); ++i) {
        steps.push_back({.kind = Step::Kind::file,
                         .words = {},
                         .file = static_cast<std::size_t>(i),
                         .form = form_of(order.media(i), order)});
    }
}

void add_flag(Params& params, const char* name) {
    params.push_back({name, "true"});
}

void add_words(Params& params, const Step& step, const proto::SendMessage& order,
               const char* name) {
    if (step.words.text.empty()) return;
    const bool is_html = step.markup == Markup::styled;
    params.push_back({name, is_html ? to_html(step.words) : step.words.text});
    if (is_html) params.push_back({"parse_mode", "HTML"});
    if (step.markup == Markup::named) params.push_back({"parse_mode", order.parse_mode()});
}

void add_poll(Params& params, const proto::Poll& poll) {
    params.push_back({"question", poll.question()});
    std::string options;
    json::Writer writer(options);
    writer.begin_array();
    for (const std::string& option : poll.options())
        writer.begin_object().field("text", option).end_object();
    writer.end_array();
    params.push_back({"options", std::move(options)});
    params.push_back({"is_anonymous", poll.is_public() ? "false" : "true"});
    if (poll.max_selections() > 1) add_flag(params, "allows_multiple_answers");
    if (poll.duration_s() > 0) {
        params.push_back({"open_period", std::to_string(poll.duration_s())});
    }
}

void add_file(Order& out, const Step& step, const proto::SendMessage& order,
              const std::string& content) {
    const proto::MediaRef& file = order.media(static_cast<int>(step.file));
    const FileMethod how = method_of(step.form);
    out.method = how.method;
    add_words(out.params, step, order, "caption");
    // Else Telegram makes a film of what looks like one.
    if (step.form == FileForm::document && order.is_document()) {
        add_flag(out.params, "disable_content_type_detection");
    }
    out.files.push_back({.name = how.field,
                         .content = content,
                         .filename = file.filename().empty() ? "file" : file.filename(),
                         .content_type = file.mime_type()});
    out.deadline = kPatience + std::chrono::seconds(content.size() / kBytesPerSecond);
}

Params where(const Target& target, const std::string& message_id) {
    return {{"chat_id", target.chat}, {"message_id", message_id}};
}

}  // namespace

Result<std::vector<Step>> plan(const proto::SendMessage& order, const Settings& settings) {
    TRY_VOID(check(order));
    TRY(const Markup markup, markup_of(order.parse_mode()));
    std::vector<Step> steps;
    add_files(steps, order);
    if (order.has_poll()) steps.push_back({.kind = Step::Kind::poll, .words = {}});
    text::StyledText words = words_of(order.text(), markup);
    const bool fits_caption = order.media_size() > 0 && !words.text.empty() &&
                              text::utf16_length(words.text) <= kMaxCaption;
    if (fits_caption) {
        steps[0].words = std::move(words);
        steps[0].markup = markup;
    } else if (!order.has_poll()) {
        for (text::StyledText& text : texts_of(std::move(words), markup, settings)) {
            if (text.text.empty()) continue;
            steps.push_back({.words = std::move(text), .markup = markup});
        }
    }
    if (steps.empty())
        return fail(Errc::invalid_input, "there is nothing to send: no text, no file");
    // The core decides whether an answer points to the question; its first part is enough.
    steps[0].replies = true;
    return steps;
}

Order make_order(const Step& step, const proto::SendMessage& order, const Target& target,
                 const Settings& settings, const std::string& content) {
    Order out{.method = "sendMessage", .params = {{"chat_id", target.chat}}, .deadline = kPatience};
    const std::string& thread = order.thread().empty() ? target.thread : order.thread();
    if (!thread.empty() && thread != kGeneralTopic) {
        out.params.push_back({"message_thread_id", thread});
    }
    if (order.is_silent()) add_flag(out.params, "disable_notification");
    if (step.replies && !order.reply_to().empty()) {
        // An answer to what was deleted in the meantime is still an answer.
        out.params.push_back({"reply_parameters", "{\"message_id\":" + order.reply_to() +
                                                      ",\"allow_sending_without_reply\":true}"});
    }
    switch (step.kind) {
        case Step::Kind::text:
            add_words(out.params, step, order, "text");
            if (!settings.has_link_preview) {
                out.params.push_back({"link_preview_options", "{\"is_disabled\":true}"});
            }
            break;
        case Step::Kind::file: add_file(out, step, order, content); break;
        case Step::Kind::poll:
            out.method = "sendPoll";
            add_poll(out.params, order.poll());
            break;
    }
    return out;
}

bool make_plainer(Step& step, const ApiError& refusal) {
    if (refusal.says("can't parse entities") && step.markup != Markup::plain) {
        step.markup = Markup::plain;
        return true;
    }
    if (step.kind != Step::Kind::file) return false;
    if (step.form == FileForm::voice && refusal.says("VOICE_MESSAGES_FORBIDDEN")) {
        step.form = FileForm::audio;
        return true;
    }
    // Too wide, or no picture at all.
    const bool is_no_photo = refusal.says("PHOTO_INVALID") || refusal.says("IMAGE_PROCESS_FAILED");
    if (step.form == FileForm::photo && is_no_photo) {
        step.form = FileForm::document;
        return true;
    }
    return false;
}

Result<Order> make_change(const proto::ChangeMessage& change) {
    TRY(const Target target, parse_target(change.to()));
    if (!is_number(change.message_id())) {
        return fail(Errc::invalid_input, "no message id of Telegram: it is a number");
    }
    Order out{.method = {}, .params = where(target, change.message_id())};
    // The core waits half a minute.
    out.deadline = std::chrono::seconds(20);
    if (change.change_case() == proto::ChangeMessage::kDeletion) {
        out.method = "deleteMessage";
    } else if (change.change_case() == proto::ChangeMessage::kReaction) {
        out.method = "setMessageReaction";
        std::string reaction = "[]";
        if (!change.reaction().empty()) {
            reaction.clear();
            json::Writer writer(reaction);
            writer.begin_array().begin_object().field("type", "emoji");
            writer.field("emoji", change.reaction()).end_object().end_array();
        }
        out.params.push_back({"reaction", std::move(reaction)});
    } else {
        TRY(const Markup markup, markup_of(change.parse_mode()));
        const Step step{.words = words_of(change.text(), markup), .markup = markup};
        if (markup != Markup::named && text::utf16_length(step.words.text) > kMaxEditedText) {
            return fail(Errc::invalid_input, "too long for one message: 4096 characters fit");
        }
        out.method = "editMessageText";
        proto::SendMessage words;
        words.set_parse_mode(change.parse_mode());
        add_words(out.params, step, words, "text");
    }
    return out;
}

Result<Order> make_typing(const proto::ShowTyping& typing) {
    TRY(const Target target, parse_target(typing.to()));
    Order out{.method = "sendChatAction",
              .params = {{"chat_id", target.chat}, {"action", "typing"}},
              .deadline = std::chrono::seconds(5)};
    const std::string& thread = typing.thread().empty() ? target.thread : typing.thread();
    if (!thread.empty()) out.params.push_back({"message_thread_id", thread});
    return out;
}

}  // namespace gw::telegram
