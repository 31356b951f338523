#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""IRC servers that stall, die and come back, alone and in a network: what was sent arrives once or is
called uncertain, what may be missing is told, and no operator notices more than that."""

import os
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.gateway import Gateway, Home  # noqa: E402
from support.irc import Person, Server, find_tool  # noqa: E402
from support.processes import children_of, wait_until  # noqa: E402

# Whoever is away for longer than this is noticed by nothing but silence: kSilenceLimit of the worker,
# and what its pings take to tell.
SILENCE = 150


class Netsplit(unittest.TestCase):
    def start(self, irc):
        self.irc = irc
        self.home = self.enterContext(Home({
            'channels': {'irc': {
                'host': '127.0.0.1', 'port': irc.port, 'nick': 'gatebot', 'channels': ['#room'],
                'allowFrom': ['ann!~ann@127.0.0.1'], 'groups': ['#room'], 'groupAllowFrom': ['*'],
                'floodDelayMs': 0}}}))
        self.gateway = self.enterContext(Gateway(self.home))
        self.watchers = [self.enterContext(operator(self.gateway, n)) for n in (3, 4)]
        self.operator = self.watchers[1]
        self.wait_connected()

    def account(self):
        return self.operator.call('channels.status')['channelAccounts']['irc'][0]

    def wait_connected(self):
        wait_until(lambda: self.account()['connected'], 20, 'the IRC account is connected')

    def wait_disconnected(self, seconds=20):
        wait_until(lambda: not self.account()['connected'], seconds, 'the IRC account is not connected')

    def person(self, server):
        ann = self.enterContext(Person(server, 'ann'))
        ann.join('#room')
        return ann

    def talk(self, ann, word):
        ann.say('#room', f'gatebot: {word}')
        ann.wait_heard('#room', word)
        ann.say('gatebot', f'{word} in private')
        ann.wait_heard('gatebot', f'{word} in private')

    def ask_to_send(self, word, to='ann'):
        return self.operator.send_request('send', {'channel': 'irc', 'to': to, 'message': word,
                                                   'idempotencyKey': word})

    def texts(self, state):
        """Of the deliveries in a state."""
        listed = self.operator.call('deliveries.list', {'state': state})['deliveries']
        return [row['text'] for row in listed]

    def wait_under_way(self, word):
        wait_until(lambda: word in self.texts('attempting'), 10, f'{word!r} is under way')

    def check_operators(self):
        """The same connections as at the beginning, and nothing was left out."""
        for client in self.watchers:
            self.assertTrue(client.exchange('health')['ok'])
            numbers = [f['seq'] for f in client.frames if 'seq' in f]
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    def stall(self, server):
        server.signal(signal.SIGSTOP)
        self.addCleanup(server.signal, signal.SIGCONT)


@unittest.skipUnless(find_tool('ngircd') and find_tool('ii'), 'needs the packages ngircd and ii')
class OneServer(Netsplit):
    def setUp(self):
        self.start(self.enterContext(Server()))
        self.ann = self.person(self.irc)

    def worker(self):
        return next(pid for pid, name in children_of(self.gateway.pid) if name == 'gatewayd-irc')

    def come_back(self):
        """The server, and ann before the account: who comes first is nobody's promise."""
        os.kill(self.worker(), signal.SIGSTOP)
        try:
            self.irc.start()
            self.ann = self.person(self.irc)
        finally:
            os.kill(self.worker(), signal.SIGCONT)
        self.wait_connected()

    def test_what_is_sent_to_a_stalled_server_arrives_once_and_in_order(self):
        words = [f'word {i}.' for i in range(5)]
        self.stall(self.irc)
        asked = [self.ask_to_send(word) for word in words]
        self.wait_under_way(words[0])
        self.ann.say('gatebot', 'said to a stalled server')
        self.assertTrue(self.account()['connected'])
        self.assertTrue(all(request not in self.operator.answers for request in asked))
        self.irc.signal(signal.SIGCONT)
        for request in asked:
            self.assertTrue(self.operator.wait_answer(request)['ok'])
        self.ann.wait_heard('gatebot', 'You said: said to a stalled server')
        heard = [text for _, text in self.ann.heard('gatebot') if text in words]
        self.assertEqual(heard, words)
        self.assertLessEqual(set(words), set(self.texts('sent')))
        self.check_operators()

    def test_what_a_dying_server_had_is_uncertain_and_the_rest_arrives_later(self):
        words = [f'word {i}.' for i in range(5)]
        self.stall(self.irc)
        asked = [self.ask_to_send(word) for word in words]
        self.wait_under_way(words[0])
        self.irc.stop()
        first = self.operator.wait_answer(asked[0])
        self.assertFalse(first['ok'])
        self.operator.wait_event('delivery', lambda p: p['state'] == 'uncertain')
        self.wait_disconnected()
        self.come_back()
        for request in asked[1:]:
            self.assertTrue(self.operator.wait_answer(request, 30)['ok'])
        self.assertEqual([text for _, text in self.ann.heard('gatebot')], words[1:])
        self.assertEqual(self.texts('uncertain'), words[:1])
        self.check_operators()

    def test_an_account_comes_back_by_itself_and_tells_what_may_be_missing(self):
        self.talk(self.ann, 'before')
        worker = self.worker()
        for word in ('after the first', 'after the second'):
            last = self.account().get('lastGap')
            self.irc.stop()
            self.wait_disconnected()
            self.come_back()
            wait_until(lambda: self.account().get('lastGap') != last, 10, 'a gap is told')
            gap = self.account()['lastGap']
            self.assertLess(gap['fromMs'], gap['toMs'])
            for client in self.watchers:
                told = client.wait_event('channels.gap', lambda p: p['fromMs'] == gap['fromMs'])
                self.assertEqual((told['channel'], told['toMs']), ('irc', gap['toMs']))
                self.assertGreater(told['sessions'], 0)
            self.talk(self.ann, word)
        self.assertEqual(self.worker(), worker)
        self.assertEqual(self.account()['restarts'], 0)
        history = self.operator.call('chat.history', {'sessionKey': 'main'})['messages']
        texts = [part['text'] for message in history for part in message['content']]
        self.assertEqual(len([text for text in texts if text.startswith('[gap: ')]), 2, texts)
        self.check_operators()

    @unittest.skipUnless(os.environ.get('IRC_NETSPLIT') == 'soak', 'takes minutes')
    def test_a_server_that_is_silent_for_minutes_is_left_and_found_again(self):
        self.stall(self.irc)
        asked = self.ask_to_send('into the silence')
        self.wait_under_way('into the silence')
        self.wait_disconnected(SILENCE)
        self.assertFalse(self.operator.wait_answer(asked)['ok'])
        self.irc.signal(signal.SIGCONT)
        self.ann.wait_heard('gatebot', 'into the silence')
        wait_until(lambda: self.account()['connected'], 90, 'the account is connected')
        self.talk(self.ann, 'again')
        heard = [text for _, text in self.ann.heard('gatebot')]
        self.assertEqual(heard.count('into the silence'), 1)
        self.assertEqual(self.texts('uncertain'), ['into the silence'])
        self.assertIsNotNone(self.account()['lastGap'])
        self.check_operators()


