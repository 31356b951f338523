#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""docs/first-channel.md, done as it says: its configuration, its commands, in its order."""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.gateway import Home, program  # noqa: E402
from support.irc import Person, Server as IrcServer  # noqa: E402
from support.processes import Process, wait_until  # noqa: E402
from support.telegram import Server as Telegram  # noqa: E402

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'first-channel.md'


def section(title):
    """(the configuration, the commands) below a title of the document."""
    text = DOCUMENT.read_text(encoding='utf-8')
    body = re.search(rf'^## {title}\n(.*?)(?=^## |\Z)', text, re.MULTILINE | re.DOTALL)[1]
    blocks = re.findall(r'```(json5|sh)\n(.*?)```', body, re.DOTALL)
    config = next(block for kind, block in blocks if kind == 'json5')
    return config, [line for kind, block in blocks if kind == 'sh' for line in block.splitlines()]


class FirstChannel(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.words = {}

    def replace(self, config, right, fit):
        """What is different here: the addresses."""
        self.assertIn(right, config)
        return config.replace(right, fit)

    def start(self, config, line):
        self.home.config.write_text(config, encoding='utf-8')
        self.assertEqual(line, 'gatewayd --config gatewayd.json5 &')
        env = self.home.environment(XDG_STATE_HOME=str(self.home.state))
        self.gateway = self.enterContext(Process(
            [program('gatewayd'), '--config', 'gatewayd.json5', '--port', 0], env=env, cwd=self.home.path))
        wait_until(self.home.control.exists, 15, 'the gateway listens')

    def run_line(self, line):
        """What a command prints; one that fails is a defect of the document."""
        for word, value in self.words.items():
            line = re.sub(rf'\b{word}\b', value, line)
        path = f'{program("gatewayctl").parent}{os.pathsep}{os.environ["PATH"]}'
        done = subprocess.run(['sh', '-c', line], env=self.home.environment(PATH=path), cwd=self.home.path,
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, f'{line}\n{done.stdout}{done.stderr}')
        return done.stdout

    def run_until(self, lines, part):
        """The first command that is left, until its output has part."""
        line = lines.pop(0)
        return wait_until(lambda: (lambda out: out if part in out else '')(self.run_line(line)), 20,
                          f'{line} says {part}')

    def follow(self, lines, write, wait_heard):
        """From the first look to the answer; what is left of the commands comes afterwards."""
        self.run_until(lines, 'running')
        write('hello?')
        told = wait_heard('gatewayctl pairing approve')
        listed = self.run_until(lines, 'CODE')
        self.words['CODE'] = re.search(r'approve \w+ ([A-Z0-9]{8})', told)[1]
        self.assertIn(self.words['CODE'], listed)
        self.run_line(lines.pop(0))
        wait_heard('Access approved')
        write('and now?')
        wait_heard('You said: and now?')

    def test_irc(self):
        config, lines = section('IRC')
        with IrcServer() as irc, Person(irc, 'ann') as ann:
            ann.join('#chat')
            self.start(self.replace(config, 'host: "irc.example.org", tls: true,',
                                    f'host: "127.0.0.1", port: {irc.port},'), lines.pop(0))
            self.follow(lines, lambda text: ann.say('mybot', text),
                        lambda part: ann.wait_heard('mybot', part, 20))
            ann.say('#chat', 'mybot: here too?')
            ann.wait_heard('#chat', 'here too?', 20)
            self.assertIn('send', lines[0])
            self.run_line(lines.pop(0))
            ann.wait_heard('#chat', 'hello', 20)
            for line in lines:
                self.run_line(line)

    def test_telegram(self):
        config, lines = section('Telegram')
        with Telegram() as telegram:
            telegram.add_bot('123456:ABC-DEF', 'mybot')
            ann = telegram.add_user(7, 'Ann')

            def wait_heard(part):
                return telegram.wait(lambda: next((m['text'] for m in telegram.sent(7)
                                                   if part in m['text']), ''), f'Ann hears {part}', 20)

            self.start(self.replace(config, 'botToken: "123456:ABC-DEF",',
                                    f'botToken: "123456:ABC-DEF", apiRoot: "{telegram.url}",'),
                       lines.pop(0))
            self.follow(lines, ann.says, wait_heard)
            allowed = self.run_line(lines.pop(0))
            self.words['ID'] = next(word for word in shlex.split(allowed.replace("'", '')) if word == '7')
            for line in lines:
                self.run_line(line)
            wait_heard('hello')


if __name__ == '__main__':
    unittest.main()
