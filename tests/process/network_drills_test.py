#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The kill drills with the workers that people use: one on a real IRC server, where somebody has a
real client, and one at the Telegram double. Workers and gateways are killed under load in both
directions. On Telegram everything said is one message, whatever dies, since it waits there until it
is confirmed. IRC forgets: what a worker had heard is one message, and the rest lies within a gap that
is on record. Neither takes an id of ours, so each message that is sent arrives once, or it is called
uncertain.
"""

import collections
import contextlib
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import telegram  # noqa: E402
from support.client import operator  # noqa: E402
from support.drill import ANSWER, CLIENTS, CORE_KILLS, WORKER_KILLS, Channel, Drill  # noqa: E402
from support.irc import Person, Server, find_tool  # noqa: E402
from support.processes import wait_until  # noqa: E402

TOKEN = '42:AAfor-tests_only'
BOB = 100  # and the people behind him
# No session is answered more than twenty times a minute, so there are many of them.
ROOMS = [f'#room{i}' for i in range(24)]
SLACK_MS = 2000  # between our reading of the clock and the server's taking the line


@unittest.skipUnless(find_tool('ngircd') and find_tool('ii'), 'needs the packages ngircd and ii')
class Networks(Drill):
    say_every = 0.1

    def setUp(self):
        self.irc = self.enterContext(Server())
        self.telegram = self.enterContext(telegram.Server())
        self.telegram.add_bot(TOKEN, 'gatebot', sees_everything=True)
        people = [self.telegram.add_user(BOB + i, f'Bob{i}') for i in range(CLIENTS)]
        self.prepare({
            'irc': Channel(
                settings={'host': '127.0.0.1', 'port': self.irc.port, 'nick': 'gatebot',
                          'channels': ROOMS, 'dmPolicy': 'open', 'allowFrom': ['*'],
                          'groups': ['*'], 'groupAllowFrom': ['*'], 'requireMention': False,
                          'floodDelayMs': 0},
                target=lambda client: ['ann', *ROOMS][client],
                say=lambda number, text: self.ann.say(
                    ['gatebot', *ROOMS][number // 2 % (len(ROOMS) + 1)], text)),
            'telegram': Channel(
                settings={'botToken': TOKEN, 'apiRoot': self.telegram.url, 'dmPolicy': 'open',
                          'allowFrom': ['*'], 'pollTimeoutSeconds': 5},
                target=lambda client: str(BOB + client),
                say=lambda number, text: people[number // 2 % CLIENTS].says(text))})
        # Or the bot could not write to them.
        for number in range(CLIENTS):
            self.say('telegram', 2 * number, f'telegram, good morning from {number}.')
        self.ann = self.enterContext(Person(self.irc, 'ann'))
        for room in ROOMS:
            self.ann.join(room)
        self.start()
        self.wait_connected()

    def wait_connected(self):
        with operator(self.gateway) as client:
            wait_until(lambda: all(
                account['connected']
                for accounts in client.call('channels.status')['channelAccounts'].values()
                for account in accounts), 60, 'both accounts are connected')

    def finish(self):
        self.wait_connected()
        self.say('irc', 0, 'irc, good night.')
        expected = [*self.said['telegram'], 'irc, good night.']

        def is_all_heard():
            transcript = self.transcript()
            return all(text in transcript for text in expected)
        self.wait_quiet(is_all_heard)
        self.assertEqual(self.gateway.terminate(), 0)
        self.check_clients()
        self.check('irc', self.heard_by_ann())
        self.check('telegram', collections.Counter(
            message['text'] for i in range(CLIENTS) for message in self.telegram.sent(BOB + i)))
        self.check_gaps()

    def transcript(self):
        # In a channel it says who spoke.
        return collections.Counter({text.removeprefix('ann: '): times
                                    for text, times in super().transcript().items()})

    def heard_by_ann(self):
        return collections.Counter(text for place in ['gatebot', *ROOMS]
                                   for nick, text in self.ann.heard(place) if nick == 'gatebot')

    def check(self, name, arrived):
        """arrived: how often each text stands on the network."""
        transcript, uncertain = self.transcript(), self.uncertain()
        heard = [text for text in self.said[name] if transcript[text]]
        if name == 'telegram':
            self.assertEqual(set(heard), set(self.said[name]))
        for text in heard:
            self.assertEqual(transcript[text], 1, text)
            self.assertEqual(transcript[ANSWER + text], 1, f'the answer to {text}')
        answers = [ANSWER + text for text in heard]
        sent = [text for text in self.outcomes if text.startswith(name)]
        for text in sent + answers:
            self.assertIn(arrived[text], (0, 1) if text in uncertain else (1,), text)
        self.assertEqual(set(arrived) - set(sent + answers), set())

    def check_gaps(self):
        """What was said on IRC and did not come in lies within a gap."""
        transcript = self.transcript()
        with contextlib.closing(self.database()) as database:
            gaps = database.execute(
                "SELECT from_ms, to_ms FROM gaps WHERE channel = 'irc'").fetchall()
        missed = [(text, when * 1000) for text, when in self.said['irc'].items()
                  if not transcript[text]]
        print(f'{len(self.said["irc"])} said on IRC, {len(missed)} of them missed, in {len(gaps)} '
              f'gaps of {sum(to - from_ for from_, to in gaps) / 1000:.1f} s in all', file=sys.stderr)
        for text, when in missed:
            self.assertTrue(any(from_ - SLACK_MS <= when <= to for from_, to in gaps),
                            f'{text} was missed and lies in no gap: {when:.0f}, {gaps}')

    def test_workers_die_and_no_client_notices(self):
        self.run_load(self.kill_a_worker, WORKER_KILLS, (0.1, 0.5))
        self.assertEqual(sum(self.closures.values()), 0, 'no client was disconnected')
        self.finish()

    def test_the_core_dies_and_nothing_accepted_is_lost(self):
        self.run_load(self.kill_the_gateway, CORE_KILLS, (0.2, 1.2))
        self.finish()


if __name__ == '__main__':
    unittest.main()
