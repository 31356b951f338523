#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A provider's HTTP requests reach the worker of their path, whatever becomes of it meanwhile."""

import os
import pathlib
import signal
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.gateway import Gateway, Home  # noqa: E402
from support.processes import children_of, wait_until  # noqa: E402
from support.websocket import dial, http  # noqa: E402

PATH = '/echo/in'


class Webhooks(unittest.TestCase):
    def setUp(self):
        home = self.enterContext(Home({'channels': {'echo': {
            'allowFrom': ['webhook'], 'webhookPath': PATH}}}))
        self.gateway = self.enterContext(Gateway(home))
        self.client = self.enterContext(operator(self.gateway))
        self.wait_connected()

    def account(self):
        return self.client.call('channels.status')['channelAccounts']['echo'][0]

    def wait_connected(self):
        wait_until(lambda: self.account()['connected'], 15, 'the echo account is connected')

    def worker(self):
        return next(pid for pid, name in children_of(self.gateway.pid) if name == 'gatewayd-echo')

    def post(self, text, seconds=5, **headers):
        """Status, head and body of a POST on a connection of its own."""
        body = text if isinstance(text, bytes) else text.encode()
        with dial(self.gateway.port, seconds=seconds) as sock:
            return http(sock, 'POST', PATH, {'Content-Length': len(body), **headers}, body)

    def said(self):
        history = self.client.call('chat.history', {'sessionKey': 'main'})['messages']
        return [m['content'][0]['text'] for m in history if m['role'] == 'user']

    def post_while_stopped(self):
        """The outcome of a POST that a stopped worker has not taken, as a list that fills."""
        os.kill(self.worker(), signal.SIGSTOP)
        outcome = []
        thread = threading.Thread(target=lambda: outcome.append(self.post('late', 20)))
        thread.start()
        self.addCleanup(thread.join)
        return outcome

    def test_a_post_becomes_a_message_that_is_durable_when_it_is_answered(self):
        status, _, body = self.post('hello from outside')
        self.assertEqual(status, 200, body)
        self.assertTrue(body.startswith(b'received as '), body)
        self.assertEqual(self.said(), ['hello from outside'])
        final = self.client.wait_event('chat', lambda p: p['state'] == 'final')
        self.assertIn('hello from outside', final['message']['content'][0]['text'])

    def test_the_worker_sees_the_request_as_it_was_written(self):
        with dial(self.gateway.port) as sock:
            status, head, body = http(sock, 'GET', PATH + '?challenge=a%20b&x', {'X-Sig': 'q=1'})
            self.assertEqual(status, 200)
            lines = body.decode().split('\n')
            self.assertEqual(lines[0], f'GET {PATH}?challenge=a%20b&x')
            self.assertIn('x-sig: q=1', lines)
            self.assertIn("content-security-policy: sandbox; default-src 'none'", head)
            self.assertEqual(http(sock, 'GET', PATH)[0], 200)  # on the same connection

    def test_only_its_own_path_leads_to_an_account(self):
        with dial(self.gateway.port) as sock:
            for path in (PATH + '/', PATH + '/x', '/echo', '/echo/%69n', '/echo//in'):
                with self.subTest(path=path):
                    self.assertEqual(http(sock, 'GET', path)[0], 404)

    def test_a_large_body_is_carried_and_one_beyond_the_bound_is_not(self):
        status, _, body = self.post('x' * (500 << 10))
        self.assertEqual(status, 200, body)
        with dial(self.gateway.port) as sock:
            size = (768 << 10) + 1
            self.assertEqual(http(sock, 'POST', PATH, {'Content-Length': size})[0], 413)

    def test_a_body_in_chunks_is_one_body(self):
        with dial(self.gateway.port) as sock:
            status, _, _ = http(sock, 'POST', PATH, {'Transfer-Encoding': 'chunked'},
                                b'3\r\none\r\n4;x=y\r\n two\r\n0\r\n\r\n')
            self.assertEqual(status, 200)
        self.assertEqual(self.said(), ['one two'])

    def test_a_worker_killed_in_the_middle_is_a_502_and_the_next_request_is_taken(self):
        outcome = self.post_while_stopped()
        time.sleep(0.3)  # the worker cannot say that the request is in its socket
        self.assertEqual(outcome, [])
        os.kill(self.worker(), signal.SIGKILL)
        wait_until(lambda: outcome, 5, 'an answer')
        self.assertEqual(outcome[0][0], 502)
        self.wait_connected()
        self.assertEqual(self.post('again')[0], 200)
        self.assertEqual(self.said(), ['again'])
        numbers = [f['seq'] for f in self.client.frames if 'seq' in f]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    def test_a_worker_that_does_not_answer_is_a_504(self):
        began = time.monotonic()
        outcome = self.post_while_stopped()
        wait_until(lambda: outcome, 15, 'an answer')
        self.assertEqual(outcome[0][0], 504)
        self.assertGreater(time.monotonic() - began, 9)
        os.kill(self.worker(), signal.SIGCONT)
        # What it says now comes too late, which is no breach of the contract.
        self.assertEqual(self.post('in time')[0], 200)
        self.assertEqual(self.account()['restarts'], 0)

    def test_a_stopped_account_says_when_to_come_back(self):
        self.client.call('channels.stop', {'channel': 'echo'})
        wait_until(lambda: not self.account()['running'], 10, 'the worker is gone')
        status, head, _ = self.post('hello')
        self.assertEqual(status, 503)
        self.assertIn('Retry-After: 5', head)

    def test_no_more_wait_than_the_bound(self):
        os.kill(self.worker(), signal.SIGSTOP)
        waiting = [self.enterContext(dial(self.gateway.port)) for _ in range(64)]
        for sock in waiting:
            sock.sendall(f'POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx'.encode())
        wait_until(lambda: self.post('one more')[0] == 429, 5, 'the bound is reached')
        waiting.pop().close()  # whoever goes makes room
        os.kill(self.worker(), signal.SIGCONT)
        for sock in waiting:
            self.assertTrue(sock.recv(4096).startswith(b'HTTP/1.1 200'))


if __name__ == '__main__':
    unittest.main()
