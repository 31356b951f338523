// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/server/hello.h"

#include <unistd.h>

#include "base/ids.h"
#include "base/json.h"
#include "gatewayd/methods/table.h"
#include "gatewayd/version.h"

namespace gw::server {

namespace {

std::string machine_name() {
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) != 0) return "localhost";
    return name;
}

void append_policy(std::string& out, const methods::Dialect& dialect) {
    json::Writer w(out);
    w.begin_object()
        .field("maxPayload", dialect.max_payload())
        .field("maxBufferedBytes", dialect.max_buffered())
        .field("tickIntervalMs", methods::Dialect::kTickIntervalMs)
        .end_object();
}

void append_auth(std::string& out, const Admission& admission) {
    json::Writer w(out);
    w.begin_object().field("role", auth::name(admission.role)).key("scopes").begin_array();
    for (const std::string_view scope : admission.scope_names)
        w.value(scope);
    w.end_array().field("method", admission.auth_method).end_object();
}

}  // namespace

const std::string& advertised_events_json() {
    static const std::string text =
        R"(["connect.challenge","agent","chat","presence","tick","health","shutdown",)"
        R"("channel.pair.requested","channel.pair.resolved","channels.gap",)"
        R"("channels.quarantined","delivery"])";
    return text;
}

Hello::Hello(const config::Config& config, const base::Clock& clock, observe::Presence& presence,
             observe::Health& health)
    : clock_(clock),
      presence_(presence),
      health_(health),
      started_(clock.steady()),
      host_name_(machine_name()),
      boot_id_(base::new_uuid()) {
    features_ = R"({"methods":)" + methods::advertised_methods_json() + R"(,"events":)" +
                advertised_events_json();
    json::Writer(paths_)
        .begin_object()
        .field("configPath", config.config_path)
        .field("stateDir", config.state_dir)
        .end_object();
    json::Writer(session_defaults_)
        .begin_object()
        .field("defaultAgentId", config.default_agent)
        .field("mainKey", "main")
        .field("mainSessionKey", "agent:" + config.default_agent + ":main")
        .field("scope", "per-sender")
        .end_object();
}

void Hello::append(std::string& out, const Admission& admission, std::string_view connection_id) {
    const methods::Dialect& dialect = admission.dialect;
    out += R"({"type":"hello-ok","protocol":)";
    out += std::to_string(dialect.protocol());
    out += R"(,"server":)";
    json::Writer server(out);
    server.begin_object().field("version", kVersion);
    if (dialect.names_the_host()) {
        server.field("host", host_name_);
    } else {
        server.field("bootId", boot_id_);
    }
    server.field("connId", connection_id).end_object();
    out.append(R"(,"features":)").append(features_);
    if (dialect.lists_capabilities()) out += R"(,"capabilities":[])";
    out += "}";
    append_snapshot(out, admission);
    if (dialect.always_reports_auth()) {
        out += R"(,"auth":)";
        append_auth(out, admission);
    }
    out += R"(,"policy":)";
    append_policy(out, dialect);
    out += '}';
}

void Hello::append_snapshot(std::string& out, const Admission& admission) {
    const bool is_node = admission.role == auth::Role::node;
    const bool hides_from_nodes = is_node && admission.dialect.hides_state_from_nodes();
    out += R"(,"snapshot":{"presence":)";
    if (hides_from_nodes) {
        out += "[]";
    } else {
        presence_.append_list(out);
    }
    out.append(R"(,"health":)").append(health_.json());
    out += R"(,"stateVersion":{"presence":)";
    out += std::to_string(presence_.version());
    out += R"(,"health":)";
    out += std::to_string(health_.version());
    const auto uptime =
        std::chrono::duration_cast<base::Millis>(clock_.steady() - started_).count();
    out += R"(},"uptimeMs":)";
    out += std::to_string(uptime);
    // The paths' object without its braces.
    if (!hides_from_nodes) out.append(",").append(paths_, 1, paths_.size() - 2);
    out.append(R"(,"sessionDefaults":)").append(session_defaults_).append("}");
}

}  // namespace gw::server
