#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""kill -9, again and again, under load in both directions and with twenty clients: whose message is
it, whatever dies? Workers and gateways are killed; two networks (tests/support/echo_network.py) stand
outside and know what really arrived, one that takes a client's id and one without any memory.

By default 50 workers and 20 gateways die; KILL_DRILLS=soak makes it 1000 and 200.
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.drill import ANSWER, CORE_KILLS, WORKER_KILLS, Channel, Drill  # noqa: E402
from support.echo_network import EchoNetwork  # noqa: E402
from support.gateway import program  # noqa: E402

IDS, PLAIN = 'echo-ids', 'echo-plain'


class Echoes(Drill):
    def setUp(self):
        self.networks = {IDS: self.enterContext(EchoNetwork(takes_ids=True)),
                         PLAIN: self.enterContext(EchoNetwork(takes_ids=False))}
        self.prepare({name: Channel(
            settings={'allowFrom': ['*'], 'server': network.server()},
            target=lambda client: f'peer-{client}',
            say=lambda number, text, network=network: network.say(f'person-{number}', text))
            for name, network in self.networks.items()})
        for name in self.networks:
            (self.home.workers / f'gatewayd-{name}').symlink_to(program('gatewayd-echo'))
        self.start()

    def finish(self):
        said = sum(map(len, self.said.values()))
        self.wait_quiet(lambda: self.count('inbound', 'state = 2') == said)
        self.assertEqual(self.gateway.terminate(), 0)
        self.check_clients()
        transcript, uncertain = self.transcript(), self.uncertain()
        for name, network in self.networks.items():
            sent = [text for text in self.outcomes if text.startswith(name)]
            answers = [ANSWER + text for text in self.said[name]]
            for text in self.said[name]:
                self.assertEqual(transcript[text], 1, f'{text} in the transcript')
                self.assertEqual(transcript[ANSWER + text], 1, f'the answer to {text}')
            for text in sent + answers:
                times = network.messages[text]
                if name == IDS:
                    self.assertEqual(times, 1, text)
                    self.assertNotIn(text, uncertain)
                elif text in uncertain:
                    self.assertIn(times, (0, 1), text)
                else:
                    self.assertEqual(times, 1, text)
            self.assertEqual(set(network.messages) - set(sent + answers), set())

    def test_workers_die_and_no_client_notices(self):
        self.run_load(self.kill_a_worker, WORKER_KILLS, (0.02, 0.15))
        self.assertEqual(sum(self.closures.values()), 0, 'no client was disconnected')
        self.finish()

    def test_the_core_dies_and_nothing_accepted_is_lost(self):
        self.run_load(self.kill_the_gateway, CORE_KILLS, (0.1, 0.6))
        self.finish()


if __name__ == '__main__':
    unittest.main()
