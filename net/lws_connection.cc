// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/lws_connection.h"

#include <libwebsockets.h>

#include <array>
#include <charconv>

#include "base/log.h"
#include "base/utf8.h"
#include "net/lws_server.h"

namespace gw::net {

namespace {

// What is handed to the library in one write. What the kernel does not take of it, the library
// copies, so this is kept moderate.
constexpr std::size_t kWriteBytes = 256U * 1024;
constexpr std::size_t kMaxCloseReason = 123;  // RFC 6455 §5.5

// Set while the library is below us on the stack.
class InCallback {
  public:
    explicit InCallback(bool& flag) : flag_(flag) { flag_ = true; }
    ~InCallback() { flag_ = false; }
    InCallback(const InCallback&) = delete;
    InCallback& operator=(const InCallback&) = delete;

  private:
    bool& flag_;
};

}  // namespace

LwsConnection::LwsConnection(LwsServer& server, Peer peer, std::unique_ptr<SocketOwner> owner,
                             std::uint64_t serial)
    : server_(&server),
      peer_(std::move(peer)),
      serial_(serial),
      owner_(std::move(owner)),
      max_message_(server.options().max_message) {}

LwsConnection::~LwsConnection() = default;

int LwsConnection::on_established() {
    const InCallback in(in_callback_);
    phase_ = Phase::open;
    owner_->on_open(*this);
    return result();
}

int LwsConnection::on_fragment(std::span<const char> bytes, bool is_first, bool is_final,
                               bool is_binary, std::size_t remaining) {
    if (phase_ != Phase::open) return 0;
    const InCallback in(in_callback_);
    const std::size_t held = assembly_ ? assembly_->size() : 0;
    if (held + bytes.size() + remaining > max_message_) {
        close(1009, "");
        return result();
    }
    if (is_first && is_final) {
        deliver(bytes, is_binary);
        if (server_ != nullptr) server_->flush_if_many();
        return result();
    }
    if (!assembly_) {
        assembly_ = std::make_unique<std::string>();
        assembly_->reserve(bytes.size() + remaining + 1);
    }
    assembly_->append(bytes.data(), bytes.size());
    if (is_final) {
        const std::unique_ptr<std::string> whole = std::move(assembly_);
        deliver(*whole, is_binary);
    }
    return result();
}

void LwsConnection::deliver(std::span<const char> whole, bool is_binary) {
    const std::string_view text(whole.data(), whole.size());
    if (!is_binary && !base::is_utf8(text)) return close(1007, "");
    std::string& scratch = server_->scratch();
    scratch.assign(text);
    // One byte behind the end stays writable: a string has its terminator there.
    owner_->on_message({scratch.data(), scratch.size()},
                       is_binary ? MessageKind::binary : MessageKind::text);
    constexpr std::size_t kKeep = 1U << 20;
    if (server_ != nullptr && scratch.capacity() > kKeep) {
        scratch.clear();
        scratch.shrink_to_fit();
    }
}

int LwsConnection::on_writeable() {
    const InCallback in(in_callback_);
    if (is_blocked_ && lws_partial_buffered(wsi_) == 0) {
        is_blocked_ = false;
        server_->note_buffered(-static_cast<std::ptrdiff_t>(held_by_library_));
        held_by_library_ = 0;
    }
    flush();
    return result();
}

int LwsConnection::on_peer_close() {
    // The closing handshake is complete when we had begun it; otherwise the library answers, and
    // what is still queued here comes too late.
    const bool was_ours = phase_ == Phase::closing;
    phase_ = Phase::closing;
    drop_output();
    return was_ours ? -1 : 0;
}

void LwsConnection::on_pong() {
    const InCallback in(in_callback_);
    if (phase_ == Phase::open) owner_->on_pong();
}

void LwsConnection::on_gone() {
    if (phase_ == Phase::gone) return;
    phase_ = Phase::gone;
    drop_output();
    if (server_ != nullptr) server_->forget(*this);
    if (owner_) owner_->on_closed();
    owner_.reset();
}

void LwsConnection::flush() {
    if (numbered_ && !is_blocked_) flush_numbered();
    while (out_ && !is_blocked_) {
        const std::string_view rest = std::string_view(*out_).substr(sent_);
        const std::size_t size = whole_frames(rest, kWriteBytes);
        write(out_->data() + sent_, size);
        if (!out_) return;  // the connection broke
        sent_ += size;
        if (sent_ == out_->size()) {
            server_->give_back(std::move(out_));
            sent_ = 0;
        } else if (sent_ > out_->size() / 2) {
            out_->erase(0, sent_);
            sent_ = 0;
        }
    }
    if (was_slow_ && !is_blocked_ && !out_) {
        was_slow_ = false;
        if (phase_ == Phase::open) owner_->on_drained();
    }
}

// Put together where it was for the connection before: that memory is warm.
void LwsConnection::flush_numbered() {
    std::string& frame = server_->frame_scratch();
    frame.clear();
    append_numbered(frame);
    server_->note_buffered(static_cast<std::ptrdiff_t>(frame.size()) -
                           static_cast<std::ptrdiff_t>(numbered_size()));
    numbered_.reset();
    write(frame.data(), frame.size());
}

// Whole frames, of which the library copies what the kernel does not take.
void LwsConnection::write(const char* bytes, std::size_t size) {
    // Written raw, so the library adds nothing in front and leaves the bytes alone.
    auto* begin = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes));
    if (lws_write(wsi_, begin, size, LWS_WRITE_RAW) < 0) {
        if (!out_) server_->note_buffered(-static_cast<std::ptrdiff_t>(size));
        drop_output();
        return abort();
    }
    if (lws_partial_buffered(wsi_) != 0) {
        is_blocked_ = true;
        was_slow_ = true;
        held_by_library_ = size;
        lws_callback_on_writable(wsi_);
    } else {
        server_->note_buffered(-static_cast<std::ptrdiff_t>(size));
    }
}

