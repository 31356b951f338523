#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Messages that did not arrive: told, listed, sent again, dropped, withdrawn. On the echo channel,
where a message to "inject:" is refused for good."""

import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import CallFailed, operator  # noqa: E402
from support.gateway import Gateway, Home, clean_environment, program  # noqa: E402
from support.processes import wait_until  # noqa: E402

REFUSED = 'inject:'  # names nobody


class Deliveries(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home({'channels': {'echo': {}}}))

    def start(self):
        gateway = self.enterContext(Gateway(self.home))
        client = self.enterContext(operator(gateway))
        self.wait_connected(client)
        return gateway, client

    @staticmethod
    def wait_connected(client):
        wait_until(lambda: client.call('channels.status')['channelAccounts']['echo'][0]
                   ['connected'], 15, 'the echo account is connected')

    @staticmethod
    def send(key, to=REFUSED, **more):
        return {'channel': 'echo', 'to': to, 'message': 'hello', 'idempotencyKey': key, **more}

    def fail_one(self, client, key='k1'):
        error = client.exchange('send', self.send(key))['error']
        self.assertEqual(error['code'], 'UNAVAILABLE')
        self.assertEqual(error['details']['code'], 'DELIVERY_FAILED')
        return error['details']['deliveryId']

    def refused(self, client, method, params):
        with self.assertRaises(CallFailed) as failure:
            client.call(method, params)
        self.assertEqual(failure.exception.code, 'INVALID_REQUEST')
        return failure.exception.message

    def test_what_was_refused_is_told_and_listed_across_a_kill_until_it_is_dropped(self):
        gateway, client = self.start()
        self.assertIn('delivery', client.hello['features']['events'])
        self.assertIn('deliveries.list', client.hello['features']['methods'])
        letter = self.fail_one(client)
        told = client.wait_event('delivery', lambda p: p['id'] == letter)
        self.assertEqual((told['state'], told['channel'], told['to']), ('failed', 'echo', REFUSED))
        self.assertIn('wants a peer', told['error'])

        gateway.signal(signal.SIGKILL)
        gateway.wait(5)
        gateway, client = self.start()
        listed = client.call('deliveries.list')['deliveries']
        self.assertEqual([(d['id'], d['state'], d['text']) for d in listed],
                         [(letter, 'failed', 'hello')])
        self.assertEqual(client.call('deliveries.list', {'state': 'expired'})['deliveries'], [])
        self.assertEqual(client.call('deliveries.drop', {'id': letter}),
                         {'ok': True, 'id': letter})
        self.assertEqual(client.call('deliveries.list')['deliveries'], [])
        self.refused(client, 'deliveries.drop', {'id': letter})
        self.refused(client, 'deliveries.retry', {'id': letter})
        self.assertEqual(len(client.call('deliveries.list', {'includeSettled': True})
                             ['deliveries']), 1)

    def test_a_retry_has_one_effect_across_a_kill(self):
        gateway, client = self.start()
        letter = self.fail_one(client)
        again = client.call('deliveries.retry', {'id': letter})['deliveryId']
        self.assertNotEqual(again, letter)
        client.wait_event('delivery', lambda p: p['id'] == again)
        gateway.signal(signal.SIGKILL)
        gateway.wait(5)
        gateway, client = self.start()
        self.assertEqual(client.call('deliveries.retry', {'id': letter})['deliveryId'], again)
        self.assertEqual([(d['id'], d['origin']) for d in
                          client.call('deliveries.list')['deliveries']],
                         [(again, 'retry:' + letter)])

    def test_what_waits_is_cancelled_and_its_caller_told(self):
        gateway, client = self.start()
        letter = self.fail_one(client)
        client.call('channels.stop', {'channel': 'echo'})
        waiting = client.call('deliveries.retry', {'id': letter})['deliveryId']
        queued = client.call('deliveries.list', {'state': 'queued'})['deliveries']
        self.assertEqual([d['id'] for d in queued], [waiting])
        self.assertEqual(client.call('deliveries.cancel', {'id': waiting}),
                         {'ok': True, 'id': waiting, 'state': 'cancelled'})
        client.wait_event('delivery', lambda p: (p['id'], p['state']) == (waiting, 'cancelled'))
        self.refused(client, 'deliveries.cancel', {'id': waiting})
        self.assertEqual(client.call('deliveries.list')['deliveries'], [])

    def test_readers_look_and_only_writers_act(self):
        gateway, client = self.start()
        letter = self.fail_one(client)
        with operator(gateway, 3, scopes=['operator.read']) as reader:
            self.assertEqual(len(reader.call('deliveries.list')['deliveries']), 1)
            for verb in ('retry', 'drop', 'cancel'):
                with self.assertRaises(CallFailed) as failure:
                    reader.call('deliveries.' + verb, {'id': letter})
                self.assertEqual(failure.exception.message, 'missing scope: operator.write')

    def test_send_refuses_what_no_channel_carries(self):
        gateway, client = self.start()
        for more in ({'mediaUrl': 'https://example.org/a.png'}, {'mediaUrls': ['a', 'b']}):
            self.assertIn('media', self.refused(client, 'send', self.send('k1', 'ann', **more)))
        client.call('send', self.send('k1', 'ann', replyToId='m1', threadId='t1', silent=True,
                                      accountId='default', agentId='main'))

    def test_what_is_injected_is_announced_and_stays(self):
        gateway, client = self.start()
        inject = {'sessionKey': 'main', 'message': 'listen', 'label': 'note'}
        self.assertEqual(self.refused(client, 'chat.inject', inject), 'session not found')
        client.call('chat.send', {'sessionKey': 'main', 'message': 'hi', 'idempotencyKey': 'r1'})
        client.wait_event('chat', lambda p: p['state'] == 'final')
        answer = client.call('chat.inject', inject)
        self.assertRegex(answer['messageId'], '^[0-9a-f]{8}$')
        run_id = 'inject-' + answer['messageId']
        told = client.wait_event('chat', lambda p: p['runId'] == run_id)
        self.assertEqual((told['seq'], told['state']), (0, 'final'))
        last = client.call('chat.history', {'sessionKey': 'main'})['messages'][-1]
        self.assertEqual(last, told['message'])
        self.assertEqual(last['content'][0]['text'], '[note]\n\nlisten')
        self.assertEqual(last['stopReason'], 'injected')

    def control(self, *arguments):
        done = subprocess.run([program('gatewayctl'), '--socket', self.home.control, *arguments],
                              env=clean_environment(), capture_output=True, text=True, timeout=20)
        return done.returncode, done.stdout + done.stderr

    def test_the_command_line_shows_and_settles_them_by_the_end_of_their_id(self):
        gateway, client = self.start()
        self.assertEqual(self.control('deliveries'), (0, 'No dead letters.\n'))
        letter = self.fail_one(client)
        code, text = self.control('deliveries')
        self.assertEqual(code, 0)
        self.assertRegex(text, letter[-12:] + r'  failed  echo     inject:  \d s  ')
        code, text = self.control('deliveries', 'retry', letter[-12:])
        self.assertRegex(text, '^sending again as [0-9a-f-]{36}\n$')
        again = text.split()[-1]
        client.wait_event('delivery', lambda p: p['id'] == again)
        self.assertEqual(self.control('deliveries', 'drop', again[-12:]), (0, f'dropped {again}\n'))
        self.assertEqual(self.control('deliveries', 'list'), (0, 'No dead letters.\n'))
        self.assertEqual(self.control('deliveries', '--state', 'queued'), (0, 'No delivery is queued.\n'))
        self.assertEqual(self.control('deliveries', 'cancel', 'beef')[0], 1)
        code, text = self.control('deliveries', 'list', '--settled', '--json')
        self.assertIn(letter, text)


if __name__ == '__main__':
    unittest.main()
