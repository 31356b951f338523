#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""What frames do after the handshake, down to the bytes (docs/protocol/frames.md)."""

import json
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.gateway import TOKEN, Gateway, Home  # noqa: E402
from support.processes import wait_until  # noqa: E402
from support.websocket import BINARY, CLOSE, PING, PONG, TEXT, dial, http  # noqa: E402

PROTOCOLS = (3, 4)


def setUpModule():
    global gateway
    home = unittest.enterModuleContext(Home())
    gateway = unittest.enterModuleContext(Gateway(home))


class Frames(unittest.TestCase):
    def test_what_is_not_json_is_ignored(self):
        for protocol in PROTOCOLS:
            with operator(gateway, protocol) as client:
                for text in ('', '{', 'nonsense', '{"a":1}}', '\x00', '{"type":"req","id":NaN}'):
                    client.send_text(text)
                self.assertTrue(client.exchange('health')['ok'])
                self.assertEqual([f for f in client.frames if f['type'] == 'res'][1:],
                                 [client.frames[-1]])

    def test_what_is_not_a_request_is_told_why(self):
        cases = [
            ('null', 'invalid', 'must be object'),
            ('7', 'invalid', 'must be object'),
            ('[]', 'invalid', 'must be object'),
            ('{}', 'invalid', "must have required property 'type'; must have required property "
                              "'id'; must have required property 'method'"),
            ('{"type":"event","id":"e","event":"x"}', 'e',
             "must have required property 'method'; at root: unexpected property 'event'; "
             'at /type: must be equal to constant'),
            ('{"type":"req","id":7,"method":"health"}', 7, 'at /id: must be string'),
            ('{"type":"req","id":"","method":"health"}', '',
             'at /id: must NOT have fewer than 1 characters'),
            ('{"type":"req","id":null,"method":"health"}', 'invalid', 'at /id: must be string'),
            ('{"type":5,"id":"five","method":"health"}', 'five',
             'at /type: must be string; at /type: must be equal to constant'),
            ('{"type":"req","id":"x","method":"health","more":1}', 'x',
             "at root: unexpected property 'more'"),
        ]
        for protocol in PROTOCOLS:
            with operator(gateway, protocol) as client:
                for text, frame_id, why in cases:
                    with self.subTest(text=text, protocol=protocol):
                        client.send_text(text)
                        answer = client.wait_answer(frame_id)
                        self.assertEqual(answer['error'],
                                         {'code': 'INVALID_REQUEST',
                                          'message': f'invalid request frame: {why}'})

    def test_methods_that_are_none(self):
        with operator(gateway) as client:
            for method in ('no.such', 'toString', 'constructor', '__proto__', 'hasOwnProperty',
                           'health ', 'Health'):
                answer = client.exchange(method)
                self.assertEqual(answer['error'], {'code': 'INVALID_REQUEST',
                                                   'message': f'unknown method: {method}'})
            answer = client.exchange('connect', {})
            self.assertEqual(answer['error']['message'],
                             'connect is only valid as the first request')

    def test_missing_and_null_parameters_are_none(self):
        with operator(gateway) as client:
            for frame in ({'type': 'req', 'id': 'a', 'method': 'sessions.list'},
                          {'type': 'req', 'id': 'a', 'method': 'sessions.list', 'params': None}):
                client.send(frame)
                self.assertTrue(client.wait_answer('a')['ok'])
            answer = client.exchange('sessions.list', [])
            self.assertEqual(answer['error']['message'],
                             'invalid sessions.list params: must be object')

    def test_all_that_is_wrong_with_parameters_is_said_at_once(self):
        with operator(gateway) as client:
            answer = client.exchange('chat.send', {})
            self.assertEqual(
                answer['error']['message'],
                "invalid chat.send params: must have required property 'sessionKey'; must have "
                "required property 'message'; must have required property 'idempotencyKey'")
            answer = client.exchange('chat.history', {'sessionKey': '', 'limit': 1_000_000})
            self.assertTrue(answer['error']['message'].startswith(
                'invalid chat.history params: at /sessionKey: must NOT have fewer than 1 '
                'characters'), answer)

    def test_missing_scopes_are_said_as_each_generation_expects(self):
        read = ['operator.read']
        with operator(gateway, 3, scopes=read) as client:
            answer = client.exchange('system-event', {'text': 'x'})
            error = answer['error']
            self.assertEqual((error['code'], error['message']),
                             ('INVALID_REQUEST', 'missing scope: operator.admin'))
        with operator(gateway, 4, scopes=read) as client:
            error = client.exchange('system-event', {'text': 'x'})['error']
            self.assertEqual((error['code'], error['message']),
                             ('FORBIDDEN', 'missing scope: operator.admin'))
            self.assertEqual(error['details']['code'], 'MISSING_SCOPE')
            self.assertEqual(error['details']['missingScope'], 'operator.admin')
            self.assertTrue(client.exchange('system-presence')['ok'])

    def test_ids_come_back_as_they_were(self):
        with operator(gateway) as client:
            for frame_id in ('1', 'ä€🙂', '"\\/\b\f\n\r\t', 'x' * 5000, '\u2028\x7f'):
                client.send({'type': 'req', 'id': frame_id, 'method': 'health'})
                self.assertTrue(client.wait_answer(frame_id)['ok'])

    def test_requests_in_flight_are_all_answered(self):
        with operator(gateway) as client:
            wanted = [client.send_request('status') for _ in range(200)]
            got = [client.receive()['id'] for _ in wanted]
            self.assertEqual(sorted(got), sorted(wanted))

    def test_events_are_numbered_for_each_connection(self):
        with operator(gateway) as first, operator(gateway) as second:
            for text in ('one', 'two', 'three'):
                first.call('system-event', {'text': text})
            for client in (first, second):
                frames = [f for f in client.events if f['event'] == 'presence']
                while len(frames) < 3:
                    frame = client.receive()
                    frames += [frame] if frame.get('event') == 'presence' else []
                seen = [f['seq'] for f in client.frames if 'seq' in f]
                self.assertEqual(seen, list(range(1, len(seen) + 1)))
                self.assertEqual(sorted(frames[0]['stateVersion']), ['health', 'presence'])

    # WebSocket itself

    def test_pings_are_answered_between_and_inside_messages(self):
        with operator(gateway) as client:
            client.send_frame(PING, b'hello')
            self.assertEqual(client.receive_frame(), (PONG, b'hello'))
            text = json.dumps({'type': 'req', 'id': 'split', 'method': 'health'}).encode()
            client.send_frame(TEXT, text[:10], fin=False)
            client.send_frame(PING, b'')
            client.send_frame(0, text[10:20], fin=False)
            client.send_frame(0, b'', fin=False)
            client.send_frame(0, text[20:])
            # The answer may overtake the pong, nothing may be lost.
            got = [client.receive_frame(), client.receive_frame()]
            self.assertIn((PONG, b''), got)
            answer, = [json.loads(payload) for opcode, payload in got if opcode == TEXT]
            self.assertEqual((answer['id'], answer['ok']), ('split', True))

    def test_a_message_in_single_bytes_arrives(self):
        with operator(gateway) as client:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in frame_of({'type': 'req', 'id': 'drops', 'method': 'health'}):
                client.sock.sendall(bytes([byte]))
            self.assertTrue(client.wait_answer('drops')['ok'])

    def test_broken_framing_closes_1002(self):
        cases = {
            'reserved bit': lambda c: c.send_frame(TEXT, b'{}', rsv=4),
            'reserved opcode': lambda c: c.send_frame(3, b''),
            'reserved control opcode': lambda c: c.send_frame(11, b''),
            'fragmented ping': lambda c: c.send_frame(PING, b'', fin=False),
            'long ping': lambda c: c.send_frame(PING, b'x' * 126),
            'continuation of nothing': lambda c: c.send_frame(0, b'x'),
            'message inside a message': lambda c: (c.send_frame(TEXT, b'x', fin=False),
                                                   c.send_frame(TEXT, b'x')),
            'close of one byte': lambda c: c.send_frame(CLOSE, b'\x03'),
            'forbidden close code': lambda c: c.send_close(1005),
        }
        for name, send in cases.items():
            with self.subTest(name), operator(gateway) as client:
                send(client)
                # 1005: the broken close frame is answered with an empty one.
                self.assertIn(client.wait_closed().code, (1002, 1005, 1006))

    def test_invalid_utf8_closes_1007(self):
        for name, send in {
                'text': lambda c: c.send_frame(TEXT, b'{"a":"\xff"}'),
                'in pieces': lambda c: (c.send_frame(TEXT, b'{"a":"\xc3', fin=False),
                                        c.send_frame(0, b'\x28"}')),
        }.items():
            with self.subTest(name), operator(gateway) as client:
                send(client)
                self.assertIn(client.wait_closed().code, (1007, 1006))

    def test_too_large_messages_close_1009_at_each_protocols_limit(self):
        def request(size):
            frame = {'type': 'req', 'id': 'big', 'method': 'no.such', 'params': {'pad': ''}}
            frame['params']['pad'] = 'x' * (size - len(json.dumps(frame)))
            return json.dumps(frame).encode()
        for protocol in PROTOCOLS:
            with operator(gateway, protocol) as client:
                limit = client.hello['policy']['maxPayload']
                client.send_frame(TEXT, request(524_288))
                self.assertEqual(client.wait_answer('big')['ok'], False)
                if protocol == 3:
                    self.assertEqual(limit, 524_288)
                    client.send_frame(TEXT, request(limit + 1))
                else:
                    # Announced only: it is refused by its length, before it is here.
                    client.send_frame(TEXT, b'{', length=limit + 1)
                closed = client.wait_closed()
                self.assertEqual((closed.code, closed.reason), (1009, ''))

    def test_a_message_at_the_limit_of_protocol_4_is_taken(self):
        with operator(gateway) as client:
            limit = client.hello['policy']['maxPayload']
            frame = {'type': 'req', 'id': 'huge', 'method': 'no.such', 'params': {'pad': ''}}
            frame['params']['pad'] = 'x' * (limit - len(json.dumps(frame)))
            client.sock.settimeout(20)
            client.send_frame(BINARY, json.dumps(frame).encode())
            self.assertFalse(client.wait_answer('huge', 20)['ok'])

    def test_a_close_is_answered_with_its_code(self):
        for code in (1000, 1001, 3000, 4999):
            with operator(gateway) as client:
                client.send_close(code, 'bye')
                self.assertEqual(client.wait_closed().code, code)

    def test_a_peer_that_vanishes_takes_nobody_with_it(self):
        with operator(gateway) as stays:
            for _ in range(20):
                client = operator(gateway)
                client.send_request('status')
                client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
                client.sock.close()
            self.assertTrue(stays.exchange('status')['ok'])


