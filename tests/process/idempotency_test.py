#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A key that a client chose has one effect (docs/protocol/idempotency.md), on the echo channel."""

import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.gateway import Gateway, Home  # noqa: E402
from support.processes import wait_until  # noqa: E402


class Idempotency(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home({'channels': {'echo': {'allowFrom': ['ann']}}}))

    def start(self):
        gateway = self.enterContext(Gateway(self.home))
        client = self.enterContext(operator(gateway))
        wait_until(lambda: client.call('channels.status')['channelAccounts']['echo'][0]
                   ['connected'], 15, 'the echo account is connected')
        return gateway, client

    @staticmethod
    def send(key, text='hello', to='nobody'):
        return {'channel': 'echo', 'to': to, 'message': text, 'idempotencyKey': key}

    def test_send_twice_has_one_effect_and_one_answer(self):
        gateway, client = self.start()
        first = client.call('send', self.send('k1'))
        self.assertEqual(client.call('send', self.send('k1', 'something else')), first)
        with operator(gateway, 3) as other:
            self.assertEqual(other.call('send', self.send('k1')), first)
        self.assertNotEqual(client.call('send', self.send('k2'))['messageId'], first['messageId'])

    def test_the_answer_outlives_a_stop_and_a_kill(self):
        gateway, client = self.start()
        first = client.call('send', self.send('k1'))
        for number in (signal.SIGTERM, signal.SIGKILL):
            gateway.signal(number)
            gateway.wait(5)
            gateway, client = self.start()
            self.assertEqual(client.call('send', self.send('k1')), first)

    def test_what_was_accepted_when_the_gateway_was_killed_is_known_afterwards(self):
        gateway, client = self.start()
        keys = [f'burst-{i}' for i in range(200)]
        for key in keys:
            client.send_request('send', self.send(key))
        answered = {}
        for _ in range(20):
            frame = client.receive()
            if frame['type'] == 'res' and frame['ok']:
                answered[frame['payload']['runId']] = frame['payload']
        gateway.signal(signal.SIGKILL)
        gateway.wait(5)
        gateway, client = self.start()
        for key, payload in answered.items():
            self.assertEqual(client.call('send', self.send(key)), payload)
        for key in keys:  # every other key has some end too, and none hangs
            answer = client.exchange('send', self.send(key))
            self.assertTrue(answer['ok'] or
                            answer['error']['details']['code'] == 'DELIVERY_UNCERTAIN', answer)

    def test_refused_requests_do_not_use_up_their_key(self):
        _, client = self.start()
        self.assertFalse(client.exchange('send', self.send('k1', ' '))['ok'])
        self.assertTrue(client.exchange('send', self.send('k1', 'now'))['ok'])

    def test_chat_send_runs_once(self):
        gateway, client = self.start()
        params = {'sessionKey': 'main', 'message': 'once', 'idempotencyKey': 'turn-1'}
        started = client.call('chat.send', params)
        self.assertEqual((started['runId'], started['status']), ('turn-1', 'started'))
        client.wait_event('chat', lambda p: p['state'] == 'final')
        self.assertEqual(client.call('chat.send', params)['status'], 'ok')
        gateway.terminate()
        gateway, client = self.start()
        self.assertEqual(client.call('chat.send', params)['status'], 'ok')
        history = client.call('chat.history', {'sessionKey': 'main'})['messages']
        self.assertEqual([m['role'] for m in history], ['user', 'assistant'])

    def test_an_injected_message_is_answered_once(self):
        _, client = self.start()
        client.call('send', self.send('inject-1', 'hi there', to='inject:ann'))
        final = client.wait_event('chat', lambda p: p['state'] == 'final')
        self.assertIn('hi there', final['message']['content'][0]['text'])
        client.call('send', self.send('inject-1', 'hi there', to='inject:ann'))
        client.call('send', self.send('fence', 'x'))
        self.assertEqual([e for e in client.events if e['event'] == 'chat'], [])


if __name__ == '__main__':
    unittest.main()
