#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Config: what the operator asked for, checked and with defaults filled in. A value: loaded once,
// handed to constructors, compared when it changes. Key names are OpenClaw's where the thing exists
// there (docs/configuration.md).

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/regex.h"
#include "base/secret.h"

namespace gw::config {

enum class AuthMode { token, password };
enum class DmPolicy { allowlist, pairing, open, disabled };
enum class GroupPolicy { allowlist, open, disabled };
// Which answers refer to the message that they answer.
enum class ReplyToMode {
    off,
    first,  // in groups, where others talk in between
    all,    // in direct messages too
};

struct Gateway {
    std::string bind_address = "127.0.0.1";
    std::uint16_t port = 18789;
    AuthMode auth_mode = AuthMode::token;
    base::Secret token;
    base::Secret password;
    std::vector<std::string> allowed_origins;  // besides the gateway's own
    std::string control_group;                 // gateway.control.group: may use the control socket
};

// supervisor.restart.*: how a worker that ended is started again.
struct Restart {
    std::chrono::milliseconds first_delay{250};  // after the first restart, which is at once
    std::chrono::milliseconds max_delay{60'000};
    std::chrono::milliseconds healthy_after{60'000};  // a run this long resets the delay
    int breaker_crashes = 10;                         // 0: no breaker
    std::chrono::milliseconds breaker_window{300'000};
    std::chrono::milliseconds breaker_retry{300'000};
};

// What one topic of a group says about access; nothing: as the group.
struct TopicRules {
    bool is_enabled = true;
    std::optional<bool> require_mention;
    std::optional<std::vector<std::string>> allow_from;  // senders
};

// What one group says; nothing: as the entry "*", else as the account.
struct GroupRules {
    bool is_enabled = true;
    std::optional<bool> require_mention;
    std::optional<std::vector<std::string>> allow_from;
    std::map<std::string, TopicRules> topics;  // by the thread's id
};

// One login on one channel.
struct Account {
    std::string channel;  // "irc"
    std::string account = "default";
    bool enabled = true;
    std::string settings_json = "{}";             // what the worker gets, without the secrets
    std::map<std::string, base::Secret> secrets;  // "password" → …
    std::string token_file_problem = {};          // why tokenFile gave no token; empty: it did
    DmPolicy dm_policy = DmPolicy::allowlist;
    std::vector<std::string> allow_from;  // sender ids; "*" is anybody
    GroupPolicy group_policy = GroupPolicy::allowlist;
    std::map<std::string, GroupRules> groups;   // admitted groups; "*" is any; empty: any
    std::vector<std::string> group_allow_from;  // senders in groups; empty: allow_from
    bool require_mention = true;
    ReplyToMode reply_to_mode = ReplyToMode::off;
    std::string webhook_path;  // where its provider's HTTP requests arrive; empty: nowhere
};

struct Config {
    Gateway gateway;
    Restart restart;
    std::vector<Account> accounts;
    std::string default_agent = "main";
    std::string dm_scope = "main";  // session.dmScope
    // messages.groupChat: texts that count as a mention; how many messages that did not are shown
    // with the next one that did.
    std::vector<base::Regex> mention_patterns;
    int group_history_limit = 50;
    std::string worker_directory;  // where gatewayd-<channel> programs are
    std::string config_path;
    std::string state_dir;
    std::string runtime_dir;
};

}  // namespace gw::config
