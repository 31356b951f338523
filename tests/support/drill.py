# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""kill -9 under load: twenty clients send, people talk, workers or gateways are killed, and what
became of each message is written down. The networks, and what must be true in the end, are the
test's; see tests/process/kill_drills_test.py.

KILL_DRILLS=soak in the environment means the long ones. Not a measurement of restarting: the delay
before a restart is 0 and the breaker is off, which the drills print.
"""

import collections
import contextlib
import dataclasses
import itertools
import os
import random
import signal
import sqlite3
import sys
import threading
import time
import unittest
from collections.abc import Callable

from support.client import operator
from support.gateway import Gateway, Home
from support.processes import Timeout, children_of, has_ended, wait_until
from support.websocket import Closed, Refused

IS_SOAK = os.environ.get('KILL_DRILLS') == 'soak'
WORKER_KILLS = 1000 if IS_SOAK else 50
CORE_KILLS = 200 if IS_SOAK else 20
CLIENTS = 20
ANSWER = "No model is configured, so this is gatewayd's built-in responder. You said: "
_RESTART = {'firstDelayMs': 0, 'maxDelayMs': 0, 'breakerCrashes': 0}


@dataclasses.dataclass
class Channel:
    """What a drill needs to know of one: its configuration, whom a client writes to, and how
    somebody says something there."""

    settings: dict
    target: Callable[[int], str]      # the number of a client → who is written to
    say: Callable[[int, str], None]   # the number of what is said, and the text


class Drill(unittest.TestCase):
    """A gateway on some networks, load in both directions, and what became of every message."""

    say_every = 0.02
    send_every = 0.05  # of one client

    def prepare(self, channels):
        """To be called first. channels: each Channel by its name."""
        self.random = random.Random(4)
        self.channels = channels
        self.home = self.enterContext(Home({
            'supervisor': {'restart': _RESTART},
            'session': {'dmScope': 'per-channel-peer'},
            'channels': {name: channel.settings for name, channel in channels.items()}}))
        self.gateway = None
        self.is_over = threading.Event()  # no new messages
        self.lock = threading.Lock()
        self.outcomes = {}                 # of each send, by text: 'ok' or 'uncertain'
        self.failures = []                 # what no client should have seen
        self.clients = {}                  # by number, while connected
        self.closures = collections.Counter()
        self.said = {name: {} for name in channels}  # each text, and when
        print(f'restart: {_RESTART}', file=sys.stderr)

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
        try:
            for _ in range(times):
                time.sleep(self.random.uniform(*lives))
                kill()
        finally:
            self.is_over.set()
        for thread in threads:
            thread.join(120)
            self.assertFalse(thread.is_alive(), 'somebody waits for an answer that never comes')
        for client in self.clients.values():
            client.call('health')
            client.sock.close()

    def say_on(self):
        for number, name in enumerate(itertools.cycle(self.channels)):
            if self.is_over.wait(self.say_every):
                return
            self.say(name, number, f'{name} says {number}.')

    def say(self, name, number, text):
        self.said[name][text] = time.time()
        self.channels[name].say(number, text)

    def send_on(self, client_number):
        """One client: a message after the other, each repeated under its key until it is answered."""
        for number, name in enumerate(itertools.cycle(self.channels)):
            if self.is_over.wait(self.send_every):
                return
            text = f'{name}, client {client_number}, message {number}.'
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
            'channel': name, 'to': self.channels[name].target(client_number), 'message': text,
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

    def wait_quiet(self, is_all_heard):
        """Until what was said is kept and dealt with, and every delivery has its end."""
        wait_until(lambda: is_all_heard() and not self.count('inbound', 'state < 2'), 90,
                   'all that was said is answered')
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

    def count(self, table, condition):
        with contextlib.closing(self.database()) as database:
            [(count,)] = database.execute(f'SELECT count(*) FROM {table} WHERE {condition}')
            return count

    def database(self):
        return sqlite3.connect(self.home.state / 'gatewayd.db')

    def check_integrity(self):
        with contextlib.closing(self.database()) as database:
            self.assertEqual(database.execute('PRAGMA integrity_check').fetchall(), [('ok',)])

    def transcript(self):
        """How often each text stands in one."""
        with contextlib.closing(self.database()) as database:
            return collections.Counter(text for (text,) in database.execute(
                "SELECT json_extract(message, '$.content[0].text') FROM transcript"))

    def uncertain(self):
        """The texts of which nobody can say whether they arrived."""
        with contextlib.closing(self.database()) as database:
            return {text for (text,) in database.execute(
                'SELECT text FROM deliveries WHERE state = 4')}

    def check_clients(self):
        """What they were told is what the database says."""
        self.assertEqual(self.failures, [])
        self.check_integrity()
        uncertain = self.uncertain()
        for text, outcome in self.outcomes.items():
            self.assertEqual(outcome == 'uncertain', text in uncertain, text)
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

    def kill_the_gateway(self):
        workers = [pid for pid, _ in children_of(self.gateway.pid)]
        self.gateway.signal(signal.SIGKILL)
        self.gateway.wait(10)
        for pid in workers:
            wait_until(lambda p=pid: has_ended(p), 10, 'the worker has ended with its core')
        self.check_integrity()
        self.start()
