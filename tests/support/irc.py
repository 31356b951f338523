# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A real IRC server (ngircd) and third-party clients (ii, irssi), as Debian has them."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

from support.processes import Process, wait_until
from support.terminal import Terminal

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

_TLS = '''
[SSL]
CertFile = {directory}/server.pem
KeyFile = {directory}/server.key
Ports = {port}
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

    tls=True: also on tls_port, with a certificate of its own (certificate, fingerprint) for localhost.
    links: (name, port) of other servers of its network; where the port is 0 the other one dials.
    """

    def __init__(self, *, name='irc.test.example', tls=False, links=()):
        self._directory = tempfile.TemporaryDirectory(prefix='gatewayd-irc-')
        directory = pathlib.Path(self._directory.name)
        self.name = name
        self.port = _free_port()
        config = _CONFIG.format(name=name, port=self.port, directory=directory)
        if tls:
            self.tls_port = _free_port()
            self.certificate = directory / 'server.pem'
            self.fingerprint = _make_certificate(directory)
            config += _TLS.format(port=self.tls_port, directory=directory)
        config += ''.join(_LINK.format(name=other, port=port) for other, port in links)
        self._config = directory / 'ngircd.conf'
        self._config.write_text(config, encoding='utf-8')
        # Started by root it becomes nobody by itself, and a change of its user makes the kernel forget
        # with whom it is to die.
        self._user = 'nobody' if os.geteuid() == 0 else None
        if self._user:
            for path in (directory, *directory.iterdir()):
                shutil.chown(path, self._user)
        self.start()

    def start(self):
        """Again, on the same ports; after stop()."""
        super().__init__([find_tool('ngircd'), '-n', '-f', self._config], user=self._user)
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


def _make_certificate(directory):
    """Signed by itself: server.pem and server.key. Its SHA-256, as "AA:BB:…"."""
    certificate = directory / 'server.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                    '-nodes', '-days', '1', '-subj', '/CN=localhost', '-addext',
                    'subjectAltName=DNS:localhost', '-keyout', directory / 'server.key', '-out',
                    certificate], check=True, capture_output=True, timeout=30)
    said = subprocess.run(['openssl', 'x509', '-in', certificate, '-noout', '-fingerprint', '-sha256'],
                          check=True, capture_output=True, text=True, timeout=30).stdout
    return said.strip().partition('=')[2]


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


_IRSSI = '''
servers = ( {{ address = "localhost"; port = "{server.tls_port}"; chatnet = "test"; autoconnect = "yes";
  use_tls = "yes"; tls_verify = "yes"; tls_cafile = "{server.certificate}"; }} );
chatnets = {{ test = {{ type = "IRC"; nick = "{nick}"; cmdmax = "100"; cmdspeed = "1"; }}; }};
settings = {{
  core = {{ real_name = "{nick}"; user_name = "{nick}"; nick = "{nick}"; }};
  "fe-common/core" = {{ timestamps = "no"; term_charset = "UTF-8"; }};
}};
'''


class Irssi(Terminal):
    """Somebody at the client irssi, connected with TLS to a server that has it; what is said is read
    off the screen."""

    def __init__(self, server, nick):
        self._directory = tempfile.TemporaryDirectory(prefix='gatewayd-irssi-')
        self.nick = nick
        home = pathlib.Path(self._directory.name)
        (home / 'config').write_text(_IRSSI.format(server=server, nick=nick), encoding='utf-8')
        super().__init__([find_tool('irssi'), '--home', home, '--config', home / 'config'], 120, 50)
        try:
            self.wait_shown('End of MOTD', 20)
        except BaseException:
            self.kill()
            raise

    def join(self, channel):
        self.type_line(f'/join {channel}')
        self.wait_shown(f'{self.nick} [')  # has joined

    def turn_to(self, target):
        """To the window of a channel, or of somebody."""
        self.type_line(f'/query {target}' if target[0] != '#' else f'/window goto {target}')
        self.wait_shown(f'[{target}]')  # the prompt

    def say(self, target, text):
        self.turn_to(target)
        self.type_line(text)

    def heard(self, nick):
        """What nick said in the window on the screen, a string for each line of IRC; without its
        blanks, for which lines are folded."""
        found, is_inside = [], False
        for row in self.screen():
            says = re.match(r'\s*<[ @+]?([^>]+)> ?(.*)', row)
            if says:
                is_inside = says[1] == nick
                if is_inside:
                    found.append(says[2])
            elif is_inside and row.startswith(' '):
                found[-1] += row
            else:
                is_inside = False
        return [''.join(text.split()) for text in found]

    def wait_heard(self, nick, part, seconds=15):
        wanted = ''.join(part.split())
        return self.wait(lambda: next((text for text in self.heard(nick) if wanted in text), None),
                         f'{self.nick} sees {part!r}', seconds)

    def kill(self):
        super().kill()
        self._directory.cleanup()
