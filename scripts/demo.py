# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The whole story in one terminal; scripts/run --demo builds and starts it.

A stranger writes on a real IRC server and gets a pairing code; an operator, who watches every event,
approves it, and the stranger is answered. Then the worker is killed in the middle: the operator's
connection stays, nothing is answered twice, and the next message is answered. In a terminal it then
stays up for a client of your own, until Ctrl-C. Everything runs on free ports of this host and in
temporary directories; nothing is left behind. Exits 0 when all of it happened.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'tests'))

from support.client import Client, connect_params  # noqa: E402
from support.gateway import TOKEN, Gateway, Home, program  # noqa: E402
from support.irc import Server  # noqa: E402
from support.processes import Timeout, children_of, wait_until  # noqa: E402
from support.websocket import Closed  # noqa: E402

BOT = 'gatebot'
ROOM = '#demo'
SECONDS = 15

IS_TERMINAL = sys.stdout.isatty() and 'NO_COLOR' not in os.environ
COLORS = {'ann': '36', 'eve': '35', BOT: '32', 'operator': '33', 'worker': '31', 'title': '1'}
NO_BREAK = '\u00a0'
_printing = threading.Lock()


def paint(who, text):
    code = COLORS.get(who)
    return f'\x1b[{code}m{text}\x1b[0m' if IS_TERMINAL and code else text


def width():
    """Of the last column of an entry."""
    return max(60, shutil.get_terminal_size((110, 24)).columns) - 26


def say(who, where, text):
    """One entry of the story: who, where, what, folded to the width of the terminal."""
    first, *others = textwrap.wrap(text, width(), break_on_hyphens=False) or ['']
    with _printing:
        print(f'  {paint(who, f"{who:<10}")} {where:<12} {first.replace(NO_BREAK, " ")}', flush=True)
        for line in others:
            print(' ' * 26 + line.replace(NO_BREAK, ' '), flush=True)


def quote(text, taken):
    """In quotes, to stand behind so many letters, or below them where little room is left; without
    the middle of what is too long for that."""
    room = width() - taken if width() - taken >= 26 else width()
    if len(text) + 2 > room:
        text = text[:9].rstrip() + ' … ' + text[14 - room:].lstrip()
    return f'“{text}”'.replace(' ', NO_BREAK)


def title(text):
    with _printing:
        print('\n' + paint('title', text), flush=True)


class Person:
    """Somebody on IRC, with nothing but a socket. Everything said where they can hear is printed."""

    def __init__(self, port, nick):
        self.nick = nick
        self.mask = None       # nick!user@host, as others see them
        self.heard = []        # (who, command, where, text)
        self._sock = socket.create_connection(('127.0.0.1', port), SECONDS)
        self._sock.settimeout(None)
        self._send(f'NICK {nick}', f'USER {nick} 0 * :{nick}')
        threading.Thread(target=self._read, daemon=True).start()
        self.wait('376', '', f'the IRC server has welcomed {nick}')

    def _send(self, *lines):
        self._sock.sendall(''.join(line + '\r\n' for line in lines).encode())

    def _read(self):
        with self._sock.makefile(encoding='utf-8', errors='replace', newline='\r\n') as lines:
            for line in lines:
                self._on_line(line.rstrip('\r\n'))

    def _on_line(self, line):
        if line.startswith('PING'):
            return self._send('PONG' + line[4:])
        if not line.startswith(':'):
            return None
        prefix, _, rest = line[1:].partition(' ')
        head, _, text = rest.partition(' :')
        command, *params = head.split()
        who = prefix.partition('!')[0]
        if command == 'JOIN' and who == self.nick:
            self.mask = prefix
        where = params[0] if params else text
        if command == 'PRIVMSG':
            say(who, '→ ' + where, text)
        elif command in ('JOIN', 'QUIT') and who != self.nick:
            say(who, ROOM, {'JOIN': 'joins', 'QUIT': f'is gone ({text})'}[command])
        self.heard.append((who, command, where, text))
        return None

    def join(self, room):
        self._send(f'JOIN {room}')
        wait_until(lambda: self.mask, SECONDS, f'{self.nick} is in {room}')

    def write(self, where, text):
        say(self.nick, '→ ' + where, text)
        self._send(f'PRIVMSG {where} :{text}')

    def wait(self, command, part, what, since=0):
        """The position behind the first line after since that is of this command and holds part."""
        def find():
            for at, (who, said, _, text) in enumerate(list(self.heard)):
                if at >= since and said == command and (part in text or part == who):
                    return at + 1
            return None
        return wait_until(find, SECONDS, what)

    def close(self):
        self._sock.close()


