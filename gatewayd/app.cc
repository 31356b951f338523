// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/app.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>

#include "base/file.h"
#include "base/log.h"
#include "base/runtime_dir.h"
#include "gatewayd/auth/control_peer.h"
#include "gatewayd/media/files.h"
#include "gatewayd/version.h"
#include "loop/listener.h"
#include "store/retention.h"

namespace gw {

namespace {

constexpr std::chrono::milliseconds kStopCheck{10};
// Clients get this long to answer the close frame while workers are being stopped.
constexpr int kStopChecksForClients = 100;
// And the disk this long to take what was accepted.
constexpr int kStopChecksForStore = 150;

constexpr std::chrono::hours kRetentionCheck{1};
// A batch is one short transaction: messages that wait for theirs do not notice.
constexpr int kForgottenPerBatch = 500;
constexpr std::chrono::seconds kNextBatch{1};
// A file that no message has named for so long will not be named any more.
constexpr std::chrono::hours kUnnamedMedia{1};

observe::PresenceEntry self_entry() {
    char host[256] = {};
    if (::gethostname(host, sizeof host - 1) != 0) std::snprintf(host, sizeof host, "localhost");
    utsname system{};
    ::uname(&system);
    observe::PresenceEntry entry;
    entry.host = host;
    entry.version = kVersion;
    const std::string name = system.sysname;
    entry.platform = (name == "Darwin" ? "macos " : "linux ") + std::string(system.release);
    entry.device_family = name == "Darwin" ? "Mac" : name;
    entry.model_identifier = system.machine;
    entry.mode = "gateway";
    entry.reason = "self";
    entry.text =
        "Gateway: " + entry.host + " · app " + entry.version + " · mode gateway · reason self";
    return entry;
}

Result<server::BoundSockets> bind_ports(const config::Gateway& gateway) {
    server::BoundSockets sockets;
    TRY(sockets.tcp, loop::listen_tcp(gateway.bind_address, gateway.port));
    TRY(sockets.port, loop::local_port(sockets.tcp.get()));
    if (gateway.bind_address == "127.0.0.1") {
        // Clients that resolve localhost may try ::1 first.
        if (auto alias = loop::listen_tcp("::1", sockets.port)) {
            sockets.tcp6 = std::move(*alias);
        } else {
            log::warn("server", "no loopback alias", {{"error", alias.error().message}});
        }
    }
    return sockets;
}

Result<base::Fd> bind_control(const std::string& path, const auth::ControlPeers& peers) {
    // The directory is the first fence; the socket's mode the second, the peer's credentials the
    // third (auth/control_peer.h).
    const unsigned directory_mode = peers.has_group() ? 0750 : 0700;
    TRY_VOID(base::make_directories(path.substr(0, path.rfind('/')), directory_mode));
    TRY(base::Fd socket, loop::listen_unix(path, 0660));
    if (peers.has_group()) {
        const std::string directory = path.substr(0, path.rfind('/'));
        if (::chown(path.c_str(), static_cast<uid_t>(-1), peers.gid()) != 0 ||
            ::chown(directory.c_str(), static_cast<uid_t>(-1), peers.gid()) != 0) {
            return fail_errno("give " + path + " to its group");
        }
    }
    return socket;
}

}  // namespace

Result<std::unique_ptr<App>> App::create(loop::Loop& loop, config::Config config) {
    auto bound = bind_ports(config.gateway);
    if (!bound) {
        const int holder = InstanceLock::holder(config.state_dir);
        // Whoever has the port may go away: that is worth another start, unlike what 78 means.
        if (holder == 0) return fail(Errc::unavailable, bound.error().message);
        return fail(Errc::already_exists, "another gatewayd (pid " + std::to_string(holder) +
                                              ") is running on " + config.state_dir);
    }
    TRY_VOID(base::make_directories(config.state_dir, 0700));
    TRY(InstanceLock lock, InstanceLock::acquire(config.state_dir));
    TRY(const auth::ControlPeers peers, auth::ControlPeers::create(config.gateway.control_group));
    const std::string control_path = base::control_socket_path();
    TRY(bound->control, bind_control(control_path, peers));

    store::Store::Options options;
    options.path = config.state_dir + "/gatewayd.db";
    TRY(auto store, store::Store::open(loop, options));

    std::unique_ptr<App> app(new App(loop, std::move(config), std::move(lock), std::move(store)));
    app->port_ = bound->port;
    app->control_path_ = control_path;
    TRY(app->front_door_, server::FrontDoor::create(loop, app->clock_, app->config_, app->services_,
                                                    app->clients_, app->metrics_, peers));
    app->sockets_ = std::move(*bound);
    app->register_metrics();
    return app;
}

App::App(loop::Loop& loop, config::Config config, InstanceLock lock,
         std::unique_ptr<store::Store> store)
    : loop_(loop),
      config_(std::move(config)),
      lock_(std::move(lock)),
      loop_lag_(loop_, clock_),
      presence_(clock_, self_entry()),
      health_(clock_),
      run_waiters_(loop_, clock_),
      store_(std::move(store)),
      announcements_(loop_, clock_, config_, *store_, clients_, presence_, health_, run_waiters_),
      outbox_(loop_, clock_, *store_),
      dead_letters_(clock_, *store_, outbox_),
      runs_(loop_, clock_, *store_, outbox_, announcements_),
      channels_(loop_, clock_, *store_, config_, outbox_, runs_, announcements_),
      patience_(loop_),
      services_{config_,        clock_,         *store_,  presence_,     health_,
                system_events_, channels_,      outbox_,  dead_letters_, runs_,
                run_waiters_,   announcements_, patience_},
      retention_timer_(loop_, [this] { forget_expired(); }),
      stop_timer_(loop_, [this] { finish_stop(); }) {}

App::~App() = default;

void App::start() {
    // Before the first worker brings a file: whatever nobody names was left by a process that died.
    sweep_media(std::chrono::milliseconds(0));
    announcements_.start(channels_);
    outbox_.set_events(announcements_);
    channels_.pairing().set_events(announcements_);
    runs_.set_typist(channels_.typist());
    outbox_.start(channels_);
    channels_.start_all();
    retention_timer_.start(kRetentionCheck);
    front_door_->set_readiness({true, true});
    front_door_->open(std::move(sockets_));
}

void App::stop(std::function<void()> stopped) {
    if (is_stopping_) return;
    is_stopping_ = true;
    stopped_ = std::move(stopped);
    announcements_.announce_shutdown("gateway stopping");
    front_door_->close();
    outbox_.stop();
    channels_.stop_all([this] { are_workers_gone_ = true; });
    stop_timer_.start_repeating(kStopCheck);
}

void App::finish_stop() {
    ++stop_checks_;
    const bool are_clients_gone = front_door_->is_empty() || stop_checks_ >= kStopChecksForClients;
    // What was accepted and has not left is marked so: the next start need not doubt it.
    const bool is_written = store_->is_idle() || stop_checks_ >= kStopChecksForStore;
    if (!are_workers_gone_ || !are_clients_gone || !is_written) return;
    stop_timer_.stop();
    ::unlink(control_path_.c_str());
    stopped_();
}

void App::sweep_media(std::chrono::milliseconds older_than) {
    const std::int64_t before_ms = clock_.wall_ms() - older_than.count();
    store_->write<std::size_t>(
        [directory = media::directory_in(config_.state_dir), before_ms](store::Database& db) {
            return media::sweep(db, directory, before_ms);
        },
        [](Result<std::size_t> removed) {
            if (!removed) log::warn("media", "not swept", {{"error", removed.error().message}});
        });
}

void App::forget_expired() {
    const std::int64_t now_ms = clock_.wall_ms();
    store_->write<std::int64_t>(
        [now_ms](store::Database& db) {
            return store::forget_expired(db, now_ms, kForgottenPerBatch);
        },
        [this](Result<std::int64_t> forgotten) {
            if (!forgotten) {
                log::warn("store", "cannot forget old rows",
                          {{"error", forgotten.error().message}});
            }
            const bool may_be_more = forgotten && *forgotten != 0;
            if (!may_be_more) sweep_media(kUnnamedMedia);
            retention_timer_.start(may_be_more ? std::chrono::milliseconds(kNextBatch)
                                               : std::chrono::milliseconds(kRetentionCheck));
        });
}

}  // namespace gw
