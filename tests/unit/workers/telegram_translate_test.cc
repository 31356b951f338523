// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/translate.h"

#include <doctest/doctest.h>

#include <string>

#include "workers/telegram/entities.h"

using namespace gw;
using proto::MessageReceived;

namespace {

const telegram::Self kSelf{.id = 42, .username = "GateBot"};
const std::string kAnn =
    R"("from":{"id":7,"is_bot":false,"first_name":"Ann","last_name":"Lee","username":"ann"})";
const std::string kPrivate = R"("chat":{"id":7,"type":"private","first_name":"Ann"})";
const std::string kGroup = R"("chat":{"id":-1001234567890,"type":"supergroup","title":"Chat"})";
const std::string kForum =
    R"("chat":{"id":-100777,"type":"supergroup","title":"F","is_forum":true})";

std::optional<MessageReceived> translated(const std::string& json) {
    json::Parser parser;
    const auto update = parser.parse(json);
    REQUIRE_MESSAGE(update, json);
    return telegram::translate(*update, kSelf);
}

// A message with what is said of it, in a chat.
std::string update(const std::string& chat, const std::string& more,
                   const std::string& kind = "message") {
    return R"({"update_id":5,")" + kind + R"(":{"message_id":11,"date":1700000000,)" + kAnn + ',' +
           chat + (more.empty() ? "" : ',' + more) + "}}";
}

MessageReceived message(const std::string& chat, const std::string& more,
                        const std::string& kind = "message") {
    const auto found = translated(update(chat, more, kind));
    REQUIRE_MESSAGE(found, more);
    return *found;
}

}  // namespace

TEST_CASE("telegram translate: a direct message") {
    const auto got = message(kPrivate, R"("text":"hi")");
    CHECK(got.peer() == "7");
    CHECK(got.chat_type() == proto::CHAT_TYPE_DIRECT);
    CHECK(got.sender_id() == "7");
    CHECK(got.sender_name() == "Ann Lee");
    CHECK(got.sender_username() == "ann");
    CHECK_FALSE(got.sender_is_mutable());
    CHECK(got.text() == "hi");
    CHECK(got.was_mentioned());
    CHECK(got.provider_ms() == 1'700'000'000'000);
    CHECK(got.provider_message_id() == "11");
    CHECK(got.kind() == proto::EVENT_KIND_MESSAGE);
    CHECK(got.thread().empty());
    CHECK(got.peer_name().empty());
}

TEST_CASE("telegram translate: who is meant in a group") {
    struct Case {
        const char* more;
        bool is_mentioned;
    };
    const Case cases[] = {
        {R"("text":"hello")", false},
        {R"("text":"@gatebot hi","entities":[{"type":"mention","offset":0,"length":8}])", true},
        {R"("text":"@gatebots hi","entities":[{"type":"mention","offset":0,"length":9}])", false},
        // Two units each before it.
        {R"("text":"😀😀 @gatebot","entities":[{"type":"mention","offset":5,"length":8}])", true},
        {R"("text":"😀😀 @gatebot","entities":[{"type":"mention","offset":3,"length":8}])", false},
        {R"("text":"/go@GATEBOT","entities":[{"type":"bot_command","offset":0,"length":11}])",
         true},
        {R"("text":"/go","entities":[{"type":"bot_command","offset":0,"length":3}])", false},
        {R"("text":"bot","entities":[{"type":"text_mention","offset":0,"length":3,"user":{"id":42}}])",
         true},
        {R"("text":"x","entities":[{"type":"text_mention","offset":0,"length":1,"user":{"id":43}}])",
         false},
        {R"("caption":"@gatebot","photo":[{"file_id":"a"}],"caption_entities":[{"type":"mention","offset":0,"length":8}])",
         true},
        {R"("text":"yes","reply_to_message":{"message_id":3,"from":{"id":42,"is_bot":true,"first_name":"G"},"text":"q"})",
         true},
        {R"("text":"yes","reply_to_message":{"message_id":3,"from":{"id":9,"first_name":"B"},"text":"q"})",
         false},
    };
    for (const Case& one : cases) {
        CAPTURE(one.more);
        const auto got = message(kGroup, one.more);
        CHECK(got.was_mentioned() == one.is_mentioned);
        CHECK(got.peer() == "-1001234567890");
        CHECK(got.peer_name() == "Chat");
        CHECK(got.chat_type() == proto::CHAT_TYPE_GROUP);
    }
}

