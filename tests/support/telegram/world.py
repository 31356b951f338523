# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""What exists on the double: bots, people, chats, messages, files, and what happens to them. One lock
over everything; whoever waits for something waits on its condition."""

import copy
import threading
import time

from . import markup

# https://core.telegram.org/bots/api#getupdates: what comes unless it is asked for.
NOT_BY_DEFAULT = {'chat_member', 'message_reaction', 'message_reaction_count'}
UPDATES_KEPT_SECONDS = 24 * 3600


class ApiError(Exception):
    def __init__(self, code, description, **parameters):
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(what, **parameters):
    return ApiError(400, f'Bad Request: {what}', **parameters)


class Chat:
    def __init__(self, chat_id, kind, **facts):
        self.id = chat_id
        self.kind = kind
        self.facts = facts            # title, username, first_name, is_forum …
        self.last_message = 0
        self.messages = {}            # by id
        self.members = set()          # bots in it
        self.migrated_to = None
        self.topics = {}              # names by thread id

    def json(self):
        return {'id': self.id, 'type': self.kind, **self.facts}


class Bot:
    def __init__(self, bot_id, token, username, sees_everything):
        self.id = bot_id
        self.token = token
        self.username = username
        self.sees_everything = sees_everything
        self.updates = []             # (update, when), oldest first
        self.last_update = 100_000_000 + bot_id
        self.allowed = None           # as last set; None: the default
        self.poller = 0               # ascends with every getUpdates; who waits with a lower one is ended
        self.webhook = None           # parameters of setWebhook
        self.webhook_error = None     # (when, what)
        self.commands = []
        self.is_revoked = False
        self.blocked_by = set()

    def json(self):
        return {'id': self.id, 'is_bot': True, 'first_name': self.username, 'username': self.username}

    def wants(self, kind):
        return kind not in NOT_BY_DEFAULT if not self.allowed else kind in self.allowed


class User:
    """Somebody who writes. Chats are named by id or by what add_group gave; without one it is the
    chat with the bot, the first one unless another is named."""

    def __init__(self, world, user_id, first_name, username=None):
        self._world = world
        self.id = user_id
        self.first_name = first_name
        self.username = username

    def json(self):
        facts = {'id': self.id, 'is_bot': False, 'first_name': self.first_name, 'language_code': 'en'}
        return {**facts, 'username': self.username} if self.username else facts

    def says(self, text=None, chat=None, **content):
        """The message. content: reply_to=<id>, thread=<topic>, bot=<Bot>, entities, caption, photo=bytes,
        document=(name, bytes, type), voice, audio, video, sticker, location, quote, forward_from …"""
        return self._world.said(self, chat, text, content)

    def edits(self, message, text):
        return self._world.edited(self, message, text)

    def reacts(self, message, *emoji):
        self._world.reacted(self, message, emoji)

    def presses(self, message, data):
        """A button below a message of a bot. The id of the callback query."""
        return self._world.pressed(self, message, data)

    def votes(self, message, *options):
        self._world.voted(self, message, options)

    def blocks(self, bot, is_blocked=True):
        with self._world.changed:
            (bot.blocked_by.add if is_blocked else bot.blocked_by.discard)(self.id)


class World:
    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self.bots = {}                # by token
        self.users = {}
        self.chats = {}
        self.files = {}               # by file id
        self.calls = []               # (method, parameters) of every call that was carried out
        self.out = []                 # messages of bots, in order, as they stand now
        self.answered = {}            # parameters of answerCallbackQuery, by query id
        self.polls = {}               # (chat id, message id) by poll id
        self.allows_http_webhooks = True  # tests listen without certificates; False: as the real one
        self.clock_offset = 0         # seconds that the server's clock is ahead
        self._numbers = 0

    # Making

    def add_bot(self, token, username, sees_everything=False):
        """token: "<id>:<secret>". sees_everything: privacy mode is off in groups."""
        bot = Bot(int(token.partition(':')[0]), token, username, sees_everything)
        with self.changed:
            self.bots[token] = bot
        return bot

    def add_user(self, user_id, first_name, username=None):
        user = User(self, user_id, first_name, username)
        with self.changed:
            self.users[user_id] = user
        return user

    def add_group(self, chat_id, title, is_forum=False, kind=None, username=None):
        kind = kind or ('supergroup' if is_forum or chat_id <= -10**12 else 'group')
        facts = {'title': title}
        if is_forum:
            facts['is_forum'] = True
        if username:
            facts['username'] = username
        with self.changed:
            chat = self.chats[chat_id] = Chat(chat_id, kind, **facts)
            chat.members = {bot.id for bot in self.bots.values()}
        return chat

    def migrate(self, chat, new_id):
        """A group becomes a supergroup under another id."""
        with self.changed:
            fresh = self.add_group(new_id, chat.facts['title'], kind='supergroup')
            chat.migrated_to = new_id
            somebody = next(iter(self.users.values()))
            self._deliver(self._message(chat, somebody, {'migrate_to_chat_id': new_id}), chat, 'message')
            self._deliver(self._message(fresh, somebody, {'migrate_from_chat_id': chat.id}), fresh,
                          'message')
        return fresh

    # Numbers and time

    def now(self):
        return int(time.time()) + self.clock_offset

    def number(self):
        self._numbers += 1
        return self._numbers

    def add_file(self, data, name=None, mime_type=None, folder='documents'):
        file_id = f'file-{self.number():06}'
        self.files[file_id] = {'data': data, 'name': name, 'mime_type': mime_type,
                               'path': f'{folder}/{file_id}'}
        return file_id

    # Finding

    def find_chat(self, bot, given):
        """The chat that a bot means, or the error it gets."""
        chat = None
        if isinstance(given, str) and given.startswith('@'):
            chat = next((c for c in self.chats.values()
                         if c.facts.get('username', '').lower() == given[1:].lower()), None)
        else:
            try:
                chat = self.chats.get(int(given))
            except (TypeError, ValueError):
                pass
        if chat is None:
            raise bad_request('chat not found')
        if chat.migrated_to is not None:
            raise bad_request('group chat was upgraded to a supergroup chat',
                              migrate_to_chat_id=chat.migrated_to)
        if chat.kind == 'private' and chat.id in bot.blocked_by:
            raise ApiError(403, 'Forbidden: bot was blocked by the user')
        if chat.kind == 'private' and bot.id not in chat.members:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        if chat.kind != 'private' and bot.id not in chat.members:
            raise ApiError(403, f'Forbidden: bot is not a member of the {chat.kind} chat')
        return chat

    def find_message(self, chat, message_id, what):
        try:
            return chat.messages[int(message_id)]
        except (KeyError, TypeError, ValueError):
            raise bad_request(what) from None

    def sent(self, chat=None):
        """What bots have said, oldest first."""
        with self.changed:
            chat_id = getattr(chat, 'id', chat)
            return [copy.deepcopy(m) for m in self.out if chat_id in (None, m['chat']['id'])]

    def called(self, method):
        with self.changed:
            return [params for name, params in self.calls if name.lower() == method.lower()]

    def wait(self, find, what, seconds=15):
        """What find returns once it is true."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while True:
                found = find()
                if found:
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f'waited {seconds} s in vain: {what}')
                self.changed.wait(min(left, 0.2))

    # What people do

    def private_chat(self, user, bot):
        chat = self.chats.get(user.id)
        if chat is None:
            facts = {k: v for k, v in user.json().items() if k in ('first_name', 'username')}
            chat = self.chats[user.id] = Chat(user.id, 'private', **facts)
        chat.members.add(bot.id)
        return chat

    def said(self, user, chat, text, content):
        with self.changed:
            content = dict(content)
            bot = content.pop('bot', None) or next(iter(self.bots.values()))
            chat = self.private_chat(user, bot) if chat is None else self.chats[getattr(chat, 'id', chat)]
            message = self._message(chat, user, self._content(chat, text, content))
            self._deliver(message, chat, 'message')
            return copy.deepcopy(message)

    def _content(self, chat, text, content):
        facts = {}
        entities = content.pop('entities', None)
        if text is not None:
            name = 'caption' if _MEDIA & content.keys() else 'text'
            facts[name] = text
            found = markup.find_entities(text) if entities is None else entities
            if found:
                facts['entities' if name == 'text' else 'caption_entities'] = found
        reply_to = content.pop('reply_to', None)
        if reply_to is not None:
            replied_id = reply_to['message_id'] if isinstance(reply_to, dict) else reply_to
            replied = copy.deepcopy(visible(chat.messages[replied_id]))
            replied.pop('reply_to_message', None)
            facts['reply_to_message'] = replied
        thread = content.pop('thread', None)
        if thread is not None:
            facts.update({'message_thread_id': thread, 'is_topic_message': True})
        for kind in list(_MEDIA & content.keys()):
            facts[kind] = self.media(kind, content.pop(kind))
        facts.update(content)
        return facts

    def media(self, kind, given):
        """A file as a message has it. given: bytes, or (name, bytes, type)."""
        name, data, mime_type = given if isinstance(given, tuple) else (None, given, None)
        defaults = {'photo': 'image/jpeg', 'voice': 'audio/ogg', 'video': 'video/mp4', 'audio': 'audio/mpeg',
                    'animation': 'video/mp4', 'video_note': 'video/mp4', 'sticker': 'image/webp'}
        mime_type = mime_type or defaults.get(kind, 'application/octet-stream')
        file_id = self.add_file(data, name, mime_type, kind + 's')
        return self.media_json(kind, file_id)

    def media_json(self, kind, file_id):
        file = self.files[file_id]
        facts = {'file_id': file_id, 'file_unique_id': 'u-' + file_id, 'file_size': len(file['data'])}
        if kind == 'photo':
            small = self.files.setdefault(file_id + '-s', {**file, 'path': file['path'] + '-s'})
            return [{**facts, 'file_id': file_id + '-s', 'file_unique_id': 'u-' + file_id + '-s',
                     'width': 90, 'height': 90, 'file_size': len(small['data'])},
                    {**facts, 'width': 800, 'height': 800}]
        if kind == 'sticker':
            return {**facts, 'type': 'regular', 'width': 512, 'height': 512, 'is_animated': False,
                    'is_video': False, 'emoji': '👍'}
        if file['name'] and kind in ('document', 'audio', 'video', 'animation'):
            facts['file_name'] = file['name']
        if kind in ('voice', 'audio', 'video', 'animation', 'video_note'):
            facts['duration'] = 1
        if kind in ('video', 'animation'):
            facts.update(width=320, height=240)
        if kind == 'video_note':
            return {**facts, 'length': 240}
        return {**facts, 'mime_type': file['mime_type']}

    def _message(self, chat, sender, facts):
        chat.last_message += 1
        message = {'message_id': chat.last_message, 'from': sender.json(), 'chat': chat.json(),
                   'date': self.now(), **facts}
        chat.messages[message['message_id']] = message
        return message

    def say_as(self, bot, chat, facts):
        """A bot's message; bots do not see those of bots."""
        message = self._message(chat, bot, facts)
        self.out.append(message)
        self.changed.notify_all()
        return message

    def edited(self, user, message, text):
        with self.changed:
            chat = self.chats[message['chat']['id']]
            kept = chat.messages[message['message_id']]
            kept.update(text=text, edit_date=self.now())
            kept.pop('entities', None)
            if found := markup.find_entities(text):
                kept['entities'] = found
            self._deliver(kept, chat, 'edited_message')
            return copy.deepcopy(kept)

    def reacted(self, user, message, emoji):
        with self.changed:
            chat = self.chats[message['chat']['id']]
            kept = chat.messages[message['message_id']]
            reactions = kept.setdefault('_reactions', {})
            new = [{'type': 'emoji', 'emoji': one} for one in emoji]
            old = reactions.get(user.id, [])
            reactions[user.id] = new
            self._deliver({'chat': chat.json(), 'message_id': kept['message_id'], 'user': user.json(),
                           'date': self.now(), 'old_reaction': old, 'new_reaction': new}, chat,
                          'message_reaction')

    def pressed(self, user, message, data):
        with self.changed:
            chat = self.chats[message['chat']['id']]
            kept = chat.messages[message['message_id']]
            query = {'id': f'query-{self.number()}', 'from': user.json(), 'message': visible(kept),
                     'chat_instance': str(chat.id), 'data': data}
            owner = next(b for b in self.bots.values() if b.id == kept['from']['id'])
            self._queue(owner, 'callback_query', query)
            return query['id']

    def voted(self, user, message, options):
        with self.changed:
            kept = self.chats[message['chat']['id']].messages[message['message_id']]
            poll = kept['poll']
            for at in options:
                poll['options'][at]['voter_count'] += 1
            poll['total_voter_count'] += 1
            owner = next(b for b in self.bots.values() if b.id == kept['from']['id'])
            self._queue(owner, 'poll', poll)
            if not poll['is_anonymous']:
                self._queue(owner, 'poll_answer', {'poll_id': poll['id'], 'user': user.json(),
                                                   'option_ids': list(options)})

    # Updates

    def _deliver(self, content, chat, kind):
        for bot in self.bots.values():
            if bot.id in chat.members and self._sees(bot, content, chat, kind):
                self._queue(bot, kind, content)

    @staticmethod
    def _sees(bot, content, chat, kind):
        """In groups, privacy mode shows commands, mentions, replies to the bot, and services."""
        if chat.kind == 'private' or bot.sees_everything or kind not in ('message', 'edited_message'):
            return True
        text = content.get('text') or content.get('caption')
        if text is None and not _MEDIA & content.keys():
            return True
        if (content.get('reply_to_message') or {}).get('from', {}).get('id') == bot.id:
            return True
        return bool(text) and (text.startswith('/') or f'@{bot.username}'.lower() in text.lower())

    def _queue(self, bot, kind, content):
        if not bot.wants(kind):
            return
        bot.last_update += 1
        bot.updates.append(({'update_id': bot.last_update, kind: copy.deepcopy(visible(content))},
                            time.monotonic()))
        self.changed.notify_all()

    def repeat(self, bot, update):
        """The same update once more, as a server does that was in trouble."""
        with self.changed:
            bot.updates.append((update, time.monotonic()))
            bot.updates.sort(key=lambda one: one[0]['update_id'])
            self.changed.notify_all()

    def pending(self, bot, offset=0):
        """What is there from offset on; what lies below is forgotten. Negative: from the end."""
        oldest = time.monotonic() - UPDATES_KEPT_SECONDS
        bot.updates = [one for one in bot.updates if one[1] > oldest]
        if offset < 0:
            bot.updates = bot.updates[offset:]
        elif offset > 0:
            bot.updates = [one for one in bot.updates if one[0]['update_id'] >= offset]
        return [update for update, _ in bot.updates]

    # Trouble

    def revoke(self, bot):
        with self.changed:
            bot.is_revoked = True
            self.changed.notify_all()


_MEDIA = {'photo', 'document', 'voice', 'audio', 'video', 'animation', 'video_note', 'sticker'}


def visible(content):
    """Without what only the double knows."""
    return {key: value for key, value in content.items() if not key.startswith('_')}
