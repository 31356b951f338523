# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""What bots may call, one function a method (https://core.telegram.org/bots/api#available-methods).
Each gets the world, the bot and the parameters, and returns the result or raises ApiError. Called
with the world locked."""

import copy

from . import markup
from .world import ApiError, bad_request, visible

MAX_TEXT = 4096      # of UTF-16 units after parsing
MAX_CAPTION = 1024
MAX_UPLOAD = 50 << 20
MAX_PHOTO = 10 << 20
MAX_DOWNLOAD = 20 << 20
GENERAL_TOPIC = 1
REACTIONS = set('👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡')


class Upload:
    """A file that came with a multipart request."""

    def __init__(self, name, data, mime_type):
        self.name = name
        self.data = data
        self.mime_type = mime_type


def call(world, bot, method, params):
    function = METHODS.get(method.lower())
    if function is None:
        raise ApiError(404, 'Not Found: method not found')
    return function(world, bot, params)


def integer(params, name, default=None):
    value = params.get(name, default)
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        raise bad_request(f'parameter "{name}" must be a number') from None


def flag(params, name):
    return str(params.get(name, '')).lower() in ('true', '1', 'yes')


def text_of(params, name):
    value = params.get(name)
    if isinstance(value, Upload):
        value = value.data.decode('utf-8', 'replace')
    return '' if value is None else str(value)


# Text


def formatted(params, name, entities_name, limit, too_long):
    """(text, entities) as they are kept."""
    text = text_of(params, name)
    mode = str(params.get('parse_mode') or '').lower()
    if mode == 'html':
        try:
            text, entities = markup.parse_html(text)
        except markup.MarkupError as error:
            raise bad_request(f"can't parse entities: {error}") from None
    elif mode:
        raise bad_request('unsupported parse_mode')
    else:
        text, entities = text.strip(), params.get(entities_name) or []
    if markup.units(text) > limit:
        raise bad_request(too_long)
    return text, entities or markup.find_entities(text)


def message_text(params):
    text, entities = formatted(params, 'text', 'entities', MAX_TEXT, 'message is too long')
    if not text:
        raise bad_request('message text is empty')
    return {'text': text, **({'entities': entities} if entities else {})}


def caption(params):
    text, entities = formatted(params, 'caption', 'caption_entities', MAX_CAPTION,
                               'message caption is too long')
    if not text:
        return {}
    return {'caption': text, **({'caption_entities': entities} if entities else {})}


def keyboard(params):
    markup_given = params.get('reply_markup')
    if not isinstance(markup_given, dict) or 'inline_keyboard' not in markup_given:
        return {}
    for row in markup_given['inline_keyboard']:
        for button in row:
            data = button.get('callback_data')
            if data is not None and not 1 <= len(data.encode()) <= 64:
                raise bad_request('BUTTON_DATA_INVALID')
    return {'reply_markup': markup_given}


# Sending


def target(world, bot, params):
    """(chat, what every message there has)."""
    chat = world.find_chat(bot, params.get('chat_id'))
    facts = {}
    thread = integer(params, 'message_thread_id')
    if thread is not None:
        if not chat.facts.get('is_forum') and chat.kind != 'private':
            raise bad_request('message thread not found')
        if thread == GENERAL_TOPIC or (chat.topics and thread not in chat.topics):
            raise bad_request('message thread not found')
        facts.update(message_thread_id=thread, is_topic_message=True)
    facts.update(replied(world, chat, params))
    if flag(params, 'disable_notification'):
        facts['_is_silent'] = True
    return chat, facts


def replied(world, chat, params):
    given = params.get('reply_parameters') or {}
    message_id = given.get('message_id', params.get('reply_to_message_id'))
    if message_id is None:
        return {}
    try:
        message = world.find_message(chat, message_id, 'message to be replied not found')
    except ApiError:
        if given.get('allow_sending_without_reply') or flag(params, 'allow_sending_without_reply'):
            return {}
        raise
    shown = copy.deepcopy(visible(message))
    shown.pop('reply_to_message', None)
    quote = given.get('quote')
    if quote and quote not in (message.get('text') or message.get('caption') or ''):
        raise bad_request('QUOTE_TEXT_INVALID')
    return {'reply_to_message': shown, **({'quote': {'text': quote, 'position': 0}} if quote else {})}


def send_message(world, bot, params):
    chat, facts = target(world, bot, params)
    return visible(world.say_as(bot, chat, {**facts, **message_text(params), **keyboard(params)}))


def file_of(world, params, kind, given=None):
    """The id of the file that is meant: uploaded, attached, or known from before."""
    given = params.get(kind) if given is None else given
    if isinstance(given, str) and given.startswith('attach://'):
        given = params.get(given[len('attach://'):])
    if isinstance(given, Upload):
        if not given.data:
            raise bad_request('file must be non-empty')
        if len(given.data) > (MAX_PHOTO if kind == 'photo' else MAX_UPLOAD):
            raise ApiError(413, 'Request Entity Too Large')
        return world.add_file(given.data, given.name, given.mime_type, kind + 's')
    if isinstance(given, str) and given in world.files:
        return given
    if isinstance(given, str) and given.startswith(('http://', 'https://')):
        raise bad_request('failed to get HTTP URL content')
    if not given:
        raise bad_request(f'there is no {kind} in the request')
    raise bad_request('wrong file identifier/HTTP URL specified')


def sender_of_media(kind):
    def send(world, bot, params):
        chat, facts = target(world, bot, params)
        if kind == 'voice' and chat.facts.get('forbids_voice'):
            raise bad_request('VOICE_MESSAGES_FORBIDDEN')
        content = {} if kind in ('sticker', 'video_note') else caption(params)
        media = world.media_json(kind, file_of(world, params, kind))
        if kind == 'animation':
            content['document'] = media
        return visible(world.say_as(bot, chat, {**facts, **content, kind: media, **keyboard(params)}))
    return send


def send_media_group(world, bot, params):
    given = params.get('media')
    if not isinstance(given, list) or not 2 <= len(given) <= 10:
        raise bad_request('wrong number of messages in the album')
    chat, facts = target(world, bot, params)
    parts = []
    for one in given:
        kind = one.get('type')
        file_id = file_of(world, params, kind, one.get('media'))
        parts.append({kind: world.media_json(kind, file_id), **caption(one)})
    album = str(world.number())
    return [visible(world.say_as(bot, chat, {**facts, **part, 'media_group_id': album}))
            for part in parts]


def send_location(world, bot, params):
    chat, facts = target(world, bot, params)
    where = {'latitude': float(params['latitude']), 'longitude': float(params['longitude'])}
    return visible(world.say_as(bot, chat, {**facts, 'location': where}))


def send_poll(world, bot, params):
    chat, facts = target(world, bot, params)
    question = text_of(params, 'question')
    if not 1 <= markup.units(question) <= 300:
        raise bad_request('poll question must be non-empty and at most 300 characters long')
    options = [one['text'] if isinstance(one, dict) else one for one in params.get('options') or []]
    if len(options) < 2:
        raise bad_request('poll must have at least 2 option')
    if len(options) > 12:
        raise bad_request("poll can't have more than 12 options")
    if any(not 1 <= markup.units(one) <= 100 for one in options):
        raise bad_request('poll options length must not exceed 100')
    is_anonymous = params.get('is_anonymous') is None or flag(params, 'is_anonymous')
    poll = {'id': f'poll-{world.number()}', 'question': question,
            'options': [{'text': one, 'voter_count': 0} for one in options], 'total_voter_count': 0,
            'is_closed': False, 'is_anonymous': is_anonymous, 'type': 'regular',
            'allows_multiple_answers': flag(params, 'allows_multiple_answers')}
    if params.get('open_period') is not None:
        poll['open_period'] = integer(params, 'open_period')
        if not 5 <= poll['open_period'] <= 600:
            raise bad_request('poll open period must be between 5 and 600')
    return visible(world.say_as(bot, chat, {**facts, 'poll': poll}))


def stop_poll(world, bot, params):
    message = own_message(world, bot, params, 'message with poll to stop not found')
    message['poll']['is_closed'] = True
    return message['poll']


def send_chat_action(world, bot, params):
    world.find_chat(bot, params.get('chat_id'))
    if params.get('action') not in {'typing', 'upload_photo', 'record_video', 'upload_video',
                                    'record_voice', 'upload_voice', 'upload_document',
                                    'choose_sticker', 'find_location', 'record_video_note',
                                    'upload_video_note'}:
        raise bad_request('wrong parameter action in request')
    return True


def copy_message(world, bot, params):
    source = world.find_chat(bot, params.get('from_chat_id'))
    message = world.find_message(source, params.get('message_id'), 'message to copy not found')
    chat, facts = target(world, bot, params)
    content = {k: v for k, v in visible(message).items()
               if k not in ('message_id', 'from', 'chat', 'date', 'reply_to_message')}
    return {'message_id': world.say_as(bot, chat, {**facts, **content})['message_id']}


def forward_message(world, bot, params):
    source = world.find_chat(bot, params.get('from_chat_id'))
    message = world.find_message(source, params.get('message_id'), 'message to forward not found')
    chat, facts = target(world, bot, params)
    content = {k: v for k, v in visible(message).items()
               if k not in ('message_id', 'from', 'chat', 'date', 'reply_to_message')}
    origin = {'type': 'user', 'sender_user': message['from'], 'date': message['date']}
    return visible(world.say_as(bot, chat, {**facts, **content, 'forward_origin': origin}))


# Changing


def own_message(world, bot, params, what, owner_error="message can't be edited"):
    chat = world.find_chat(bot, params.get('chat_id'))
    message = world.find_message(chat, params.get('message_id'), what)
    if message['from']['id'] != bot.id:
        raise bad_request(owner_error)
    return message


_SAME = ('message is not modified: specified new message content and reply markup are exactly the same '
         'as a current content and reply markup of the message')


def edit(world, bot, params, fresh, names):
    message = own_message(world, bot, params, 'message to edit not found')
    before = {name: message.get(name) for name in (*names, 'reply_markup')}
    if before == {name: None for name in before} | fresh:
        raise bad_request(_SAME)
    for name in before:
        message.pop(name, None)
    message.update(fresh, edit_date=world.now())
    world.changed.notify_all()
    return visible(message)


def edit_message_text(world, bot, params):
    return edit(world, bot, params, {**message_text(params), **keyboard(params)}, ('text', 'entities'))


def edit_message_caption(world, bot, params):
    return edit(world, bot, params, {**caption(params), **keyboard(params)},
                ('caption', 'caption_entities'))


def edit_message_reply_markup(world, bot, params):
    return edit(world, bot, params, keyboard(params), ())


def delete_message(world, bot, params):
    chat = world.find_chat(bot, params.get('chat_id'))
    message = world.find_message(chat, params.get('message_id'), 'message to delete not found')
    if message['from']['id'] != bot.id and chat.kind != 'private':
        raise bad_request("message can't be deleted")
    del chat.messages[message['message_id']]
    world.out[:] = [one for one in world.out if one is not message]
    world.changed.notify_all()
    return True


def set_message_reaction(world, bot, params):
    chat = world.find_chat(bot, params.get('chat_id'))
    message = world.find_message(chat, params.get('message_id'), 'message to react not found')
    given = params.get('reaction') or []
    if len(given) > 1:
        raise bad_request('REACTIONS_TOO_MANY')
    for one in given:
        if one.get('type') != 'emoji' or one.get('emoji', '').rstrip('\ufe0f') not in REACTIONS:
            raise bad_request('REACTION_INVALID')
    message.setdefault('_reactions', {})[bot.id] = given
    world.changed.notify_all()
    return True


# Asking


def get_me(_world, bot, _params):
    return {**bot.json(), 'can_join_groups': True, 'supports_inline_queries': False,
            'can_read_all_group_messages': bot.sees_everything}


def get_chat(world, bot, params):
    return {**world.find_chat(bot, params.get('chat_id')).json(), 'accent_color_id': 0,
            'max_reaction_count': 11}


def get_chat_member(world, bot, params):
    chat = world.find_chat(bot, params.get('chat_id'))
    user_id = integer(params, 'user_id')
    if user_id == bot.id:
        return {'user': bot.json(), 'status': 'member' if bot.id in chat.members else 'left'}
    user = world.users.get(user_id)
    if user is None:
        raise bad_request('PARTICIPANT_ID_INVALID')
    return {'user': user.json(), 'status': 'member'}


def get_file(world, _bot, params):
    file_id = params.get('file_id')
    file = world.files.get(file_id)
    if file is None:
        raise bad_request('wrong file_id or the file is temporarily unavailable')
    if len(file['data']) > MAX_DOWNLOAD:
        raise bad_request('file is too big')
    return {'file_id': file_id, 'file_unique_id': 'u-' + file_id, 'file_size': len(file['data']),
            'file_path': file['path']}


def answer_callback_query(world, _bot, params):
    world.answered[params.get('callback_query_id')] = dict(params)
    world.changed.notify_all()
    return True


def set_my_commands(_world, bot, params):
    bot.commands = params.get('commands') or []
    return True


def get_my_commands(_world, bot, _params):
    return bot.commands


# Webhooks (getUpdates is server.py's, since it waits)


def set_webhook(world, bot, params):
    url = text_of(params, 'url')
    if not url:
        return delete_webhook(world, bot, params)
    secret = params.get('secret_token')
    if secret is not None and not all(c.isalnum() or c in '_-' for c in secret):
        raise bad_request('secret token contains unallowed characters')
    if not url.startswith('https://') and not world.allows_http_webhooks:
        raise bad_request('bad webhook: An HTTPS URL must be provided for webhook')
    if 'allowed_updates' in params:
        bot.allowed = params['allowed_updates']
    if flag(params, 'drop_pending_updates'):
        bot.updates.clear()
    bot.webhook = {'url': url, 'secret': secret, 'max_connections': integer(params, 'max_connections', 40)}
    bot.webhook_error = None
    world.changed.notify_all()
    return True


def delete_webhook(world, bot, params):
    if flag(params, 'drop_pending_updates'):
        bot.updates.clear()
    bot.webhook = None
    world.changed.notify_all()
    return True


def get_webhook_info(world, bot, _params):
    webhook = bot.webhook or {}
    info = {'url': webhook.get('url', ''), 'has_custom_certificate': False,
            'pending_update_count': len(world.pending(bot))}
    if webhook:
        info['max_connections'] = webhook['max_connections']
    if bot.webhook_error:
        info['last_error_date'], info['last_error_message'] = bot.webhook_error
    if bot.allowed:
        info['allowed_updates'] = bot.allowed
    return info


METHODS = {
    'getme': get_me, 'sendmessage': send_message, 'sendmediagroup': send_media_group,
    'sendlocation': send_location, 'sendpoll': send_poll, 'stoppoll': stop_poll,
    'sendchataction': send_chat_action, 'copymessage': copy_message,
    'forwardmessage': forward_message, 'editmessagetext': edit_message_text,
    'editmessagecaption': edit_message_caption,
    'editmessagereplymarkup': edit_message_reply_markup, 'deletemessage': delete_message,
    'setmessagereaction': set_message_reaction, 'getchat': get_chat,
    'getchatmember': get_chat_member, 'getfile': get_file,
    'answercallbackquery': answer_callback_query, 'setmycommands': set_my_commands,
    'getmycommands': get_my_commands, 'setwebhook': set_webhook, 'deletewebhook': delete_webhook,
    'getwebhookinfo': get_webhook_info,
    **{f'send{kind.replace("_", "")}': sender_of_media(kind) for kind in
       ('photo', 'document', 'voice', 'audio', 'video', 'animation', 'video_note', 'sticker')},
}