TEST_CASE("telegram translate: links are written out, by units, from hostile offsets too") {
    struct Case {
        const char* message;
        const char* wanted;
    };
    const Case cases[] = {
        {R"({"text":"see here","entities":[{"type":"text_link","offset":4,"length":4,"url":"http://e"}]})",
         "see [here](http://e)"},
        {R"({"text":"😀a b","entities":[{"type":"text_link","offset":2,"length":1,"url":"u"},{"type":"text_link","offset":4,"length":1,"url":"v"}]})",
         "😀[a](u) [b](v)"},
        {R"({"text":"ab","entities":[{"type":"text_link","offset":0,"length":2,"url":"u"},{"type":"text_link","offset":1,"length":1,"url":"v"}]})",
         "a[b](v)"},
        {R"({"text":"ab","entities":[{"type":"text_link","offset":-1,"length":2,"url":"u"}]})",
         "ab"},
        {R"({"text":"ab","entities":[{"type":"text_link","offset":1,"length":99999999999,"url":"u"}]})",
         "ab"},
        {R"({"text":"ab","entities":[{"type":"text_link","offset":1.5,"length":"1","url":3}]})",
         "ab"},
        {R"({"text":"ab","entities":{"type":"text_link"}})", "ab"},
        {R"({"text":7,"caption":"c"})", "c"},
        // In the middle of an emoji.
        {R"({"text":"😀b","entities":[{"type":"text_link","offset":1,"length":2,"url":"u"}]})",
         "😀[b](u)"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.message);
        json::Parser parser;
        CHECK(telegram::read_text(*parser.parse(one.message)) == one.wanted);
    }
}

TEST_CASE("telegram translate: threads are those of forums, and General has a number") {
    CHECK(message(kForum, R"("text":"a","message_thread_id":5,"is_topic_message":true)").thread() ==
          "5");
    CHECK(message(kForum, R"("text":"a")").thread() == "1");
    CHECK(message(kGroup, R"("text":"a","message_thread_id":5)").thread().empty());
    CHECK(
        message(kPrivate, R"("text":"a","message_thread_id":5,"is_topic_message":true)").thread() ==
        "5");
    // What every message of a topic "replies" to is no reply.
    const auto root = message(
        kForum,
        R"("text":"a","message_thread_id":5,"reply_to_message":{"message_id":5,"from":{"id":42},"forum_topic_created":{"name":"t"}})");
    CHECK(root.reply_to().empty());
    CHECK_FALSE(root.was_mentioned());
}

TEST_CASE("telegram translate: replies, quotes and forwards say whose words they are") {
    const std::string replied =
        R"("reply_to_message":{"message_id":3,"from":{"id":9,"first_name":"Bob"},"text":"long words"})";
    auto got = message(kPrivate, R"("text":"yes",)" + replied);
    CHECK(got.reply_to() == "3");
    CHECK(got.quoted_text() == "long words");
    CHECK(got.quoted_sender() == "Bob");
    got = message(kPrivate, R"("text":"yes","quote":{"text":"words","position":5},)" + replied);
    CHECK(got.quoted_text() == "words");
    got = message(
        kPrivate,
        R"("text":"yes","external_reply":{"origin":{"type":"channel","chat":{"id":-100,"title":"News"}},"message_id":9},"quote":{"text":"q"})");
    CHECK(got.reply_to().empty());
    CHECK(got.quoted_text() == "q");
    CHECK(got.quoted_sender() == "News");
    got = message(kPrivate,
                  R"("text":"x","forward_origin":{"type":"hidden_user","sender_user_name":"Eve"})");
    CHECK(got.text() == "[forwarded from Eve]\nx");
}

