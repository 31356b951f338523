// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "workers/echo/settings.h"

#include "base/json.h"

namespace gw::echo {

namespace {

std::unexpected<Error> wrong(const std::string& how) {
    return fail(Errc::invalid_input, "channels.echo." + how);
}

Result<void> read_server(json::Value server, Settings& settings) {
    const auto host = server.find("host");
    const auto port = server.find("port");
    if (!host || !host->is_string()) return wrong("server.host must be a name or an address");
    if (!port || !port->is_integer() || port->integer() < 1 || port->integer() > 65535) {
        return wrong("server.port must be an integer from 1 to 65535");
    }
    settings.host = host->string();
    settings.port = static_cast<std::uint16_t>(port->integer());
    return {};
}

Result<Faults> read_faults(json::Value faults) {
    if (!faults.is_object())
        return wrong("faults must be an object; {} obeys texts that begin with !");
    const auto crash_on = faults.find("crashOn");
    if (crash_on && !crash_on->is_string()) return wrong("faults.crashOn must be a string");
    const auto ignores_end = faults.find("ignoreEnd");
    if (ignores_end && !ignores_end->is_bool()) return wrong("faults.ignoreEnd must be a boolean");
    return Faults({.obeys_texts = true,
                   .crash_on = crash_on ? std::string(crash_on->string()) : std::string(),
                   .ignores_end = ignores_end && ignores_end->boolean()});
}

}  // namespace

Result<Settings> read_settings(const proto::Configure& configure) {
    json::Parser parser;
    TRY(const json::Value object, parser.parse(configure.settings_json()));
    if (!object.is_object()) return fail(Errc::invalid_input, "channels.echo must be an object");
    Settings settings;
    if (const auto server = object.find("server")) TRY_VOID(read_server(*server, settings));
    if (const auto faults = object.find("faults")) {
        TRY(settings.faults, read_faults(*faults));
    }
    return settings;
}

}  // namespace gw::echo
