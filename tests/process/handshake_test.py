#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The handshake by raw frames, at both protocol numbers (docs/protocol/handshake.md)."""

import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import Client, Device, connect_params, operator  # noqa: E402
from support.gateway import TOKEN, Gateway, Home  # noqa: E402
from support.websocket import BINARY, Closed  # noqa: E402

PROTOCOLS = (3, 4)


def setUpModule():
    global gateway
    home = unittest.enterModuleContext(Home())
    gateway = unittest.enterModuleContext(Gateway(home))


class Handshake(unittest.TestCase):
    def refusal(self, params, headers=None):
        """What a connect with these params is told: (error, Closed)."""
        with Client(gateway.port, headers=headers) as client:
            params = params(client) if callable(params) else params
            answer = client.exchange('connect', params)
            self.assertFalse(answer['ok'], answer)
            self.assertEqual(sorted(answer), ['error', 'id', 'ok', 'type'])
            self.assertLessEqual(set(answer['error']), {'code', 'message', 'details', 'retryable',
                                                        'retryAfterMs'})
            return answer['error'], client.wait_closed()

    def check(self, params, message, *, code='INVALID_REQUEST', close=1008, reason=None,
              headers=None):
        error, closed = self.refusal(params, headers)
        self.assertEqual((error['code'], error['message']), (code, message))
        self.assertEqual(closed.code, close)
        self.assertEqual(closed.reason, message[:120] if reason is None else reason)
        return error

    # Before connect

    def test_the_challenge_comes_first_and_carries_a_nonce_of_its_own(self):
        nonces = set()
        for _ in range(3):
            with Client(gateway.port) as client:
                challenge = client.frames[0]
                self.assertEqual(sorted(challenge), ['event', 'payload', 'type'])
                self.assertEqual(sorted(challenge['payload']), ['nonce', 'ts'])
                self.assertLess(abs(challenge['payload']['ts'] - time.time() * 1000), 60_000)
                nonces.add(client.nonce)
        self.assertEqual(len(nonces), 3)

    def test_what_is_not_json_closes_1000_without_a_word(self):
        for text in ('', '{', 'hello', '{"type":"req"', '\x00'):
            with self.subTest(text=text), Client(gateway.port) as client:
                client.send_text(text)
                closed = client.wait_closed()
                self.assertEqual((closed.code, closed.reason), (1000, ''))
                self.assertEqual(len(client.frames), 1)

    def test_what_is_not_a_request_closes_1008_without_an_answer(self):
        wrong = [None, 7, [], 'x', {}, {'type': 'res', 'id': '1', 'ok': True},
                 {'type': 'req', 'id': '', 'method': 'connect'},
                 {'type': 'req', 'id': 1, 'method': 'connect'},
                 {'type': 'req', 'id': '1', 'method': ''}, {'type': 'req', 'id': '1'},
                 {'type': 'req', 'id': '1', 'method': 'connect', 'params': {}, 'extra': 1}]
        for frame in wrong:
            with self.subTest(frame=frame), Client(gateway.port) as client:
                client.send(frame)
                closed = client.wait_closed()
                self.assertEqual((closed.code, closed.reason), (1008, 'invalid request frame'))
                self.assertEqual(len(client.frames), 1)

    def test_another_method_first_is_refused(self):
        message = 'invalid handshake: first request must be connect'
        with Client(gateway.port) as client:
            answer = client.exchange('health')
            self.assertEqual(answer['error'], {'code': 'INVALID_REQUEST', 'message': message})
            closed = client.wait_closed()
            self.assertEqual((closed.code, closed.reason), (1008, message))

    def test_a_large_message_before_the_handshake_closes_1009(self):
        with Client(gateway.port) as client:
            client.send_text(json.dumps({'type': 'req', 'id': '1', 'method': 'connect',
                                         'params': {'pad': 'x' * 70_000}}))
            closed = client.wait_closed()
            self.assertEqual((closed.code, closed.reason), (1009, ''))

    # Parameters

    def test_parameters_are_explained(self):
        for params in (None, [], 'x'):
            with self.subTest(params=params):
                self.check(params, 'invalid connect params: must be object')
        self.check({}, "invalid connect params: must have required property 'minProtocol'; must "
                       "have required property 'maxProtocol'; must have required property 'client'",
                   reason=None)
        for protocol in PROTOCOLS:
            params = connect_params(TOKEN, protocol, foo=1, bar=2)
            self.check(params, "invalid connect params: at root: unexpected property 'foo'; at "
                               "root: unexpected property 'bar'")
            params = connect_params(TOKEN, protocol, client_id='nobody')
            self.check(params, 'invalid connect params: at /client/id: must be equal to constant; '
                               'at /client/id: must match a schema in anyOf')
            params = connect_params(TOKEN, protocol)
            params['client']['version'] = ''
            self.check(params, 'invalid connect params: at /client/version: must NOT have fewer '
                               'than 1 characters')

    def test_protocol_numbers_that_nobody_speaks_close_1002(self):
        for low, high in ((1, 2), (5, 6), (5, 5)):
            with self.subTest(range=(low, high)):
                params = connect_params(TOKEN)
                params.update(minProtocol=low, maxProtocol=high)
                error = self.check(params, 'protocol mismatch', close=1002)
                self.assertEqual(error['details']['expectedProtocol'], 4)
                self.assertEqual(error['details']['code'], 'PROTOCOL_MISMATCH')

    def test_the_highest_common_number_is_spoken(self):
        for low, high, expected in ((3, 3, 3), (4, 4, 4), (3, 4, 4), (1, 9, 4), (1, 3, 3)):
            with self.subTest(range=(low, high)), Client(gateway.port) as client:
                params = connect_params(TOKEN)
                params.update(minProtocol=low, maxProtocol=high)
                self.assertEqual(client.connect(params)['protocol'], expected)

    def test_roles_are_operator_and_node(self):
        for protocol in PROTOCOLS:
            self.check(connect_params(TOKEN, protocol, role='king'), 'invalid role')

    # Who may come without a device

    def test_without_device_and_secret_nobody_gets_in(self):
        for protocol in PROTOCOLS:
            error = self.check(connect_params(None, protocol), 'device identity required',
                               code='NOT_PAIRED')
            self.assertEqual(error['details']['code'], 'DEVICE_IDENTITY_REQUIRED')

    def test_a_control_ui_needs_a_device(self):
        for protocol in PROTOCOLS:
            params = connect_params(TOKEN, protocol, client_id='openclaw-control-ui', mode='ui')
            self.check(params, 'control ui requires HTTPS or localhost (secure context)')

    def test_wrong_secrets_are_refused_with_a_hint_for_the_client(self):
        hint = 'set gateway.remote.token to match gateway.auth.token'
        other = 'provide gateway auth token'
        cases = [('cli', 'cli', hint), ('gateway-client', 'backend', other)]
        for protocol in PROTOCOLS:
            for client_id, mode, text in cases:
                params = connect_params('wrong', protocol, client_id=client_id, mode=mode)
                self.check(params, f'unauthorized: gateway token mismatch ({text})')
            longer = connect_params(TOKEN + 'x', protocol)
            self.check(longer, f'unauthorized: gateway token mismatch ({hint})')
            foreign = connect_params('ü' * len(TOKEN), protocol)
            self.check(foreign, f'unauthorized: gateway token mismatch ({hint})')

    # Device proofs

    def test_every_generation_of_proofs_is_taken_where_it_may_be(self):
        device = Device()
        for version, protocol in (('v1', 3), ('v2', 3), ('v3', 3), ('v2', 4), ('v3', 4)):
            with self.subTest(version=version, protocol=protocol), Client(gateway.port) as client:
                params = connect_params(TOKEN, protocol)
                params['device'] = device.proof(version, params, client.nonce)
                self.assertEqual(client.connect(params)['protocol'], protocol)

    def test_broken_proofs_are_told_apart(self):
        device, other = Device(), Device(b'\x02' * 32)

        def proof(change=lambda d: None, version='v2', protocol=4, signed_at=None, nonce=None):
            def make(client):
                params = connect_params(TOKEN, protocol)
                params['device'] = device.proof(version, params, nonce or client.nonce, signed_at)
                change(params['device'])
                return params
            return make

        now = int(time.time() * 1000)
        for protocol, skew in ((3, 600_000), (4, 120_000)):
            with self.subTest(protocol=protocol):
                self.check(proof(lambda d: d.update(id=other.id), protocol=protocol),
                           'device identity mismatch')
                self.check(proof(lambda d: d.update(id=d['id'].upper()), protocol=protocol),
                           'device identity mismatch')
                self.check(proof(lambda d: d.update(publicKey='????'), protocol=protocol),
                           'device identity mismatch')
                for when in (now - skew - 60_000, now + skew + 60_000):
                    self.check(proof(protocol=protocol, signed_at=when),
                               'device signature expired')
                self.check(proof(protocol=protocol, nonce='another'), 'device nonce mismatch')
                self.check(proof(lambda d: d.update(signature='AAAA'), protocol=protocol),
                           'device signature invalid')
                self.check(proof(lambda d: d.update(signedAt=d['signedAt'] + 1),
                                 protocol=protocol), 'device signature invalid')
                with Client(gateway.port) as client:
                    inside = proof(protocol=protocol, signed_at=now - skew + 60_000)(client)
                    client.connect(inside)

    def test_a_nonce_is_needed_by_all_but_old_clients_of_this_host(self):
        device = Device()

        def without_nonce(protocol):
            params = connect_params(TOKEN, protocol)
            params['device'] = device.proof('v1', params, '')
            return params

        self.check(without_nonce(4), 'device nonce required')
        for host in ('127.0.0.1', 'LOCALHOST:18789', '[::1]:1'):
            with self.subTest(host=host), Client(gateway.port, headers={'Host': host}) as client:
                client.connect(without_nonce(3))
        for headers in ({'Host': 'gw.example.com'}, {'Host': '127.0.0.2'}, {'Host': 'a.ts.net'},
                        {'X-Forwarded-For': '127.0.0.1'}, {'X-Real-IP': '127.0.0.1'},
                        {'x-forwarded-host': 'localhost'}, {'FORWARDED': 'for=127.0.0.1'}):
            with self.subTest(headers=headers):
                self.check(without_nonce(3), 'device nonce required', headers=headers)

    def test_the_proof_is_judged_before_the_token(self):
        device = Device()

        def make(client):
            params = connect_params('wrong', 4)
            params['device'] = device.proof('v2', params, 'another nonce')
            return params
        self.check(make, 'device nonce mismatch')

    # hello-ok

    def test_hello_ok_is_of_its_protocol(self):
        for protocol in PROTOCOLS:
            with self.subTest(protocol=protocol), operator(gateway, protocol) as client:
                hello = client.hello
                self.assertEqual(client.frames[1]['type'], 'res')  # right behind the challenge
                self.assertEqual(hello['type'], 'hello-ok')
                self.assertEqual(hello['protocol'], protocol)
                self.assertEqual('host' in hello['server'], protocol == 3)
                self.assertEqual('auth' in hello, protocol == 4)
                self.assertEqual('capabilities' in hello['features'], protocol == 4)
                for key in ('version', 'connId'):
                    self.assertTrue(hello['server'][key])
                snapshot = hello['snapshot']
                self.assertEqual(sorted(snapshot['stateVersion']), ['health', 'presence'])
                self.assertIs(type(snapshot['uptimeMs']), int)
                for entry in snapshot['presence']:
                    self.assertIs(type(entry['ts']), int)
                self.assertTrue(hello['policy']['maxPayload'] >= 524_288)
                self.assertEqual(hello['policy']['tickIntervalMs'], 30_000)

    def test_hello_ok_lists_exactly_the_methods_there_are(self):
        with operator(gateway) as client:
            listed = client.hello['features']['methods']
            self.assertEqual(listed, sorted(set(listed)))
            for method in listed:
                answer = client.exchange(method, {'nobody': 'knows this'})
                message = answer.get('error', {}).get('message', '')
                self.assertFalse(message.startswith('unknown method'), method)

    def test_scopes_are_those_of_the_protocol(self):
        cases = [
            (3, 'cli', 'cli', [], True), (4, 'cli', 'cli', [], False),
            (3, 'test', 'test', ['operator.admin'], True),
            (4, 'test', 'test', ['operator.admin'], False),
            (4, 'cli', 'cli', ['operator.admin'], True),
            (4, 'gateway-client', 'backend', ['operator.admin'], True),
            (4, 'openclaw-probe', 'probe', ['operator.admin'], False),
        ]
        for protocol, client_id, mode, scopes, is_admin in cases:
            with self.subTest(protocol=protocol, client_id=client_id, scopes=scopes), \
                    operator(gateway, protocol, client_id=client_id, mode=mode,
                             scopes=scopes) as client:
                answer = client.exchange('no.such.method')
                expected = 'unknown method: no.such.method' if is_admin else \
                    'missing scope: operator.admin'
                self.assertEqual(answer['error']['message'], expected)
                self.assertTrue(client.exchange('health')['ok'] or protocol == 3)

    def test_binary_frames_are_read_as_text_is(self):
        with Client(gateway.port) as client:
            frame = {'type': 'req', 'id': 'swift', 'method': 'connect',
                     'params': connect_params(TOKEN, 3)}
            client.send_frame(BINARY, json.dumps(frame).encode())
            self.assertTrue(client.wait_answer('swift')['ok'])

    def test_frames_behind_connect_are_answered_or_the_socket_closes_in_order(self):
        # No client pipelines behind connect; whatever happens, hello-ok must not be lost silently.
        with Client(gateway.port) as client:
            first = client.send_request('connect', connect_params(TOKEN))
            second = client.send_request('health')
            try:
                self.assertTrue(client.wait_answer(first)['ok'])
                self.assertTrue(client.wait_answer(second)['ok'])
            except Closed as closed:
                self.assertEqual(closed.code, 1008)


if __name__ == '__main__':
    unittest.main()