TEST_CASE("telegram translate: what is not text is said in words") {
    struct Case {
        const char* more;
        const char* wanted;
    };
    const Case cases[] = {
        {R"("sticker":{"file_id":"x","emoji":"👍"})", "<media:sticker> 👍"},
        {R"("location":{"latitude":1.5,"longitude":-2,"horizontal_accuracy":12.3})",
         "📍 1.500000, -2.000000 ±12m"},
        {R"("location":{"latitude":1.5,"longitude":-2,"live_period":900})",
         "🛰 Live location: 1.500000, -2.000000"},
        {R"("location":{"latitude":1,"longitude":2},"venue":{"title":"Bar","address":"Way 1","location":{"latitude":1,"longitude":2}})",
         "📍 Bar — Way 1 (1.000000, 2.000000)"},
        {R"("location":{"latitude":"x"})", "📍 somewhere"},
        {R"("contact":{"first_name":"Bob","phone_number":"+1"})", "[contact] Bob +1"},
        {R"("poll":{"question":"q?","options":[{"text":"a"},{"text":"b"}]})",
         "[poll] q?\n- a\n- b"},
        {R"("dice":{"emoji":"🎲","value":4})", "🎲 4"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.more);
        CHECK(message(kPrivate, one.more).text() == one.wanted);
    }
}

TEST_CASE("telegram translate: edits, reactions and buttons") {
    auto got = message(kPrivate, R"("text":"new","edit_date":1700000009)", "edited_message");
    CHECK(got.kind() == proto::EVENT_KIND_EDITED);
    CHECK(got.text() == "new");
    CHECK(got.reply_to() == "11");
    CHECK(got.provider_ms() == 1'700'000'009'000);

    const auto reaction = [](const std::string& before, const std::string& after) {
        return translated(
            R"({"update_id":5,"message_reaction":{"message_id":11,"date":1700000000,"user":{"id":7,"first_name":"Ann"},)" +
            kGroup + R"(,"old_reaction":[)" + before + R"(],"new_reaction":[)" + after + "]}}");
    };
    const std::string thumb = R"({"type":"emoji","emoji":"👍"})";
    const std::string heart = R"({"type":"emoji","emoji":"❤"})";
    got = *reaction(thumb, thumb + ',' + heart);
    CHECK(got.kind() == proto::EVENT_KIND_REACTION_ADDED);
    CHECK(got.text() == "❤");
    CHECK(got.reply_to() == "11");
    CHECK(got.sender_id() == "7");
    CHECK_FALSE(reaction(thumb, ""));
    CHECK_FALSE(reaction("", R"({"type":"custom_emoji","custom_emoji_id":"1"})"));

    const std::string press =
        R"({"update_id":5,"callback_query":{"id":"q9","from":{"id":7,"first_name":"Ann"},"data":"yes","message":{"message_id":3,"text":"really?",)" +
        kGroup + "}}}";
    got = *translated(press);
    CHECK(got.text() == "yes");
    CHECK(got.was_mentioned());
    CHECK(got.reply_to() == "3");
    CHECK(got.quoted_text() == "really?");
    json::Parser parser;
    CHECK(telegram::callback_query_of(*parser.parse(press)) == "q9");
}

TEST_CASE("telegram translate: what happened to a chat") {
    struct Case {
        const char* more;
        const char* wanted;
    };
    const Case cases[] = {
        {R"("new_chat_members":[{"id":1,"first_name":"Bob"},{"id":2,"first_name":"Eve"}])",
         "Bob, Eve joined"},
        {R"("left_chat_member":{"id":1,"first_name":"Bob"})", "Bob left"},
        {R"("migrate_to_chat_id":-100999)",
         "the group became a supergroup: its id is -100999 from now on"},
        {R"("new_chat_title":"New")", "Ann Lee named the chat \"New\""},
        {R"("pinned_message":{"message_id":3})", "Ann Lee pinned message 3"},
        {R"("forum_topic_created":{"name":"t"})", "Ann Lee opened the topic \"t\""},
    };
    for (const Case& one : cases) {
        CAPTURE(one.more);
        const auto got = message(kGroup, one.more);
        CHECK(got.kind() == proto::EVENT_KIND_HAPPENED);
        CHECK(got.text() == one.wanted);
    }
}

