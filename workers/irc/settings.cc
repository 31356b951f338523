// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/irc/settings.h"

#include "base/json.h"
#include "workers/irc/translate.h"

namespace gw::irc {

namespace {

// What channels begin with anywhere (RFC 2811 §2.1); a server may know fewer.
constexpr std::string_view kChannelTypes = "#&+!";

constexpr std::int64_t kPlainPort = 6667;
constexpr std::int64_t kTlsPort = 6697;  // RFC 7194

std::unexpected<Error> wrong(const std::string& key, const std::string& how) {
    return fail(Errc::invalid_input, "channels.irc." + key + ' ' + how);
}

// It ends up on a line of the protocol.
Result<std::string> one_line(std::string_view key, std::string text) {
    if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
        return wrong(std::string(key), "must be one line");
    }
    return text;
}

Result<std::string> read_text(json::Value object, std::string_view key, std::string otherwise) {
    const auto found = object.find(key);
    if (!found) return otherwise;
    if (!found->is_string()) return wrong(std::string(key), "must be a string");
    return one_line(key, std::string(found->string()));
}

Result<std::int64_t> read_integer(json::Value object, const std::string& key, std::int64_t low,
                                  std::int64_t high, std::int64_t otherwise) {
    const auto found = object.find(key);
    if (!found) return otherwise;
    if (!found->is_integer() || found->integer() < low || found->integer() > high) {
        return wrong(
            key, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return found->integer();
}

Result<base::Secret> read_secret(const proto::Configure& configure, const std::string& key) {
    const auto found = configure.secrets().find(key);
    if (found == configure.secrets().end()) return base::Secret();
    TRY(const std::string line, one_line(key, found->second));
    return base::Secret(line);
}

// "#chat", or { name: "#chat", key: "…" }.
Result<WantedChannel> read_channel(json::Value value, const std::string& key) {
    WantedChannel channel;
    if (value.is_object()) {
        TRY(channel.name, read_text(value, "name", ""));
        TRY(channel.key, read_text(value, "key", ""));
    } else if (value.is_string()) {
        channel.name = value.string();
    }
    if (is_nick(channel.name) || !is_target(channel.name, kChannelTypes)) {
        return wrong(key, "must be a name such as \"#chat\", or { name, key }");
    }
    if (!channel.key.empty() && !is_word(channel.key)) return wrong(key + ".key", "must be a word");
    return channel;
}

Result<std::vector<WantedChannel>> read_channels(json::Value object) {
    std::vector<WantedChannel> channels;
    const auto found = object.find("channels");
    if (!found) return channels;
    if (!found->is_array()) return wrong("channels", "must be a list of channel names");
    for (std::size_t i = 0; i < found->size(); ++i) {
        const std::string key = "channels[" + std::to_string(i) + ']';
        TRY(WantedChannel channel, read_channel(found->element(i), key));
        channels.push_back(std::move(channel));
    }
    return channels;
}

// false, true, or what is unusual about it.
Result<std::optional<net::TlsOptions>> read_tls(json::Value object) {
    std::optional<net::TlsOptions> none;
    const auto found = object.find("tls");
    if (!found || (found->is_bool() && !found->boolean())) return none;
    net::TlsOptions options;
    if (found->is_bool()) return options;
    if (!found->is_object()) return wrong("tls", "must be true, false or an object");
    for (const auto member : found->members()) {
        const std::string key = "tls." + std::string(member.key);
        std::string* text = member.key == "caFile"        ? &options.ca_file
                            : member.key == "fingerprint" ? &options.fingerprint
                            : member.key == "certFile"    ? &options.certificate_file
                            : member.key == "keyFile"     ? &options.key_file
                                                          : nullptr;
        if (text == nullptr) {
            return wrong(key, "is none of caFile, fingerprint, certFile and keyFile");
        }
        if (!member.value().is_string()) return wrong(key, "must be a string");
        *text = member.value().string();
    }
    if (!options.fingerprint.empty()) {
        auto digits = net::read_fingerprint(options.fingerprint);
        if (!digits) return wrong("tls.fingerprint", digits.error().message);
        options.fingerprint = std::move(*digits);
    }
    return options;
}

Result<std::optional<SaslSettings>> read_sasl(json::Value object, const Settings& settings,
                                              base::Secret password) {
    const auto found = object.find("sasl");
    if (!found) return std::optional<SaslSettings>();
    if (!found->is_object()) return wrong("sasl", "must be an object such as { account: \"bot\" }");
    SaslSettings sasl;
    for (const auto member : found->members()) {
        if (member.key == "account" || member.key == "mechanism") continue;
        if (member.key == "password") {
            return wrong("sasl.password",
                         "must be written as channels.irc.saslPassword: only "
                         "there it is kept secret");
        }
        return wrong("sasl." + std::string(member.key), "is neither account nor mechanism");
    }
    TRY(sasl.account, read_text(*found, "account", ""));
    TRY(const std::string mechanism, read_text(*found, "mechanism", "PLAIN"));
    if (mechanism == "EXTERNAL") {
        sasl.mechanism = SaslSettings::Mechanism::external;
        if (settings.tls && !settings.tls->certificate_file.empty()) return sasl;
        return wrong("sasl.mechanism", "EXTERNAL needs channels.irc.tls.certFile");
    }
    if (mechanism != "PLAIN") return wrong("sasl.mechanism", "must be \"PLAIN\" or \"EXTERNAL\"");
    if (sasl.account.empty()) return wrong("sasl.account", "must name the services account");
    if (password.is_empty()) return wrong("saslPassword", "must be set for PLAIN");
    sasl.password = std::move(password);
    return sasl;
}

}  // namespace

Result<Settings> read_settings(const proto::Configure& configure) {
    json::Parser parser;
    TRY(const json::Value object, parser.parse(configure.settings_json()));
    if (!object.is_object()) return fail(Errc::invalid_input, "channels.irc must be an object");
    Settings settings;
    TRY(settings.host, read_text(object, "host", ""));
    if (settings.host.empty()) return wrong("host", "must name the server");
    TRY(settings.nick, read_text(object, "nick", ""));
    if (!is_nick(settings.nick)) return wrong("nick", "must be a nickname such as \"bot\"");
    TRY(settings.username, read_text(object, "username", "gatewayd"));
    if (!is_word(settings.username)) return wrong("username", "must be a word");
    TRY(settings.realname, read_text(object, "realname", settings.nick));
    TRY(settings.tls, read_tls(object));
    const std::int64_t usual_port = settings.tls ? kTlsPort : kPlainPort;
    TRY(const std::int64_t port, read_integer(object, "port", 1, 65535, usual_port));
    settings.port = static_cast<std::uint16_t>(port);
    TRY(const std::int64_t delay, read_integer(object, "floodDelayMs", 0, 60'000, 500));
    settings.flood_delay = std::chrono::milliseconds(delay);
    TRY(settings.channels, read_channels(object));
    TRY(settings.password, read_secret(configure, "password"));
    TRY(settings.nickserv_password, read_secret(configure, "nickservPassword"));
    TRY(base::Secret sasl_password, read_secret(configure, "saslPassword"));
    TRY(settings.sasl, read_sasl(object, settings, std::move(sasl_password)));
    return settings;
}

}  // namespace gw::irc