@unittest.skipUnless(find_tool('ngircd') and find_tool('ii'), 'needs the packages ngircd and ii')
class ThreeServers(Netsplit):
    """The gateway is on one, ann on another, and a third between them."""

    def setUp(self):
        near, self.far = (self.enterContext(Server(name=name, links=[('hub.test.example', 0)]))
                          for name in ('near.test.example', 'far.test.example'))
        self.hub = self.enterContext(Server(name='hub.test.example', links=[
            (server.name, server.port) for server in (near, self.far)]))
        self.hub.stop()
        self.start(near)
        self.ann = self.person(self.far)
        self.meets = 0
        self.hub.start()
        self.wait_together()

    def wait_together(self):
        """Until ann sees the account come to the room; what she says from then on finds its way."""
        self.meets += 1
        wait_until(lambda: self.ann.seen_joining('#room').count('gatebot') == self.meets, 30,
                   'the servers are linked')

    def wait_split(self):
        """Until the gateway's server knows."""
        self.irc.wait_line(lambda line: 'far.test.example" unregistered' in line, 20, 'a split')

    def send(self, word):
        """Whether it is sent, and what is said of it."""
        answer = self.operator.wait_answer(self.ask_to_send(word))
        return answer['ok'], str(answer.get('error'))

    def test_people_are_split_away_and_talk_again(self):
        self.talk(self.ann, 'before')
        self.hub.stop()
        self.wait_split()
        sent, why = self.send('to nobody')
        self.assertFalse(sent)
        self.assertIn('No such nick', why)
        self.ann.say('#room', 'gatebot: can you hear me?')
        self.hub.start()
        self.wait_together()
        self.talk(self.ann, 'after')
        self.assertTrue(self.send('to you again')[0])
        self.ann.wait_heard('gatebot', 'to you again')
        heard = [text for where in ('#room', 'gatebot') for _, text in self.ann.heard(where)]
        self.assertEqual(len(heard), 5, heard)
        self.assertNotIn('can you hear me', ' '.join(heard))
        self.assertEqual(self.texts('failed'), ['to nobody'])
        self.assertEqual(self.account()['restarts'], 0)
        self.assertIsNone(self.account().get('lastGap'))  # nobody told the account
        self.check_operators()

    def test_what_is_sent_past_a_stalled_server_waits_there(self):
        words = [f'word {i}.' for i in range(5)]
        self.talk(self.ann, 'before')
        self.stall(self.far)
        for word in words:
            self.assertEqual(self.send(word), (True, 'None'))
        self.far.signal(signal.SIGCONT)
        self.ann.wait_heard('gatebot', words[-1])
        self.assertEqual([text for _, text in self.ann.heard('gatebot')][1:], words)
        self.check_operators()

    def test_a_person_whose_server_dies_comes_back_and_is_answered(self):
        self.talk(self.ann, 'before')
        self.far.stop()
        self.wait_split()
        self.assertFalse(self.send('to nobody')[0])
        self.stall(self.hub)  # or it would link them before she is there to see it
        self.far.start()
        self.ann = self.person(self.far)
        self.meets = 0
        self.hub.signal(signal.SIGCONT)
        self.wait_together()
        self.talk(self.ann, 'after')
        self.check_operators()


if __name__ == '__main__':
    unittest.main()
