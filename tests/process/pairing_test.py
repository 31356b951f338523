#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Strangers are admitted with a code that an operator types; each is told it once, whatever is killed."""

import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.echo_network import EchoNetwork  # noqa: E402
from support.gateway import Gateway, Home, program  # noqa: E402
from support.processes import wait_until  # noqa: E402


class Pairing(unittest.TestCase):
    def setUp(self):
        self.network = self.enterContext(EchoNetwork())
        self.home = self.enterContext(Home({
            'supervisor': {'restart': {'firstDelayMs': 0, 'breakerCrashes': 0}},
            'channels': {'echo': {'dmPolicy': 'pairing', 'server': self.network.server()}}}))
        self.gateway = self.client = None
        self.start()

    def start(self):
        self.gateway = self.enterContext(Gateway(self.home))
        self.client = self.enterContext(operator(self.gateway))

    def kill(self):
        self.gateway.signal(signal.SIGKILL)
        self.gateway.wait(5)

    def ctl(self, *arguments, code=0):
        done = subprocess.run([program('gatewayctl'), '--socket', self.home.control, *arguments],
                              env=self.home.environment(), capture_output=True, text=True,
                              timeout=30, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout + done.stderr

    def requests(self):
        return self.client.call('pairing.list')['requests']

    def say(self, sender, text='hello', **more):
        """Says it and waits until the gateway has it on disk."""
        self.network.say(sender, text, **more)
        said = f'e{len(self.network._events)}'
        wait_until(lambda: self.network.acknowledged[said], 20, f'{said} is acknowledged')

    def sent_to(self, sender):
        return [body['text'] for body in self.network.sent if body['to'] == sender]

    def wait_sent(self, sender, count):
        return wait_until(lambda: len(self.sent_to(sender)) >= count and self.sent_to(sender), 20,
                          f'{sender} is told something')

    def wait_quiet(self):
        """Whatever was on its way when this is called has arrived."""
        self.client.call('send', {'channel': 'echo', 'to': 'marker', 'message': 'x',
                                  'idempotencyKey': f'k{len(self.network.sent)}'}, 20)

    def expire_all(self):
        """An hour passes, as far as the rows know."""
        self.kill()
        with sqlite3.connect(self.home.state / 'gatewayd.db') as db:
            db.execute('UPDATE pairing_requests SET expires_ms = 1')
        self.start()

    def test_a_stranger_is_told_one_code_and_answered_once_it_is_approved(self):
        self.say('ann')
        self.say('ann', 'anybody?')
        told = self.wait_sent('ann', 1)
        (request,) = self.requests()
        self.assertIn(request['code'], told[0])
        self.assertIn(f'gatewayctl pairing approve echo {request["code"]}', told[0])
        asked = self.client.wait_event('channel.pair.requested')
        self.assertEqual(asked['code'], request['code'])
        self.assertIn(request['code'], self.ctl('pairing', 'list'))
        self.assertIn('ann may write to echo',
                      self.ctl('pairing', 'approve', 'echo', request['code'].lower()))
        resolved = self.client.wait_event('channel.pair.resolved')
        self.assertEqual((resolved['senderId'], resolved['decision']), ('ann', 'approved'))
        self.assertEqual(self.requests(), [])
        self.say('ann', 'and now?')
        texts = self.wait_sent('ann', 3)
        self.assertEqual(texts[1], 'Access approved. Send a message to start chatting.')
        self.assertIn('and now?', texts[2])
        self.assertEqual(len(texts), 3)
        # Nothing of it is in the conversation but what was admitted.
        history = self.client.call('chat.history', {'sessionKey': 'main'})['messages']
        self.assertEqual([m['content'][0]['text'] for m in history if m['role'] == 'user'],
                         ['and now?'])

    def test_a_kill_in_between_makes_no_second_code(self):
        self.say('ann')
        self.kill()
        self.start()
        self.say('ann', 'hello again')
        # This network takes no ids: what was on its way may be told to the operator instead.
        wait_until(lambda: self.sent_to('ann') or self.client.call('deliveries.list')['deliveries'], 20,
                   'the code has arrived, or nobody knows')
        self.wait_quiet()
        self.assertLessEqual(len(self.sent_to('ann')), 1)
        self.assertEqual(len(self.requests()), 1)
        code = self.requests()[0]['code']
        self.client.call('pairing.approve', {'channel': 'echo', 'code': code})
        self.kill()
        self.start()
        self.say('ann', 'still there?')
        wait_until(lambda: 'still there?' in self.sent_to('ann')[-1], 20, 'ann is answered')

    def test_a_fourth_stranger_gets_nothing_and_notices_and_groups_never_do(self):
        for sender in ('a', 'b', 'c', 'd'):
            self.say(sender)
        self.say('robot', notice=True)
        self.say('e', group='#room', mentioned=True)
        for sender in ('a', 'b', 'c'):
            self.wait_sent(sender, 1)
        self.wait_quiet()
        self.assertEqual({body['to'] for body in self.network.sent}, {'a', 'b', 'c', 'marker'})
        self.assertEqual([r['senderId'] for r in self.requests()], ['a', 'b', 'c'])

    def test_an_expired_code_is_refused_and_says_what_to_do(self):
        self.say('ann')
        self.wait_sent('ann', 1)
        code = self.requests()[0]['code']
        self.expire_all()
        self.assertIn('may have expired', self.ctl('pairing', 'approve', 'echo', code, code=1))
        self.assertIn('Nobody asks', self.ctl('pairing', 'list'))
        self.say('ann', 'me again')
        self.wait_sent('ann', 2)
        self.assertNotEqual(self.requests()[0]['code'], code)

    def test_who_is_removed_or_rejected_is_a_stranger(self):
        self.say('ann!~a@host', mutable=True)
        code = self.requests()[0]['code']
        answer = self.ctl('pairing', 'approve', 'echo', code)
        self.assertIn('this identity can be taken over', answer)
        allowed = json.loads(self.ctl('--json', 'pairing', 'allowed', 'echo'))['senders']
        self.assertEqual([(s['senderId'], s['canBeTakenOver']) for s in allowed],
                         [('ann!~a@host', True)])
        self.assertIn('stranger', self.ctl('pairing', 'remove', 'echo', 'ann!~a@host'))
        self.ctl('pairing', 'remove', 'echo', 'ann!~a@host', code=1)
        self.say('ann!~a@host', 'hello?', mutable=True)
        code = self.requests()[0]['code']
        self.assertIn('not admitted', self.ctl('pairing', 'reject', 'echo', code))
        self.ctl('pairing', 'approve', 'echo', code, code=1)
        self.assertEqual(self.client.call('pairing.allowed')['senders'], [])

    def test_only_who_may_pair_sees_codes(self):
        reader = self.enterContext(operator(self.gateway, 3, scopes=['operator.read']))
        self.say('ann')
        self.wait_sent('ann', 1)
        self.assertEqual(reader.exchange('pairing.list')['error']['message'],
                         'missing scope: operator.pairing')
        self.assertFalse([e for e in reader.events if e['event'].startswith('channel.pair')])


if __name__ == '__main__':
    unittest.main(verbosity=2)
