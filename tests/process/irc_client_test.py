#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""What a person with a common client sees on the screen: irssi in a terminal, over TLS, on a server
where the gateway is over TLS, too."""

import os
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.gateway import Gateway, Home  # noqa: E402
from support.irc import Irssi, Server, find_tool  # noqa: E402
from support.processes import children_of, wait_until  # noqa: E402

# Longer than a line of IRC three times; letters of one to four bytes, no blank before the end of each.
LONG = ' '.join(f'{i}:Größe-maß-{"日本語"[i % 3]}-{"🎉🚀😀"[i % 3]}' for i in range(60))


def bare(text):
    return ''.join(text.split())


@unittest.skipUnless(find_tool('ngircd') and find_tool('irssi') and find_tool('tmux'),
                     'needs the packages ngircd, irssi and tmux')
class Screen(unittest.TestCase):
    def setUp(self):
        self.irc = self.enterContext(Server(tls=True))
        self.home = self.enterContext(Home({
            'channels': {'irc': {
                'host': 'localhost', 'port': self.irc.tls_port, 'tls': self.tls(), 'nick': 'gatebot',
                'channels': ['#room'], 'allowFrom': ['ann!~ann@127.0.0.1'], 'groups': ['#room'],
                'groupAllowFrom': ['*'], 'floodDelayMs': 0}},
            'supervisor': {'restart': {'firstDelayMs': 50}}}))
        self.gateway = self.enterContext(Gateway(self.home))
        self.operator = self.enterContext(operator(self.gateway))
        self.ann = self.enterContext(Irssi(self.irc, 'ann'))
        self.wait_connected()

    def tls(self):
        return {'fingerprint': self.irc.fingerprint}

    def wait_connected(self):
        def is_connected():
            status = self.operator.call('channels.status')
            return status['channelAccounts']['irc'][0]['connected']
        wait_until(is_connected, 15, 'the IRC account is connected')

    def send(self, to, message, key):
        sent = self.operator.call('send', {'channel': 'irc', 'to': to, 'message': message,
                                           'idempotencyKey': key})
        self.assertEqual(sent['channel'], 'irc')


class Talk(Screen):
    def test_a_person_is_answered_and_written_to_on_the_screen(self):
        self.ann.say('gatebot', 'grüß dich 🎉 你好')
        self.ann.wait_heard('gatebot', 'You said: grüß dich 🎉 你好')
        self.operator.wait_event('chat', lambda p: p['state'] == 'final')
        self.send('ann', 'Neues für dich: 1 < 2 & “so”', 'news')
        self.ann.wait_heard('gatebot', 'Neues für dich: 1 < 2 & “so”')
        self.assertEqual(len(self.ann.heard('gatebot')), 2, self.ann.screen())

    def test_in_a_channel_a_mention_is_answered_and_nothing_else(self):
        self.ann.join('#room')
        self.ann.say('#room', 'nobody in particular')
        self.ann.say('#room', 'gatebot: bist du da, ja? 👋')
        self.ann.wait_heard('gatebot', 'bist du da, ja? 👋')
        self.send('#room', 'an alle', 'all')
        self.ann.wait_heard('gatebot', 'an alle')
        self.assertEqual(len(self.ann.heard('gatebot')), 2, self.ann.screen())

    def test_a_long_message_arrives_whole_in_several_lines(self):
        self.ann.turn_to('gatebot')
        self.send('ann', LONG, 'long')
        self.send('ann', 'the end', 'end')
        self.ann.wait_heard('gatebot', 'the end')
        *lines, _ = self.ann.heard('gatebot')
        self.assertGreater(len(lines), 3)
        self.assertEqual(''.join(lines), bare(LONG))

    def test_a_long_message_of_the_person_comes_in_whole(self):
        self.ann.say('gatebot', LONG)  # irssi cuts it

        def heard():
            history = self.operator.call('chat.history', {'sessionKey': 'main'})['messages']
            return bare(''.join(part['text'] for message in history if message['role'] == 'user'
                                for part in message['content']))
        wait_until(lambda: heard() == bare(LONG), 15, 'the core has all of it')

    def test_the_person_sees_a_killed_worker_go_and_come_and_is_answered(self):
        self.ann.join('#room')
        worker = next(pid for pid, name in children_of(self.gateway.pid) if name == 'gatewayd-irc')
        os.kill(worker, signal.SIGKILL)
        self.ann.wait_shown('gatebot [~gatewayd@127.0.0.1] has quit')
        self.ann.wait_shown('gatebot [~gatewayd@127.0.0.1] has joined')
        self.ann.say('#room', 'gatebot: still there?')
        self.ann.wait_heard('gatebot', 'still there?')


class Authority(Screen):
    """The certificate vouches for itself, by name, and is not pinned."""

    def tls(self):
        return {'caFile': str(self.irc.certificate)}

    def test_a_person_is_answered_on_the_screen(self):
        self.ann.say('gatebot', 'hello there')
        self.ann.wait_heard('gatebot', 'hello there')


if __name__ == '__main__':
    unittest.main()
