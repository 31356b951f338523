// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/telegram/delivery.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "workers/telegram/update.h"

namespace gw::telegram {

namespace {

// How soon to ask again whether the core knows of an attempt.
constexpr std::chrono::milliseconds kBeginAgain{10};
// The core waits two minutes from the beginning of an attempt.
constexpr std::chrono::seconds kPatience{110};
// What did not get out at all is tried again so often, at first after this long.
constexpr int kMaxTries = 3;
constexpr std::chrono::milliseconds kFirstDelay{400};

std::chrono::milliseconds spread(std::chrono::milliseconds delay) {
    const double factor = 0.9 + 0.2 * base::random_unit();
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(delay.count()) * factor));
}

bool is_revoked(const ApiError& error) {
    return error.code == 401 || (error.code == 404 && error.text == "Not Found");
}

}  // namespace

Delivery::Delivery(loop::Loop& loop, workers::Core& core, Api& api, const Settings& settings,
                   proto::SendMessage order, Target target, Events& events)
    : loop_(loop),
      core_(core),
      api_(api),
      settings_(settings),
      order_(std::move(order)),
      target_(std::move(target)),
      events_(events),
      timer_(loop, [this] { has_begun_ ? make_step() : begin(); }) {}

void Delivery::start() {
    auto steps = plan(order_, settings_);
    if (!steps) return fail(proto::SEND_FAILURE_PERMANENT, steps.error().message);
    steps_ = std::move(*steps);
    for (const proto::MediaRef& file : order_.media())
        files_.emplace_back(core_, file);
    if (files_.empty()) begin();
}

void Delivery::on_media_chunk(const proto::MediaChunk& chunk) {
    for (workers::MediaDownload& file : files_) {
        if (file.file().media_id() != chunk.media_id() || file.is_complete()) continue;
        if (const auto taken = file.take(chunk); !taken) {
            return fail(proto::SEND_FAILURE_PERMANENT, taken.error().message);
        }
    }
    const auto is_here = [](const auto& file) { return file.is_complete(); };
    const bool are_here = std::all_of(files_.begin(), files_.end(), is_here);
    if (are_here && !has_begun_ && !timer_.is_running()) begin();
}

void Delivery::begin() {
    switch (core_.attempt_started(order_)) {
        case workers::Core::Start::go: break;
        case workers::Core::Start::wait: return timer_.start(kBeginAgain);
        case workers::Core::Start::too_late: return events_.on_ended(*this);
    }
    has_begun_ = true;
    give_up_at_ = loop_.now() + kPatience;
    make_step();
}

void Delivery::make_step() {
    const Step& step = steps_[next_];
    static const std::string kNoFile;
    const bool is_file = step.kind == Step::Kind::file;
    const std::string& content =
        is_file ? std::next(files_.begin(), static_cast<std::ptrdiff_t>(step.file))->bytes()
                : kNoFile;
    Order call = make_order(step, order_, target_, settings_, content);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(give_up_at_ - loop_.now());
    call.deadline = std::clamp(left, std::chrono::milliseconds(1), call.deadline);
    call_ = api_.call(std::move(call), [this](const auto& outcome) { on_answer(outcome); });
}

void Delivery::on_answer(const ApiOutcome& outcome) {
    if (!outcome) {
        switch (outcome.error().kind) {
            case ApiError::Kind::unsent: return on_unsent(outcome.error());
            case ApiError::Kind::flood: return on_flood(outcome.error());
            case ApiError::Kind::refused: return on_refused(outcome.error());
            case ApiError::Kind::unanswered: break;
        }
        return fail(proto::SEND_FAILURE_UNCERTAIN,
                    "no answer from Telegram: " + outcome.error().text);
    }
    last_id_ = std::to_string(find_integer(*outcome, "message_id").value_or(0));
    const auto chat = find_object(*outcome, "chat");
    const auto id = chat ? find_integer(*chat, "id") : std::nullopt;
    events_.on_said(id ? std::to_string(*id) : target_.chat, last_id_);
    tries_ = 0;
    if (++next_ < steps_.size()) return make_step();
    core_.send_done(order_, last_id_);
    events_.on_ended(*this);
}

void Delivery::on_refused(const ApiError& error) {
    if (make_plainer(steps_[next_], error)) return make_step();
    if (!error.migrated_to.empty() && !std::exchange(has_moved_, true)) {
        target_.chat = error.migrated_to;
        return make_step();
    }
    if (!is_revoked(error)) return fail(proto::SEND_FAILURE_PERMANENT, error.text);
    events_.on_revoked(error);
    // It goes out once somebody has mended the token, unless half of it is there already.
    fail(next_ == 0 ? proto::SEND_FAILURE_TRANSIENT : proto::SEND_FAILURE_PERMANENT,
         "Telegram does not take the bot's token any more");
}

void Delivery::on_flood(const ApiError& error) {
    if (next_ == 0) return fail(proto::SEND_FAILURE_TRANSIENT, error.text, error.retry_after);
    repeat_after(error.retry_after, error.text);
}

void Delivery::on_unsent(const ApiError& error) {
    const std::string why = "Telegram cannot be reached: " + error.text;
    if (++tries_ < kMaxTries) return repeat_after(spread(kFirstDelay * (1 << (tries_ - 1))), why);
    fail(next_ == 0 ? proto::SEND_FAILURE_TRANSIENT : proto::SEND_FAILURE_UNCERTAIN, why);
}

void Delivery::repeat_after(std::chrono::milliseconds delay, const std::string& why) {
    if (loop_.now() + delay < give_up_at_) return timer_.start(delay);
    fail(next_ == 0 ? proto::SEND_FAILURE_TRANSIENT : proto::SEND_FAILURE_UNCERTAIN, why, delay);
}

std::string Delivery::arrived() const {
    if (next_ == 0) return {};
    const std::string all = std::to_string(steps_.size());
    return next_ == 1 ? " (part 1 of " + all + " has arrived)"
                      : " (parts 1 to " + std::to_string(next_) + " of " + all + " have arrived)";
}

void Delivery::fail(proto::SendFailure failure, const std::string& reason,
                    std::chrono::milliseconds retry_after) {
    core_.send_failed(order_, failure, reason + arrived(),
                      static_cast<std::uint32_t>(retry_after.count()));
    events_.on_ended(*this);
}

}  // namespace gw::telegram
