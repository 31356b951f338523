// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "store/sessions.h"

#include <algorithm>

#include "base/utf8.h"
#include "gatewayd/methods/handlers.h"
#include "gatewayd/methods/request.h"
#include "gatewayd/methods/services.h"
#include "gatewayd/sessions/keys.h"
#include "proto/gateway/params.h"
#include "store/store.h"

namespace gw::methods {

namespace {

constexpr std::size_t kPreviewBytes = 2000;
constexpr std::size_t kMaxPreviews = 500;

struct Filter {
    std::size_t limit = 0;  // 0: all
    std::size_t offset = 0;
    std::int64_t updated_since_ms = 0;
    std::string agent;
    std::string search;  // lower-case
    std::string label;
    std::string spawned_by;
    bool includes_global = false;
    bool includes_unknown = false;
    bool only_archived = false;
    bool with_preview = false;
    bool with_title = false;
};

struct Row {
    store::Session session;
    std::string preview;
};

struct Page {
    std::vector<Row> rows;
    std::size_t total = 0;
};

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

Filter filter_of(const proto::gateway::SessionsListParams& params, std::int64_t now_ms) {
    Filter filter;
    filter.limit = static_cast<std::size_t>(params.limit.value_or(0));
    filter.offset = static_cast<std::size_t>(params.offset.value_or(0));
    if (params.active_minutes) {
        // Beyond a century there is nothing to leave out, and nothing overflows.
        constexpr std::int64_t kCentury = 100LL * 366 * 24 * 60;
        filter.updated_since_ms = now_ms - std::min(*params.active_minutes, kCentury) * 60'000;
    }
    filter.agent = params.agent_id.value_or(std::string_view());
    filter.search = lowered(params.search.value_or(std::string_view()));
    filter.label = params.label.value_or(std::string_view());
    filter.spawned_by = params.spawned_by.value_or(std::string_view());
    filter.includes_global = params.include_global.value_or(false);
    filter.includes_unknown = params.include_unknown.value_or(false);
    filter.only_archived =
        params.archived && params.archived->is_bool() && params.archived->boolean();
    filter.with_preview = params.include_last_message.value_or(false);
    filter.with_title = params.include_derived_titles.value_or(false);
    return filter;
}

bool matches(const store::Session& session, const Filter& filter) {
    // Labels, parents and archiving do not exist yet: nothing has them.
    if (!filter.label.empty() || !filter.spawned_by.empty() || filter.only_archived) return false;
    if (session.key == "global" && !filter.includes_global) return false;
    if (session.key == "unknown" && !filter.includes_unknown) return false;
    if (!filter.agent.empty() && sessions::agent_of(session.key) != filter.agent) return false;
    if (filter.search.empty()) return true;
    for (const std::string* field : {&session.display_name, &session.session_id, &session.key}) {
        if (lowered(*field).find(filter.search) != std::string::npos) return true;
    }
    return false;
}

// The text of a transcript message, its first block's.
std::string preview_of(const std::string& message) {
    json::Parser parser;
    const auto parsed = parser.parse(message);
    if (!parsed || !parsed->is_object()) return {};
    const auto content = parsed->find("content");
    if (!content || !content->is_array() || content->size() == 0) return {};
    const json::Value block = content->element(0);
    const auto text = block.is_object() ? block.find("text") : std::nullopt;
    if (!text || !text->is_string()) return {};
    return std::string(base::utf8_prefix(text->string(), kPreviewBytes));
}

Result<Page> read_page(store::Database& db, const Filter& filter) {
    TRY(auto all, store::list_sessions(db, filter.updated_since_ms, 0));
    std::erase_if(all, [&filter](const store::Session& s) { return !matches(s, filter); });
    Page page;
    page.total = all.size();
    const std::size_t first = std::min(filter.offset, all.size());
    const std::size_t left = all.size() - first;
    const std::size_t count = filter.limit == 0 ? left : std::min(filter.limit, left);
    for (std::size_t i = first; i < first + count; ++i) {
        Row row{std::move(all[i]), {}};
        if (filter.with_preview && page.rows.size() < kMaxPreviews) {
            TRY(const auto last, store::list_transcript(db, row.session.key, 1));
            if (!last.empty()) row.preview = preview_of(last.back().message);
        }
        page.rows.push_back(std::move(row));
    }
    return page;
}

std::string title_of(const store::Session& session) {
    if (!session.display_name.empty()) return session.display_name;
    return session.session_id.substr(0, 8) + " (" +
           base::rfc3339(session.updated_ms).substr(0, 10) + ')';
}

void write_text(json::Writer& w, std::string_view key, const std::string& text) {
    if (!text.empty()) w.field(key, text);
}

void write_row(json::Writer& w, const Row& row, bool with_title) {
    const store::Session& session = row.session;
    w.begin_object().field("key", session.key);
    w.field("kind", sessions::name(sessions::kind_of(session.key, session.chat_type)));
    write_text(w, "displayName", session.display_name);
    write_text(w, "channel", session.channel);
    write_text(w, "chatType", session.chat_type);
    w.field("updatedAt", session.updated_ms).field("sessionId", session.session_id);
    w.field("systemSent", false).field("abortedLastRun", false);
    w.field("inputTokens", 0).field("outputTokens", 0).field("totalTokens", 0);
    if (!session.last_channel.empty()) {
        w.key("deliveryContext").begin_object();
        w.field("channel", session.last_channel);
        write_text(w, "to", session.last_to);
        write_text(w, "accountId", session.last_account);
        w.end_object();
    }
    write_text(w, "lastChannel", session.last_channel);
    write_text(w, "lastTo", session.last_to);
    write_text(w, "lastAccountId", session.last_account);
    if (with_title) w.field("derivedTitle", title_of(session));
    write_text(w, "lastMessagePreview", row.preview);
    w.end_object();
}

std::string page_payload(const Services& services, const Filter& filter, const Page& page) {
    std::string payload;
    json::Writer w(payload);
    const std::size_t next = filter.offset + page.rows.size();
    w.begin_object()
        .field("ts", services.clock.wall_ms())
        .field("path", services.config.state_dir + "/gatewayd.db")
        .field("count", page.rows.size())
        .field("totalCount", page.total)
        .field("hasMore", next < page.total);
    if (next < page.total) w.field("nextOffset", next);
    w.key("defaults").begin_object();
    w.key("modelProvider").null().key("model").null().key("contextTokens").null().end_object();
    w.key("sessions").begin_array();
    for (const Row& row : page.rows)
        write_row(w, row, filter.with_title);
    w.end_array().end_object();
    return payload;
}

}  // namespace

void handle_sessions_list(Services& services, Request& request) {
    using Params = proto::gateway::SessionsListParams;
    const auto params = proto::gateway::parse_params<Params>(request.params(), request.method());
    if (!params) return request.fail(invalid_request(params.error().message));
    const Filter filter = filter_of(*params, services.clock.wall_ms());
    auto reply = std::make_shared<Reply>(request.defer());
    services.store.read<Page>([filter](store::Database& db) { return read_page(db, filter); },
                              [reply, filter, &services](Result<Page> page) {
                                  if (!page) return reply->fail(to_failure(page.error()));
                                  reply->ok(page_payload(services, filter, *page));
                              });
}

}  // namespace gw::methods