def describe_delivery(payload):
    """What became of a message that was not simply sent."""
    what = {'failed': 'was refused', 'expired': 'could not be sent in time', 'cancelled': 'was withdrawn',
            'uncertain': 'is not repeated'}[payload['state']]
    return f'{payload["state"]:<9} the message to {payload["to"]} {what}: {payload["error"]}'


class Operator:
    """A client on the control socket that prints every event as it comes."""

    def __init__(self, home):
        self._client = Client(path=home.control)
        self._client.connect(connect_params(None))
        self.is_open = True
        self.finals = 0
        self.numbers = []
        self._answers = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while True:
                frame = self._client.receive(3600)
                if frame['type'] == 'res':
                    self._answers[frame['id']] = frame
                else:
                    self._on_event(frame)
        except (Closed, OSError, ValueError):
            self.is_open = False

    def _on_event(self, frame):
        name, payload = frame['event'], frame.get('payload') or {}
        if 'seq' in frame:
            self.numbers.append(frame['seq'])
        if name == 'tick':  # a sign of life every half minute
            return
        say('operator', f'event {frame.get("seq", "")}', f'{name:<9} {self._describe(name, payload)}')
        if name == 'chat' and payload['state'] == 'final':
            self.finals += 1

    @staticmethod
    def _describe(name, payload):
        if name == 'chat':
            text = payload.get('deltaText') or ''.join(
                part['text'] for part in payload.get('message', {}).get('content', []))
            head = f'{payload["state"]:<9} {payload["sessionKey"]} '
            return head + quote(text, 10 + len(head))
        if name == 'agent':
            data = payload['data']
            return f'{payload["stream"]:<9} {data.get("phase") or quote(data.get("delta", ""), 20)}'
        if name == 'channel.pair.requested':
            return f'{payload["senderId"]} has the code {payload["code"]}'
        if name == 'channel.pair.resolved':
            return f'{payload["senderId"]} is {payload["decision"]}'
        if name == 'health':
            channels = ', '.join(f'{key} {"connected" if value.get("connected") else "not connected"}'
                                 for key, value in payload.get('channels', {}).items())
            return f'{"ok" if payload.get("ok") else "not ok":<9} {channels}'
        if name == 'delivery':
            return describe_delivery(payload)
        if name == 'channels.gap':
            since, until = (time.strftime('%H:%M:%S', time.gmtime(payload[end] / 1000))
                            for end in ('fromMs', 'toMs'))
            return (f'{payload["channel"]}: what was said between {since} and {until} UTC may be '
                    f'missing ({payload["reason"]})')
        return ''

    def call(self, method):
        """(payload, milliseconds it took)."""
        started = time.monotonic()
        request = self._client.send_request(method)
        frame = wait_until(lambda: self._answers.get(request), SECONDS, f'{method} is answered')
        if not frame['ok']:
            raise Timeout(f'{method} was refused: {frame["error"]}')
        return frame['payload'], (time.monotonic() - started) * 1000

    def close(self):
        self._client.sock.close()


def worker_of(gateway):
    return next((pid for pid, name in children_of(gateway.pid) if name == 'gatewayd-irc'), None)


def talk(ann, operator, where, text, part):
    """ann writes; returns when she has the answer and the operator its last event."""
    finals, since = operator.finals, len(ann.heard)
    ann.write(where, text)
    ann.wait('PRIVMSG', part, f'{ann.nick} is answered', since)
    wait_until(lambda: operator.finals > finals, SECONDS, 'the operator sees the answer')


def gatewayctl(home, *arguments):
    """What it printed, below the command as it was typed."""
    say('operator', '$', 'gatewayctl ' + ' '.join(arguments))
    done = subprocess.run([program('gatewayctl'), *arguments], check=True, env=home.environment(),
                          capture_output=True, text=True, timeout=SECONDS)
    with _printing:
        print('\n'.join('  ' + line for line in done.stdout.splitlines()), flush=True)
    return done.stdout


def pair(eve, home, operator):
    """eve is a stranger until the operator says otherwise."""
    eve.write(BOT, 'hello?')
    eve.wait('PRIVMSG', 'gatewayctl pairing approve irc', 'eve gets a code')
    told = next(text for _, command, _, text in eve.heard
                if command == 'PRIVMSG' and 'pairing approve irc' in text)
    code = re.search(r'approve irc ([A-Z0-9]{8})', told)[1]
    gatewayctl(home, 'pairing', 'list')
    gatewayctl(home, 'pairing', 'approve', 'irc', code)
    eve.wait('PRIVMSG', 'Access approved', 'eve is told')
    talk(eve, operator, BOT, 'and now?', 'and now?')


