# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A real IRC server (ngircd) and a third-party client (ii), as Debian has them."""

import pathlib
import re
import shutil
import socket
import tempfile

from support.processes import Process, wait_until

_CONFIG = '''
[Global]
Name = {name}
Info = for tests
AdminInfo1 = nobody
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
PidFile = {directory}/ngircd.pid
[Limits]
MaxConnectionsIP = 0
MaxPenaltyTime = 0
MaxJoins = 0
PingTimeout = 120
PongTimeout = 20
ConnectRetry = 5
[Options]
DNS = no
Ident = no
PAM = no
'''

# port 0: the other one dials.
_LINK = '''
[Server]
Name = {name}
Host = 127.0.0.1
Port = {port}
MyPassword = between-us
PeerPassword = between-us
'''


def find_tool(name):
    """Path of a program that may live where only root looks."""
    return shutil.which(name, path='/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin')


def _free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server(Process):
    """ngircd on a free port of 127.0.0.1, without penalties for fast talkers.

    links: (name, port) of other servers of its network; where the port is 0 the other one dials.
    """

    def __init__(self, *, name='irc.test.example', links=()):
        self._directory = tempfile.TemporaryDirectory(prefix='gatewayd-irc-')
        directory = pathlib.Path(self._directory.name)
        self.name = name
        self.port = _free_port()
        config = _CONFIG.format(name=name, port=self.port, directory=directory)
        config += ''.join(_LINK.format(name=other, port=port) for other, port in links)
        self._config = directory / 'ngircd.conf'
        self._config.write_text(config, encoding='utf-8')
        self.start()

    def start(self):
        """Again, on the same ports; after stop()."""
        super().__init__([find_tool('ngircd'), '-n', '-f', self._config])
        try:
            wait_until(self._is_up, 10, 'ngircd accepts')
        except BaseException:
            self.kill()
            raise

    def _is_up(self):
        try:
            socket.create_connection(('127.0.0.1', self.port), 1).close()
            return True
        except ConnectionRefusedError:
            return False

    def stop(self):
        """As by kill -9: it says goodbye to nobody."""
        super().kill()

    def kill(self):
        self.stop()
        self._directory.cleanup()


class Person(Process):
    """Somebody with the client ii: it reads what to say from files and writes what it hears."""

    def __init__(self, server, nick):
        self._directory = tempfile.TemporaryDirectory(prefix='gatewayd-ii-')
        self.nick = nick
        self._home = pathlib.Path(self._directory.name) / '127.0.0.1'
        super().__init__([find_tool('ii'), '-s', '127.0.0.1', '-p', server.port, '-n', nick, '-i',
                          self._directory.name])
        try:
            wait_until(lambda: 'hello' in self._text(self._home / 'out'), 10,
                       f'{nick} has read the message of the day')
        except BaseException:
            self.kill()
            raise

    @staticmethod
    def _text(path):
        return path.read_text(encoding='utf-8', errors='replace') if path.exists() else ''

    def _command(self, directory, line):
        with open(directory / 'in', 'w', encoding='utf-8') as pipe:
            pipe.write(line + '\n')

    def join(self, channel):
        self._command(self._home, f'/j {channel}')
        wait_until((self._home / channel / 'in').exists, 10, f'{self.nick} is in {channel}')

    def say(self, target, text):
        """To a channel joined before, or to somebody else."""
        if not (self._home / target / 'in').exists():
            self._command(self._home, f'/j {target} {text}')
        else:
            self._command(self._home / target, text)

    def heard(self, target):
        """What others said there, as (nick, text). ii's lines: time <nick> text."""
        found = []
        for line in self._text(self._home / target.lower() / 'out').splitlines():
            parts = line.split(' ', 2)
            if len(parts) == 3 and parts[1].startswith('<') and parts[1] != f'<{self.nick}>':
                found.append((parts[1].strip('<>'), parts[2]))
        return found

    def seen_joining(self, channel):
        """The nicks that came there while it was looked at, in order."""
        return re.findall(r'-!- ([^(\s]+)\S* has joined', self._text(self._home / channel / 'out'))

    def wait_heard(self, target, part, seconds=10):
        """The first line there that contains part."""
        return wait_until(lambda: next((text for _, text in self.heard(target) if part in text),
                                       None), seconds, f'{self.nick} hears {part!r}')

    def kill(self):
        super().kill()
        self._directory.cleanup()
