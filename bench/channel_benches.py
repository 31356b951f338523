# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Both channels beside bare connections: what gatewayd adds between its clients and people, on a
real IRC server and on the Telegram double. Chat servers and whoever talks to them share the clients'
processor."""

import contextlib
import functools
import itertools
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import threading
import time

from bare_irc import ANSWER, TEXT, Bare, Crowd, message
from harness import CLIENT_CPU, cpu_milliseconds, median, memory_of
from support import irc as irc_support
from support import telegram as telegram_support
from support.client import operator
from support.processes import Process, children_of, wait_until
from table import Row, number

CROWD = 64          # people, and what is in flight
TURNS = 15          # of one person; the gateway grants a session 20 a minute
AT_ONCE = 8         # the connections that the Telegram worker keeps
REST = 0.06         # longer than a kernel holds back the acknowledgement of a PONG
BOT, PEER = '42:AAof-gatewayd', '43:AAof-the-peer'
_keys = itertools.count(1)
_users = itertools.count(10_000)


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


class Setting:
    """A gateway with both channels, their servers, and how much one round is."""

    def __init__(self, bench, irc, telegram, server):
        self.bench, self.irc, self.telegram, self.server = bench, irc, telegram, server
        self.singles = 60 if bench.is_quick else 240
        self.turns = 6 if bench.is_quick else TURNS
        self.seconds = bench.milliseconds() * 2 / 1000
        self.bot, self.peer = (self.telegram.bots[token] for token in (BOT, PEER))

    def processes(self):
        """(name, pid) of the core and its workers. The kernel keeps 15 letters of a name."""
        names = {'gatewayd-irc': 'irc', 'gatewayd-telegr': 'telegram'}
        return [('core', self.server.pid), *((names[name], pid) for pid, name
                                             in children_of(self.server.pid) if name in names)]

    @contextlib.contextmanager
    def watched(self, result, name, worker):
        """Adds what core and worker spend in here; result[name] is how many messages that was."""
        pids = {'core': self.server.pid, 'worker': dict(self.processes())[worker]}
        before = {who: cpu_milliseconds(pid) for who, pid in pids.items()}
        yield
        for who, pid in pids.items():
            used = (cpu_milliseconds(pid) - before[who]) * 1000
            result[f'{name} {who}'] = used / result[f'{name} count']

    def users(self, bot, count):
        """Fresh people on Telegram whom the bot may write to."""
        with self.telegram.changed:
            users = [self.telegram.add_user(next(_users), 'Ann') for _ in range(count)]
            for user in users:
                self.telegram.private_chat(user, bot)
        return users


@contextlib.contextmanager
def on_the_clients_processor():
    """This thread and whatever it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CPU})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def race(reads, seconds=20):
    """When each socket first had what its function, called for whatever comes, says yes to."""
    seen = {}
    while len(seen) < len(reads):
        ready, _, _ = select.select([sock for sock in reads if sock not in seen], [], [], seconds)
        now = time.perf_counter()
        if not ready:
            raise TimeoutError('nothing came in time')
        seen.update((sock, now) for sock in ready if reads[sock]())
    return [seen[sock] for sock in reads]


def frames(client):
    """What has come to a client, at least a piece of a frame."""
    found = [client.receive()]
    while client.data:
        found.append(client.receive())
    return found


def order(client, channel, to, text):
    return client.send_request('send', {'channel': channel, 'to': to, 'message': text,
                                        'idempotencyKey': f'single-{next(_keys)}'})


def answers(client, request):
    """Whether the answer to the request is among what has come."""
    found = [frame for frame in frames(client) if frame.get('id') == request]
    if found and not found[0]['ok']:
        raise ValueError(f'refused: {found[0]}')
    return bool(found)


def shows(client, text):
    """Whether the end of an answer that quotes the text is among what has come."""
    return any(frame.get('event') == 'chat' and frame['payload']['state'] == 'final' and
               text in json.dumps(frame['payload']) for frame in frames(client))


