// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/server/client.h"

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/utf8.h"
#include "gatewayd/methods/table.h"
#include "gatewayd/server/shared.h"

namespace gw::server {

namespace {

// A close reason has room for 123 bytes; existing clients are used to 120.
constexpr std::size_t kMaxCloseReason = 120;

// From here on a client's next messages wait until it has read what it was sent.
constexpr std::size_t kPauseAbove = 1U << 20;

}  // namespace

Client::Client(Shared& shared, Remote remote)
    : shared_(shared), remote_(std::make_unique<Remote>(std::move(remote))) {
    caller_.connection = shared_.clients.add(*this);
    caller_.is_control = remote_->is_control;
}

Client::~Client() {
    shared_.clients.remove(caller_.connection);
}

void Client::on_open(net::Socket& socket) {
    socket_ = &socket;
    phase_ = Phase::challenged;
    std::string& frame = shared_.scratch;
    frame = R"({"type":"event","event":"connect.challenge","payload":)";
    json::Writer(frame)
        .begin_object()
        .field("nonce", remote_->nonce)
        .field("ts", shared_.clock.wall_ms())
        .end_object();
    frame += '}';
    send(frame);
}

void Client::on_message(std::span<char> message, net::MessageKind kind) {
    using Utf8 = json::Parser::Utf8;
    const Utf8 utf8 = kind == net::MessageKind::text ? Utf8::checked : Utf8::unchecked;
    switch (phase_) {
        case Phase::opening:
        case Phase::closing: return;
        case Phase::challenged: return on_handshake_frame(message, utf8);
        case Phase::ready: return on_request_frame(message, utf8);
    }
}

void Client::on_drained() {
    if (!is_paused_ || socket_ == nullptr) return;
    is_paused_ = false;
    socket_->resume();
}

void Client::on_closed() {
    socket_ = nullptr;
    phase_ = Phase::closing;
    shared_.clients.remove(caller_.connection);
    if (presence_key_.empty()) return;
    shared_.services.presence.touch(presence_key_, "disconnect");
    presence_key_.clear();
    shared_.services.announcer.presence_thinned();
}

void Client::send(std::string_view frame) {
    if (socket_ != nullptr) socket_->send_text(frame);
}

void Client::send_event(const std::shared_ptr<const net::NumberedText>& message,
                        std::uint64_t seq) {
    if (socket_ != nullptr) socket_->send_numbered(message, seq);
}

void Client::close(std::uint16_t code, std::string_view reason) {
    if (socket_ == nullptr || phase_ == Phase::closing) return;
    phase_ = Phase::closing;
    socket_->close(code, base::utf8_prefix(reason, kMaxCloseReason));
}

void Client::on_handshake_deadline() {
    if (phase_ != Phase::challenged) return;
    ++shared_.handshakes.timed_out;
    close(1000, "");
}

void Client::on_handshake_frame(std::span<char> message, json::Parser::Utf8 utf8) {
    const auto parsed = shared_.parser.parse_in_place(message, utf8);
    if (!parsed) return close(1000, "");
    const auto frame = proto::gateway::parse_frame(*parsed);
    if (!frame) return close(1008, "invalid request frame");

    std::string id_json;
    json::append_string(id_json, frame->id);
    if (frame->method != "connect") {
        Refusal refusal;
        refusal.message = "invalid handshake: first request must be connect";
        return refuse(id_json, refusal);
    }
    on_connect(id_json, frame->params);
}

void Client::on_connect(std::string_view id_json, json::Value value) {
    const auto params = proto::gateway::parse_connect(value);
    if (!params) {
        Refusal refusal;
        refusal.message = params.error().message;
        return refuse(id_json, refusal);
    }
    const auto admission =
        decide(*params, *remote_, shared_.config.gateway, shared_.clock.wall_ms());
    if (!admission) return refuse(id_json, admission.error());
    admit(*params, *admission, id_json);
}

void Client::admit(const proto::gateway::ConnectParams& params, const Admission& admission,
                   std::string_view id_json) {
    caller_.dialect = admission.dialect;
    caller_.role = admission.role;
    caller_.scopes = admission.scopes;
    note_presence(params, admission);

    std::string& frame = shared_.scratch;
    frame.clear();
    methods::begin_ok(frame, id_json);
    shared_.hello.append(frame, admission, base::new_uuid());
    frame += '}';
    socket_->set_max_message(admission.dialect.max_payload());
    send(frame);
    if (frame.capacity() > kPauseAbove) frame.shrink_to_fit();

    phase_ = Phase::ready;
    remote_.reset();
    ++shared_.handshakes.admitted;
    shared_.clients.mark_ready(*this);
}

void Client::note_presence(const proto::gateway::ConnectParams& params,
                           const Admission& admission) {
    const proto::gateway::ConnectClient& client = params.client;
    const std::string_view mode = name(client.mode);
    // Command lines come and go; they would only make noise.
    if (mode == "cli") return;
    const auto text = [](const std::optional<std::string_view>& value) {
        return std::string(value.value_or(std::string_view()));
    };
    observe::PresenceEntry entry;
    entry.host = client.display_name ? text(client.display_name) : std::string(name(client.id));
    entry.ip = remote_->ip;
    entry.version = client.version;
    entry.platform = client.platform;
    entry.device_family = text(client.device_family);
    entry.model_identifier = text(client.model_identifier);
    entry.mode = mode;
    entry.reason = "connect";
    entry.text = "Node: " + entry.host + " · mode " + entry.mode;
    entry.roles = {std::string(auth::name(admission.role))};
    entry.scopes.assign(admission.scope_names.begin(), admission.scope_names.end());
    entry.instance_id = text(client.instance_id);
    if (params.device) {
        entry.device_id = params.device->id;
        entry.instance_id = entry.device_id;
    }
    presence_key_ = !entry.instance_id.empty() ? entry.instance_id
                                               : "connection:" + std::to_string(caller_.connection);
    shared_.services.presence.put(presence_key_, std::move(entry));
}

void Client::refuse(std::string_view id_json, const Refusal& refusal) {
    ++shared_.handshakes.refused;
    methods::Failure failure;
    failure.code = refusal.code;
    failure.message = refusal.message;
    failure.details = refusal.details;
    std::string& frame = shared_.scratch;
    frame.clear();
    methods::append_failure(frame, id_json, failure);
    send(frame);
    log::info("server", "handshake refused", {{"reason", refusal.message}});
    close(refusal.close_code,
          refusal.close_reason.empty() ? refusal.message : refusal.close_reason);
}

void Client::on_request_frame(std::span<char> message, json::Parser::Utf8 utf8) {
    const auto parsed = shared_.parser.parse_in_place(message, utf8);
    if (!parsed) return;  // not JSON: ignored, as every generation of clients expects
    const auto frame = proto::gateway::parse_frame(*parsed);
    std::string& id_json = shared_.id_scratch;
    id_json.clear();
    if (!frame) {
        const auto id = parsed->is_object() ? parsed->find("id") : std::nullopt;
        if (id && !id->is_null()) {
            json::append(id_json, *id);
        } else {
            id_json = R"("invalid")";
        }
        std::string& out = shared_.scratch;
        out.clear();
        methods::append_failure(out, id_json, methods::invalid_request(frame.error().message));
        return send(out);
    }
    json::append_string(id_json, frame->id);
    ++shared_.requests;
    methods::Request request(shared_.clients, caller_, frame->method, frame->params, id_json,
                             shared_.scratch);
    methods::dispatch(shared_.services, request);
    push_back_if_full();
}

void Client::push_back_if_full() {
    if (socket_ == nullptr || is_paused_ || socket_->buffered() <= kPauseAbove) return;
    is_paused_ = true;
    socket_->pause();
}

}  // namespace gw::server
