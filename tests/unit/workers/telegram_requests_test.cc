// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/requests.h"

#include <doctest/doctest.h>

#include <string>

#include "workers/common/text/markdown.h"
#include "workers/telegram/render.h"

using namespace gw;
using telegram::ApiError;
using telegram::FileForm;
using telegram::Step;

namespace {

const telegram::Settings kSettings;
const telegram::Target kTarget{"7", ""};

std::string param(const telegram::Order& order, const std::string& name) {
    for (const auto& one : order.params) {
        if (one.name == name) return one.value;
    }
    return "(none)";
}

proto::SendMessage text_order(const std::string& text, const std::string& parse_mode = "") {
    proto::SendMessage order;
    order.set_text(text);
    order.set_parse_mode(parse_mode);
    return order;
}

void add_file(proto::SendMessage& order, const std::string& type, std::uint64_t size = 3) {
    auto& file = *order.add_media();
    file.set_mime_type(type);
    file.set_filename("a.bin");
    file.set_size(size);
}

std::vector<Step> planned(const proto::SendMessage& order) {
    const auto steps = plan(order, kSettings);
    REQUIRE_MESSAGE(steps, steps.error().message);
    return *steps;
}

telegram::Order call(const proto::SendMessage& order, std::size_t step = 0,
                     const telegram::Target& target = kTarget) {
    return make_order(planned(order).at(step), order, target, kSettings, "abc");
}

}  // namespace

TEST_CASE("telegram render: styles nest, code stands alone, and everything is escaped") {
    struct Case {
        const char* markdown;
        const char* html;
    };
    const Case cases[] = {
        {"a < b & \"c\" > d", "a &lt; b &amp; &quot;c&quot; &gt; d"},
        {"**b *bi* b** ~~s~~", "<b>b <i>bi</i> b</b> <s>s</s>"},
        {"**a `c` b**", "<b>a </b><code>c</code><b> b</b>"},
        {"[x **y** `z`](http://e?a=1&b=\"2\")",
         "<a href=\"http://e?a=1&amp;b=&quot;2&quot;\">x <b>y</b> z</a>"},
        {"```c++\na<b>\n```", "<pre><code class=\"language-c++\">a&lt;b&gt;</code></pre>"},
        {"```\nx\n```", "<pre>x</pre>"},
        {"***x***", "<i><b>x</b></i>"},
        {"# <h1>", "&lt;h1&gt;"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.markdown);
        CHECK(telegram::to_html(text::parse_markdown(one.markdown)) == one.html);
    }
}

TEST_CASE("telegram target: every way to write a chat") {
    struct Case {
        const char* to;
        const char* chat;
        const char* thread;
    };
    const Case cases[] = {
        {"123456", "123456", ""},
        {"-1001234567890", "-1001234567890", ""},
        {"@some_name", "@some_name", ""},
        {"some_name", "@some_name", ""},
        {"t.me/some_name", "@some_name", ""},
        {"https://t.me/some_name", "@some_name", ""},
        {"telegram:tg:123", "123", ""},
        {"telegram:group:-100123", "-100123", ""},
        {"-100123:topic:7", "-100123", "7"},
        {"tg:-100123:7", "-100123", "7"},
        {"@some_name:topic:7", "@some_name", "7"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.to);
        const auto target = telegram::parse_target(one.to);
        REQUIRE(target);
        CHECK(*target == telegram::Target{one.chat, one.thread});
    }
    for (const char* bad :
         {"", "-", "0", "007", "@abc", "a b c d e", "-100123:topic:", "@", "t.me/",
          "12345678901234567890", "name/with/path", "\xff\xff\xff\xff\xff"}) {
        CAPTURE(bad);
        CHECK_FALSE(telegram::parse_target(bad));
    }
}

TEST_CASE("telegram requests: a text is rendered, or left as it is when it says so") {
    auto order = call(text_order("**x** <y>"));
    CHECK(order.method == "sendMessage");
    CHECK(param(order, "chat_id") == "7");
    CHECK(param(order, "text") == "<b>x</b> &lt;y&gt;");
    CHECK(param(order, "parse_mode") == "HTML");
    order = call(text_order("**x** <y>", "plain"));
    CHECK(param(order, "text") == "**x** <y>");
    CHECK(param(order, "parse_mode") == "(none)");
    order = call(text_order("<u>x</u>", "HTML"));
    CHECK(param(order, "text") == "<u>x</u>");
    CHECK(param(order, "parse_mode") == "HTML");
    // Nothing but marks is better than no message.
    CHECK(param(call(text_order("```\n```")), "text") == "```\n```");
    CHECK_FALSE(plan(text_order("x", "BBCode"), kSettings));
    CHECK_FALSE(plan(text_order(" \n "), kSettings));
    CHECK_FALSE(plan(text_order(""), kSettings));
}

