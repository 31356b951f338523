// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "net/http_connection.h"

#include <algorithm>
#include <utility>

#include "net/http_answer.h"
#include "net/upgrade.h"

namespace gw::net {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kHeadBudget = 10s;
constexpr std::chrono::milliseconds kBodyBudget = 10s;
constexpr std::chrono::milliseconds kIdleBudget = 5s;
constexpr std::chrono::milliseconds kCloseBudget = 2s;

// Answers that the client does not take; above half of it no request is looked at.
constexpr std::size_t kMaxQueued = 512U * 1024;
constexpr int kMaxExtensions = 6;
// Requests that follow one that waits for its answer.
constexpr std::size_t kMaxPipelined = 64U * 1024;
// A read of short requests that is worth a turn.
constexpr std::size_t kManyBytes = 64U * 1024;
// What is read over of a body that nobody wants, so that the client gets to see the answer.
constexpr std::size_t kMaxDiscarded = 1U << 20;

}  // namespace

HttpConnection::HttpConnection(loop::Loop& loop, Host& host, base::Fd socket, Peer peer,
                               std::uint64_t serial)
    : host_(host),
      peer_(std::move(peer)),
      serial_(serial),
      deadline_(loop, [this] { on_deadline(); }),
      // Not make_unique: that one may not see our private base.
      stream_(new loop::Stream(loop, std::move(socket), *this, kMaxQueued)) {
    deadline_.start(kHeadBudget);
    await_request();
}

HttpConnection::~HttpConnection() {
    host_.note_request(*this);
}

void HttpConnection::await_request() {
    // The control socket is only reached by those who may use it.
    if (peer_.via == Peer::Via::tcp) host_.expect_request(*this);
}

// Bytes

void HttpConnection::on_data(base::ByteView bytes) {
    if (phase_ == Phase::over) return;
    if (phase_ == Phase::closing) {
        discarded_ += bytes.size();
        if (discarded_ > kMaxDiscarded) end();
        return;
    }
    // Between requests the time of the next head begins with its first byte.
    if (phase_ == Phase::head && input_.empty()) deadline_.start(kHeadBudget);
    input_ += base::as_text(bytes);
    process();
    if (phase_ != Phase::head || bytes.size() < kManyBytes) return;
    // Requests upon requests: the others on the loop get a word in before the next read.
    stream_->pause();
    host_.settle_later(serial_);
}

void HttpConnection::on_closed(const Error&) {
    end();
}

void HttpConnection::process() {
    is_processing_ = true;
    while ((phase_ == Phase::head && !is_behind() && read_head()) ||
           (phase_ == Phase::body && read_body())) {
    }
    is_processing_ = false;
    const bool has_enough = phase_ == Phase::waiting && input_.size() > kMaxPipelined;
    if (has_enough || (phase_ == Phase::head && is_behind())) stream_->pause();
}

// False: more bytes are needed, or nothing is to be read any more.
bool HttpConnection::read_head() {
    auto head = parse_head(input_);
    if (!head) {
        refuse(head.error());
        return false;
    }
    if (!*head) return false;
    input_.erase(0, (*head)->size);
    on_head(std::move(**head));
    return true;
}

bool HttpConnection::read_body() {
    const auto taken = body_->feed(input_);
    if (!taken) {
        refuse(taken.error());
        return false;
    }
    input_.erase(0, *taken);
    if (!body_->is_complete()) return false;
    phase_ = Phase::waiting;
    deadline_.stop();
    owner_->on_body(body_->take());
    return true;
}

// Requests

void HttpConnection::on_head(HttpHead head) {
    host_.note_request(*this);
    head.request.peer = peer_;
    head_ = std::move(head);
    if (asks_for_websocket(head_->request)) return upgrade();
    auto decision = host_.http_events().on_http(head_->request);
    if (auto* owner = std::get_if<std::unique_ptr<HttpOwner>>(&decision)) {
        return take_body(std::move(*owner));
    }
    // A body that nobody reads would be taken for the next request.
    const bool has_body = head_->framing != HttpFraming::none || head_->lacks_length;
    write(std::get<HttpAnswer>(decision), head_->may_keep_alive && !has_body);
}

