# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""What every measurement shares: the servers that take turns, the load generator, medians."""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / 'tests'))

from support.gateway import TOKEN, Gateway, Home, program  # noqa: E402
from support.processes import Process  # noqa: E402

# The server has one processor and the clients have the other, for all servers alike.
CLIENT_CPU, SERVER_CPU = 0, max(os.sched_getaffinity(0))


class Bench:
    """The programs of one build, and what gatewayd answered when it was asked once."""

    def __init__(self, build, rounds, is_quick):
        self.build = pathlib.Path(build)
        self.rounds = rounds
        self.is_quick = is_quick
        os.environ['GATEWAYD_BUILD'] = str(self.build)
        self._payloads = tempfile.TemporaryDirectory(prefix='gatewayd-bench-')

    def close(self):
        self._payloads.cleanup()

    def program(self, name):
        return program(name)

    def capture(self):
        """Takes gatewayd's answers, so that the peers answer the same."""
        with self.gatewayd() as server:
            self.load('capture', server, out=self._payloads.name)

    @contextlib.contextmanager
    def gatewayd(self, config=None):
        with Home(config) as home, Gateway(home, cpu=SERVER_CPU) as server:
            yield server

    @contextlib.contextmanager
    def raw(self):
        with self._peer([self.program('bench_raw_peer')]) as server:
            yield server

    @contextlib.contextmanager
    def ws(self):
        with self._peer(['node', ROOT / 'bench' / 'ws_peer.mjs']) as server:
            yield server

    @contextlib.contextmanager
    def _peer(self, command):
        arguments = ['--payloads', self._payloads.name, '--token', TOKEN]
        with Process([*command, *arguments], cpu=SERVER_CPU) as server:
            line = server.wait_line(lambda l: l.startswith('{"port"'), 20, 'the peer listens')
            server.port = json.loads(line)['port']
            yield server

    def load(self, measurement, server=None, command=(), **options):
        """One round of bench_load; its numbers, or None when it has none."""
        argv = [str(self.program('bench_load')), measurement]
        if server is not None:
            argv = ['taskset', '-c', str(CLIENT_CPU), *argv]
        if server is not None:
            options.update(port=server.port, pid=server.pid)
        options.setdefault('token', TOKEN)
        for name, value in options.items():
            argv += [f'--{name}', str(value)]
        if command:
            argv += ['--', *map(str, command)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise RuntimeError(f'{measurement} {options}: {done.stderr.strip()}')
        return json.loads(done.stdout) if done.stdout.strip() else None

    def milliseconds(self):
        return 300 if self.is_quick else 1000


def median(values):
    return statistics.median(values)


def memory_of(pid):
    """RSS and PSS in MB."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
        fields = dict(line.split(':') for line in file if line.endswith('kB\n'))
    return tuple(int(fields[name].split()[0]) * 1024 / 1e6 for name in ('Rss', 'Pss'))


def cpu_milliseconds(pid):
    threads = pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat')
    return sum(int(t.read_text().split()[0]) for t in threads) / 1e6


def machine():
    """Lines that say where the numbers come from."""
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        model = next((l.split(':', 1)[1].strip() for l in file if l.startswith('model name')), '?')
    system = os.uname()
    with open('/proc/loadavg', encoding='ascii') as file:
        load = ' '.join(file.read().split()[:3])
    commit = subprocess.run(['git', '-C', str(ROOT), 'describe', '--always', '--dirty'],
                            capture_output=True, text=True, check=False).stdout.strip()
    return [f'{model}, {len(os.sched_getaffinity(0))} processors, {system.sysname} '
            f'{system.release} {system.machine}, load {load}', f'gatewayd {commit}, g++ -O2']
