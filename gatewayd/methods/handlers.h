#pragma once
// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The handlers of all methods, one file a noun. Only methods/table.cc joins them.

namespace gw::methods {

struct Services;
class Request;

// agent.cc
void handle_agent(Services&, Request&);
void handle_agent_wait(Services&, Request&);
// channels.cc
void handle_channels_restart(Services&, Request&);
void handle_channels_start(Services&, Request&);
void handle_channels_status(Services&, Request&);
void handle_channels_stop(Services&, Request&);
// chat.cc
void handle_chat_abort(Services&, Request&);
void handle_chat_history(Services&, Request&);
void handle_chat_inject(Services&, Request&);
void handle_chat_send(Services&, Request&);
// deliveries.cc
void handle_deliveries_cancel(Services&, Request&);
void handle_deliveries_drop(Services&, Request&);
void handle_deliveries_list(Services&, Request&);
void handle_deliveries_retry(Services&, Request&);
// health.cc
void handle_health(Services&, Request&);
void handle_last_heartbeat(Services&, Request&);
void handle_status(Services&, Request&);
// logs.cc
void handle_logs_tail(Services&, Request&);
// message_action.cc
void handle_message_action(Services&, Request&);
// pairing.cc
void handle_pairing_allowed(Services&, Request&);
void handle_pairing_approve(Services&, Request&);
void handle_pairing_list(Services&, Request&);
void handle_pairing_reject(Services&, Request&);
void handle_pairing_remove(Services&, Request&);
// poll.cc
void handle_poll(Services&, Request&);
// presence.cc
void handle_system_event(Services&, Request&);
void handle_system_presence(Services&, Request&);
// quarantine.cc
void handle_channels_quarantine(Services&, Request&);
void handle_channels_quarantine_drop(Services&, Request&);
// send.cc
void handle_send(Services&, Request&);
// sessions.cc
void handle_sessions_list(Services&, Request&);

}  // namespace gw::methods