void HttpConnection::take_body(std::unique_ptr<HttpOwner> owner) {
    const std::size_t max_body = owner->max_body();
    if (head_->lacks_length) return refuse({411, "Content-Length required"});
    if (head_->body_size > max_body) return refuse({413, "the body is too large"});
    owner_ = std::move(owner);
    body_.emplace(*head_, max_body);
    phase_ = Phase::body;
    deadline_.start(kBodyBudget);
    if (head_->wants_continue) {
        static_cast<void>(stream_->write(base::as_bytes("HTTP/1.1 100 Continue\r\n\r\n")));
    }
    owner_->on_begin(*this);
}

void HttpConnection::upgrade() {
    if (auto problem = find_upgrade_problem(*head_)) return write(*problem, false);
    // The socket is handed over, and the rest of an earlier answer would be lost.
    if (stream_->queued() > 0) return refuse({400, "an upgrade before earlier answers were taken"});
    auto owner = host_.http_events().on_upgrade(head_->request);
    if (!owner) return write(owner.error(), false);
    phase_ = Phase::over;
    deadline_.stop();
    host_.settle_later(serial_);
    host_.on_upgraded({.socket = stream_->release(),
                       .peer = peer_,
                       .key = head_->request.find_header("sec-websocket-key").value_or(""),
                       .subprotocol = offered_subprotocol(head_->request),
                       .rest = std::move(input_),
                       .owner = std::move(*owner)});
}

// Answers

void HttpConnection::answer(const HttpAnswer& answer) {
    if (!owner_) return;
    answered_ = std::move(owner_);
    const bool is_body_read = phase_ == Phase::waiting;
    write(answer, head_->may_keep_alive && is_body_read);
    host_.settle_later(serial_);
}

void HttpConnection::write(const HttpAnswer& answer, bool keeps_alive) {
    const std::string text = to_text(answer, head_ && head_->request.method == "HEAD", keeps_alive);
    // Errc::limit_exceeded: it asks and asks and does not read.
    if (!stream_->write(base::as_bytes(text))) return end();
    untaken_ = stream_->queued();
    extensions_left_ = kMaxExtensions;
    if (keeps_alive) return await_next();
    close_softly();
}

void HttpConnection::refuse(const HttpProblem& problem) {
    if (owner_) answered_ = std::move(owner_);
    write({problem.status, "text/plain; charset=utf-8", std::string(problem.why)}, false);
    host_.settle_later(serial_);
}

void HttpConnection::await_next() {
    phase_ = Phase::head;
    head_.reset();
    body_.reset();
    deadline_.start(input_.empty() ? kIdleBudget : kHeadBudget);
    await_request();
    if (!is_behind()) stream_->resume();
}

// Closing at once would take the answer back, where bytes of the client are still unread.
void HttpConnection::close_softly() {
    phase_ = Phase::closing;
    input_.clear();
    deadline_.start(kCloseBudget);
    stream_->finish();
    stream_->resume();
}

bool HttpConnection::is_behind() const {
    return stream_->queued() > kMaxQueued / 2;
}

bool HttpConnection::is_taking() {
    const std::size_t before = std::exchange(untaken_, stream_->queued());
    return untaken_ > 0 && untaken_ < before && extensions_left_-- > 0;
}

void HttpConnection::on_drained() {
    host_.settle_later(serial_);
}

void HttpConnection::on_deadline() {
    const bool is_between = phase_ == Phase::head || phase_ == Phase::closing;
    if (is_between && is_taking()) return deadline_.start(kIdleBudget);
    const bool is_late = phase_ == Phase::body || (phase_ == Phase::head && !input_.empty());
    if (is_late) return refuse({408, "too slow"});
    end();
}

void HttpConnection::end() {
    if (phase_ == Phase::over) return;
    phase_ = Phase::over;
    host_.note_request(*this);
    deadline_.stop();
    if (owner_) answered_ = std::move(owner_);
    host_.settle_later(serial_);
}

bool HttpConnection::settle() {
    answered_.reset();
    if (phase_ == Phase::head && !is_processing_) process();
    if (phase_ == Phase::head && !is_behind()) stream_->resume();
    return phase_ == Phase::over;
}

}  // namespace gw::net
