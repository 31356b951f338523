#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""What comes in has an owner (docs/worker-contract.md), with the tests' own worker, whose network can
bring an event that crashes it."""

import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import CallFailed, operator  # noqa: E402
from support.gateway import Gateway, Home, build_directory, program  # noqa: E402
from support.processes import wait_until  # noqa: E402

_QUICK = {'restart': {'firstDelayMs': 0, 'maxDelayMs': 0, 'breakerCrashes': 0}}
_CRASHED = '"message":"a worker ended badly while it parsed an event"'


class InboundCustody(unittest.TestCase):
    def home(self, **settings):
        home = self.enterContext(Home({
            'supervisor': _QUICK,
            'channels': {'fake': {'allowFrom': ['alice'], **settings}}}))
        worker = build_directory() / 'tests/unit/gatewayd/gatewayd-fake'
        (home.workers / worker.name).symlink_to(worker)
        return home

    def gatewayctl(self, home, *arguments):
        done = subprocess.run(
            [program('gatewayctl'), '--socket', home.control, 'channels', *arguments],
            capture_output=True, text=True, timeout=20, check=False, env=home.environment())
        return done.returncode, done.stdout + done.stderr

    def wait_quarantined(self, client):
        wait_until(lambda: client.call('channels.quarantine')['events'], 20,
                   'an event is in quarantine')
        return client.call('channels.quarantine')['events']

    def test_an_event_that_crashes_its_worker_is_put_aside_and_the_next_is_answered(self):
        home = self.home(poison=True)
        gateway = self.enterContext(Gateway(home))
        client = self.enterContext(operator(gateway))
        [event] = self.wait_quarantined(client)
        self.assertEqual((event['channel'], event['accountId'], event['eventId'], event['size']),
                         ('fake', 'default', 'poison', 10))
        wait_until(lambda: len(client.call('chat.history', {'sessionKey': 'main'})['messages']) == 2,
                   10, 'what came behind it is answered')
        asked, _ = client.call('chat.history', {'sessionKey': 'main'})['messages']
        self.assertEqual(asked['content'][0]['text'], 'behind poison')

        number = str(event['id'])
        self.assertIn('poison', self.gatewayctl(home, 'quarantine')[1])
        code, shown = self.gatewayctl(home, 'quarantine', 'show', number)
        self.assertEqual(code, 0)
        self.assertIn('01 72 61 77 20 62 79 74  65 73', shown)
        self.assertIn('|.raw bytes|', shown)
        self.assertEqual(self.gatewayctl(home, 'quarantine', 'drop', number), (0, 'Forgotten.\n'))
        self.assertEqual(self.gatewayctl(home, 'quarantine', 'show', number)[0], 1)
        self.assertIn('Nothing is in quarantine.', self.gatewayctl(home, 'quarantine')[1])
        with self.assertRaises(CallFailed):
            client.call('channels.quarantine.drop', {'id': event['id']})

    def test_crashes_are_counted_across_a_kill_of_the_core(self):
        home = self.home(poison=True)
        gateway = self.enterContext(Gateway(home))
        gateway.wait_line(lambda line: _CRASHED in line and '"times":2' in line, 20,
                          'two crashes are counted')
        gateway.signal(signal.SIGKILL)
        gateway.wait(5)
        gateway = self.enterContext(Gateway(home))
        with operator(gateway) as client:
            self.wait_quarantined(client)
        counted = [line for line in gateway.lines if _CRASHED in line]
        # At most the third: it may have been counted already when the core was killed.
        self.assertLessEqual(len(counted), 1)

    def test_a_gap_is_shown_with_its_account_before_and_after_a_restart(self):
        home = self.home(gap=5000)
        for number in (signal.SIGKILL, signal.SIGTERM):
            gateway = self.enterContext(Gateway(home))
            client = self.enterContext(operator(gateway))

            def gap():
                account = client.call('channels.status')['channelAccounts']['fake'][0]
                return account.get('lastGap')
            wait_until(gap, 10, 'the gap is shown')
            self.assertEqual(gap()['toMs'] - gap()['fromMs'], 5000)
            self.assertEqual(gap()['reason'], 'the line was down')
            gateway.signal(number)
            gateway.wait(6)


if __name__ == '__main__':
    unittest.main()
