#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Whom the control socket admits and refuses (docs/protocol/handshake.md)."""

import os
import pathlib
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import Client, connect_params  # noqa: E402
from support.gateway import Gateway, Home, program  # noqa: E402
from support.processes import children_of, wait_until  # noqa: E402
from support.websocket import dial, http  # noqa: E402

_PROBE = r'''
import sys
sys.path.insert(0, sys.argv[1])
from support.websocket import Refused, WebSocket
try:
    WebSocket(path=sys.argv[2])
    print('admitted')
except Refused as refused:
    print('refused', refused.status, refused.body.decode())
except OSError as error:
    print('unreachable', error)
'''
_TESTS = str(pathlib.Path(__file__).resolve().parent.parent)


def is_possible(*command):
    """Whether this machine lets us do that."""
    return subprocess.run([*command, 'true'], capture_output=True, check=False).returncode == 0


class ControlSocket(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home({'channels': {'echo': {}}}))
        self.gateway = self.enterContext(Gateway(self.home))

    def probe(self, *wrapper):
        """What somebody is told who is started by wrapper."""
        done = subprocess.run([*wrapper, sys.executable, '-c', _PROBE, _TESTS, self.home.control],
                              capture_output=True, text=True, timeout=20, check=False)
        return done.stdout.strip() or done.stderr

    def test_it_is_closed_to_others_on_disk(self):
        self.assertEqual(stat.S_IMODE(self.home.runtime.stat().st_mode), 0o700)
        mode = self.home.control.stat()
        self.assertTrue(stat.S_ISSOCK(mode.st_mode))
        self.assertEqual(stat.S_IMODE(mode.st_mode) & 0o007, 0)

    def test_the_gateways_own_user_needs_no_token_and_is_admin(self):
        for protocol in (3, 4):
            with Client(path=self.home.control) as client:
                client.connect(connect_params(None, protocol))
                self.assertTrue(client.exchange('system-event', {'text': 'x'})['ok'])

    def test_a_wrong_token_does_not_matter_there(self):
        with Client(path=self.home.control) as client:
            client.connect(connect_params('wrong'))

    def test_metrics_are_read_there_without_a_token(self):
        with dial(path=self.home.control) as sock:
            status, _, body = http(sock, 'GET', '/metrics')
        self.assertEqual(status, 200)
        self.assertIn(b'gatewayd_', body)

    def test_children_of_strangers_are_admitted(self):
        self.assertEqual(self.probe(), 'admitted')

    def test_other_user_and_pid_namespaces_are_refused(self):
        for name, wrapper in {
                'user': ['unshare', '--user'],
                'user, as root': ['unshare', '--user', '--map-root-user'],
                'pid': ['unshare', '--pid', '--fork', *(['--user'] if os.getuid() else [])],
        }.items():
            with self.subTest(name):
                if not is_possible(*wrapper):
                    self.skipTest(f'{wrapper} is not possible here')
                said = self.probe(*wrapper)
                self.assertTrue(said.startswith(('refused 403', 'unreachable')), said)

    @unittest.skipUnless(os.getuid() == 0, 'only root can become somebody else')
    def test_other_users_are_refused_even_when_they_reach_it(self):
        for path, mode in ((self.home.path, 0o755), (self.home.runtime, 0o755),
                           (self.home.control, 0o666)):
            path.chmod(mode)
        said = self.probe('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups')
        self.assertTrue(said.startswith('refused 403'), said)
        self.assertIn('65534', said)

    def test_descendants_of_the_gateway_are_refused(self):
        # A worker's program is the one thing a gateway starts: here it is ours, and tries.
        self.gateway.terminate()
        worker = self.home.workers / 'gatewayd-probe'
        said = self.home.path / 'said'
        worker.write_text(
            f'#!/bin/sh\n# Its own session, orphaned: ancestry must not be shed. Orphans of a worker\n'
            f'# that has ended are ended too, so this one lives on.\n'
            f'(setsid sh -c \'sleep 0.3; {sys.executable} -c "$0" {_TESTS} {self.home.control} '
            f'> {said}.tmp 2>&1; mv {said}.tmp {said}\' "$(cat {self.home.path}/probe.py)" '
            f'> /dev/null 2>&1 &)\nexec sleep 30\n', encoding='utf-8')
        (self.home.path / 'probe.py').write_text(_PROBE, encoding='utf-8')
        worker.chmod(0o755)
        self.home.write_config({'channels': {'probe': {}},
                                'supervisor': {'restart': {'firstDelayMs': 60_000}}})
        with Gateway(self.home):
            wait_until(said.exists, 20, 'the descendant has tried')
            text = said.read_text(encoding='utf-8')
            self.assertTrue(text.startswith('refused 403'), text)
            self.assertIn('started by this gateway', text)

    def test_it_is_gone_after_a_stop_and_taken_over_after_a_kill(self):
        self.gateway.kill()
        self.assertTrue(self.home.control.exists())
        with Gateway(self.home) as second:
            with Client(path=self.home.control) as client:
                client.connect(connect_params(None))
            second.terminate()
            self.assertFalse(self.home.control.exists())

    def test_gatewayctl_says_when_nobody_is_there(self):
        self.gateway.terminate()
        done = subprocess.run([program('gatewayctl'), 'status'], capture_output=True, text=True,
                              env=self.home.environment(), timeout=10, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(str(self.home.control), done.stderr)

    def gatewayctl(self, *arguments, code=0, says=''):
        done = subprocess.run([program('gatewayctl'), *arguments], capture_output=True, text=True,
                              env=self.home.environment(), timeout=10, check=False, input=says)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_gatewayctl_shows_status_and_calls_methods(self):
        gatewayctl = self.gatewayctl
        wait_until(lambda: 'gatewayd-echo' in dict(map(reversed, children_of(self.gateway.pid))),
                   10, 'the echo worker')
        self.assertIn('echo', gatewayctl('status'))
        self.assertIn('"ok"', gatewayctl('--json', 'health'))
        self.assertIn('mode gateway', gatewayctl('call', 'system-presence'))
        self.assertIn('"frob"', gatewayctl('channels', 'frob', code=2))
        self.assertIn('unknown method', gatewayctl('call', 'no.such', code=1))
        self.assertIn('listening', gatewayctl('logs'))
        self.assertIn('echo', gatewayctl('channels', 'status', 'echo'))
        self.assertIn('no channel irc', gatewayctl('channels', 'status', 'irc', code=1))

    def test_gatewayctl_chat_goes_on_after_a_word_that_begins_no_run(self):
        said = self.gatewayctl('chat', says='/stop\n \nis anybody there?\n')
        self.assertTrue(said.startswith('nothing to stop\n'), said)
        self.assertIn('You said: is anybody there?', said)


if __name__ == '__main__':
    unittest.main()
