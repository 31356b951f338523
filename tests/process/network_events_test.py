#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Polls, changes of messages, typing, groups, and what happens to messages, on a network that has them
all (gatewayd-echo under the name echo-rich) and on one that has none."""

import os
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import CallFailed, operator  # noqa: E402
from support.echo_network import EchoNetwork  # noqa: E402
from support.gateway import Gateway, Home, program  # noqa: E402
from support.processes import children_of, wait_until  # noqa: E402

RICH = 'echo-rich'


class NetworkEvents(unittest.TestCase):
    def setUp(self):
        self.network = self.enterContext(EchoNetwork())
        self.home = self.enterContext(Home({
            'messages': {'groupChat': {'mentionPatterns': [r'\brobot\b']}},
            'channels': {
                'echo': {},
                RICH: {'allowFrom': ['ann', 'bob'], 'replyToMode': 'first',
                       'groups': {'#room': {'topics': {'7': {'requireMention': False}}}},
                       'server': self.network.server()}}}))
        (self.home.workers / f'gatewayd-{RICH}').symlink_to(program('gatewayd-echo'))
        self.gateway = self.enterContext(Gateway(self.home))
        self.client = self.enterContext(operator(self.gateway))
        for channel in (RICH, 'echo'):
            self.wait_connected(channel)

    def wait_connected(self, channel):
        wait_until(lambda: self.client.call('channels.status')['channelAccounts'][channel][0]
                   ['connected'], 20, f'{channel} is connected')

    def refused(self, method, params):
        with self.assertRaises(CallFailed) as failure:
            self.client.call(method, params, 20)
        return failure.exception.code, failure.exception.message

    @staticmethod
    def poll(key='k1', channel=RICH, **more):
        return {'channel': channel, 'to': 'ann', 'question': 'Lunch?', 'options': ['yes', 'no'],
                'idempotencyKey': key, **more}

    @staticmethod
    def action(action, channel=RICH, **params):
        return {'channel': channel, 'action': action, 'idempotencyKey': 'k',
                'params': {'to': 'ann', 'messageId': 'm1', **params}}

    def user_lines(self, key):
        history = self.client.call('chat.history', {'sessionKey': key})['messages']
        return [m['content'][0]['text'] for m in history if m['role'] == 'user']

    def test_a_poll_goes_out_once_and_is_refused_where_there_are_none(self):
        params = self.poll(maxSelections=2, durationHours=1, isAnonymous=False, threadId='t')
        answer = self.client.call('poll', params, 20)
        self.assertEqual((answer['runId'], answer['channel']), ('k1', RICH))
        self.assertEqual(self.client.call('poll', params, 20), answer)
        self.assertEqual([b for b in self.network.sent if 'poll' in b], [{
            'to': 'ann', 'text': 'Lunch?', 'thread': 't',
            'poll': {'question': 'Lunch?', 'options': ['yes', 'no'], 'maxSelections': 2,
                     'durationS': 3600, 'public': True}}])
        self.client.call('poll', self.poll('k9', durationHours=1 << 40), 20)
        self.assertEqual(self.network.sent[-1]['poll']['durationS'], 32 * 24 * 3600)
        self.assertEqual(self.refused('poll', self.poll(channel='echo')),
                         ('INVALID_REQUEST', 'unsupported poll channel: echo'))
        self.assertEqual(self.refused('poll', self.poll('k2', options=list('abcde'))),
                         ('UNAVAILABLE', 'Error: Poll supports at most 4 options'))
        self.assertEqual(self.refused('poll', self.poll('k3', maxSelections=3)),
                         ('UNAVAILABLE', 'Error: maxSelections cannot exceed option count'))

    def test_messages_are_changed_where_the_network_can(self):
        answer = self.client.call('message.action', self.action('edit', message='better'))
        self.assertEqual(answer, {'ok': True, 'channel': RICH, 'action': 'edit',
                                  'messageId': 'm1'})
        self.client.call('message.action', self.action('react', emoji='👍'))
        self.client.call('message.action', self.action('react', emoji='👍', remove=True))
        self.client.call('message.action', self.action('delete'))
        self.assertEqual(self.network.changes, [
            {'to': 'ann', 'id': 'm1', 'text': 'better'},
            {'to': 'ann', 'id': 'm1', 'reaction': '👍'},
            {'to': 'ann', 'id': 'm1', 'reaction': ''},
            {'to': 'ann', 'id': 'm1', 'delete': True}])
        self.network.refuses_changes = 'too old'
        self.assertEqual(self.refused('message.action', self.action('delete')),
                         ('UNAVAILABLE', 'Error: too old'))
        self.assertEqual(self.refused('message.action', self.action('edit', 'echo', message='x')),
                         ('INVALID_REQUEST', 'echo cannot edit messages'))
        self.assertEqual(self.refused('message.action', self.action('pin')),
                         ('INVALID_REQUEST',
                          'unsupported action: pin (there are react, edit and delete)'))
        self.assertEqual(self.refused('message.action', self.action('edit')),
                         ('INVALID_REQUEST', 'params.message is required'))

    def test_a_change_whose_worker_dies_is_answered(self):
        worker = next(pid for pid, name in children_of(self.gateway.pid)
                      if name.startswith('gatewayd-echo-r'))
        os.kill(worker, signal.SIGSTOP)
        request = self.client.send_request('message.action', self.action('delete'))
        self.client.call('channels.status')
        os.kill(worker, signal.SIGKILL)
        error = self.client.wait_answer(request, 20)['error']
        self.assertEqual(error['code'], 'UNAVAILABLE')
        self.assertIn('the worker ended before it answered', error['message'])

    def test_how_a_text_is_marked_up_reaches_the_network_or_is_refused(self):
        send = {'channel': RICH, 'to': 'ann', 'message': '<b>x</b>'}
        self.client.call('send', {**send, 'parseMode': 'HTML', 'idempotencyKey': 'k1'}, 20)
        self.client.call('send', {**send, 'parseMode': 'Markdown', 'idempotencyKey': 'k2'}, 20)
        self.assertEqual([b.get('parseMode') for b in self.network.sent], ['HTML', None])
        self.assertEqual(self.refused('send', {**send, 'parseMode': 'BB', 'idempotencyKey': 'k3'}),
                         ('INVALID_REQUEST',
                          'unknown parseMode: BB (there are HTML, Markdown and plain)'))
        self.assertEqual(self.refused('send', {**send, 'asVoice': True, 'idempotencyKey': 'k4'}),
                         ('INVALID_REQUEST', 'asVoice wants a file: send it as buffer'))

    def test_a_turn_is_shown_and_told_what_happened_before_it(self):
        self.network.say('ann', '👍', kind='reaction', replyTo='m3')
        self.network.say('stranger', 'left', kind='happened')
        self.network.say('ann', 'what is this?', quoted='the end', quotedSender='bob', replyTo='m2')
        wait_until(lambda: self.network.sent, 20, 'ann is answered')
        (line,) = self.user_lines('main')
        self.assertRegex(line, r'^System: \[[0-9: -]+ UTC\] ann reacted with 👍 to message m3\n\n'
                               r'what is this\?\n\n\[Replying to bob id:m2\]\nthe end\n'
                               r'\[/Replying\]$')
        self.assertEqual(self.network.typing, [{'to': 'ann'}])
        self.assertNotIn('replyTo', self.network.sent[0])  # nobody talks in between

    def test_a_group_is_answered_when_it_means_us_and_told_what_it_said_before(self):
        say = self.network.say
        say('ann', 'lunch?', group='#room')
        say('eve', 'robot: let me in', group='#room')
        say('bob', 'Robot, where?', group='#room', id='m9')
        wait_until(lambda: self.network.sent, 20, 'bob is answered')
        self.assertEqual(self.user_lines(f'agent:main:{RICH}:group:#room'), [
            '[Chat messages since your last reply - for context]\nann: lunch?\n\n'
            '[Current message - respond to this]\nbob: Robot, where?'])
        self.assertEqual((self.network.sent[0]['to'], self.network.sent[0]['replyTo']),
                         ('#room', 'm9'))
        say('ann', 'no mention here', group='#room', thread='7')
        wait_until(lambda: len(self.network.sent) == 2, 20, 'the topic is answered')
        self.assertEqual(self.network.sent[1]['thread'], '7')
        self.assertEqual(self.user_lines(f'agent:main:{RICH}:group:#room:thread:7'),
                         ['ann: no mention here'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
