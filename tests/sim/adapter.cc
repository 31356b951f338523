// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "tests/sim/adapter.h"

#include <algorithm>
#include <charconv>

#include "store/inbound.h"
#include "tests/sim/disk.h"

namespace gw::sim {

namespace {

using namespace std::chrono_literals;

// What a worker dies of when it parses it, or never gets done with.
void suffer(std::string_view raw) {
    if (raw.ends_with(kCrashes)) World::current().doom(Fate::crash);
    if (raw.ends_with(kHangs)) World::current().doom(Fate::hang);
}

constexpr std::string_view kAccount = "default";

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

bool is_committed(const std::string& channel, const std::string& event_id) {
    auto query = Disk::database().query(
        "SELECT 1 FROM inbound WHERE channel = ? AND account = ? AND event_id = ?"
        " UNION SELECT 1 FROM quarantine WHERE channel = ? AND account = ? AND event_id = ?");
    query->bind_all(channel, kAccount, event_id, channel, kAccount, event_id);
    return query->step().value_or(false);
}

}  // namespace

proto::Capabilities Adapter::capabilities() const {
    proto::Capabilities can;
    can.set_client_id_window_ms(
        static_cast<std::uint64_t>(network_.nature().client_id_window.count()));
    can.set_can_look_up(network_.nature().can_look_up);
    return can;
}

Result<void> Adapter::on_configure(const proto::Configure& settings) {
    if (network_.nature().redelivers) {
        polled_ = number_of(settings.cursor());
        connect();
    } else {
        last_heard_.recall(settings.cursor(), [this](std::int64_t heard_ms) {
            heard_ms_ = heard_ms;
            connect();
        });
    }
    return {};
}

void Adapter::later(Nanos low, Nanos high, Step step) {
    World& world = World::current();
    world.after(world.random.between(low, high), process_, std::move(step));
}

// Connection

void Adapter::connect() {
    later(1ms, 300ms, [this] { on_connected(); });
}

void Adapter::on_connected() {
    is_connected_ = true;
    network_.listen(process_, [this](const Said& said) { on_said(said); });
    core_.link_changed(proto::LINK_STATE_CONNECTED, "connected", "bot");
    if (network_.nature().redelivers) return poll();
    const std::int64_t now_ms = World::current().wall_ms();
    if (heard_ms_ != 0) core_.gap_noticed(heard_ms_, now_ms, "not connected");
    heard_ms_ = now_ms;
}

void Adapter::drop_connection() {
    if (!is_connected_) return;
    is_connected_ = false;
    network_.hang_up(process_);
    core_.link_changed(proto::LINK_STATE_CONNECTING, "connection lost", "");
    connect();
}

// Inbound

void Adapter::on_said(const Said& said) {
    if (World::current().random.chance(network_.weather.disconnects)) return drop_connection();
    if (network_.nature().redelivers) return poll();
    // The network's time, not ours: what is lost next may be on its way already.
    heard_ms_ = said.at_ms;
    // Made of what was said: the double needs to know it again.
    if (core_.take_event({.id = {},
                          .cursor = workers::LastHeard::cursor(heard_ms_),
                          .raw = said.peer + '|' + said.text})) {
        network_.note_reached(said.id);
    }
}

void Adapter::poll() {
    if (!is_connected_) return;
    for (const Said& said : network_.events_after(polled_)) {
        if (!core_.take_event(
                {.id = said.id, .cursor = said.id, .raw = said.peer + '|' + said.text})) {
            return later(50ms, 200ms, [this] { poll(); });
        }
        network_.note_reached(said.id);
        polled_ = number_of(said.id);
    }
}

std::optional<proto::MessageReceived> Adapter::parse(const workers::Event& event) {
    suffer(event.raw);
    const std::size_t bar = event.raw.find('|');
    proto::MessageReceived message;
    message.set_peer(event.raw.substr(0, bar));
    message.set_sender_id(message.peer());
    message.set_chat_type(proto::CHAT_TYPE_DIRECT);
    message.set_text(event.raw.substr(bar + 1));
    // The skeleton sends it in this step, before anything can happen to us.
    network_.note_told(message.text());
    return message;
}

void Adapter::on_accepted(const std::string& event_id) {
    if (is_committed(network_.nature().channel, event_id)) return;
    World::current().fail("event " + event_id + " of " + network_.nature().channel +
                          " is acknowledged and not on the disk");
}

// Outbound

void Adapter::on_send(const proto::SendMessage& order) {
    if (!is_connected_) {
        return core_.send_failed(order, proto::SEND_FAILURE_TRANSIENT, "not connected", 0);
    }
    switch (core_.attempt_started(order)) {
        case workers::Core::Start::go: return later(0ns, 200us, [this, order] { transmit(order); });
        case workers::Core::Start::wait: return later(1ms, 2ms, [this, order] { on_send(order); });
        case workers::Core::Start::too_late: return;
    }
}

// From here on the bytes are in flight, whatever becomes of us.
void Adapter::transmit(const proto::SendMessage& order) {
    if (core_.attempt_started(order) == workers::Core::Start::too_late) return;
    World& world = World::current();
    // Until the answer comes, `this` may be gone.
    world.after(world.random.between(100us, 30ms), 0,
                [this, &network = network_, order, process = process_] {
                    World& there = World::current();
                    const Network::Answer answer = network.receive(order.client_id(), order.text());
                    if (!there.is_alive(process)) return;
                    there.after(there.random.between(100us, 30ms), process,
                                [this, order, answer] { on_answer(order, answer); });
                });
}

void Adapter::on_answer(const proto::SendMessage& order, const Network::Answer& answer) {
    switch (answer.verdict) {
        case Network::Verdict::taken: return core_.send_done(order, answer.message_id);
        case Network::Verdict::not_now:
            return core_.send_failed(order, proto::SEND_FAILURE_TRANSIENT, "slow down", 500);
        case Network::Verdict::never:
            return core_.send_failed(order, proto::SEND_FAILURE_PERMANENT, "refused", 0);
        case Network::Verdict::silence:
            return later(5s, 20s, [this, order] {
                core_.send_failed(order, proto::SEND_FAILURE_UNCERTAIN, "no answer", 0);
            });
    }
}

void Adapter::on_look_up(const proto::LookUpSent& question) {
    later(1ms, 100ms, [this, question] {
        const auto found = network_.find_message(question.text());
        const bool knows = !World::current().random.chance(0.05);
        core_.sent_looked_up(question,
                             !knows  ? proto::LOOK_UP_UNKNOWN
                             : found ? proto::LOOK_UP_FOUND
                                     : proto::LOOK_UP_ABSENT,
                             found.value_or(std::string()));
    });
}

// Program

// Whatever happens around it, an honest worker has no reason to give its core up.
WorkerProgram::~WorkerProgram() {
    if (skeleton_ && skeleton_->exit_code() != 0) {
        World::current().fail("a worker of " + network_.nature().channel +
                              " was told what no core may say");
    }
}

void WorkerProgram::start() {
    loop_ = *loop::Loop::create();
    skeleton_ = std::make_unique<workers::Skeleton>(
        *loop_, World::current(), base::Fd(fd3_), network_.nature().channel,
        [this](loop::Loop& loop, workers::Core& core) {
            return std::make_unique<Adapter>(loop, network_, core);
        });
}

}  // namespace gw::sim
