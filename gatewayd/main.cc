// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// gatewayd: the core daemon.
//
// What it does. Owns the WebSocket API, authentication, the database and the worker processes, one
// per messaging account. Passes messages between them; never parses a provider's bytes.
// What it may touch. Its port and control socket, its state directory, its own worker programs.
// What it believes. Its configuration. Clients only within their scopes, workers only within the
// contract (docs/worker-contract.md).
// How it dies. On SIGTERM or SIGINT in order: clients told and closed, workers stopped, exit 0.
// When an assertion fails, at once; whoever started it starts it again, and the store has what was
// promised.

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/log.h"
#include "gatewayd/app.h"
#include "gatewayd/config/load.h"
#include "gatewayd/options.h"
#include "gatewayd/version.h"

namespace {

namespace config = gw::config;
namespace log = gw::log;
namespace loop = gw::loop;
using gw::App;
using gw::Errc;
using gw::help_text;
using gw::kVersion;
using gw::LogFormat;
using gw::Options;
using gw::parse_options;

constexpr int kExitUsage = 64;   // EX_USAGE
constexpr int kExitConfig = 78;  // EX_CONFIG

void start_log(const Options& options) {
    const bool is_terminal = ::isatty(STDOUT_FILENO) != 0;
    log::Options log;
    log.format = options.log_format == LogFormat::json ||
                         (options.log_format == LogFormat::automatic && !is_terminal)
                     ? log::Format::json
                     : log::Format::text;
    log.color = is_terminal && std::getenv("NO_COLOR") == nullptr;
    if (options.is_verbose) log.level = log::Level::debug;
    log::start(log);
}

void prepare_process() {
    // A client that is gone is an error of write, not a signal.
    ::signal(SIGPIPE, SIG_IGN);
    // Children of our children come to us: ancestry cannot be shed (auth/control_peer.h).
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    // Each client is a descriptor.
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    // The store's threads allocate little; an arena each would only hold memory.
    ::mallopt(M_ARENA_MAX, 1);
    // Less than a transaction takes and gives back would cost two system calls and fresh pages
    // for each: several times its own price.
    ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

// Workers stand beside the gateway unless the environment says otherwise.
std::string program_directory() {
    char path[PATH_MAX] = {};
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return ".";
    const std::string program(path, static_cast<std::size_t>(length));
    return program.substr(0, program.rfind('/'));
}

std::string worker_directory() {
    const std::string beside = program_directory();
    const std::string installed = beside + "/../libexec/gatewayd";
    return ::access(installed.c_str(), X_OK) == 0 ? installed : beside;
}

int report(const config::Loaded& loaded) {
    for (const config::Problem& problem : loaded.problems) {
        const bool is_in_file = problem.line > 0 || (problem.path.empty() && loaded.has_file);
        log::error("config", problem.text(is_in_file ? loaded.config.config_path : std::string()));
    }
    return kExitConfig;
}

void report_leniently(const config::Loaded& loaded) {
    for (const config::Problem& problem : loaded.disabled) {
        log::error("config", "channel disabled: " + problem.text(loaded.config.config_path));
    }
    if (loaded.ignored.empty()) return;
    std::string keys;
    for (const std::string& key : loaded.ignored)
        keys += (keys.empty() ? "" : ", ") + key;
    log::warn("config", "keys without effect here", {{"keys", keys}});
}

int run(int argc, char** argv) {
    const auto options = parse_options(argc, argv);
    if (!options) {
        std::fprintf(stderr, "gatewayd: %s\n", options.error().message.c_str());
        return kExitUsage;
    }
    if (options->wants_help || options->wants_version) {
        const std::string text =
            options->wants_help ? help_text() : "gatewayd " + std::string(kVersion) + "\n";
        std::fputs(text.c_str(), stdout);
        return 0;
    }
    start_log(*options);
    prepare_process();

    config::Loaded loaded = config::load(options->overrides, config::process_environment());
    if (!loaded.problems.empty()) return report(loaded);
    report_leniently(loaded);
    if (loaded.config.worker_directory.empty()) loaded.config.worker_directory = worker_directory();

    auto loop = loop::Loop::create();
    if (!loop) {
        log::error("gatewayd", "cannot start", {{"error", loop.error().message}});
        return 1;
    }
    auto app = App::create(**loop, std::move(loaded.config));
    if (!app) {
        log::error("gatewayd", "cannot start", {{"error", app.error().message}});
        return app.error().code == Errc::already_exists ? kExitConfig : 1;
    }
    loop::Signals signals(**loop, {SIGTERM, SIGINT}, [&](int signal) {
        log::info("gatewayd", "stopping", {{"signal", signal}});
        (*app)->stop([&] { (*loop)->stop(); });
    });
    (*app)->start();
    log::info("gatewayd", "listening",
              {{"address", (*app)->config().gateway.bind_address},
               {"port", (*app)->port()},
               {"control", (*app)->control_path()},
               {"state", (*app)->config().state_dir},
               {"version", kVersion}});
    (*loop)->run();
    app->reset();
    log::info("gatewayd", "stopped");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "gatewayd: %s\n", error.what());
    }
    return 1;
}
