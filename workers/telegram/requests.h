#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What a message becomes on Telegram: a list of steps, each one call of the Bot API. Pure.

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "proto/core_to_worker.pb.h"
#include "workers/common/text/styled_text.h"
#include "workers/telegram/api.h"
#include "workers/telegram/settings.h"
#include "workers/telegram/target.h"

namespace gw::telegram {

// How the words of a step are marked up.
enum class Markup {
    styled,  // rendered from their spans
    plain,   // as they are
    named,   // in parse_mode, as the caller wrote them
};

// As what a file is sent; in this order worse ones are tried where Telegram takes no better one.
enum class FileForm { photo, animation, video, voice, audio, document };

struct Step {
    enum class Kind { text, file, poll };
    Kind kind = Kind::text;
    text::StyledText words;  // the text, or the file's caption
    Markup markup = Markup::styled;
    bool replies = false;  // points to the message that is answered
    std::size_t file = 0;  // index in the order's media
    FileForm form = FileForm::document;

    bool operator==(const Step&) const = default;
};

// Errc::invalid_input says what cannot be sent.
Result<std::vector<Step>> plan(const proto::SendMessage& order, const Settings& settings);

// The call of one step. content: the bytes of its file.
Order make_order(const Step& step, const proto::SendMessage& order, const Target& target,
                 const Settings& settings, const std::string& content);

// A step that may go through where this one was refused for that reason: the text without its
// markup, a file in another form. False: there is none.
bool make_plainer(Step& step, const ApiError& refusal);

// The change of a message, and who types where.
Result<Order> make_change(const proto::ChangeMessage& change);
Result<Order> make_typing(const proto::ShowTyping& where);

}  // namespace gw::telegram