void LwsConnection::queue(Opcode opcode, std::span<const std::string_view> pieces) {
    if (server_ == nullptr || wsi_ == nullptr) return;
    std::size_t payload = 0;
    for (const std::string_view piece : pieces)
        payload += piece.size();
    begin_output();
    const std::size_t before = out_->size();
    append_frame_header(*out_, opcode, payload);
    for (const std::string_view piece : pieces)
        out_->append(piece);
    server_->note_buffered(static_cast<std::ptrdiff_t>(out_->size() - before));
    if (!is_blocked_) server_->mark_dirty(*this);
}

// Frames follow each other in one buffer from here on.
void LwsConnection::begin_output() {
    if (!out_) out_ = server_->take_buffer();
    if (!numbered_) return;
    const std::size_t before = out_->size();
    append_numbered(*out_);
    server_->note_buffered(static_cast<std::ptrdiff_t>(out_->size() - before) -
                           static_cast<std::ptrdiff_t>(numbered_size()));
    numbered_.reset();
}

void LwsConnection::append_numbered(std::string& out) const {
    char digits[24];
    const char* end = std::to_chars(digits, digits + sizeof digits, number_).ptr;
    const std::string_view number(digits, static_cast<std::size_t>(end - digits));
    append_frame_header(out, Opcode::text,
                        numbered_->head.size() + number.size() + numbered_->tail.size());
    out.append(numbered_->head).append(number).append(numbered_->tail);
}

// Near enough to decide by: the frame's header and the digits are taken at their longest.
std::size_t LwsConnection::numbered_size() const {
    constexpr std::size_t kMost = 10 + 20;
    return numbered_ ? numbered_->head.size() + numbered_->tail.size() + kMost : 0;
}

void LwsConnection::send_text(std::string_view message) {
    if (phase_ == Phase::open) queue(Opcode::text, {&message, 1});
}

void LwsConnection::send_numbered(const std::shared_ptr<const NumberedText>& message,
                                  std::uint64_t number) {
    if (phase_ != Phase::open || server_ == nullptr || wsi_ == nullptr) return;
    const bool is_alone = !out_ && !numbered_ && !is_blocked_;
    if (!is_alone) begin_output();
    numbered_ = message;
    number_ = number;
    server_->note_buffered(static_cast<std::ptrdiff_t>(numbered_size()));
    if (!is_alone) begin_output();
    if (!is_blocked_) server_->mark_dirty(*this);
}

void LwsConnection::send_ping() {
    // Not an empty one: the library tells nobody of an empty pong.
    constexpr std::string_view kPayload = "?";
    if (phase_ == Phase::open) queue(Opcode::ping, {&kPayload, 1});
}

void LwsConnection::close(std::uint16_t code, std::string_view reason) {
    if (phase_ != Phase::open) return;
    const char bytes[2] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    const std::array<std::string_view, 2> pieces = {std::string_view(bytes, 2),
                                                    base::utf8_prefix(reason, kMaxCloseReason)};
    queue(Opcode::close, pieces);
    phase_ = Phase::closing;
    assembly_.reset();
    server_->watch_close(*this);
}

void LwsConnection::abort() {
    if (wsi_ == nullptr || phase_ == Phase::gone) return;
    wants_abort_ = true;
    // From inside a callback the return value drops the connection.
    if (in_callback_) return;
    lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    // The library looks at its timeouts only when something else happens.
    lws_cancel_service(lws_get_context(wsi_));
}

std::size_t LwsConnection::buffered() const {
    return (out_ ? out_->size() - sent_ : 0) + numbered_size() + held_by_library_;
}

void LwsConnection::pause() {
    if (wsi_ != nullptr) lws_rx_flow_control(wsi_, 0);
}

void LwsConnection::resume() {
    if (wsi_ != nullptr) lws_rx_flow_control(wsi_, 1);
}

void LwsConnection::drop_output() {
    if (server_ == nullptr) return;
    server_->note_buffered(-static_cast<std::ptrdiff_t>(buffered()));
    held_by_library_ = 0;
    sent_ = 0;
    numbered_.reset();
    if (out_) server_->give_back(std::move(out_));
}

}  // namespace gw::net
