# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A real gatewayd on a free port, with a state of its own."""

import json
import os
import pathlib
import tempfile

from support.processes import Process

TOKEN = 'a token only for tests'

_ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# What may not leak in from whoever runs the tests.
_PREFIXES = ('GATEWAYD_', 'OPENCLAW_', 'CLAWDBOT_', 'RUNTIME_DIRECTORY')


def clean_environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith(_PREFIXES)}
    env.update(more)
    return env


def build_directory():
    """Where the programs are: GATEWAYD_BUILD, as the test runner sets it, or build/."""
    return pathlib.Path(os.environ.get('GATEWAYD_BUILD', _ROOT / 'build')).resolve()


def program(name):
    """A program of the build by its name, wherever its room is."""
    build = build_directory()
    candidates = ['gatewayd', 'cli', 'workers/echo', 'workers/irc', 'workers/telegram', 'bench']
    for room in candidates:
        path = build / room / name
        if path.is_file():
            return path
    raise FileNotFoundError(f'{name} is not in {build}')


class Home:
    """A temporary directory that holds one gateway's configuration, state and runtime directory,
    and outlives its process."""

    def __init__(self, config=None):
        self._directory = tempfile.TemporaryDirectory(prefix='gatewayd-test-')
        self.path = pathlib.Path(self._directory.name)
        self.state = self.path / 'state'
        self.runtime = self.path / 'run'
        self.control = self.runtime / 'control.sock'
        self.config = self.path / 'gatewayd.json5'
        self.workers = self.path / 'workers'
        self.workers.mkdir()
        for worker in build_directory().glob('workers/*/gatewayd-*'):
            if worker.is_file():
                (self.workers / worker.name).symlink_to(worker)
        self.write_config(config or {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._directory.cleanup()

    def write_config(self, config):
        self.config.write_text(json.dumps(config, indent=2), encoding='utf-8')

    def environment(self, **more):
        env = {'GATEWAYD_RUNTIME_DIR': str(self.runtime), 'HOME': str(self.path),
               'GATEWAYD_WORKER_DIR': str(self.workers)}
        env.update(more)
        return clean_environment(**env)


class Gateway(Process):
    """Started when the constructor returns; killed, with its workers, at the end of the with."""

    def __init__(self, home, *, token=TOKEN, port=0, cpu=None, env=None, arguments=()):
        self.home = home
        self.token = token
        super().__init__(
            [program('gatewayd'), '--config', home.config, '--state-dir', home.state, '--port',
             port, '--bind', 'loopback', '--log-format', 'json', '--token', token, *arguments],
            env=home.environment(**(env or {})), cpu=cpu)
        self.port = 0
        try:
            line = self.wait_line(lambda l: '"message":"listening"' in l, 30, 'gatewayd listens')
            self.port = json.loads(line)['port']
        except BaseException:
            self.kill()
            raise

    def log(self):
        """Its log lines as objects; what is not JSON is left out."""
        found = []
        for line in list(self.lines):
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
        return found