def check_once(person, *parts):
    """Nothing was answered twice."""
    for part in parts:
        answers = [text for _, command, _, text in person.heard
                   if command == 'PRIVMSG' and 'You said' in text and text.endswith(part)]
        if len(answers) != 1:
            raise Timeout(f'“{part}” was answered {len(answers)} times')


def kill_worker(ann, gateway, operator):
    killed, since = worker_of(gateway), len(ann.heard)
    os.kill(killed, signal.SIGKILL)
    say('worker', 'kill -9', f'gatewayd-irc, pid {killed}')
    _, took = operator.call('status')
    say('operator', 'status', f'answered in {took:.0f} ms, over the same connection')
    ann.wait('JOIN', BOT, f'{BOT} comes back to {ROOM}', since)
    fresh = wait_until(lambda: worker_of(gateway), SECONDS, 'a new worker runs')
    say('worker', 'started', f'gatewayd-irc, pid {fresh}, by gatewayd, pid {gateway.pid}')


def wait_connected(operator):
    def is_connected():
        status, _ = operator.call('channels.status')
        return status['channelAccounts']['irc'][0]['connected']
    wait_until(is_connected, SECONDS, 'the IRC account is connected')


def configuration(irc, ann):
    return {'channels': {'irc': {
        'host': '127.0.0.1', 'port': irc.port, 'nick': BOT, 'channels': [ROOM],
        'dmPolicy': 'pairing', 'allowFrom': [ann.mask], 'groups': [ROOM]}}}


def stay(irc, home, gateway):
    """For whoever wants to try it with a client of their own."""
    title('It stays up. Now you')
    for what, how in (
            ('on IRC', f'server 127.0.0.1, port {irc.port}: write to {BOT}, or name it in {ROOM}'),
            ('any client', f'ws://127.0.0.1:{gateway.port}, token “{TOKEN}”'),
            ('gatewayctl', f'export GATEWAYD_RUNTIME_DIR={home.runtime}'),
            ('', f'export PATH={program("gatewayctl").parent}:$PATH'),
            ('', 'gatewayctl pairing list; gatewayctl events; gatewayctl chat')):
        print(f'  {what:<12}{how}')
    print('\nCtrl-C ends it.', flush=True)
    try:
        gateway.wait(None)
    except KeyboardInterrupt:
        print()


def story(irc, ann, eve):
    with Home(configuration(irc, ann)) as home, Gateway(home) as gateway:
        title(f'gatewayd (pid {gateway.pid}) starts gatewayd-irc, which joins {ROOM}')
        operator = Operator(home)
        try:
            ann.wait('JOIN', BOT, f'{BOT} joins {ROOM}')
            wait_connected(operator)
            title('ann is answered where she names the bot; the operator sees it')
            talk(ann, operator, ROOM, f'{BOT}: is anybody there?', 'anybody there')
            title('eve is a stranger: she gets a code, the operator approves it, she is answered')
            pair(eve, home, operator)
            title('The worker dies. Nobody else notices')
            kill_worker(ann, gateway, operator)
            wait_connected(operator)
            talk(ann, operator, ROOM, f'{BOT}: still there?', 'still there')
            if not operator.is_open or operator.numbers != sorted(set(operator.numbers)):
                raise Timeout('the operator lost its connection or events')
            check_once(ann, 'is anybody there?', 'still there?')
            check_once(eve, 'and now?')
            title('How it stands')
            gatewayctl(home, 'channels', 'status')
            if IS_TERMINAL:
                stay(irc, home, gateway)
        except Timeout:
            print('\n--- what gatewayd said\n' + gateway.output(), file=sys.stderr)
            raise
        finally:
            operator.close()
        code = gateway.terminate()
        if code != 0:
            raise Timeout(f'gatewayd exited with {code}')


def main():
    with Server() as irc:
        title(f'ngircd (pid {irc.pid}) listens on 127.0.0.1:{irc.port}; ann joins {ROOM}')
        ann, eve = Person(irc.port, 'ann'), Person(irc.port, 'eve')
        try:
            ann.join(ROOM)
            say('ann', ROOM, f'is {ann.mask}, the only one who may talk to {BOT}')
            story(irc, ann, eve)
        finally:
            ann.close()
            eve.close()
    title('Everything happened as it should; everything is stopped.')


if __name__ == '__main__':
    try:
        main()
    except (Timeout, OSError, subprocess.SubprocessError) as error:
        print(f'\ndemo: failed: {error}', file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
