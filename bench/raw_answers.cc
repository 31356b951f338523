// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "bench/raw_answers.h"

#include <charconv>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/ids.h"
#include "bench/framing.h"

namespace gw::bench {

namespace {

constexpr std::string_view kBegin = R"({"type":"res","id":)";
constexpr std::string_view kOk = R"(,"ok":true,"payload":)";
constexpr std::string_view kFailed = R"(,"ok":false,"error":{"code":"INVALID_REQUEST","message":)";

}  // namespace

Result<Payloads> Payloads::load(const std::string& directory) {
    Payloads payloads;
    TRY(payloads.hello, base::read_file(directory + "/hello.json"));
    TRY(payloads.health, base::read_file(directory + "/health.json"));
    TRY(payloads.presence, base::read_file(directory + "/system-presence.json"));
    TRY(const std::string event, base::read_file(directory + "/event.json"));
    constexpr std::string_view kTime = R"("ts":)";
    payloads.presence_time = payloads.presence.find(kTime) + kTime.size();
    constexpr std::string_view kSeq = R"("seq":)";
    const std::size_t seq = event.rfind(kSeq);
    const std::size_t end = event.find_first_of(",}", seq);
    if (seq == std::string::npos || end == std::string::npos) {
        return fail(Errc::invalid_input, directory + "/event.json has no seq");
    }
    payloads.event_head = event.substr(0, seq + kSeq.size());
    payloads.event_tail = event.substr(end);
    return payloads;
}

RawAnswers::RawAnswers(Payloads payloads, std::string token)
    : payloads_(std::move(payloads)), token_(std::move(token)) {}

std::string RawAnswers::challenge() const {
    std::string text = R"({"type":"event","event":"connect.challenge","payload":)";
    json::Writer(text)
        .begin_object()
        .field("nonce", base::new_uuid())
        .field("ts", base::SystemClock().wall_ms())
        .end_object();
    text += '}';
    std::string frame;
    append_header(frame, Opcode::text, text.size());
    return frame + text;
}

bool RawAnswers::parse(std::span<char> text, Frame& frame) {
    const auto value = parser_.parse_in_place(text);
    if (!value || !value->is_object()) return false;
    std::string_view type;
    std::string_view id;
    for (const auto member : value->members()) {
        const json::Value field = member.value();
        if (member.key == "params") {
            frame.params = field;
            continue;
        }
        if (!field.is_string()) return false;
        if (member.key == "type") {
            type = field.string();
        } else if (member.key == "id") {
            id = field.string();
        } else if (member.key == "method") {
            frame.method = field.string();
        } else {
            return false;
        }
    }
    if (type != "req" || id.empty() || frame.method.empty()) return false;
    id_json_.clear();
    json::append_string(id_json_, id);
    return true;
}

Outcome RawAnswers::answer_connect(std::span<char> text, std::string& out) {
    Frame frame;
    if (!parse(text, frame) || frame.method != "connect") return Outcome::ignored;
    const auto auth = frame.params.find("auth");
    const auto token = auth ? auth->find("token") : std::nullopt;
    if (!token || !token->is_string()) return Outcome::ignored;
    if (!base::constant_time_equal(token->string(), token_)) return Outcome::ignored;
    append_ok(out, payloads_.hello);
    return Outcome::admitted;
}

Outcome RawAnswers::answer_request(std::span<char> text, std::string& out) {
    Frame frame;
    if (!parse(text, frame)) return Outcome::ignored;
    if (frame.method == "health") {
        append_ok(out, payloads_.health);
    } else if (frame.method == "system-presence") {
        write_time();
        append_ok(out, payloads_.presence);
    } else if (frame.method == "system-event") {
        append_ok(out, R"({"ok":true})");
        return Outcome::broadcast;
    } else {
        append_unknown(out, frame.method);
    }
    return Outcome::answered;
}

// The first entry, the server's own, says when it was asked.
void RawAnswers::write_time() {
    char* const digits = payloads_.presence.data() + payloads_.presence_time;
    std::to_chars(digits, digits + 13, base::SystemClock().wall_ms());
}

void RawAnswers::append_ok(std::string& out, std::string_view payload) const {
    append_header(out, Opcode::text,
                  kBegin.size() + id_json_.size() + kOk.size() + payload.size() + 1);
    out.append(kBegin).append(id_json_).append(kOk).append(payload).push_back('}');
}

void RawAnswers::append_unknown(std::string& out, std::string_view method) {
    std::string text = "unknown method: ";
    text += method;
    message_.clear();
    json::append_string(message_, text);
    append_header(out, Opcode::text,
                  kBegin.size() + id_json_.size() + kFailed.size() + message_.size() + 2);
    out.append(kBegin).append(id_json_).append(kFailed).append(message_).append("}}");
}

}  // namespace gw::bench
