# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The Telegram double: a Bot API server for tests, with the people who write to its bots.

  with Server() as telegram:
      bot = telegram.add_bot('1:secret', 'gatebot')
      ann = telegram.add_user(7, 'Ann', username='ann')
      ann.says('hi')                                     # in her chat with the bot
      telegram.wait(lambda: telegram.sent(chat=7), 'the bot answers')

State is in world.py, what bots may call in methods.py, HTTP in server.py, webhooks in webhook.py,
formatted text in markup.py. `python3 -m support.telegram` is the same as a program (__main__.py).

As the real one: long polling that holds, offsets that forget, allowed_updates that are remembered, one
poller a bot, webhooks with their secret and repetition, per-chat message ids, seconds in dates,
entities in UTF-16 units, strict HTML, privacy mode in groups, who may be written to, the limits of
text, captions and files, and the words of its errors. Not there: payments, stickers' sets, inline
mode, games, channels' administration, Markdown as a parse mode, and the real limits of rate, which
come on command instead (Faults).
"""

from .faults import Faults
from .server import Server
from .world import ApiError

__all__ = ['ApiError', 'Faults', 'Server']
