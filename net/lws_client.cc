// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include <libwebsockets.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <memory>
#include <string>

#include "net/lws_context.h"
#include "net/lws_log.h"
#include "net/websocket_client.h"

namespace gw::net {

namespace {

constexpr std::size_t kReceiveBytes = 4096;

const lws_retry_bo_t kNoPings = {
    .retry_ms_table = nullptr,
    .retry_ms_table_count = 0,
    .conceal_count = 0,
    .secs_since_valid_ping = 65535,
    .secs_since_valid_hangup = 0,
    .jitter_percent = 0,
};

class LwsClient final : public WebSocketClient {
  public:
    LwsClient(loop::Loop& loop, const WebSocketTarget& target, Events& events)
        : loop_(loop),
          target_(target),
          events_(&events),
          foreign_loop_(loop.raw()),
          deadline_(loop, [this] { give_up("timed out"); }) {
        handle_->client = this;
        handle_->protocols[0].name = "gatewayd";
        handle_->protocols[0].callback = on_event;
        handle_->protocols[0].rx_buffer_size = kReceiveBytes;
        handle_->protocols[0].tx_packet_size = 1U << 20;
    }

    ~LwsClient() override {
        handle_->client = nullptr;
        end_context(loop_, context_, handle_);
    }

    Result<void> start() {
        // The library leaks a handle with every connection that fails at once. The usual reason,
        // that nobody has made the socket, need not come to that.
        if (!target_.unix_path.empty() && ::access(target_.unix_path.c_str(), F_OK) != 0) {
            return fail(Errc::unavailable, "cannot connect to " + target_.unix_path);
        }
        route_library_log();
        lws_context_creation_info info{};
        info.port = CONTEXT_PORT_NO_LISTEN;
        info.protocols = handle_->protocols;
        info.options = LWS_SERVER_OPTION_LIBUV;
        info.foreign_loops = &foreign_loop_;
        info.gid = static_cast<gid_t>(-1);
        info.uid = static_cast<uid_t>(-1);
        info.user = handle_.get();
        info.retry_and_idle_policy = &kNoPings;
        info.fd_limit_per_thread = 64;
        context_ = lws_create_context(&info);
        if (context_ == nullptr) {
            return fail(Errc::unavailable,
                        "libwebsockets cannot start; is libwebsockets-evlib-uv installed?");
        }
        // A leading plus makes it a path: lws_client_connect_via_info.
        address_ = target_.unix_path.empty() ? target_.host : '+' + target_.unix_path;
        lws_client_connect_info connect{};
        connect.context = context_;
        connect.address = address_.c_str();
        connect.port = target_.unix_path.empty() ? target_.port : 0;
        connect.path = target_.path.c_str();
        connect.host = "localhost";
        connect.local_protocol_name = "gatewayd";
        connect.pwsi = &wsi_;
        deadline_.start(target_.connect_deadline);
        if (lws_client_connect_via_info(&connect) == nullptr && !is_over_) {
            return fail(Errc::unavailable, "cannot connect to " + address_);
        }
        return {};
    }

    void send_text(std::string_view message) override {
        if (is_over_ || is_closing_) return;
        std::string framed(LWS_PRE, '\0');
        framed.append(message);
        queue_.push_back(std::move(framed));
        if (wsi_ != nullptr) lws_callback_on_writable(wsi_);
    }

    void close(std::uint16_t code, std::string_view reason) override {
        if (is_over_ || is_closing_ || wsi_ == nullptr) return;
        is_closing_ = true;
        close_code_ = code;
        close_reason_ = reason.substr(0, 123);
        lws_callback_on_writable(wsi_);
    }

  private:
    // What the library may look at after the client is gone.
    struct Handle {
        LwsClient* client = nullptr;
        lws_protocols protocols[2] = {};
    };

