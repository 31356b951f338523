#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""People on Telegram talk with the gateway through the Telegram double, while calls go wrong and
processes are killed."""

import base64
import os
import pathlib
import random
import signal
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.client import operator  # noqa: E402
from support.gateway import Gateway, Home  # noqa: E402
from support.processes import children_of, wait_until  # noqa: E402
from support.telegram import Server  # noqa: E402
from support.telegram.markup import units  # noqa: E402
from support.websocket import dial, http  # noqa: E402

TOKEN = '42:AAfor-tests_only'
GROUP = -1001234567890


class Telegram(unittest.TestCase):
    settings = {}

    def setUp(self):
        self.telegram = self.enterContext(Server())
        self.bot = self.telegram.add_bot(TOKEN, 'gatebot', sees_everything=True)
        self.ann = self.telegram.add_user(7, 'Ann', username='ann')
        self.group = self.telegram.add_group(GROUP, 'Chat')
        self.ann.says('/start')  # or the bot could not write to her
        self.home = self.enterContext(Home({
            'channels': {'telegram': {
                'botToken': TOKEN, 'apiRoot': self.telegram.url, 'allowFrom': ['7'],
                'groups': [str(GROUP)], 'groupAllowFrom': ['*'], 'pollTimeoutSeconds': 20,
                **self.settings}},
            'supervisor': {'restart': {'firstDelayMs': 0, 'breakerCrashes': 0}}}))
        self.start()

    def start(self):
        self.gateway = self.enterContext(Gateway(self.home))
        self.client = self.enterContext(operator(self.gateway))

    def account(self):
        return self.client.call('channels.status')['channelAccounts']['telegram'][0]

    def wait_connected(self, seconds=20):
        wait_until(lambda: self.account()['connected'], seconds, 'the account is connected')

    def worker(self):
        found = [pid for pid, name in children_of(self.gateway.pid)
                 if name == 'gatewayd-telegr']  # the kernel keeps 15 letters
        return found[0] if found else None

    def texts(self, chat):
        return [m.get('text', m.get('caption', '')) for m in self.telegram.sent(chat)]

    def wait_answer(self, part, chat=7, seconds=20):
        self.telegram.wait(lambda: any(part in text for text in self.texts(chat)),
                           f'an answer with {part!r}', seconds)

    def send(self, message, key, to='7', seconds=30, **more):
        return self.client.exchange('send', {'channel': 'telegram', 'to': to, 'message': message,
                                             'idempotencyKey': key, **more}, seconds)

    def said(self, limit=1000):
        history = self.client.call('chat.history', {'sessionKey': 'main', 'limit': limit})
        return [m['content'][0]['text'] for m in history['messages'] if m['role'] == 'user']


class Talk(Telegram):
    def setUp(self):
        super().setUp()
        self.wait_connected()
        self.wait_answer('/start')

    def test_a_person_is_answered_and_may_be_written_to(self):
        self.ann.says('hello there')
        self.wait_answer('hello there')
        answer = self.send('news for you', 'n1')
        self.assertTrue(answer['ok'], answer)
        self.wait_answer('news for you')
        last = self.telegram.sent(7)[-1]
        self.assertEqual(answer['payload']['messageId'], str(last['message_id']))
        again = self.send('news for you', 'n1')
        self.assertEqual(again['payload'], answer['payload'])
        self.assertEqual(self.texts(7).count('news for you'), 1)

    def test_in_a_group_only_mentions_are_answered(self):
        self.ann.says('nobody in particular', self.group)
        self.ann.says('@gatebot are you there?', self.group)
        self.wait_answer('are you there?', GROUP)
        self.assertEqual(len(self.texts(GROUP)), 1)
        mine = self.telegram.sent(GROUP)[0]
        self.ann.says('and now?', self.group, reply_to=mine['message_id'])
        self.wait_answer('and now?', GROUP)
        sessions = [s['key'] for s in self.client.call('sessions.list')['sessions']]
        self.assertIn(f'agent:main:telegram:group:{GROUP}', sessions)

    def test_strangers_are_not_answered(self):
        eve = self.telegram.add_user(8, 'Eve')
        eve.says('let me in')
        self.ann.says('and me')
        self.wait_answer('and me')
        self.assertFalse(any('let me in' in text for text in self.texts(8)))

    def test_files_go_both_ways_byte_by_byte(self):
        picture = random.Random(1).randbytes(1_500_000)
        self.ann.says('look', photo=picture)
        self.wait_answer('look')
        wait_until(lambda: (self.home.state / 'media').exists(), 10, 'a file is kept')
        self.assertEqual([f.read_bytes() for f in (self.home.state / 'media').iterdir()], [picture])
        document = random.Random(2).randbytes(1_000_000)
        answer = self.send('the report', 'f1', filename='report.pdf', contentType='application/pdf',
                           buffer=base64.b64encode(document).decode())
        self.assertTrue(answer['ok'], answer)
        last = self.telegram.sent(7)[-1]
        self.assertEqual(last['caption'], 'the report')
        self.assertEqual(last['document']['file_name'], 'report.pdf')
        self.assertEqual(self.telegram.files[last['document']['file_id']]['data'], document)

    def test_a_file_too_large_is_a_note(self):
        self.ann.says('look', document=('big.bin', bytes(6 << 20), 'application/octet-stream'))
        self.wait_answer('look')
        self.assertTrue(any('big.bin was not fetched' in text for text in self.said()), self.said())

    def test_a_long_text_arrives_whole_and_in_order(self):
        words = ' '.join(f'word{i}' for i in range(1500))
        answer = self.send(words, 'l1')
        self.assertTrue(answer['ok'], answer)
        parts = self.texts(7)[1:]
        self.assertGreater(len(parts), 2)
        self.assertEqual(' '.join(parts), words)
        self.assertTrue(all(units(part) <= 4000 for part in parts))

    def test_nasty_markdown_is_html_that_telegram_takes(self):
        corpus = ['**open *and [half](x', '<b>no</b> & **yes & <i>**', '`a < b` ```x```', '```\n<pre>\n```',
                  '***a **b* c**_d_', '[**x**](http://e.org/?a="b"&c=<d>)', '# <h1> **t**\n> q _r_',
                  '| a | b |\n|--|--|\n| <x> | `y` |', '~~a **b~~ c**', '\\<b\\> \\*x\\*', '&lt;b&gt;',
                  '**a `code` b** *[l](u) `c`*', '😀**😀**`😀`', '- **a\n- b**', '[]() ![](x) [a]() <a>']
        for i, text in enumerate(corpus):
            with self.subTest(text=text):
                answer = self.send(text, f'm{i}')
                self.assertTrue(answer['ok'], answer)
        made = [c for c in self.telegram.called('sendMessage')][1:]
        self.assertEqual(len(made), len(corpus))
        self.assertEqual({c.get('parse_mode') for c in made}, {'HTML'})

    def test_formatting_that_is_refused_goes_out_plain(self):
        self.telegram.faults.add('error', 'sendMessage', status=400,
                                 description="Bad Request: can't parse entities: whatever")
        self.assertTrue(self.send('**x**', 'p1')['ok'])
        self.assertEqual(self.texts(7)[-1], 'x')
        self.assertNotIn('parse_mode', self.telegram.called('sendMessage')[-1])

    def test_a_storm_of_429_delays_and_loses_nothing(self):
        self.telegram.faults.add('flood', 'sendMessage', times=3, retry_after=1)
        sent = [self.client.send_request('send', {'channel': 'telegram', 'to': '7', 'message': f'm{i}',
                                                  'idempotencyKey': f's{i}'}) for i in range(3)]
        for one in sent:
            self.assertTrue(self.client.wait_answer(one, 40)['ok'])
        self.assertEqual(self.texts(7)[1:], ['m0', 'm1', 'm2'])

    def test_a_429_in_the_middle_repeats_that_part_alone(self):
        # The first of three parts goes through, the second one has to wait.
        self.telegram.faults.add('slow', 'sendMessage', seconds=0)
        self.telegram.faults.add('flood', 'sendMessage', retry_after=1)
        words = ' '.join(f'word{i}' for i in range(1500))
        self.assertTrue(self.send(words, 'l1')['ok'])
        self.assertEqual(' '.join(self.texts(7)[1:]), words)

    def test_a_lost_answer_is_uncertain_and_never_repeated(self):
        for i, fault in enumerate(('lose_answer', 'garbage')):
            with self.subTest(fault=fault):
                self.telegram.faults.add(fault, 'sendMessage')
                answer = self.send(f'once {i}', f'u{i}')
                self.assertFalse(answer['ok'])
                self.assertEqual(answer['error']['details']['code'], 'DELIVERY_UNCERTAIN')
        self.assertTrue(self.send('after', 'a1')['ok'])
        self.assertEqual(self.texts(7)[1:], ['once 0', 'once 1', 'after'])

    def test_a_refusal_is_final_and_in_telegrams_words(self):
        answer = self.send('x', 'r1', to='999')
        self.assertFalse(answer['ok'])
        self.assertIn('chat not found', str(answer['error']))

    def test_a_group_that_moved_is_found_under_its_new_id(self):
        self.telegram.migrate(self.group, -1009999999999)
        self.assertTrue(self.send('hello', 'g1', to=str(GROUP))['ok'])
        self.assertEqual(self.texts(-1009999999999), ['hello'])

    def test_a_token_revoked_on_the_way_blocks_the_account(self):
        self.telegram.revoke(self.bot)
        wait_until(lambda: 'botToken' in str(self.account()), 20, 'the operator is told what to do')
        self.assertFalse(self.account()['connected'])

    def test_a_second_poller_is_named_and_waited_for(self):
        with self.telegram.changed:
            self.bot.webhook = {'url': 'https://elsewhere.example', 'secret': None,
                                'max_connections': 1}
            self.telegram.changed.notify_all()
        wait_until(lambda: 'somebody else reads' in str(self.account()), 20, 'the trouble is named')
        worker = self.worker()
        with self.telegram.changed:
            self.bot.webhook = None
        self.wait_connected(30)
        self.ann.says('back')
        self.wait_answer('back')
        self.assertEqual(self.worker(), worker)

    def test_a_server_that_goes_away_is_waited_for(self):
        self.telegram.down()
        wait_until(lambda: not self.account()['connected'], 20, 'the account is disconnected')
        self.ann.says('while you were away')
        self.telegram.up()
        self.wait_answer('while you were away', seconds=40)
        self.assertEqual(self.said().count('while you were away'), 1)

    def test_updates_that_come_twice_are_one_message(self):
        update = {'update_id': self.bot.last_update + 1, 'message': {
            'message_id': 900, 'date': self.telegram.now(), 'text': 'again and again',
            'from': self.ann.json(), 'chat': {'id': 7, 'type': 'private', 'first_name': 'Ann'}}}
        for _ in range(2):
            self.telegram.repeat(self.bot, update)
            self.bot.last_update += 1
            self.wait_answer('again and again')
        self.ann.says('end')
        self.wait_answer('end')
        self.assertEqual(self.said().count('again and again'), 1)

    def test_a_backlog_of_a_thousand_arrives_once_each(self):
        os.kill(self.worker(), signal.SIGSTOP)
        stopped = self.worker()
        for i in range(1000):
            self.ann.says(f'backlog {i}', self.group)
        os.kill(stopped, signal.SIGKILL)
        self.ann.says('@gatebot the end', self.group)
        self.wait_answer('the end', GROUP, 60)
        wait_until(lambda: not self.telegram.pending(self.bot), 20, 'all is confirmed')
        self.assertEqual(self.account()['restarts'], 1)
        with sqlite3.connect(f'file:{self.home.state}/gatewayd.db?mode=ro', uri=True) as db:
            kept = [event for event, in db.execute('SELECT event_id FROM inbound')]
        self.assertEqual(len(kept), 1002)  # with /start and the end
        self.assertEqual(len(set(kept)), 1002)

    def test_kills_between_poll_and_accept_lose_and_repeat_nothing(self):
        dice = random.Random(3)
        for round_ in range(8):
            for i in range(25):
                self.ann.says(f'm{round_}-{i}-')
            time.sleep(dice.random() * 0.15)
            killed = self.worker()
            if killed:
                os.kill(killed, signal.SIGKILL)
        self.ann.says('the end')
        wait_until(lambda: 'the end' in self.said(), 60, 'all is in the transcript')
        wait_until(lambda: not self.telegram.pending(self.bot), 20, 'all is confirmed')
        said = self.said()
        for round_ in range(8):
            for i in range(25):
                self.assertEqual(said.count(f'm{round_}-{i}-'), 1, f'm{round_}-{i}-')

    def test_a_kill_in_the_middle_of_a_send_says_it_once_at_most(self):
        for i in range(4):
            self.telegram.faults.add('slow', 'sendMessage', seconds=0.5)
            request = self.client.send_request('send', {
                'channel': 'telegram', 'to': '7', 'message': f'kill {i}', 'idempotencyKey': f'k{i}'})
            time.sleep(0.1 * i)
            os.kill(self.worker(), signal.SIGKILL)
            answer = self.client.wait_answer(request, 40)
            self.assertTrue(answer['ok'] or
                            answer['error']['details']['code'] == 'DELIVERY_UNCERTAIN', answer)
            self.telegram.faults.clear()
        self.wait_connected()
        self.assertTrue(self.send('the end', 'end')['ok'])
        texts = self.texts(7)
        for i in range(4):
            self.assertLessEqual(texts.count(f'kill {i}'), 1)

    def test_a_stop_takes_the_worker_along_in_the_middle_of_a_poll(self):
        worker = self.worker()
        self.assertEqual(self.gateway.terminate(), 0)
        self.assertFalse(pathlib.Path(f'/proc/{worker}').exists())
        self.assertFalse([line for line in self.gateway.lines if 'SIGKILL' in line])

    def test_the_token_is_in_no_log(self):
        self.telegram.down()
        wait_until(lambda: not self.account()['connected'], 20, 'the account is disconnected')
        self.assertNotIn(TOKEN, '\n'.join(self.gateway.lines))
        self.assertNotIn(TOKEN, str(self.account()))


class Refused(Telegram):
    settings = {'botToken': '42:wrong'}

    def test_a_wrong_token_is_said_to_whoever_can_mend_it(self):
        wait_until(lambda: '@BotFather' in str(self.account()), 20, 'the operator is told')
        self.assertNotIn('42:wrong', str(self.account()))


class Webhook(Telegram):
    settings = {'webhookPath': '/telegram', 'webhookSecret': 's3cret-of-tests',
                'webhookUrl': 'http://127.0.0.1:1/telegram'}

    def setUp(self):
        super().setUp()
        self.wait_connected()
        # Where it listens is known only now.
        with self.telegram.changed:
            self.assertEqual(self.bot.webhook['secret'], 's3cret-of-tests')
            self.bot.webhook['url'] = f'http://127.0.0.1:{self.gateway.port}/telegram'
            self.telegram.changed.notify_all()

    def post(self, body, **headers):
        with dial(self.gateway.port, seconds=10) as sock:
            return http(sock, 'POST', '/telegram', {'Content-Length': len(body), **headers}, body)[0]

    def test_updates_that_are_posted_become_messages(self):
        self.wait_answer('/start')
        self.ann.says('by webhook')
        self.wait_answer('by webhook')
        self.ann.reacts(self.telegram.sent(7)[-1], '👍')
        wait_until(lambda: not self.telegram.pending(self.bot), 20, 'all is acknowledged')
        self.assertEqual(self.said().count('by webhook'), 1)

    def test_who_does_not_know_the_secret_is_turned_away(self):
        body = b'{"update_id":5,"message":{}}'
        secret = 'X-Telegram-Bot-Api-Secret-Token'
        self.assertEqual(self.post(body), 401)
        self.assertEqual(self.post(body, **{secret: 's3cret-of-testt'}), 401)
        self.assertEqual(self.post(body, **{secret: 's3cret-of-tests'}), 200)
        self.assertEqual(self.post(b'no json', **{secret: 's3cret-of-tests'}), 400)


if __name__ == '__main__':
    unittest.main()
