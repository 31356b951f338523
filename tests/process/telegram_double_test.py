#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The Telegram double, where the bots' libraries of tests/interop do not reach."""

import http.client
import json
import pathlib
import sys
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.telegram import Server, markup  # noqa: E402

TOKEN = '1000:a-token'


class Base(unittest.TestCase):
    def setUp(self):
        self.telegram = Server()
        self.addCleanup(self.telegram.close)
        self.bot = self.telegram.add_bot(TOKEN, 'gatebot')
        self.ann = self.telegram.add_user(7, 'Ann', 'ann')

    def call(self, method, token=TOKEN, **params):
        request = urllib.request.Request(f'{self.telegram.url}/bot{token}/{method}',
                                         json.dumps(params).encode(),
                                         {'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                answer = json.load(error)
            self.assertEqual(answer['error_code'], error.code)
            return answer

    def texts(self, **params):
        return [one['message']['text'] for one in self.call('getUpdates', **params)['result']]


class Updates(Base):
    def test_an_offset_confirms_what_lies_below_for_good(self):
        for text in ('one', 'two', 'three'):
            self.ann.says(text)
        first = self.call('getUpdates')['result']
        self.assertEqual(self.texts(), ['one', 'two', 'three'])
        self.assertEqual(self.texts(offset=first[1]['update_id']), ['two', 'three'])
        self.assertEqual(self.texts(offset=first[0]['update_id']), ['two', 'three'])
        self.assertEqual(self.texts(offset=0), ['two', 'three'])

    def test_a_negative_offset_counts_from_the_end_and_forgets_the_rest(self):
        for text in ('one', 'two', 'three'):
            self.ann.says(text)
        self.assertEqual(self.texts(offset=-1), ['three'])
        self.assertEqual(self.texts(), ['three'])

    def test_a_thousand_come_a_hundred_at_a_time(self):
        for number in range(1000):
            self.ann.says(str(number))
        got, offset = [], 0
        while updates := self.call('getUpdates', offset=offset)['result']:
            self.assertLessEqual(len(updates), 100)
            got += [one['message']['text'] for one in updates]
            offset = updates[-1]['update_id'] + 1
        self.assertEqual(got, [str(number) for number in range(1000)])

    def test_what_is_allowed_is_remembered(self):
        message = self.ann.says('one')
        self.ann.reacts(message, '👍')
        self.assertEqual(len(self.call('getUpdates')['result']), 1)
        self.call('getUpdates', allowed_updates=['message_reaction'])
        self.ann.says('not asked for')
        self.ann.reacts(message, '🔥')
        self.assertIn('message_reaction', self.call('getUpdates')['result'][-1])
        self.assertEqual(len(self.call('getUpdates')['result']), 2)

    def test_a_poll_waits_and_the_second_one_ends_it(self):
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(self.call('getUpdates', timeout=30)))
        waiting.start()
        self.telegram.wait(lambda: self.bot.poller == 1, 'somebody polls')
        self.assertEqual(self.call('getUpdates', timeout=0)['result'], [])
        waiting.join(15)
        self.assertEqual(answers[0]['error_code'], 409)
        self.assertIn('terminated by other getUpdates', answers[0]['description'])

    def test_an_update_may_come_twice(self):
        self.ann.says('one')
        update = self.call('getUpdates')['result'][0]
        self.assertEqual(self.texts(offset=update['update_id'] + 1), [])
        self.telegram.repeat(self.bot, update)
        self.assertEqual(self.texts(), ['one'])


class Sending(Base):
    def setUp(self):
        super().setUp()
        self.ann.says('/start')

    def refusal(self, method, **params):
        answer = self.call(method, **params)
        self.assertFalse(answer['ok'], answer)
        return answer['description']

    def test_every_form_of_request_is_understood(self):
        self.assertTrue(self.call('sendMessage', chat_id=7, text='json')['ok'])
        for address, body in (
                ('?chat_id=7&text=query', None),
                ('', urllib.parse.urlencode({'chat_id': 7, 'text': 'form', 'reply_parameters':
                                             '{"message_id":1}'}).encode())):
            with urllib.request.urlopen(f'{self.telegram.url}/bot{TOKEN}/sendMessage{address}', body,
                                        timeout=15) as answer:
                self.assertTrue(json.load(answer)['ok'])
        boundary = 'xYz'
        body = b''.join(b'--xYz\r\nContent-Disposition: form-data; name="' + name + b'\r\n\r\n' + value
                        + b'\r\n' for name, value in (
                            (b'chat_id"', b'7'), (b'caption"', 'größe'.encode()),
                            (b'document"; filename="a.bin"\r\nContent-Type: application/x-a',
                             bytes(range(256))))) + b'--xYz--\r\n'
        request = urllib.request.Request(
            f'{self.telegram.url}/bot{TOKEN}/sendDocument', body,
            {'Content-Type': f'multipart/form-data; boundary={boundary}'})
        with urllib.request.urlopen(request, timeout=15) as answer:
            sent = json.load(answer)['result']
        self.assertEqual(sent['caption'], 'größe')
        self.assertEqual(sent['document']['file_name'], 'a.bin')
        file = self.telegram.files[sent['document']['file_id']]
        self.assertEqual(file['data'], bytes(range(256)))
        self.assertEqual([m.get('text') for m in self.telegram.sent()], ['json', 'query', 'form', None])

    def test_text_is_counted_as_it_is_shown(self):
        self.assertTrue(self.call('sendMessage', chat_id=7, text='<b>' + 'x' * 4096 + '</b>',
                                  parse_mode='HTML')['ok'])
        self.assertIn('too long', self.refusal('sendMessage', chat_id=7, text='😀' * 2049))
        self.assertIn('is empty', self.refusal('sendMessage', chat_id=7, text=' <b> </b> ',
                                               parse_mode='HTML'))

    def test_who_may_be_written_to(self):
        bob = self.telegram.add_user(8, 'Bob')
        self.assertIn('chat not found', self.refusal('sendMessage', chat_id=8, text='x'))
        bob.says('hi')
        self.assertTrue(self.call('sendMessage', chat_id=8, text='x')['ok'])
        bob.blocks(self.bot)
        self.assertIn('blocked by the user', self.refusal('sendMessage', chat_id=8, text='x'))

    def test_a_group_that_became_a_supergroup_says_where_it_is(self):
        group = self.telegram.add_group(-5, 'Group')
        self.telegram.migrate(group, -1001)
        answer = self.call('sendMessage', chat_id=-5, text='x')
        self.assertEqual(answer['parameters'], {'migrate_to_chat_id': -1001})
        self.assertTrue(self.call('sendMessage', chat_id=-1001, text='x')['ok'])

    def test_ids_and_tokens_are_a_chats_and_a_bots_own(self):
        self.telegram.add_group(-5, 'Group')
        self.assertEqual(self.call('sendMessage', chat_id=-5, text='x')['result']['message_id'], 1)
        self.assertEqual(self.call('getMe', token='1:other')['error_code'], 401)
        self.assertEqual(self.call('noSuchMethod')['error_code'], 404)


class Faults(Base):
    def setUp(self):
        super().setUp()
        self.ann.says('/start')

    def test_an_answer_is_lost_after_it_was_done(self):
        self.telegram.faults.add('lose_answer', 'sendMessage')
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.call('sendMessage', chat_id=7, text='once')
        self.assertEqual([m['text'] for m in self.telegram.sent()], ['once'])

    def test_a_connection_that_drops_has_done_nothing(self):
        self.telegram.faults.add('drop', 'sendMessage')
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.call('sendMessage', chat_id=7, text='never')
        self.assertEqual(self.telegram.sent(), [])

    def test_others_come_in_their_turn_and_pass(self):
        self.telegram.faults.add('flood', 'sendMessage', times=2, retry_after=9)
        self.telegram.faults.add('error', status=502, description='Bad Gateway')
        self.assertEqual(self.call('sendMessage', chat_id=7, text='x')['parameters'], {'retry_after': 9})
        self.assertEqual(self.call('getMe')['error_code'], 502)
        self.assertEqual(self.call('sendMessage', chat_id=7, text='x')['error_code'], 429)
        self.assertTrue(self.call('sendMessage', chat_id=7, text='x')['ok'])

    def test_what_there_is_survives_a_restart(self):
        self.ann.says('kept')
        self.telegram.down()
        with self.assertRaises(OSError):
            self.call('getMe')
        self.telegram.up()
        self.assertEqual(self.texts(), ['/start', 'kept'])

    def test_a_revoked_token_ends_the_poll(self):
        answers = []
        self.telegram.pending(self.bot, 10**12)
        waiting = threading.Thread(target=lambda: answers.append(self.call('getUpdates', timeout=30)))
        waiting.start()
        self.telegram.wait(lambda: self.bot.poller == 1, 'somebody polls')
        self.telegram.revoke(self.bot)
        waiting.join(15)
        self.assertEqual(answers[0]['error_code'], 401)


class Markup(unittest.TestCase):
    def test_what_is_html_and_what_is_not(self):
        for text in ('<b>x</i>', '<b>x', 'x</b>', '<h1>x</h1>', 'a < b', '<span>x</span>', '<b',
                     '<script>x</script>', '<b><i>x</b></i>'):
            with self.subTest(text), self.assertRaises(markup.MarkupError):
                markup.parse_html(text)
        for text, plain, kinds in (
                ('a &lt; b &amp;amp; &nbsp; &#128512; &#x41;', 'a < b &amp; &nbsp; 😀 A', []),
                ('<pre><code class="language-c">x</code></pre>', 'x', ['pre']),
                ('<b>a<i>b</i></b>', 'ab', ['bold', 'italic']),
                ('<blockquote expandable>x</blockquote>', 'x', ['expandable_blockquote']),
                ('<tg-spoiler>x</tg-spoiler><span class="tg-spoiler">y</span>', 'xy',
                 ['spoiler', 'spoiler'])):
            with self.subTest(text):
                shown, entities = markup.parse_html(text)
                self.assertEqual(shown, plain)
                self.assertEqual([one['type'] for one in entities], kinds)

    def test_offsets_are_utf_16_units(self):
        _, entities = markup.parse_html('  😀<b>x😀</b>')
        self.assertEqual(entities, [{'type': 'bold', 'offset': 2, 'length': 3}])
        self.assertEqual(markup.find_entities('😀 @gatebot'),
                         [{'type': 'mention', 'offset': 3, 'length': 8}])
        self.assertEqual(markup.slice_units('😀 @gatebot', 3, 8), '@gatebot')


if __name__ == '__main__':
    unittest.main()