    static int on_event(lws* wsi, lws_callback_reasons reason, void*, void* in, std::size_t size) {
        auto* handle = static_cast<Handle*>(lws_context_user(lws_get_context(wsi)));
        if (handle == nullptr || handle->client == nullptr) return 0;
        LwsClient* client = handle->client;
        switch (static_cast<int>(reason)) {
            case LWS_CALLBACK_CLIENT_ESTABLISHED: return client->on_established(wsi);
            case LWS_CALLBACK_CLIENT_RECEIVE:
                return client->on_receive(wsi, {static_cast<const char*>(in), size});
            case LWS_CALLBACK_CLIENT_WRITEABLE: return client->on_writeable(wsi);
            case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
                client->on_peer_close({static_cast<const char*>(in), size});
                return 0;
            case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
                client->give_up(in == nullptr
                                    ? std::string_view("connection failed")
                                    : std::string_view(static_cast<const char*>(in), size));
                return 0;
            case LWS_CALLBACK_CLIENT_CLOSED: client->finish(); return 0;
            default: return 0;
        }
    }

    int on_established(lws* wsi) {
        wsi_ = wsi;
        deadline_.stop();
        events_->on_open();
        return 0;
    }

    int on_receive(lws* wsi, std::string_view bytes) {
        if (message_.size() + bytes.size() + lws_remaining_packet_payload(wsi) >
            target_.max_message) {
            peer_code_ = 1009;
            return -1;
        }
        message_.append(bytes);
        if (lws_is_final_fragment(wsi) == 0) return 0;
        std::string whole;
        whole.swap(message_);
        events_->on_message({whole.data(), whole.size()});
        return 0;
    }

    int on_writeable(lws* wsi) {
        if (!queue_.empty()) {
            std::string& first = queue_.front();
            auto* payload = reinterpret_cast<unsigned char*>(first.data() + LWS_PRE);
            if (lws_write(wsi, payload, first.size() - LWS_PRE, LWS_WRITE_TEXT) < 0) return -1;
            queue_.pop_front();
            if (!queue_.empty() || is_closing_) lws_callback_on_writable(wsi);
            return 0;
        }
        if (!is_closing_) return 0;
        lws_close_reason(wsi, static_cast<lws_close_status>(close_code_),
                         reinterpret_cast<unsigned char*>(close_reason_.data()),
                         close_reason_.size());
        return -1;
    }

    void on_peer_close(std::string_view body) {
        if (body.size() < 2) {
            peer_code_ = 1005;
            return;
        }
        peer_code_ = static_cast<std::uint16_t>(static_cast<unsigned char>(body[0]) << 8 |
                                                static_cast<unsigned char>(body[1]));
        peer_reason_ = body.substr(2);
    }

    void give_up(std::string_view why) {
        peer_reason_ = why;
        finish();
    }

    void finish() {
        if (is_over_) return;
        is_over_ = true;
        wsi_ = nullptr;
        deadline_.stop();
        events_->on_closed(peer_code_, peer_reason_);
    }

    loop::Loop& loop_;
    WebSocketTarget target_;
    Events* events_;
    std::string address_;
    void* foreign_loop_;
    std::shared_ptr<Handle> handle_ = std::make_shared<Handle>();  // shared with end_context
    lws_context* context_ = nullptr;
    lws* wsi_ = nullptr;
    loop::Timer deadline_;
    std::deque<std::string> queue_;
    std::string message_;
    bool is_closing_ = false;
    bool is_over_ = false;
    std::uint16_t close_code_ = 1000;
    std::string close_reason_;
    std::uint16_t peer_code_ = 1006;
    std::string peer_reason_;
};

}  // namespace

Result<std::unique_ptr<WebSocketClient>> WebSocketClient::connect(loop::Loop& loop,
                                                                  const WebSocketTarget& target,
                                                                  Events& events) {
    auto client = std::make_unique<LwsClient>(loop, target, events);
    TRY_VOID(client->start());
    return client;
}

}  // namespace gw::net