TEST_CASE("telegram requests: where it goes and how") {
    auto message = text_order("x");
    message.set_reply_to("9");
    message.set_thread("5");
    message.set_is_silent(true);
    auto order = call(message);
    CHECK(param(order, "reply_parameters") ==
          "{\"message_id\":9,\"allow_sending_without_reply\":true}");
    CHECK(param(order, "message_thread_id") == "5");
    CHECK(param(order, "disable_notification") == "true");
    // General: named for typing, not for sending.
    message.set_thread("1");
    CHECK(param(call(message), "message_thread_id") == "(none)");
    proto::ShowTyping typing;
    typing.set_to("-100123");
    typing.set_thread("1");
    CHECK(param(*telegram::make_typing(typing), "message_thread_id") == "1");
    // The order's own thread wins over the target's.
    message.set_thread("");
    CHECK(param(call(message, 0, {"-100123", "8"}), "message_thread_id") == "8");
    message.set_reply_to("9}");
    CHECK_FALSE(plan(message, kSettings));
    message.set_reply_to("");
    message.set_thread("x");
    CHECK_FALSE(plan(message, kSettings));
}

TEST_CASE("telegram requests: a long text is several, and the first one points to the question") {
    auto message = text_order(std::string(9000, 'x'));
    message.set_reply_to("9");
    const auto steps = planned(message);
    REQUIRE(steps.size() == 3);
    CHECK(steps[0].words.text.size() == 4000);
    CHECK(param(call(message, 0), "reply_parameters") != "(none)");
    CHECK(param(call(message, 1), "reply_parameters") == "(none)");
    // Only Telegram knows where its own markup may be cut.
    message.set_parse_mode("HTML");
    CHECK(planned(message).size() == 1);
}

TEST_CASE("telegram requests: files go out in the form that fits them") {
    struct Case {
        const char* type;
        std::uint64_t size;
        bool is_document;
        bool is_voice;
        FileForm form;
    };
    const Case cases[] = {
        {"image/png", 3, false, false, FileForm::photo},
        {"image/png", 11U << 20, false, false, FileForm::document},
        {"image/png", 3, true, false, FileForm::document},
        {"image/gif", 3, false, false, FileForm::animation},
        {"image/svg+xml", 3, false, false, FileForm::document},
        {"video/mp4", 3, false, false, FileForm::video},
        {"audio/mpeg", 3, false, false, FileForm::audio},
        {"audio/ogg", 3, false, true, FileForm::voice},
        {"audio/ogg", 3, false, false, FileForm::document},
        {"text/plain", 3, false, true, FileForm::document},
    };
    for (const Case& one : cases) {
        CAPTURE(one.type);
        proto::SendMessage message;
        add_file(message, one.type, one.size);
        message.set_is_document(one.is_document);
        message.set_is_voice(one.is_voice);
        CHECK(planned(message).at(0).form == one.form);
    }
    proto::SendMessage message = text_order("**caption**");
    add_file(message, "image/png");
    const auto order = call(message);
    CHECK(order.method == "sendPhoto");
    CHECK(param(order, "caption") == "<b>caption</b>");
    REQUIRE(order.files.size() == 1);
    CHECK(order.files[0].name == "photo");
    CHECK(order.files[0].content == "abc");
    CHECK(order.files[0].filename == "a.bin");
}

TEST_CASE("telegram requests: a text too long for a caption follows the file") {
    proto::SendMessage message = text_order(std::string(1025, 'x'));
    add_file(message, "image/png");
    const auto steps = planned(message);
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].kind == Step::Kind::file);
    CHECK(steps[0].words.text.empty());
    CHECK(steps[1].kind == Step::Kind::text);
    // Units, of which an emoji has two.
    std::string grins;
    for (int i = 0; i < 512; ++i)
        grins += "😀";
    message.set_text(grins);
    CHECK(planned(message).size() == 1);
    message.set_text(grins + "x");
    CHECK(planned(message).size() == 2);
}

