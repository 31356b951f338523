#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Files go out with a message and come in with one, byte by byte, whatever becomes of the worker."""

import base64
import os
import pathlib
import random
import signal
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.gateway import Gateway, Home  # noqa: E402
from support.processes import children_of, wait_until  # noqa: E402


class Media(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home({
            'channels': {'echo': {'allowFrom': ['ann']}},
            'supervisor': {'restart': {'firstDelayMs': 0, 'breakerCrashes': 0}}}))
        self.start()

    def start(self):
        self.gateway = self.enterContext(Gateway(self.home))
        self.client = self.enterContext(operator(self.gateway))
        self.wait_connected()

    def wait_connected(self):
        wait_until(lambda: self.client.call('channels.status')['channelAccounts']['echo'][0]
                   ['connected'], 15, 'the echo account is connected')

    def worker(self):
        return next(pid for pid, name in children_of(self.gateway.pid) if name == 'gatewayd-echo')

    @staticmethod
    def params(content, key, to='inject:ann', **more):
        return {'channel': 'echo', 'to': to, 'idempotencyKey': key, 'filename': 'cat.png',
                'contentType': 'image/png', 'buffer': base64.b64encode(content).decode(), **more}

    def files(self):
        """The bytes of every stored file by its id."""
        directory = self.home.state / 'media'
        return {f.name: f.read_bytes() for f in directory.iterdir()} if directory.exists() else {}

    def rows(self, query):
        with sqlite3.connect(f'file:{self.home.state}/gatewayd.db?mode=ro', uri=True) as db:
            return db.execute(query).fetchall()

    def said(self):
        history = self.client.call('chat.history', {'sessionKey': 'main'})['messages']
        return [m['content'][0]['text'] for m in history if m['role'] == 'user']

    def wait_said(self, count):
        return wait_until(lambda: len(self.said()) >= count and self.said(), 20,
                          'what was injected is in the transcript')

    def test_a_file_goes_out_and_comes_back_with_the_same_bytes(self):
        content = random.Random(1).randbytes(1_500_000)  # more than one window
        answer = self.client.call('send', self.params(content, 'k1', message='look'), 20)
        self.assertEqual(answer['channel'], 'echo')
        self.assertEqual(self.wait_said(1), ['look\n[media: image/png, cat.png, 1.5 MB]'])
        self.assertEqual(list(self.files().values()), [content, content])
        named = self.rows('SELECT media_id FROM inbound_media')
        sent = self.rows("SELECT media_id FROM deliveries WHERE media_id <> ''")
        self.assertEqual({i for (i,) in named + sent}, set(self.files()))
        for file in (self.home.state / 'media').iterdir():
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)

    def test_a_file_alone_is_a_message(self):
        self.client.call('send', self.params(b'x', 'k1'))
        self.assertEqual(self.wait_said(1), ['[media: image/png, cat.png, 1 B]'])
        self.client.call('send', self.params(b'y' * 1200, 'k2', to='bob', sessionKey='main'))
        history = self.client.call('chat.history', {'sessionKey': 'main'})['messages']
        self.assertIn('cat.png', [m['content'][0]['text'] for m in history])

    def test_a_known_key_stores_no_second_file(self):
        for _ in range(2):
            self.client.call('send', self.params(b'abc', 'k1', to='bob'))
        self.assertEqual(list(self.files().values()), [b'abc'])

    def test_what_is_no_file_is_refused_before_anything_is_stored(self):
        for bad in ({'buffer': 'no base64!'}, {'buffer': ''}, {'mediaUrl': 'http://a/b.png'},
                    {'mediaUrls': ['http://a/b.png']}):
            with self.subTest(bad=bad):
                answer = self.client.exchange('send', {**self.params(b'x', 'bad'), **bad})
                self.assertEqual(answer['error']['code'], 'INVALID_REQUEST')
        self.assertEqual(self.files(), {})
        url = 'data:text/plain;base64,' + base64.b64encode(b'hi').decode()
        params = {**self.params(b'', 'k1', to='bob'), 'buffer': url}
        del params['contentType']
        self.client.call('send', params)
        self.assertEqual(self.rows('SELECT mime_type, filename, size FROM media'),
                         [('text/plain', 'cat.png', 2)])

    def test_a_stranger_leaves_no_file(self):
        self.client.call('send', self.params(b'x' * 1000, 'k1', to='inject:eve'))
        wait_until(lambda: self.rows('SELECT id FROM inbound'), 10, 'the message was received')
        wait_until(lambda: len(self.files()) == 1, 10, 'only the file that was sent is left')
        self.assertEqual(self.said(), [])

    def test_kills_in_the_middle_leave_whole_files_or_none(self):
        content = random.Random(2).randbytes(4_000_000)
        for i in range(4):
            request = self.client.send_request('send', self.params(content, f'k{i}', message=f'm{i}'))
            wait_until(lambda i=i: len(self.files()) > 0, 10, 'the file is stored')
            os.kill(self.worker(), signal.SIGKILL)
            self.wait_connected()
            answer = self.client.wait_answer(request, 20)
            self.assertTrue(answer['ok'] or answer['error']['details']['code'] ==
                            'DELIVERY_UNCERTAIN', answer)
        self.client.call('send', self.params(content, 'end', message='the end'), 20)
        wait_until(lambda: any('the end' in text for text in self.said()), 20, 'the last one')
        files = self.files()
        for (media_id,) in self.rows('SELECT id FROM media'):
            self.assertEqual(files[media_id], content)
        numbers = [f['seq'] for f in self.client.frames if 'seq' in f]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    def test_a_killed_gateway_sends_the_file_afterwards_and_sweeps_what_nobody_names(self):
        os.kill(self.worker(), signal.SIGSTOP)
        content = random.Random(3).randbytes(300_000)
        self.client.send_request('send', self.params(content, 'k1', message='late'))
        wait_until(self.rows_of_deliveries, 10, 'the delivery is accepted')
        self.gateway.signal(signal.SIGKILL)
        self.gateway.wait(5)
        left = self.home.state / 'media' / 'left-over'
        left.write_bytes(b'half a file')
        os.utime(left, (1, 1))
        self.start()
        answer = self.client.exchange('send', self.params(content, 'k1', message='late'), 20)
        self.assertTrue(answer['ok'] or answer['error']['details']['code'] == 'DELIVERY_UNCERTAIN')
        wait_until(lambda: not left.exists(), 10, 'the left-over is swept')
        self.assertIn(content, self.files().values())

    def rows_of_deliveries(self):
        return self.rows('SELECT id FROM deliveries')


if __name__ == '__main__':
    unittest.main()