def times(result, **lists):
    for name, list_ in lists.items():
        result[f'{name} p50'], result[f'{name} p99'] = (percentile(list_, p) * 1e6 for p in (50, 99))


def commit(setting, result):
    """What the disk takes for the least there is to keep."""
    took = []
    with tempfile.TemporaryFile(dir=setting.server.home.path) as file:
        for _ in range(setting.singles):
            begin = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begin)
    times(result, commit=took)


# IRC


def hears(one, text):
    return lambda: any(text in said for _, said in one.heard())


def irc_singles(setting, result):
    """One message after the other: bare, and from a client."""
    bare, ponged, heard, answered = [], [], [], []
    with Bare(setting.irc) as ann, Bare(setting.irc) as bob, operator(setting.server) as client:
        for i in range(setting.singles):
            begin = time.perf_counter()
            ann.say(bob.nick, f'{TEXT} {i}.')
            bare.append(race({bob.sock: hears(bob, f' {i}.')})[0] - begin)
        for i in range(setting.singles):
            begin = time.perf_counter()
            ann.sock.sendall(message(bob.nick, f'{TEXT} {i}.') + b'PING :behind\r\n')
            pong = {ann.sock: lambda: any('PONG' in line for line in ann.lines())}
            ponged.append(race(pong)[0] - begin)
        for i in range(setting.singles):
            begin = time.perf_counter()
            request = order(client, 'irc', bob.nick, f'{TEXT} out {i}.')
            line, answer = race({bob.sock: hears(bob, f' out {i}.'),
                                 client.sock: lambda: answers(client, request)})
            heard.append(line - begin)
            answered.append(answer - begin)
    times(result, bare=bare, ponged=ponged, heard=heard, answered=answered)


