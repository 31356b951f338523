#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The main job, with a real IRC server and a real IRC client: a person writes, is answered,
operators see it; the worker is killed in the middle and nobody but its account notices."""

import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.gateway import Gateway, Home, program  # noqa: E402
from support.irc import Person, Server, find_tool  # noqa: E402
from support.processes import children_of, wait_until  # noqa: E402


def text_of(message):
    return ''.join(part['text'] for part in message['content'])


@unittest.skipUnless(find_tool('ngircd') and find_tool('ii'), 'needs the packages ngircd and ii')
class IrcStory(unittest.TestCase):
    def setUp(self):
        self.irc = self.enterContext(Server())
        self.home = self.enterContext(Home({
            'channels': {'irc': {
                'host': '127.0.0.1', 'port': self.irc.port, 'nick': 'gatebot',
                'channels': ['#room'], 'allowFrom': ['ann!~ann@127.0.0.1'], 'groups': ['#room'],
                'groupAllowFrom': ['*'], 'floodDelayMs': 0}},
            'supervisor': {'restart': {'firstDelayMs': 50}}}))
        self.gateway = self.enterContext(Gateway(self.home))
        self.watchers = [self.enterContext(operator(self.gateway, n)) for n in (3, 4)]
        self.ann = self.enterContext(Person(self.irc, 'ann'))
        self.wait_connected()

    def account(self):
        status = self.watchers[1].call('channels.status')
        return status['channelAccounts']['irc'][0]

    def wait_connected(self):
        wait_until(lambda: self.account()['connected'], 15, 'the IRC account is connected')

    def worker(self):
        found = [pid for pid, name in children_of(self.gateway.pid) if name == 'gatewayd-irc']
        return found[0] if found else None

    def kill_worker(self):
        """Returns when another one is connected."""
        killed = self.worker()
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: self.worker() not in (None, killed), 10, 'a new worker')
        self.wait_connected()

    def expect_chat(self, part):
        """Both operators see the answer that contains part, as their protocol shows it."""
        for client in self.watchers:
            delta = client.wait_event('chat', lambda p: p['state'] == 'delta' and
                                      part in p['deltaText'])
            final = client.wait_event('chat', lambda p: p['state'] == 'final')
            self.assertEqual(final['runId'], delta['runId'])
            self.assertIn(part, text_of(final['message']))

    def test_a_person_is_answered_and_operators_see_it(self):
        self.ann.say('gatebot', 'hello there')
        self.ann.wait_heard('gatebot', 'hello there')
        self.expect_chat('hello there')
        history = self.watchers[1].call('chat.history', {'sessionKey': 'main'})['messages']
        self.assertEqual([m['role'] for m in history], ['user', 'assistant'])
        self.assertIn('hello there', text_of(history[1]))

    def test_in_a_channel_only_mentions_are_answered(self):
        self.ann.join('#room')
        self.ann.say('#room', 'nobody in particular')
        self.ann.say('#room', 'gatebot: are you there?')
        self.ann.wait_heard('#room', 'are you there?')
        lines = [text for nick, text in self.ann.heard('#room') if nick == 'gatebot']
        self.assertEqual(len(lines), 1, lines)
        sessions = self.watchers[1].call('sessions.list')['sessions']
        self.assertIn('agent:main:irc:channel:#room', [s['key'] for s in sessions])

    def test_strangers_are_not_answered(self):
        eve = self.enterContext(Person(self.irc, 'eve'))
        eve.say('gatebot', 'let me in')
        self.ann.say('gatebot', 'and me')
        self.ann.wait_heard('gatebot', 'and me')
        self.assertEqual(eve.heard('gatebot'), [])

    def test_a_killed_worker_costs_nobody_anything(self):
        self.ann.say('gatebot', 'before')
        self.ann.wait_heard('gatebot', 'before')
        self.kill_worker()
        self.ann.say('gatebot', 'after')
        self.ann.wait_heard('gatebot', 'after')
        self.expect_chat('after')
        self.assertEqual(self.account()['restarts'], 1)
        for client in self.watchers:  # the same connections as at the beginning
            numbers = [f['seq'] for f in client.frames if 'seq' in f]
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    def test_kills_in_the_middle_of_talk_lose_no_connection_and_repeat_nothing(self):
        for i in range(5):
            self.ann.say('gatebot', f'word-{i}-')
            self.kill_worker()
        self.ann.say('gatebot', 'the end')
        self.ann.wait_heard('gatebot', 'the end', 20)
        lines = [text for _, text in self.ann.heard('gatebot')]
        self.assertEqual(len(lines), len(set(lines)), lines)
        for client in self.watchers:
            self.assertTrue(client.exchange('health')['ok'])

    def test_operators_send_and_steer(self):
        operator_ = self.watchers[1]
        sent = operator_.call('send', {'channel': 'irc', 'to': 'ann', 'message': 'news for you',
                                       'idempotencyKey': 'news-1'})
        self.assertEqual(sent['channel'], 'irc')
        self.ann.wait_heard('gatebot', 'news for you')
        again = operator_.call('send', {'channel': 'irc', 'to': 'ann', 'message': 'news for you',
                                        'idempotencyKey': 'news-1'})
        self.assertEqual(again, sent)
        operator_.call('channels.stop', {'channel': 'irc'})
        wait_until(lambda: self.worker() is None, 10, 'the worker is gone')
        refused = operator_.exchange('send', {'channel': 'irc', 'to': 'ann', 'message': 'x',
                                              'idempotencyKey': 'news-2'})
        self.assertEqual(refused['error']['code'], 'UNAVAILABLE')
        operator_.call('channels.start', {'channel': 'irc'})
        self.wait_connected()
        self.assertEqual([t for _, t in self.ann.heard('gatebot')], ['news for you'])

    def test_the_command_line_sends_and_shows(self):
        def gatewayctl(*arguments):
            done = subprocess.run([program('gatewayctl'), *arguments], capture_output=True,
                                  text=True, env=self.home.environment(), timeout=10, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return done.stdout
        gatewayctl('send', '--channel', 'irc', '--to', 'ann', 'from the command line')
        self.ann.wait_heard('gatebot', 'from the command line')
        self.assertIn('irc', gatewayctl('channels', 'status'))
        gatewayctl('channels', 'restart', 'irc')
        self.wait_connected()

    def test_an_irc_server_that_goes_away_is_waited_for(self):
        port = self.irc.port
        self.irc.kill()
        wait_until(lambda: not self.account()['connected'], 10, 'the account is disconnected')
        self.assertTrue(self.watchers[0].exchange('health')['ok'])
        self.assertIsNotNone(self.worker())  # it reconnects by itself, and is not restarted
        self.assertEqual(port, self.irc.port)

    def test_a_stop_takes_the_worker_along(self):
        worker = self.worker()
        self.assertEqual(self.gateway.terminate(), 0)
        self.assertFalse(pathlib.Path(f'/proc/{worker}').exists())


if __name__ == '__main__':
    unittest.main()
