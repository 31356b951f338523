# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Custody bugs that the simulation must find. Each is a change of the product's own source: what
stands there (once), and what is put in its place."""

import dataclasses


@dataclasses.dataclass
class Edit:
    file: str
    right: str
    wrong: str


class Bug:
    def __init__(self, name, *edits):
        self.name = name
        self.edits = edits


BUGS = [
    Bug('the end of a delivery is told before it is committed', Edit(
        'gatewayd/delivery/outbox_attempts.cc',
        '''                       [this, alive = alive_, id = entry.row.id](auto stored) {
                           if (*alive) on_finished(id, stored);
                       });
}

void Outbox::on_finished(''',
        '''                       {});
    on_finished(std::string(entry.row.id), {});
}

void Outbox::on_finished(''')),
    Bug('what a dead worker had written is not read', Edit(
        'gatewayd/supervisor/worker.cc',
        '''    if (process_->is_link_closed) return on_reaped_and_read();
    // What it wrote before it died is still in the socket.
    end_timer_.start(kOtherHalfPatience);
''',
        '''    on_reaped_and_read();
''')),
    Bug('an attempt that was started is made again', Edit(
        'gatewayd/delivery/custody.cc',
        '''                        : resolve(alone, h.now_ms, kLostBefore);
''',
        '''                        : requeue_unsent(alone, 0ms);
''')),
    Bug('the cursor is committed before the message', Edit(
        'gatewayd/channels/inbox.cc',
        '''    store_.write<KeptMessage>(
        [arrival = std::move(arrival), row, is_admitted, files](store::Database& db) {
            return keep_message(db, arrival, row, is_admitted, files);
        },
        [this, alive = alive_, row, committed = std::move(committed)](auto kept) {
            if (*alive) on_kept(row, kept, committed);
        });
''',
        '''    arrival.predecessor = {};
    store_.write<void>(
        [arrival](store::Database& db) -> Result<void> {
            if (arrival.cursor.empty()) return {};
            return store::put_cursor(db, arrival.channel, arrival.account, arrival.cursor);
        },
        [this, alive = alive_, arrival, row, is_admitted, files, committed](auto) {
            if (!*alive) return;
            store_.write<KeptMessage>(
                [arrival, row, is_admitted, files](store::Database& db) {
                    return keep_message(db, arrival, row, is_admitted, files);
                },
                [this, alive = alive_, row, committed](auto kept) {
                    if (*alive) on_kept(row, kept, committed);
                });
        });
''')),
    # Checked twice, so that the bug takes two changes.
    Bug('the settings meant for one generation are given to the next', Edit(
        'gatewayd/channels/worker_messages.cc',
        '''    if (supervisor_.status(id).generation != generation) return;
    if (!facts) return''',
        '''    if (!facts) return'''), Edit(
        'gatewayd/supervisor/worker.cc',
        '''    if (!process_ || status_.generation != generation) return;
    process_->is_configured = true;
''',
        '''    if (!process_) return;
    process_->is_configured = true;
''')),
]
