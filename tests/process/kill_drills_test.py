#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""kill -9, again and again, under load in both directions and with twenty clients: whose message is
it, whatever dies? Workers and gateways are killed; two networks (tests/support/echo_network.py) stand
outside and know what really arrived, one that takes a client's id and one without any memory.

By default 50 workers and 20 gateways die; KILL_DRILLS=soak makes it 1000 and 200. Not a measurement
of restarting: the delay before a restart is 0 and the breaker is off, which the drills print.
"""

import collections
import contextlib
import itertools
import os
import pathlib
import random
import signal
import sqlite3
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.echo_network import EchoNetwork  # noqa: E402
from support.gateway import Gateway, Home, program  # noqa: E402
from support.processes import Timeout, children_of, wait_until  # noqa: E402
from support.websocket import Closed, Refused  # noqa: E402

IS_SOAK = os.environ.get('KILL_DRILLS') == 'soak'
WORKER_KILLS = 1000 if IS_SOAK else 50
CORE_KILLS = 200 if IS_SOAK else 20
CLIENTS = 20
RESTART = {'firstDelayMs': 0, 'maxDelayMs': 0, 'breakerCrashes': 0}
IDS, PLAIN = 'echo-ids', 'echo-plain'
SAY_EVERY = 0.02
SEND_EVERY = 0.05  # of one client
ANSWER = "No model is configured, so this is gatewayd's built-in responder. You said: "


class Drill(unittest.TestCase):
    """A gateway on two networks, load in both directions, and what became of every message."""

    def setUp(self):
        self.random = random.Random(4)
        self.networks = {IDS: self.enterContext(EchoNetwork(takes_ids=True)),
                         PLAIN: self.enterContext(EchoNetwork(takes_ids=False))}
        self.home = self.enterContext(Home({
            'supervisor': {'restart': RESTART},
            'session': {'dmScope': 'per-channel-peer'},
            'channels': {name: {'allowFrom': ['*'], 'server': network.server()}
                         for name, network in self.networks.items()}}))
        for name in self.networks:
            (self.home.workers / f'gatewayd-{name}').symlink_to(program('gatewayd-echo'))
        self.gateway = None
        self.is_over = threading.Event()  # no new messages
        self.lock = threading.Lock()
        self.outcomes = {}                 # of each send, by text: 'ok' or 'uncertain'
        self.failures = []                 # what no client should have seen
        self.clients = {}                  # by number, while connected
        self.closures = collections.Counter()
        self.said = {name: [] for name in self.networks}
        print(f'restart: {RESTART}', file=sys.stderr)

    def start(self):
        self.gateway = Gateway(self.home)
        self.addCleanup(self.gateway.kill)

    def run_load(self, kill, times, lives):
        """Kills so many times, after lives of (at least, at most) so many seconds, while everybody
        talks; and waits until everybody was answered."""
        threads = [threading.Thread(target=self.send_on, args=(number,), daemon=True)
                   for number in range(CLIENTS)]
        threads.append(threading.Thread(target=self.say_on, daemon=True))
        for thread in threads:
            thread.start()
        for _ in range(times):
            time.sleep(self.random.uniform(*lives))
            kill()
        self.is_over.set()
        for thread in threads:
            thread.join(120)
            self.assertFalse(thread.is_alive(), 'somebody waits for an answer that never comes')
        for client in self.clients.values():
            client.call('health')
            client.sock.close()

    def say_on(self):
        for number in itertools.count():
            if self.is_over.wait(SAY_EVERY):
                return
            name = (IDS, PLAIN)[number % 2]
            text = f'{name} says {number}'
            self.said[name].append(text)
            self.networks[name].say(f'person-{number}', text)

    def send_on(self, client_number):
        """One client: a message after the other, each repeated under its key until it is answered."""
        for number in itertools.count():
            if self.is_over.wait(SEND_EVERY):
                return
            name = (IDS, PLAIN)[number % 2]
            text = f'{name}, client {client_number}, message {number}'
            while text not in self.outcomes:
                try:
                    self.send(self.client(client_number), client_number, name, text)
                except (Closed, Refused, ConnectionError):
                    self.hang_up(client_number)
                except Exception as why:  # what else can be the matter, the drill has to tell
                    return self.failures.append(f'{text}: {why!r}')

    def client(self, number):
        if number not in self.clients:
            self.clients[number] = operator(self.gateway)
        return self.clients[number]

    def hang_up(self, number):
        client = self.clients.pop(number, None)
        if client is not None:
            self.closures[number] += 1
            client.sock.close()
        time.sleep(0.02)

    def send(self, client, client_number, name, text):
        self.note(text, client.exchange('send', {
            'channel': name, 'to': f'peer-{client_number}', 'message': text,
            'idempotencyKey': text}, seconds=60))

    def note(self, text, frame):
        with self.lock:
            if frame['ok']:
                self.outcomes[text] = 'ok'
            elif frame['error'].get('details', {}).get('code') == 'DELIVERY_UNCERTAIN':
                self.outcomes[text] = 'uncertain'
            else:
                self.failures.append(f'{text}: {frame["error"]}')
                self.outcomes[text] = 'failed'

    def wait_quiet(self):
        """Until everything that was said is kept and every delivery has its end."""
        said = sum(map(len, self.said.values()))
        wait_until(lambda: self.count_done() == said, 60, 'all that was said is answered')
        client = self.enterContext(operator(self.gateway))
        try:
            wait_until(lambda: not any(
                account['outbox']['depth']
                for accounts in client.call('channels.status')['channelAccounts'].values()
                for account in accounts), 60, 'every delivery has an end')
        except Timeout:
            self.print_open(client)
            raise

    def print_open(self, client):
        for accounts in client.call('channels.status')['channelAccounts'].values():
            print(*accounts, sep='\n', file=sys.stderr)
        with contextlib.closing(self.database()) as database:
            database.row_factory = sqlite3.Row
            for row in database.execute('SELECT * FROM deliveries WHERE state < 2'):
                print(dict(row), file=sys.stderr)

    def count_done(self):
        with contextlib.closing(self.database()) as database:
            [(count,)] = database.execute("SELECT count(*) FROM inbound WHERE state = 2")
            return count

    def database(self):
        return sqlite3.connect(self.home.state / 'gatewayd.db')

    def check_integrity(self):
        with contextlib.closing(self.database()) as database:
            self.assertEqual(database.execute('PRAGMA integrity_check').fetchall(), [('ok',)])

    def check_everything(self):
        """After the gateway has stopped."""
        self.assertEqual(self.failures, [])
        self.check_integrity()
        with contextlib.closing(self.database()) as database:
            transcript = collections.Counter(
                text for (text,) in database.execute(
                    "SELECT json_extract(message, '$.content[0].text') FROM transcript"))
            uncertain = {text for (text,) in database.execute(
                "SELECT text FROM deliveries WHERE state = 4")}
        for name, network in self.networks.items():
            sent = [text for text in self.outcomes if text.startswith(name)]
            answers = [ANSWER + text for text in self.said[name]]
            for text in self.said[name]:
                self.assertEqual(transcript[text], 1, f'{text} in the transcript')
                self.assertEqual(transcript[ANSWER + text], 1, f'the answer to {text}')
            for text in sent + answers:
                times = network.messages[text]
                if name == IDS:
                    self.assertEqual(times, 1, text)
                    self.assertNotIn(text, uncertain)
                elif text in uncertain:
                    self.assertIn(times, (0, 1), text)
                else:
                    self.assertEqual(times, 1, text)
            for text in sent:
                self.assertEqual(self.outcomes[text] == 'uncertain', text in uncertain, text)
            self.assertEqual(set(network.messages) - set(sent + answers), set())
        counts = collections.Counter(self.outcomes.values())
        print(f'{len(self.outcomes)} sends: {dict(counts)}; '
              f'{sum(map(len, self.said.values()))} said', file=sys.stderr)

    def kill_a_worker(self):
        """One that has had time to connect, mostly; another one every time."""
        def was_killed():
            pids = [pid for pid, _ in children_of(self.gateway.pid)]
            with contextlib.suppress(ProcessLookupError):  # it ended by itself, just now
                if pids:
                    os.kill(self.random.choice(pids), signal.SIGKILL)
                    return True
            return False
        wait_until(was_killed, 20, 'a worker runs')

    def test_workers_die_and_no_client_notices(self):
        self.start()
        self.run_load(self.kill_a_worker, WORKER_KILLS, (0.02, 0.15))
        self.wait_quiet()
        self.assertEqual(sum(self.closures.values()), 0, 'no client was disconnected')
        self.assertEqual(self.gateway.terminate(), 0)
        self.check_everything()

    def kill_the_gateway(self):
        workers = [pid for pid, _ in children_of(self.gateway.pid)]
        self.gateway.signal(signal.SIGKILL)
        self.gateway.wait(10)
        for pid in workers:
            wait_until(lambda p=pid: not pathlib.Path(f'/proc/{p}').exists(), 10,
                       'the worker has ended with its core')
        self.check_integrity()
        self.start()

    def test_the_core_dies_and_nothing_accepted_is_lost(self):
        self.start()
        self.run_load(self.kill_the_gateway, CORE_KILLS, (0.1, 0.6))
        self.wait_quiet()
        self.assertEqual(self.gateway.terminate(), 0)
        self.check_everything()


if __name__ == '__main__':
    unittest.main()
