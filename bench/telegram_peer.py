# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A bot on the Telegram double with nothing between it and http.client, a kept connection a thread.

  telegram_peer.py send   PORT TOKEN THREADS SECONDS CHAT…   sends, one after the other a thread
  telegram_peer.py answer PORT TOKEN THREADS                 answers who writes, until it is killed
"""

import concurrent.futures
import http.client
import itertools
import json
import sys
import threading
import time
import urllib.parse

from bare_irc import ANSWER, TEXT


class Bot:
    def __init__(self, port, token):
        self._port, self._token = port, token
        self._connections = threading.local()

    def call(self, method, **params):
        connection = getattr(self._connections, 'mine', None)
        if connection is None:
            connection = http.client.HTTPConnection('127.0.0.1', self._port, timeout=60)
            self._connections.mine = connection
        connection.request('POST', f'/bot{self._token}/{method}', urllib.parse.urlencode(params),
                           {'Content-Type': 'application/x-www-form-urlencoded'})
        answer = json.loads(connection.getresponse().read())
        if not answer['ok']:
            raise ConnectionError(f'{method}: {answer}')
        return answer['result']

    def say(self, chat, text):
        self.call('sendMessage', chat_id=chat, text=text, parse_mode='HTML')


def send(bot, threads, seconds, chats):
    def run(first):
        times = []
        for chat in itertools.cycle(chats[first::threads]):
            begin = time.perf_counter()
            if begin >= end:
                return times
            bot.say(chat, TEXT)
            times.append(time.perf_counter() - begin)
        return times
    begin = time.perf_counter()
    end = begin + seconds
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        times = [one for some in pool.map(run, range(threads)) for one in some]
    print(json.dumps({'per_second': len(times) / (time.perf_counter() - begin),
                      'us': [one * 1e6 for one in times]}))


def answer(bot, threads):
    offset = 0
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        while True:
            for update in bot.call('getUpdates', offset=offset, limit=100, timeout=20):
                offset = update['update_id'] + 1
                said = update['message']
                pool.submit(bot.say, said['chat']['id'], ANSWER + said['text'])


def main():
    what, port, token, threads, *more = sys.argv[1:]
    bot = Bot(int(port), token)
    if what == 'send':
        send(bot, int(threads), float(more[0]), more[1:])
    else:
        answer(bot, int(threads))


if __name__ == '__main__':
    main()
