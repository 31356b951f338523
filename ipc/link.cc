// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "ipc/link.h"

#include "ipc/build_id.h"

namespace gw::ipc {

template <typename In, typename Out>
Link<In, Out>::Link(loop::Loop& loop, base::Fd socket, Events& events)
    : events_(events),
      // Not make_unique: that one may not see our private base.
      stream_(new loop::Stream(loop, std::move(socket), *this, kMaxQueuedBytes)) {}

template <typename In, typename Out>
Link<In, Out>::~Link() {
    if (destroyed_ != nullptr) *destroyed_ = true;
}

template <typename In, typename Out>
Result<void> Link<In, Out>::send(const Out& message) {
    if (is_closed_) return fail(Errc::closed, "the link is closed");
    const std::size_t size = message.ByteSizeLong();
    if (size == 0 || size > kMaxFrameBytes) {
        return fail(Errc::limit_exceeded,
                    "a message of " + std::to_string(size) + " bytes does not fit a frame");
    }
    out_.clear();
    const std::span<std::byte> body = begin_frame(out_, size);
    message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(body.data()));
    return stream_->write(out_);
}

template <typename In, typename Out>
void Link<In, Out>::cut(std::string_view reason) {
    on_closed(Error{Errc::invalid_input, std::string(reason)});
}

template <typename In, typename Out>
std::size_t Link<In, Out>::queued() const {
    return stream_->queued();
}

template <typename In, typename Out>
void Link<In, Out>::on_data(base::ByteView bytes) {
    bool is_destroyed = false;
    destroyed_ = &is_destroyed;
    const auto fed = reader_.feed(bytes, [&](base::ByteView body) {
        message_.Clear();
        if (!message_.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
            cut("a frame that is no message");
        } else {
            events_.on_message(message_);
        }
        return !is_destroyed && !is_closed_;
    });
    // The handler may have destroyed the link: nothing of it is touched then.
    if (is_destroyed) return;
    destroyed_ = nullptr;
    if (!fed && !is_closed_) on_closed(fed.error());
}

template <typename In, typename Out>
void Link<In, Out>::on_closed(const Error& reason) {
    if (is_closed_) return;
    is_closed_ = true;
    stream_->pause();
    events_.on_link_closed(reason);
}

template class Link<proto::WorkerToCore, proto::CoreToWorker>;
template class Link<proto::CoreToWorker, proto::WorkerToCore>;

std::string_view build_id() {
    return kBuildId;
}

}  // namespace gw::ipc
