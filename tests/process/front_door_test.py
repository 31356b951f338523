#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""How the real gatewayd starts, stops and refuses to start."""

import contextlib
import json
import pathlib
import resource
import signal
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import Client, connect_params, operator  # noqa: E402
from support.gateway import TOKEN, Gateway, Home, program  # noqa: E402
from support.processes import wait_until  # noqa: E402
from support.websocket import Refused, WebSocket, dial, http  # noqa: E402


def run(home, *arguments, **env):
    """gatewayd that is expected to end by itself: (exit code, output)."""
    done = subprocess.run([program('gatewayd'), *map(str, arguments)], capture_output=True,
                          text=True, env=home.environment(**env), timeout=20, check=False)
    return done.returncode, done.stdout + done.stderr


class FrontDoor(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())

    def test_a_second_instance_exits_78_at_once_and_names_the_holder(self):
        with Gateway(self.home) as first:
            for port in (0, first.port):
                with self.subTest(port='another' if port == 0 else 'the same'):
                    code, output = run(
                        self.home, '--config', self.home.config, '--state-dir', self.home.state,
                        '--port', port, '--token', TOKEN)
                    self.assertEqual(code, 78, output)
                    self.assertIn(str(first.pid), output)
            operator(first).sock.close()  # the first one did not mind

    def test_a_state_whose_holder_was_killed_can_be_used_again(self):
        with Gateway(self.home) as first:
            first.signal(signal.SIGKILL)
            first.wait(5)
        with Gateway(self.home) as second, operator(second) as client:
            self.assertEqual(client.hello['type'], 'hello-ok')

    def test_a_damaged_database_is_named(self):
        self.home.state.mkdir()
        database = self.home.state / 'gatewayd.db'
        database.write_bytes(b'something else' * 1000)
        code, output = run(self.home, '--config', self.home.config, '--state-dir', self.home.state,
                           '--port', 0, '--token', TOKEN)
        self.assertEqual(code, 1, output)
        self.assertIn(str(database), output)
        self.assertIn('not a database', output)
        self.assertEqual(database.read_bytes(), b'something else' * 1000)

    def test_a_port_in_use_is_said(self):
        with Gateway(self.home) as first, Home() as other:
            code, output = run(other, '--config', other.config, '--state-dir', other.state,
                                  '--port', first.port, '--token', TOKEN)
            self.assertEqual(code, 1)
            self.assertIn(str(first.port), output)

    def test_on_sigterm_clients_are_told_and_closed_1012_and_the_exit_code_is_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            for protocol in (3, 4):
                with self.subTest(signal=number.name, protocol=protocol), \
                        Gateway(self.home) as gateway, operator(gateway, protocol) as client:
                    gateway.signal(number)
                    payload = client.wait_event('shutdown')
                    closed = client.wait_closed()
                    code = gateway.wait(5)
                    self.assertEqual((closed.code, closed.reason), (1012, 'service restart'))
                    self.assertEqual(code, 0)
                    self.assertEqual(type(payload['reason']), str)
                    self.assertEqual('restartExpectedMs' in payload, protocol == 3)
                    self.assertFalse(self.home.control.exists())

    def test_stopping_does_not_wait_for_those_who_say_nothing(self):
        with Gateway(self.home) as gateway:
            silent = dial(gateway.port)
            unfinished = WebSocket(gateway.port)
            deaf = operator(gateway)
            gateway.signal(signal.SIGTERM)
            self.assertEqual(gateway.wait(5), 0)
            for one in (silent, unfinished.sock, deaf.sock):
                one.close()

    def test_strangers_who_say_nothing_shut_nobody_out(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        for said in (b'', b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '):
            with self.subTest(said=said), Gateway(self.home) as gateway, \
                    operator(gateway) as client:
                strangers = [dial(gateway.port) for _ in range(1500)]
                for stranger in strangers:
                    # Some have been asked to leave already.
                    with contextlib.suppress(ConnectionError):
                        stranger.sendall(said)
                operator(gateway).sock.close()
                with dial(path=self.home.control) as control:
                    self.assertEqual(http(control, 'GET', '/healthz')[0], 200)
                client.call('health')
                for stranger in strangers:
                    stranger.close()

    def test_wrong_options_and_configurations_are_explained(self):
        self.home.config.write_text('{gateway: {port: 99999999}}', encoding='utf-8')
        code, output = run(self.home, '--config', self.home.config, '--token', TOKEN)
        self.assertEqual(code, 78)
        self.assertIn('gateway.port', output)
        self.assertIn(str(self.home.config), output)
        code, output = run(self.home, '--frobnicate')
        self.assertEqual(code, 64)
        self.assertIn('--frobnicate', output)
        self.home.write_config({})
        code, output = run(self.home, '--config', self.home.config, '--state-dir',
                              self.home.state, '--port', '0')
        self.assertEqual(code, 78)
        self.assertIn('no token is configured', output)

    def test_the_token_comes_from_option_file_or_environment(self):
        self.home.write_config({'gateway': {'auth': {'token': 'from the file'}}})
        with Gateway(self.home, token='from the option') as gateway:
            operator(gateway).sock.close()
        with self.home_gateway(OPENCLAW_GATEWAY_TOKEN='from the environment') as gateway:
            gateway.token = 'from the file'
            operator(gateway).sock.close()

    def home_gateway(self, **env):
        """Without --token."""
        class Plain(Gateway):
            def __init__(inner, home):
                inner.home = home
                super(Gateway, inner).__init__(
                    [program('gatewayd'), '--config', home.config, '--state-dir', home.state,
                     '--port', 0, '--log-format', 'json'], env=home.environment(**env))
                line = inner.wait_line(lambda l: '"message":"listening"' in l, 20, 'listens')
                inner.port = json.loads(line)['port']
        return Plain(self.home)

    def test_the_state_is_readable_for_its_owner_only(self):
        with Gateway(self.home):
            self.assertEqual(self.home.state.stat().st_mode & 0o077, 0)
            for file in self.home.state.iterdir():
                self.assertEqual(file.stat().st_mode & 0o077, 0, file)

    def test_health_checks_and_metrics_are_served_beside_websockets(self):
        with Gateway(self.home) as gateway:
            def get(target, method='GET', **headers):
                with dial(gateway.port) as sock:
                    return http(sock, method, target, headers)
            for target in ('/healthz', '/readyz', '/startupz'):
                status, _, body = get(target)
                self.assertEqual(status, 200, target)
                json.loads(body)
            self.assertEqual(get('/healthz', 'POST')[0], 405)
            self.assertEqual(get('/nothing/here')[0], 404)
            self.assertIn(get('/metrics')[0], (401, 403))
            for wrong in ('Bearer', 'Bearer ', 'Bearer wrong', TOKEN, f'Basic {TOKEN}'):
                self.assertEqual(get('/metrics', Authorization=wrong)[0], 401, wrong)
            self.assertEqual(get('/metrics', Authorization=f'bearer {TOKEN}')[0], 200)
            status, head, body = get('/metrics', Authorization=f'Bearer {TOKEN}')
            self.assertEqual(status, 200)
            self.assertIn('text/plain', head)
            self.assertIn(b'gatewayd_build_info', body)

    def test_readiness_goes_while_a_write_waits_too_long_and_comes_back(self):
        with Gateway(self.home) as gateway:
            def ready():
                with dial(gateway.port) as sock:
                    return http(sock, 'GET', '/readyz', {})[0] == 200
            client = self.enterContext(operator(gateway))
            # Somebody else writes into the database for longer than anybody should.
            other = sqlite3.connect(self.home.state / 'gatewayd.db', isolation_level=None)
            with contextlib.closing(other):
                other.execute('BEGIN IMMEDIATE')
                client.send_request('chat.send', {'sessionKey': 'main', 'message': 'hello',
                                                  'idempotencyKey': 'held'})
                self.assertTrue(ready())
                wait_until(lambda: not ready(), 10, 'a write that waits ends readiness')
                other.execute('ROLLBACK')
            wait_until(ready, 10, 'the write was committed')

    def test_foreign_origins_and_odd_upgrades_are_refused(self):
        with Gateway(self.home) as gateway:
            for origin in ('http://evil.example', 'http://127.0.0.1:1', 'null'):
                with self.subTest(origin=origin), self.assertRaises(Refused) as refused:
                    WebSocket(gateway.port, headers={'Origin': origin})
                self.assertEqual(refused.exception.status, 403)
            own = f'http://127.0.0.1:{gateway.port}'
            WebSocket(gateway.port, headers={'Origin': own}).sock.close()
            for headers in ({'Upgrade': 'h2c'}, {'Sec-WebSocket-Version': '12'},
                            {'Sec-WebSocket-Key': 'c2hvcnQ='}):
                with self.subTest(headers=headers), self.assertRaises((Refused, ConnectionError)):
                    WebSocket(gateway.port, headers=headers)
            for target in ('/', '/ws', '/gateway', '/?token=x'):
                WebSocket(gateway.port, target=target).sock.close()

    def test_no_secret_is_ever_logged(self):
        with Gateway(self.home, arguments=['--verbose']) as gateway:
            operator(gateway).sock.close()
            with Client(gateway.port) as client:
                client.exchange('connect', connect_params('a wrong token of mine'))
            gateway.terminate()
            self.assertNotIn(TOKEN, gateway.output())
            self.assertNotIn('a wrong token of mine', gateway.output())


if __name__ == '__main__':
    unittest.main()
