# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Updates to webhooks: one at a time and in order for each bot, with its secret, again and again until
they are taken. A method call in the answer is carried out."""

import http.client
import json
import ssl
import threading
import urllib.parse

from . import methods
from .world import ApiError

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0   # minutes, on the real one
ANSWER_SECONDS = 60


class Webhooks:
    def __init__(self, world):
        self._world = world
        self._is_closed = False
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        with self._world.changed:
            self._is_closed = True
            self._world.changed.notify_all()

    def _run(self):
        busy = set()
        world = self._world
        with world.changed:
            while not self._is_closed:
                for bot in world.bots.values():
                    if bot.webhook and bot.id not in busy and world.pending(bot):
                        busy.add(bot.id)
                        threading.Thread(target=self._deliver, args=(bot, busy), daemon=True).start()
                world.changed.wait(0.5)

    def _deliver(self, bot, busy):
        world, pause = self._world, FIRST_PAUSE
        try:
            while True:
                with world.changed:
                    webhook, waiting = bot.webhook, world.pending(bot)
                    if self._is_closed or webhook is None or not waiting:
                        return
                    update = waiting[0]
                status, answer = self._post(webhook, update)
                with world.changed:
                    if 200 <= status < 300:
                        bot.updates = [one for one in bot.updates if one[0] is not update]
                        pause = FIRST_PAUSE
                        self._answer(bot, answer)
                        world.changed.notify_all()
                        continue
                    bot.webhook_error = (world.now(), f'Wrong response from the webhook: {status} {answer}')
                    world.changed.wait_for(lambda: self._is_closed, pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            with world.changed:
                busy.discard(bot.id)
                world.changed.notify_all()

    @staticmethod
    def _post(webhook, update):
        """(status, body); 0 and the reason when there was no answer."""
        url = urllib.parse.urlsplit(webhook['url'])
        headers = {'Content-Type': 'application/json'}
        if webhook['secret'] is not None:
            headers['X-Telegram-Bot-Api-Secret-Token'] = webhook['secret']
        try:
            if url.scheme == 'https':
                # What the certificate says is the test's business.
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=ANSWER_SECONDS,
                                                         context=context)
            else:
                connection = http.client.HTTPConnection(url.hostname, url.port, timeout=ANSWER_SECONDS)
            path = (url.path or '/') + (f'?{url.query}' if url.query else '')
            connection.request('POST', path, json.dumps(update).encode(), headers)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            return answer.status, body.decode('utf-8', 'replace')
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)

    def _answer(self, bot, answer):
        try:
            call = json.loads(answer)
        except ValueError:
            return
        if not isinstance(call, dict) or not isinstance(call.get('method'), str):
            return
        method = call.pop('method')
        try:
            methods.call(self._world, bot, method, call)
            self._world.calls.append((method, call))
        except ApiError as error:
            bot.webhook_error = (self._world.now(), error.description)