def irc_said(setting, result):
    """A person says something, right after the answer before, and when that is some time ago."""
    for name, pause in (('', 0), ('rested ', REST)):
        chat, back = [], []
        with operator(setting.server) as client:
            for _ in range(setting.singles // TURNS):
                with Bare(setting.irc) as eve:
                    for i in range(TURNS):
                        time.sleep(pause)
                        text = f'said by {eve.nick} as number {i}.'
                        begin = time.perf_counter()
                        eve.say('gatebot', text)
                        event, line = race({client.sock: functools.partial(shows, client, text),
                                            eve.sock: hears(eve, text)})
                        chat.append(event - begin)
                        back.append(line - begin)
        times(result, **{name + 'chat': chat, name + 'back': back})
    stalled = []
    with Bare(setting.irc) as eve, Bare(setting.irc) as bot:
        for _ in range(TURNS):
            begin = time.perf_counter()
            eve.say(bot.nick, TEXT)
            race({bot.sock: hears(bot, TEXT)})
            bot.sock.sendall(message(eve.nick, ANSWER + TEXT) + b'PING :behind\r\n')
            stalled.append(race({eve.sock: hears(eve, TEXT)})[0] - begin)
            while not any('PONG' in line for line in bot.lines()):
                pass
    times(result, stalled=stalled)


def irc_loads(setting, result):
    """As much as goes through, both ways, bare and through the gateway."""
    nicks = [f'r{i}' for i in range(CROWD)]
    with Crowd(setting.irc, nicks) as crowd:
        with Bare(setting.irc) as speaker:
            result['bare out'] = crowd.said_by(speaker, CROWD, setting.seconds)
        came, is_over = [0], threading.Event()

        def listen():
            while not is_over.is_set() or crowd.listen(0) > 0:
                came[0] += crowd.listen(0.05)
        listener = threading.Thread(target=listen)
        with setting.watched(result, 'out', 'irc'):
            listener.start()
            try:
                one = sends(setting, 'irc', 'r')
            finally:
                is_over.set()
                listener.join()
            result.update({'out': one['per_second'], 'out count': one['sends']})
        if came[0] != one['sends']:
            raise ValueError(f'{came[0]} of {one["sends"]} lines came')
    with Crowd(setting.irc, [None] * CROWD) as crowd, Bare(setting.irc) as bot:
        result['bare in'] = crowd.talk(bot.nick, setting.turns, bot)
    with Crowd(setting.irc, [None] * CROWD) as crowd:
        with setting.watched(result, 'in', 'irc'):
            result['in'] = crowd.talk('gatebot', setting.turns)
            result['in count'] = CROWD * setting.turns


def sends(setting, channel, people):
    return setting.bench.load('sends', setting.server, channel=channel, people=people, count=CROWD,
                              milliseconds=int(setting.seconds * 1000), **{'in-flight': CROWD})


# Telegram


def peer_command(setting, what, threads):
    path = pathlib.Path(__file__).with_name('telegram_peer.py')
    return [sys.executable, path, what, setting.telegram.port, PEER, threads]


def peer_sends(setting, threads, users):
    command = [*peer_command(setting, 'send', threads), setting.seconds / 2,
               *(user.id for user in users)]
    done = subprocess.run([str(one) for one in command], check=True, capture_output=True)
    return json.loads(done.stdout)


def telegram_singles(setting, result):
    users = setting.users(setting.bot, CROWD)
    one = peer_sends(setting, 1, setting.users(setting.peer, CROWD))
    result['bare p50'], result['bare p99'] = (percentile(one['us'], p) for p in (50, 99))
    answered, back = [], []
    with operator(setting.server) as client:
        for i in range(setting.singles):
            begin = time.perf_counter()
            request = order(client, 'telegram', str(users[i % CROWD].id), f'{TEXT} out {i}.')
            answered.append(race({client.sock: lambda: answers(client, request)})[0] - begin)
    for i in range(setting.singles):
        if i % TURNS == 0:
            user = setting.users(setting.bot, 1)[0]
        back.append(said_and_answered(setting, setting.bot, [user], 1))
    times(result, answered=answered, back=back)


def said_and_answered(setting, bot, users, turns):
    """Seconds until everything that everybody says at once is answered."""
    telegram = setting.telegram
    wanted = len(telegram.out) + len(users) * turns
    begin = time.perf_counter()
    for _ in range(turns):
        for user in users:
            user.says(TEXT, bot=bot)
    telegram.wait(lambda: len(telegram.out) >= wanted, 'an answer to everything', 60)
    return time.perf_counter() - begin


def telegram_loads(setting, result):
    result['bare out'] = peer_sends(setting, AT_ONCE,
                                    setting.users(setting.peer, CROWD))['per_second']
    with setting.watched(result, 'out', 'telegram'):
        one = sends(setting, 'telegram', '7')
        result.update({'out': one['per_second'], 'out count': one['sends']})
    count = CROWD * setting.turns
    with Process(peer_command(setting, 'answer', AT_ONCE)):
        said_and_answered(setting, setting.peer, setting.users(setting.peer, 1), 1)  # it is up
        result['bare in'] = count / said_and_answered(
            setting, setting.peer, setting.users(setting.peer, CROWD), setting.turns)
    users = setting.users(setting.bot, CROWD)
    with setting.watched(result, 'in', 'telegram'):
        result['in'] = count / said_and_answered(setting, setting.bot, users, setting.turns)
        result['in count'] = count


# Rows


def medians_of(rounds):
    return {name: median([one[name] for one in rounds]) for name in rounds[0]}


def latency_row(what, name, rounds, beside='bare'):
    """The ratio and what is added are taken in each round, then their medians."""
    of = medians_of(rounds)
    measured = f'p99 {number(of[f"{name} p99"])}'
    if beside is not None:
        pairs = [(one[f'{name} p50'], one[f'{beside} p50']) for one in rounds]
        ratios = [ours / theirs for ours, theirs in pairs]
        added = median([ours - theirs for ours, theirs in pairs])
        measured += (f'; + {number(added)} µs, × {median(ratios):.1f} '
                     f'({min(ratios):.1f}–{max(ratios):.1f})')
    return Row(what, measured, of[f'{name} p50'], unit='µs')


def load_row(what, name, rounds):
    of = medians_of(rounds)
    ratios = [one[name] / one[f'bare {name}'] for one in rounds]
    return Row(what, f'CPU core {number(of[f"{name} core"])} + worker '
               f'{number(of[f"{name} worker"])} µs; bare {number(of[f"bare {name}"])}/s, '
               f'÷ {median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})', of[name], unit='/s')


def channels(bench):
    """Rounds of bare, gatewayd, bare, gatewayd, …"""
    rounds = {'irc': [], 'telegram': []}
    with on_the_clients_processor(), irc_support.Server() as irc, \
            telegram_support.Server() as telegram:
        for token, name in ((BOT, 'gatebot'), (PEER, 'peerbot')):
            telegram.add_bot(token, name)
        for i in range(CROWD):  # whom bench_load writes to
            telegram.private_chat(telegram.add_user(int(f'7{i}'), 'Ann'), telegram.bots[BOT])
        to_everybody = {'dmPolicy': 'open', 'allowFrom': ['*']}
        config = {'session': {'dmScope': 'per-channel-peer'}, 'channels': {
            'irc': {'host': '127.0.0.1', 'port': irc.port, 'nick': 'gatebot', 'floodDelayMs': 0,
                    **to_everybody},
            'telegram': {'botToken': BOT, 'apiRoot': telegram.url, **to_everybody}}}
        with bench.gatewayd(config) as server:
            with operator(server) as client:
                wait_until(lambda: is_connected(client), 20, 'both accounts are connected')
            setting = Setting(bench, irc, telegram, server)
            time.sleep(2)
            idle = {name: memory_of(pid)[1] for name, pid in setting.processes()}
            for _ in range(bench.rounds):
                for channel, parts in (('irc', (commit, irc_singles, irc_said, irc_loads)),
                                       ('telegram', (telegram_singles, telegram_loads))):
                    rounds[channel].append({})
                    for part in parts:
                        part(setting, rounds[channel][-1])
            memory = [Row(f'PSS of {name}, after all this', f'{idle[name]:.1f} MB before',
                          memory_of(pid)[1], unit='MB') for name, pid in setting.processes()]
    return 'Channels: one message alone (p50), 64 at a time, beside bare connections', [
        latency_row('4 KB written and synced, as beside', 'commit', rounds['irc'], None),
        *irc_rows(rounds['irc']), *telegram_rows(rounds['telegram']), *memory]


def is_connected(client):
    accounts = client.call('channels.status')['channelAccounts']
    return all(accounts[name][0]['connected'] for name in ('irc', 'telegram'))


def irc_rows(rounds):
    return [latency_row('IRC: a line, bare', 'bare', rounds, None),
            latency_row('  the PONG behind it, bare', 'ponged', rounds, None),
            latency_row('  send → the line', 'heard', rounds),
            latency_row('  send → its answer, ÷ that PONG', 'answered', rounds, 'ponged'),
            latency_row('  said → the chat event', 'rested chat', rounds),
            latency_row('  said → the answer, back', 'rested back', rounds),
            latency_row('  the same, right after an answer', 'back', rounds),
            latency_row('    of a bare bot that acknowledges late', 'stalled', rounds, None),
            load_row('  sends, 64 in flight', 'out', rounds),
            load_row('  said by 64 people and answered', 'in', rounds)]


def telegram_rows(rounds):
    """The double is threads of Python, and is what limits most of these."""
    return [latency_row('Telegram (double): sendMessage, bare', 'bare', rounds, None),
            latency_row('  send → its answer', 'answered', rounds),
            latency_row('  said → the answer, back', 'back', rounds),
            load_row('  sends, 64 in flight; bare: 8', 'out', rounds),
            load_row('  said by 64 people and answered', 'in', rounds)]
