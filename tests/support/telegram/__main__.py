# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The double as a program: python3 -m support.telegram [--port N]. Its first line is its address, as
{"url": …}. Each line of standard input is a JSON object with "do", and is answered by a line. It ends
with its input.

  {"do":"bot","token":"1:x","username":"gatebot","sees_everything":false}
  {"do":"user","id":7,"first_name":"Ann","username":"ann"}
  {"do":"group","id":-100123,"title":"Chat","is_forum":true}
  {"do":"says","user":7,"text":"hi","chat":-100123,"reply_to":3,"thread":5,"photo":"<base64>"}
  {"do":"edits","user":7,"chat":7,"message_id":1,"text":"…"}    reacts: "emoji":["👍"]; presses: "data"
  {"do":"sent","chat":7}         messages of bots
  {"do":"called","method":"sendChatAction"}
  {"do":"answered","query":"query-1"}
  {"do":"fault","kind":"flood","method":"sendMessage","times":1,"retry_after":1}
  {"do":"revoke","token":"1:x"}, {"do":"down"}, {"do":"up"}, {"do":"repeat","token":…,"update":{…}}
"""

import argparse
import base64
import json
import sys

from .methods import Upload
from .server import Server

_FILES = {'photo', 'document', 'voice', 'audio', 'video', 'animation', 'video_note', 'sticker'}


def plain(value):
    """Files by their sizes, everything else as it is."""
    if isinstance(value, Upload):
        return {'name': value.name, 'size': len(value.data), 'mime_type': value.mime_type}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def act(telegram, command):
    do = command.pop('do')
    if do == 'bot':
        return telegram.add_bot(**command).json()
    if do == 'user':
        return telegram.add_user(command.pop('id'), **command).json()
    if do == 'group':
        return telegram.add_group(command.pop('id'), **command).json()
    if do in ('says', 'edits', 'reacts', 'presses'):
        return by_person(telegram, do, telegram.users[command.pop('user')], command)
    if do == 'sent':
        return telegram.sent(command.get('chat'))
    if do == 'called':
        return plain(telegram.called(command['method']))
    if do == 'answered':
        return telegram.answered.get(command['query'])
    if do == 'fault':
        return telegram.faults.add(**command)
    if do == 'revoke':
        return telegram.revoke(telegram.bots[command['token']])
    if do == 'repeat':
        return telegram.repeat(telegram.bots[command['token']], command['update'])
    if do in ('down', 'up'):
        return getattr(telegram, do)()
    raise ValueError(f'no such command: {do}')


def by_person(telegram, do, user, command):
    if do == 'says':
        for kind in _FILES & command.keys():
            command[kind] = base64.b64decode(command[kind])
        return user.says(command.pop('text', None), command.pop('chat', None), **command)
    message = telegram.chats[command['chat']].messages[command['message_id']]
    if do == 'edits':
        return user.edits(message, command['text'])
    if do == 'reacts':
        return user.reacts(message, *command['emoji'])
    return user.presses(message, command['data'])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--port', type=int, default=0)
    with Server(parser.parse_args().port) as telegram:
        print(json.dumps({'url': telegram.url}), flush=True)
        for line in sys.stdin:
            try:
                answer = {'ok': True, 'result': act(telegram, json.loads(line))}
            except (KeyError, TypeError, ValueError) as error:
                answer = {'ok': False, 'error': f'{type(error).__name__}: {error}'}
            print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()