TEST_CASE("telegram requests: polls") {
    proto::SendMessage message;
    auto& poll = *message.mutable_poll();
    poll.set_question("tea?");
    poll.add_options("yes \"please\"");
    poll.add_options("no");
    poll.set_max_selections(2);
    poll.set_duration_s(60);
    const auto order = call(message);
    CHECK(order.method == "sendPoll");
    CHECK(param(order, "question") == "tea?");
    CHECK(param(order, "options") == R"([{"text":"yes \"please\""},{"text":"no"}])");
    CHECK(param(order, "is_anonymous") == "true");
    CHECK(param(order, "allows_multiple_answers") == "true");
    CHECK(param(order, "open_period") == "60");
}

TEST_CASE("telegram requests: what is refused for its form is sent once in a plainer one") {
    Step step{.words = {"x", {}}};
    const ApiError markup{.text = "Bad Request: can't parse entities: Unsupported start tag"};
    CHECK(make_plainer(step, markup));
    CHECK(step.markup == telegram::Markup::plain);
    CHECK_FALSE(make_plainer(step, markup));
    step = {.kind = Step::Kind::file, .words = {}, .form = FileForm::voice};
    const ApiError voice{.text = "Bad Request: VOICE_MESSAGES_FORBIDDEN"};
    CHECK(make_plainer(step, voice));
    CHECK(step.form == FileForm::audio);
    CHECK_FALSE(make_plainer(step, voice));
    CHECK_FALSE(make_plainer(step, {.text = "Bad Request: chat not found"}));
}

TEST_CASE("telegram requests: changes") {
    proto::ChangeMessage change;
    change.set_to("7");
    change.set_message_id("3");
    change.set_text("**new**");
    auto order = telegram::make_change(change);
    CHECK(order->method == "editMessageText");
    CHECK(param(*order, "text") == "<b>new</b>");
    CHECK(param(*order, "message_id") == "3");
    change.set_text(std::string(4097, 'x'));
    CHECK_FALSE(telegram::make_change(change));
    change.set_reaction("👍");
    order = telegram::make_change(change);
    CHECK(order->method == "setMessageReaction");
    CHECK(param(*order, "reaction") == R"([{"type":"emoji","emoji":"👍"}])");
    change.set_reaction("");
    CHECK(param(*telegram::make_change(change), "reaction") == "[]");
    change.set_deletion(true);
    CHECK(telegram::make_change(change)->method == "deleteMessage");
    change.set_message_id("x");
    CHECK_FALSE(telegram::make_change(change));
}

TEST_CASE("telegram api: what an answer means") {
    struct Case {
        int status;
        const char* body;
        ApiError::Kind kind;
    };
    using Kind = ApiError::Kind;
    const Case cases[] = {
        {400, R"({"ok":false,"error_code":400,"description":"Bad Request: x"})", Kind::refused},
        {401, R"({"ok":false,"error_code":401,"description":"Unauthorized"})", Kind::refused},
        {413, "<html>too large</html>", Kind::refused},
        {302, "", Kind::refused},
        {429, R"({"ok":false,"error_code":429,"parameters":{"retry_after":7}})", Kind::flood},
        {429, "slow down", Kind::flood},
        {500, R"({"ok":false,"error_code":500,"description":"Internal"})", Kind::unanswered},
        {502, "<html>", Kind::unanswered},
        {200, R"({"ok":true,"result":)", Kind::unanswered},
        {200, R"({"ok":true})", Kind::unanswered},
        {200, "[]", Kind::unanswered},
        {200, "", Kind::unanswered},
    };
    for (const Case& one : cases) {
        CAPTURE(one.body);
        json::Parser parser;
        const auto outcome = telegram::read_answer(parser, one.status, one.body);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().kind == one.kind);
        CHECK_FALSE(outcome.error().text.empty());
    }
    json::Parser parser;
    CHECK(telegram::read_answer(parser, 200, R"({"ok":true,"result":7})")->integer() == 7);
    const auto flood = telegram::read_answer(
        parser, 429, R"({"ok":false,"error_code":429,"parameters":{"retry_after":7}})");
    CHECK(flood.error().retry_after == std::chrono::seconds(7));
    const auto moved = telegram::read_answer(
        parser, 400,
        R"({"ok":false,"error_code":400,"description":"d","parameters":{"migrate_to_chat_id":-100999}})");
    CHECK(moved.error().migrated_to == "-100999");
}
