// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/load.h"

#include <unistd.h>

#include <charconv>

#include "base/file.h"
#include "base/json5.h"
#include "gatewayd/config/channels.h"
#include "gatewayd/config/messages.h"
#include "gatewayd/config/section.h"

extern char** environ;

namespace gw::config {

namespace {

// Sections of OpenClaw's file that gatewayd does not implement. Listed once as ignored, so that an
// existing file works and its owner knows.
const std::vector<std::string_view> kForeignSections = {
    "meta",      "env",        "wizard",   "diagnostics", "update",  "browser",  "ui",
    "auth",      "models",     "nodeHost", "agents",      "tools",   "bindings", "broadcast",
    "audio",     "media",      "commands", "approvals",   "cron",    "hooks",    "web",
    "discovery", "canvasHost", "talk",     "skills",      "plugins", "logging",  "secrets",
    "memory",    "mcp",        "acp",
};

std::optional<std::string> find_env(const Environment& env,
                                    std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (const auto it = env.find(name); it != env.end() && !it->second.empty()) {
            return it->second;
        }
    }
    return std::nullopt;
}

std::optional<std::uint16_t> find_port(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (value < 0 || value > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

// The bind modes that name an address; a dotted or colon address stands for itself.
std::optional<std::string> find_bind_address(std::string_view bind) {
    if (bind == "loopback" || bind == "auto") return "127.0.0.1";
    if (bind == "lan") return "0.0.0.0";
    if (bind.find_first_not_of("0123456789.") == std::string_view::npos &&
        bind.find('.') != std::string_view::npos) {
        return std::string(bind);
    }
    if (bind.find(':') != std::string_view::npos &&
        bind.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos) {
        return std::string(bind);
    }
    return std::nullopt;
}

constexpr const char* kBindHelp =
    R"(use "loopback", "lan", or a numeric address such as "192.0.2.7")";

void read_auth(Section section, Gateway& gateway) {
    if (const auto mode = section.word("mode", {"token", "password"})) {
        gateway.auth_mode = *mode == "password" ? AuthMode::password : AuthMode::token;
    }
    const auto token = section.text("token");
    const auto password = section.text("password");
    if (token) gateway.token = base::Secret(*token);
    if (password) {
        gateway.password = base::Secret(*password);
        if (!section.value().find("mode")) gateway.auth_mode = AuthMode::password;
    }
    section.ignore({"allowTailscale", "rateLimit", "trustedProxy"});
    section.finish();
}

void read_gateway(Section section, Gateway& gateway) {
    if (const auto port = section.integer("port", 0, 65535)) {
        gateway.port = static_cast<std::uint16_t>(*port);
    }
    if (const auto bind = section.text("bind")) {
        if (const auto address = find_bind_address(*bind)) {
            gateway.bind_address = *address;
        } else {
            section.complain("bind", kBindHelp);
        }
    }
    if (auto auth = section.section("auth")) read_auth(*auth, gateway);
    if (auto control = section.section("control")) {
        if (const auto group = control->text("group")) gateway.control_group = *group;
        control->finish();
    }
    if (auto ui = section.section("controlUi")) {
        if (auto origins = ui->texts("allowedOrigins")) gateway.allowed_origins = *origins;
        ui->ignore(
            {"enabled", "basePath", "allowInsecureAuth", "dangerouslyDisableDeviceAuth", "root"});
        ui->finish();
    }
    section.ignore({"mode", "tailscale", "remote", "reload", "tls", "http", "nodes",
                    "trustedProxies", "customBindHost", "handshakeTimeoutMs", "push"});
    section.finish();
}

std::chrono::milliseconds milliseconds_or(const std::optional<std::int64_t>& value,
                                          std::chrono::milliseconds otherwise) {
    return value ? std::chrono::milliseconds(*value) : otherwise;
}

void read_restart(Section section, Restart& restart) {
    constexpr std::int64_t kDay = 86'400'000;
    restart.first_delay =
        milliseconds_or(section.integer("firstDelayMs", 0, kDay), restart.first_delay);
    restart.max_delay = milliseconds_or(section.integer("maxDelayMs", 0, kDay), restart.max_delay);
    restart.healthy_after =
        milliseconds_or(section.integer("healthyAfterMs", 0, kDay), restart.healthy_after);
    restart.breaker_window =
        milliseconds_or(section.integer("breakerWindowMs", 1, kDay), restart.breaker_window);
    restart.breaker_retry =
        milliseconds_or(section.integer("breakerRetryMs", 1, kDay), restart.breaker_retry);
    if (const auto crashes = section.integer("breakerCrashes", 0, 1'000'000)) {
        restart.breaker_crashes = static_cast<int>(*crashes);
    }
    section.finish();
}

void read_session(Section section, Config& config) {
    if (const auto scope = section.word(
            "dmScope", {"main", "per-peer", "per-channel-peer", "per-account-channel-peer"})) {
        config.dm_scope = *scope;
    }
    section.ignore({"scope", "identityLinks", "resetTriggers", "reset", "resetByType",
                    "resetByChannel", "idleMinutes", "store", "typingIntervalSeconds", "typingMode",
                    "mainKey", "sendPolicy", "agentToAgent", "maintenance"});
    section.finish();
}

void read_root(const Reading& reading, json::Value root, Loaded& loaded) {
    Section file(reading, root, "");
    if (auto gateway = file.section("gateway")) read_gateway(*gateway, loaded.config.gateway);
    if (auto session = file.section("session")) read_session(*session, loaded.config);
    if (auto messages = file.section("messages")) read_messages(*messages, loaded.config);
    if (auto supervisor = file.section("supervisor")) {
        if (auto restart = supervisor->section("restart")) {
            read_restart(*restart, loaded.config.restart);
        }
        supervisor->finish();
    }
    if (auto channels = file.section("channels")) {
        Reading lenient{reading.document, loaded.disabled, loaded.ignored};
        loaded.config.accounts = read_channels(lenient, channels->value());
    }
    file.ignore(kForeignSections);
    file.any("$schema");
    file.finish();
}

void apply_port(const Environment& env, Loaded& loaded) {
    for (const char* name : {"GATEWAYD_PORT", "OPENCLAW_GATEWAY_PORT", "CLAWDBOT_GATEWAY_PORT"}) {
        const auto text = find_env(env, {name});
        if (!text) continue;
        if (const auto port = find_port(*text)) {
            loaded.config.gateway.port = *port;
        } else {
            loaded.problems.push_back({name, 0, 0, "must be a number from 0 to 65535"});
        }
        return;
    }
}

// The account called default may have its token from outside of the file.
void apply_token(const Environment& env, Account& account) {
    if (account.channel != "telegram" || account.account != "default") return;
    if (account.secrets.contains("botToken") || !account.token_file_problem.empty()) return;
    if (const auto token = find_env(env, {"TELEGRAM_BOT_TOKEN"})) {
        account.secrets.emplace("botToken", base::Secret(*token));
    }
}

void apply_environment(const Environment& env, Config& config) {
    Gateway& gateway = config.gateway;
    if (gateway.token.is_empty()) {
        if (const auto token = find_env(
                env, {"GATEWAYD_TOKEN", "OPENCLAW_GATEWAY_TOKEN", "CLAWDBOT_GATEWAY_TOKEN"})) {
            gateway.token = base::Secret(*token);
        }
    }
    if (gateway.password.is_empty()) {
        if (const auto password = find_env(env, {"GATEWAYD_PASSWORD", "OPENCLAW_GATEWAY_PASSWORD",
                                                 "CLAWDBOT_GATEWAY_PASSWORD"})) {
            gateway.password = base::Secret(*password);
            if (gateway.token.is_empty()) gateway.auth_mode = AuthMode::password;
        }
    }
}

void apply_overrides(const Overrides& overrides, Loaded& loaded) {
    Gateway& gateway = loaded.config.gateway;
    if (overrides.port) {
        if (const auto port = find_port(*overrides.port)) {
            gateway.port = *port;
        } else {
            loaded.problems.push_back({"--port", 0, 0, "must be a number from 0 to 65535"});
        }
    }
    if (overrides.bind) {
        if (const auto address = find_bind_address(*overrides.bind)) {
            gateway.bind_address = *address;
        } else {
            loaded.problems.push_back({"--bind", 0, 0, kBindHelp});
        }
    }
    if (overrides.token) {
        gateway.token = base::Secret(*overrides.token);
        gateway.auth_mode = AuthMode::token;
    }
}

void check_auth(Loaded& loaded) {
    const Gateway& gateway = loaded.config.gateway;
    if (gateway.auth_mode == AuthMode::token && gateway.token.is_empty()) {
        loaded.problems.push_back(
            {"", 0, 0,
             "Gateway auth is set to token, but no token is configured. Set gateway.auth.token (or "
             "GATEWAYD_TOKEN, OPENCLAW_GATEWAY_TOKEN), or pass --token"});
    }
    if (gateway.auth_mode == AuthMode::password && gateway.password.is_empty()) {
        loaded.problems.push_back(
            {"", 0, 0,
             "Gateway auth is set to password, but no password is configured. Set "
             "gateway.auth.password (or GATEWAYD_PASSWORD, OPENCLAW_GATEWAY_PASSWORD)"});
    }
}

std::string home_of(const Environment& env) {
    const auto home = find_env(env, {"HOME"});
    return home ? *home : "/";
}

std::string state_dir_of(const Overrides& overrides, const Environment& env) {
    if (overrides.state_dir) return *overrides.state_dir;
    if (const auto dir =
            find_env(env, {"GATEWAYD_STATE_DIR", "OPENCLAW_STATE_DIR", "CLAWDBOT_STATE_DIR"})) {
        return *dir;
    }
    // systemd's StateDirectory=, then the XDG place of a user's service.
    if (const auto dir = find_env(env, {"STATE_DIRECTORY"})) return *dir;
    if (const auto dir = find_env(env, {"XDG_STATE_HOME"})) return *dir + "/gatewayd";
    if (::geteuid() == 0) return "/var/lib/gatewayd";
    return home_of(env) + "/.local/state/gatewayd";
}

std::string config_path_of(const Overrides& overrides, const Environment& env) {
    if (overrides.config_path) return *overrides.config_path;
    if (const auto path = find_env(
            env, {"GATEWAYD_CONFIG_PATH", "OPENCLAW_CONFIG_PATH", "CLAWDBOT_CONFIG_PATH"})) {
        return *path;
    }
    if (const auto dir = find_env(env, {"XDG_CONFIG_HOME"})) {
        return *dir + "/gatewayd/gatewayd.json5";
    }
    if (::geteuid() == 0) return "/etc/gatewayd/gatewayd.json5";
    return home_of(env) + "/.config/gatewayd/gatewayd.json5";
}

Loaded load_with(std::optional<std::string_view> text, const Overrides& overrides,
                 const Environment& env) {
    Loaded loaded;
    loaded.config.config_path = config_path_of(overrides, env);
    loaded.config.state_dir = state_dir_of(overrides, env);
    if (text) {
        loaded.has_file = true;
        if (auto document = json5::parse(*text); !document) {
            loaded.problems.push_back({"", 0, 0, document.error().message});
            return loaded;
        } else if (!document->root().is_object()) {
            loaded.problems.push_back({"", 1, 1, "must hold one object: { … }"});
            return loaded;
        } else {
            const Reading reading{*document, loaded.problems, loaded.ignored};
            read_root(reading, document->root(), loaded);
        }
    }
    apply_port(env, loaded);
    apply_environment(env, loaded.config);
    for (Account& account : loaded.config.accounts)
        apply_token(env, account);
    apply_overrides(overrides, loaded);
    if (const auto dir = find_env(env, {"GATEWAYD_WORKER_DIR"})) {
        loaded.config.worker_directory = *dir;
    }
    if (loaded.problems.empty()) check_auth(loaded);
    return loaded;
}

}  // namespace

Environment process_environment() {
    Environment env;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        env.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return env;
}

Loaded load(const Overrides& overrides, const Environment& env) {
    const std::string path = config_path_of(overrides, env);
    const auto text = base::read_file(path, 4U << 20);
    if (text) return load_with(*text, overrides, env);
    const bool was_named =
        overrides.config_path ||
        find_env(env, {"GATEWAYD_CONFIG_PATH", "OPENCLAW_CONFIG_PATH", "CLAWDBOT_CONFIG_PATH"});
    Loaded loaded = load_with(std::nullopt, overrides, env);
    if (was_named || text.error().code != Errc::not_found) {
        loaded.problems.insert(loaded.problems.begin(), {"", 0, 0, text.error().message});
    }
    return loaded;
}

Loaded load_text(std::string_view text, const Overrides& overrides, const Environment& env) {
    return load_with(text, overrides, env);
}

}  // namespace gw::config
