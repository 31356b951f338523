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
    Bug('what a dead worker had heard is not kept', Edit(
        'gatewayd/supervisor/worker.cc',
        '''void Worker::on_message(proto::WorkerToCore& message) {
''',
        '''void Worker::on_message(proto::WorkerToCore& message) {
    if (process_->is_reaped && message.has_message_received()) return;
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
        [arrival = std::move(arrival), judged = std::move(judged)](store::Database& db) {
            return keep_message(db, arrival, judged);
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
        [this, alive = alive_, arrival, row, judged, committed](auto) {
            if (!*alive) return;
            store_.write<KeptMessage>(
                [arrival, judged](store::Database& db) {
                    return keep_message(db, arrival, judged);
                },
                [this, alive = alive_, row, committed](auto kept) {
                    if (*alive) on_kept(row, kept, committed);
                });
        });
''')),
    Bug('a transaction that the database took back goes on behind', Edit(
        'store/batch.cc',
        '''        if (!db.is_in_transaction()) {
            return fail(Errc::io, "the database took back the transaction");
        }
    }
    TRY_VOID(transaction.commit());
''',
        '''        if (!db.is_in_transaction()) static_cast<void>(db.execute("BEGIN"));
    }
    static_cast<void>(transaction.commit());
''')),
    Bug('an order is begun however late it is', Edit(
        'workers/common/skeleton.cc',
        '''order.begin_before_ms() != 0 && ''',
        '''false && ''')),
    Bug('a worker that was given up is listened to', Edit(
        'gatewayd/channels/worker_messages.cc',
        '''    if (delivery == nullptr && account(id).given_up == generation) return;
''',
        '''''')),
    Bug('a hung worker is waited for', Edit(
        'gatewayd/supervisor/watchdog.h',
        '''kMaxUnanswered = 2;''',
        '''kMaxUnanswered = 1'000'000;''')),
    Bug('an event that kills its worker is tried for ever', Edit(
        'gatewayd/channels/cautious_start.h',
        '''kMaxCrashes = 3;''',
        '''kMaxCrashes = 1'000'000;''')),
    Bug('the end of a turn is told before it is committed', Edit(
        'gatewayd/agents/runs.cc',
        '''                return finish_turn(db, run_id, ok, error);
            },
            done);
    }
''',
        '''                return finish_turn(db, run_id, ok, error);
            },
            {});
        return done({});
    }
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