class SlowClients(unittest.TestCase):
    """Somebody who does not read: what may be dropped is dropped, the rest closes it."""

    def announce_until(self, speaker, done):
        text = 'x' * 60_000
        for i in range(2000):
            speaker.call('system-event', {'text': f'{i} {text}', 'host': 'noise'})
            speaker.events.clear()
            speaker.frames.clear()
            if done():
                return
        self.fail('the queue never filled')

    def metric(self, name):
        with dial(gateway.port) as sock:
            _, _, body = http(sock, 'GET', '/metrics', {'Authorization': f'Bearer {TOKEN}'})
        for line in body.decode().splitlines():
            if line.startswith(name + ' '):
                return float(line.split()[1])
        self.fail(f'no metric {name}')

    def test_droppable_events_leave_a_gap_and_others_close_1008(self):
        for protocol in PROTOCOLS:
            with self.subTest(protocol=protocol), operator(gateway) as speaker:
                slow = operator(gateway, protocol)
                limit = slow.hello['policy']['maxBufferedBytes']
                before = self.metric('gatewayd_events_dropped_total')
                self.announce_until(
                    speaker, lambda: self.metric('gatewayd_events_dropped_total') > before + 1)
                self.assertLess(self.metric('gatewayd_buffered_bytes'), limit + 1_000_000)
                closed_before = self.metric('gatewayd_slow_consumers_closed_total')
                # A refreshed health summary must not be missed, so the client has to go.
                speaker.call('health', {'probe': True})
                wait_until(lambda: self.metric('gatewayd_slow_consumers_closed_total') >
                           closed_before, 10, 'the slow client is closed')
                closed = slow.wait_closed(20)
                if closed.code != 1006:  # it may be dropped before it has read so far
                    self.assertEqual((closed.code, closed.reason), (1008, 'slow consumer'))
                numbers = [f['seq'] for f in slow.frames if 'seq' in f]
                self.assertEqual(numbers, sorted(numbers))
                slow.sock.close()
                self.assertTrue(speaker.exchange('health')['ok'])

    def test_who_asks_for_much_and_reads_nothing_is_not_read_any_more(self):
        with operator(gateway) as greedy, operator(gateway) as other:
            greedy.sock.settimeout(0.5)
            text = json.dumps({'type': 'req', 'id': 'x', 'method': 'logs.tail'})
            try:
                for _ in range(200_000):
                    greedy.send_text(text)
                self.fail('everything was taken')
            except (TimeoutError, socket.timeout, OSError):
                pass
            self.assertLess(self.metric('gatewayd_buffered_bytes'), 12_000_000)
            self.assertTrue(other.exchange('health')['ok'])


def frame_of(message):
    """The bytes of a masked text frame with a mask of zeros."""
    payload = json.dumps(message).encode()
    return bytes([0x81, 0x80 | len(payload)]) + b'\0\0\0\0' + payload


if __name__ == '__main__':
    unittest.main()