TEST_CASE("telegram translate: bots, channels and administrators without a name") {
    const auto said_by = [](const std::string& who, const std::string& more) {
        return *translated(R"({"update_id":5,"message":{"message_id":1,"text":"x",)" + who + ',' +
                           kGroup + more + "}}");
    };
    CHECK(said_by(R"("from":{"id":8,"is_bot":true,"first_name":"Other"})", "").is_notice());
    const auto anonymous =
        said_by(R"("from":{"id":1087968824,"is_bot":true,"first_name":"Group"})",
                R"(,"sender_chat":{"id":-1001234567890,"title":"Chat","type":"supergroup"})");
    CHECK(anonymous.sender_id() == "-1001234567890");
    CHECK_FALSE(anonymous.is_notice());
    CHECK(said_by(R"("sender_chat":{"id":-5,"title":"News"})", R"(,"is_automatic_forward":true)")
              .is_notice());
}

TEST_CASE("telegram translate: what says nothing, or is no update, is passed") {
    const std::string none[] = {
        "{}",
        "[]",
        "7",
        R"({"update_id":5})",
        R"({"update_id":5,"message":7})",
        R"({"update_id":5,"message":{}})",
        R"({"update_id":5,"channel_post":{"message_id":1,"text":"x","chat":{"id":-1,"type":"channel"}}})",
        update(R"("chat":{"id":-1,"type":"channel"})", R"("text":"x")"),
        update(R"("chat":{"id":"7","type":"private"})", R"("text":"x")"),
        update(kPrivate, ""),
        update(kPrivate, R"("video_chat_started":{})"),
        update(kPrivate, R"("location":{"latitude":1,"longitude":2})", "edited_message"),
    };
    for (const std::string& json : none) {
        CAPTURE(json);
        CHECK_FALSE(translated(json));
    }
}

TEST_CASE("telegram translate: huge numbers and texts are kept in bounds") {
    const auto got =
        translated(R"({"update_id":5,"message":{"message_id":9e99,"date":-1,"text":"x",)" + kAnn +
                   ',' + R"("chat":{"id":123456789012345678901234567890,"type":"private"}}})");
    REQUIRE(got);
    CHECK(got->peer() == "9223372036854775807");
    CHECK(got->provider_ms() == 0);
    const auto much = message(kPrivate, R"("text":")" + std::string(1U << 20, 'x') + '"');
    CHECK(much.text().size() <= 128 * 1024);
}

TEST_CASE("telegram translate: the file of a message") {
    struct Case {
        const char* more;
        telegram::File wanted;
    };
    const Case cases[] = {
        {R"("photo":[{"file_id":"s","width":90,"height":90},{"file_id":"l","width":800,"height":600,"file_size":9},{"file_id":"m","width":300,"height":300}])",
         {"l", "image", "image/jpeg", "photo.jpg", 9}},
        {R"("voice":{"file_id":"v","mime_type":"audio/ogg","file_size":5})",
         {"v", "audio", "audio/ogg", "voice.ogg", 5}},
        {R"("document":{"file_id":"d","file_name":"a.pdf","mime_type":"application/pdf"})",
         {"d", "document", "application/pdf", "a.pdf", 0}},
        {R"("animation":{"file_id":"g"},"document":{"file_id":"g2"})",
         {"g", "video", "video/mp4", "animation.mp4", 0}},
        {R"("audio":{"file_id":"a","file_size":-5})", {"a", "audio", "audio/mpeg", "audio.mp3", 0}},
    };
    for (const Case& one : cases) {
        CAPTURE(one.more);
        json::Parser parser;
        const auto file = telegram::find_file(*parser.parse(update(kPrivate, one.more)));
        REQUIRE(file);
        CHECK(*file == one.wanted);
        CHECK(message(kPrivate, one.more).text().empty());
    }
    json::Parser parser;
    for (const char* none : {R"("photo":[])", R"("photo":[{"width":1}])", R"("document":{})",
                             R"("sticker":{"file_id":"x"})"}) {
        CAPTURE(none);
        CHECK_FALSE(telegram::find_file(*parser.parse(update(kPrivate, none))));
    }
}
