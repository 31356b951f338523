# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The measurements by name. Each takes a Bench and returns (title, rows)."""

import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import subprocess
import time

from channel_benches import channels
from harness import TOKEN, Home, cpu_milliseconds, median, memory_of
from support.client import operator
from support.processes import children_of, wait_until
from support.websocket import dial, http
from table import Row, number

METHODS = ('system-presence', 'health', 'unknown')

# Medians of OpenClaw 2026.1.29 in µs of its CPU per request, and of Node's ws when they were taken:
# it is not here to take turns, so it is scaled by how fast ws is now.
J_MICROSECONDS = {'system-presence': 15, 'health': 67, 'unknown': 190}
WS_MICROSECONDS_THEN = 12.3
J_GOALS = {'system-presence': (3, 4), 'health': (12, 16), 'unknown': (35, 45)}


def take_turns(bench, servers, measure, key='cpu_us'):
    """Rounds of gatewayd, raw, gatewayd, raw, …, and ws beside them; medians and the median of the
    ratios to raw."""
    values = {name: [] for name in servers}
    for _ in range(bench.rounds):
        for name, server in servers.items():
            values[name].append(measure(server)[key])
    ratios = [a / b for a, b in zip(values['gatewayd'], values['raw'])]
    medians = {name: median(list_) for name, list_ in values.items()}
    return medians, ratios


def spread(ratios):
    return f'{min(ratios):.2f}–{max(ratios):.2f}'


def beside(medians, unit='µs'):
    return ', '.join(f'{name} {number(value)}' for name, value in medians.items()) + f' {unit}'


@contextlib.contextmanager
def all_servers(bench):
    with bench.gatewayd() as gatewayd, bench.raw() as raw, bench.ws() as ws:
        yield {'gatewayd': gatewayd, 'raw': raw, 'ws': ws}


def requests(bench):
    rows, to_j = [], []
    with all_servers(bench) as servers:
        for connections in (1, 64, 1000):
            for method in METHODS:
                medians, ratios = take_turns(bench, servers, lambda s: bench.load(
                    'requests', s, connections=connections, method=method,
                    milliseconds=bench.milliseconds()))
                rows.append(Row(f'{method}, {connections} connections',
                                f'{beside(medians)} CPU ({spread(ratios)})', median(ratios), 1.4,
                                1.15))
                if connections == 64:
                    goal, stretch = J_GOALS[method]
                    of_j = J_MICROSECONDS[method] * medians['ws'] / WS_MICROSECONDS_THEN
                    to_j.append(Row(f'{method}, OpenClaw 2026.1.29 ÷ ours', f'it {of_j:.0f} µs',
                                    of_j / medians['gatewayd'], goal, stretch, at_most=False,
                                    is_estimate=True))
    return 'Requests: server CPU per request, ÷ raw', rows + to_j


def pipelined(bench):
    rows = []
    with all_servers(bench) as servers:
        for method in METHODS:
            medians, ratios = take_turns(bench, servers, lambda s: bench.load(
                'requests', s, connections=64, depth=16, method=method,
                milliseconds=bench.milliseconds()))
            ratios = [1 / r for r in ratios]
            rows.append(Row(method, f'{beside(medians)} CPU ({spread(ratios)})', median(ratios),
                            0.75, 0.9, at_most=False))
    return 'Pipelined: 64 connections, 16 deep; requests per CPU second, ÷ raw', rows


def frame(bench):
    rounds = [json.loads(subprocess.run([bench.program('bench_frame')], check=True, text=True,
                                        capture_output=True).stdout)
              for _ in range(bench.rounds)]
    return 'One frame in the process: parse, validate, dispatch, answer', [
        Row(method, '', median([r[method] for r in rounds]) / 1000, 0.8, 0.5, unit='µs')
        for method in rounds[0]]


def handshakes(bench):
    count = 500 if bench.is_quick else 2000
    with bench.gatewayd() as server:
        rounds = [bench.load('handshakes', server, count=count) for _ in range(bench.rounds)]
    cpu = median([r['cpu_us'] for r in rounds])
    return 'Handshakes with an Ed25519 device proof, per second on one core', [
        Row('handshakes', f'{cpu:.0f} µs CPU each', median([r['per_cpu_second'] for r in rounds]),
            3000, 6000, at_most=False, unit='/s')]


def crowd(bench):
    count = 9900
    seconds, growth, ours, raws = [], [], [], []
    for _ in range(bench.rounds):
        with bench.gatewayd() as server:
            one = bench.load('crowd', server, connections=count)
        with bench.raw() as server:
            raws.append(bench.load('crowd', server, connections=count))
        ours.append(one)
        seconds.append(one['seconds'])
        growth.append(one['last_tenth_over_first'])
    raw_seconds = median([r['seconds'] for r in raws])
    memory = median([o['rss_per_client'] for o in ours])
    raw_memory = median([r['rss_per_client'] for r in raws])
    return f'{count} clients connect and stay', [
        Row('until all hold hello-ok',
            f'{median([o["cpu_us"] for o in ours]):.0f} µs CPU each; raw {raw_seconds:.2f} s',
            median(seconds), 5, 2, unit='s'),
        Row('last tenth ÷ first tenth (linear: 1)', '', median(growth), 1.5, 1.2),
        Row('memory per idle client', f'raw {raw_memory:.0f} B', memory, 6144, 4096, unit='B')]


def fanout(bench):
    rows = []
    with all_servers(bench) as servers:
        for connections, events, goal, stretch in (
                (100, 400, 1.5, 1.2), (1000, 40, 1.3, 1.1), (10_000, 6, 1.3, 1.1)):
            medians, ratios = take_turns(bench, servers, lambda s: bench.load(
                'fanout', s, connections=connections,
                events=max(2, events // 4) if bench.is_quick else events))
            rows.append(Row(f'one event to {connections} clients',
                            f'{beside(medians)} CPU ({spread(ratios)})', median(ratios),
                            goal, stretch))
    return 'Fan-out: CPU per delivery, ÷ raw', rows


def metric(server, name):
    """One number of /metrics."""
    with dial(server.port) as sock:
        _, _, body = http(sock, 'GET', '/metrics', {'Authorization': f'Bearer {server.token}'})
    line = next(l for l in body.decode().splitlines() if l.startswith(name + ' '))
    return float(line.split()[1])


def sends(bench):
    """Core and worker share a processor, so that their CPU is what limits them."""
    rows = []
    with bench.gatewayd({'channels': {'echo': {'allowFrom': ['*']}}}) as server:
        wait_until(lambda: children_of(server.pid), 10, 'the echo worker')
        worker = children_of(server.pid)[0][0]
        for in_flight in (1, 64, 1000):
            rounds = []
            for _ in range(bench.rounds):
                commits = metric(server, 'gatewayd_store_commits_total')
                cpu = cpu_milliseconds(server.pid) + cpu_milliseconds(worker)
                one = bench.load('sends', server, milliseconds=bench.milliseconds() * 2,
                                 **{'in-flight': in_flight})
                cpu = cpu_milliseconds(server.pid) + cpu_milliseconds(worker) - cpu
                one['cpu_us'] = cpu * 1e3 / one['sends']
                one['commits'] = (metric(server, 'gatewayd_store_commits_total') -
                                  commits) / one['sends']
                rounds.append(one)
            of = {key: median([r[key] for r in rounds]) for key in rounds[0]}
            is_judged = in_flight == 64
            rows.append(Row(f'sends, {in_flight} in flight',
                            f'p50 {of["p50_us"] / 1e3:.1f} ms, p99 {of["p99_us"] / 1e3:.1f} ms',
                            of['per_second'], 5000, 20_000, at_most=False, unit='/s',
                            is_estimate=not is_judged))
            rows.append(Row('  CPU of core and worker', '', of['cpu_us'], 150, 60, unit='µs',
                            is_estimate=not is_judged))
            rows.append(Row('  commits per send', '', of['commits'], 2.5 if in_flight == 1 else 0.5,
                            2 if in_flight == 1 else 0.1))
    return 'Sends: accepted durably, delivered by a worker, answered', rows


def latency(bench):
    """10 000 requests a second, on an idle gateway and on one that sends as fast as its disk
    commits, in turn."""
    idle_p99, busy_p99, busy_sends = [], [], []
    time_ms = bench.milliseconds() * 3
    with bench.gatewayd({'channels': {'echo': {'allowFrom': ['*']}}}) as server, \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        wait_until(lambda: children_of(server.pid), 10, 'the echo worker')
        for _ in range(bench.rounds):
            idle_p99.append(bench.load('latency', server, milliseconds=time_ms)['p99_us'])
            others = pool.submit(bench.load, 'sends', server, milliseconds=int(time_ms * 1.5),
                                 **{'in-flight': 4})
            time.sleep(time_ms / 1e4)
            busy_p99.append(bench.load('latency', server, milliseconds=time_ms)['p99_us'])
            busy_sends.append(others.result()['per_second'])
    return '10 000 requests a second: p99 of the time to the answer', [
        Row('while messages are sent and committed',
            f'{median(busy_sends):,.0f} sends/s; {min(busy_p99):.0f}–{max(busy_p99):.0f} µs',
            median(busy_p99), 1000, 300, unit='µs'),
        Row('÷ the same on an idle gateway', f'idle {median(idle_p99):.0f} µs',
            median([b / i for b, i in zip(busy_p99, idle_p99)]), 4, 2)]


def inbound(bench):
    """From what a network says until a client has the chat event of its answer: kept on the disk,
    routed, answered by the built-in responder and kept again on the way."""
    rounds, port = [], free_port()
    config = {'session': {'dmScope': 'per-channel-peer'},
              'channels': {'echo': {'allowFrom': ['*'],
                                    'server': {'host': '127.0.0.1', 'port': port}}}}
    with bench.gatewayd(config) as server:
        for _ in range(bench.rounds):
            rounds.append(bench.load('inbound', server, network=port,
                                     milliseconds=bench.milliseconds() * 3))
    p50s, p99s = ([one[name] / 1e3 for one in rounds] for name in ('p50_us', 'p99_us'))
    return '500 inbound messages a second: from the network to the chat event of the answer', [
        Row('p50', f'{min(p50s):.2f}–{max(p50s):.2f} ms', median(p50s), 3, 1.5, unit='ms'),
        Row('p99', f'{min(p99s):.2f}–{max(p99s):.2f} ms', median(p99s), 15, 5, unit='ms')]


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def start(bench):
    rounds = []
    for _ in range(bench.rounds * 3):
        with Home() as home:
            port = free_port()
            command = ['/usr/bin/env', f'GATEWAYD_RUNTIME_DIR={home.runtime}',
                       bench.program('gatewayd'), '--config', home.config, '--state-dir',
                       home.state, '--port', port, '--token', TOKEN]
            rounds.append(bench.load('start', port=port, command=command)['ms'])
    return 'Start', [Row('exec → a client holds hello-ok, fresh state',
                         f'{min(rounds):.1f}–{max(rounds):.1f} ms', median(rounds), 40, 15,
                         unit='ms')]


def idle(bench):
    settle, watch = (3, 10) if bench.is_quick else (15, 60)
    with bench.gatewayd() as server:
        time.sleep(settle)
        rss, pss = memory_of(server.pid)
        before = cpu_milliseconds(server.pid)
        time.sleep(watch)
        used = (cpu_milliseconds(server.pid) - before) * 60 / watch
    return f'Standing still, no channels: {settle} s, then {watch} s', [
        Row('RSS', f'PSS {pss:.1f} MB', rss, 14, 9, unit='MB'),
        Row('CPU used in 60 s', '', used, 50, 10, unit='ms')]


def status(bench):
    with bench.gatewayd() as server:
        command = ['/usr/bin/env', f'GATEWAYD_RUNTIME_DIR={server.home.runtime}',
                   bench.program('gatewayctl'), 'status']
        rounds = [bench.load('command', command=command)['ms']
                  for _ in range(bench.rounds * 3)]
    return 'gatewayctl status', [Row('wall', f'{min(rounds):.1f}–{max(rounds):.1f} ms',
                                     median(rounds), 30, 10, unit='ms')]


def deaf(bench):
    """100 of 1 000 clients ask for large answers and read nothing; what that costs the core, and
    the others."""
    seconds = 10 if bench.is_quick else 60
    with bench.gatewayd() as server, contextlib.ExitStack() as stack:
        def p99():
            return bench.load('latency', server, connections=900, rate=5000,
                              milliseconds=bench.milliseconds() * 3)['p99_us']
        quiet = median([p99() for _ in range(3)])
        clients = [stack.enter_context(operator(server)) for _ in range(100)]
        before = memory_of(server.pid)[0]
        peak, p99s, begin = before, [], time.monotonic()
        while time.monotonic() - begin < seconds:
            for client in list(clients):
                client.sock.setblocking(False)
                try:
                    client.send_request('system-presence')
                except OSError:  # it was closed, or what it says is not read either
                    clients.remove(client)
            p99s.append(p99())
            peak = max(peak, memory_of(server.pid)[0])
    return f'100 of 1 000 clients stop reading and go on asking, for {seconds} s', [
        Row('growth of the core', f'{before:.1f} → {peak:.1f} MB', peak - before, 100, 50,
            unit='MB'),
        Row("the others' p99 ÷ before", f'{quiet:.0f} → {median(p99s):.0f} µs',
            median(p99s) / quiet, 1.5, 1.2)]


def echo_account(client, account='default'):
    accounts = client.call('channels.status')['channelAccounts']['echo']
    return next(a for a in accounts if a['accountId'] == account)


def round_trip(bench):
    """An order to a worker and its answer, over the socket that lies between two processes."""
    def rounds(*arguments):
        command = [bench.program('bench_round_trip'), bench.program('gatewayd-echo'), *arguments]
        return [json.loads(subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                                          stderr=subprocess.DEVNULL).stdout)['p50_us']
                for _ in range(bench.rounds)]
    busy, rested = rounds(), rounds('5')
    return 'From the core to a worker and back: an order and its answer', [
        Row('p50, one after the other', f'{min(busy):.0f}–{max(busy):.0f} µs', median(busy), 120,
            70, unit='µs'),
        Row('p50, one in 5 ms: both asleep before', f'{min(rested):.0f}–{max(rested):.0f} µs',
            median(rested), 120, 70, unit='µs')]


def recovery(bench):
    """kill -9 until messages pass again, beside starting the same program bare until it says
    Hello."""
    config = {'supervisor': {'restart': {'firstDelayMs': 0, 'maxDelayMs': 0, 'breakerCrashes': 0}},
              'channels': {'echo': {'allowFrom': ['*']}}}
    ready, bare = [], []
    with bench.gatewayd(config) as server, operator(server) as client:
        for _ in range(bench.rounds * 3):
            wait_until(lambda: echo_account(client)['connected'], 10, 'the echo worker')
            pid = echo_account(client)['pid']
            begin = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            while True:
                account = echo_account(client)
                if account['connected'] and account['pid'] != pid:
                    break
            ready.append((time.monotonic() - begin) * 1e3)
            bare.append(bare_start(bench) * 1e3)
    return 'kill -9 of a worker until it is ready again', [
        Row('ready', f'{min(ready):.1f}–{max(ready):.1f} ms', median(ready), 150, 40, unit='ms'),
        Row('÷ fork, exec and Hello alone', f'bare {median(bare):.1f} ms',
            median([r / b for r, b in zip(ready, bare)]), 20, 6)]


def bare_start(bench):
    """Seconds from fork until the echo worker has said Hello to nobody in particular."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = str(bench.program('gatewayd-echo'))
        null = os.open(os.devnull, os.O_WRONLY)
        begin = time.monotonic()
        # Descriptor 3 is the worker's end, as the core gives it.
        child = os.posix_spawn(program, [program], {}, file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 2), (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)])
        ours.recv(1)
        took = time.monotonic() - begin
        os.close(null)
    os.waitpid(child, 0)
    return took


def workers(bench):
    """What the fifth of five workers adds, and what five cost while nothing happens."""
    accounts = {f'a{i}': {'allowFrom': ['*']} for i in range(5)}
    added = []
    watch = 10 if bench.is_quick else 60
    for _ in range(3):
        with bench.gatewayd({'channels': {'echo': {'accounts': accounts}}}) as server, \
                operator(server) as client:
            def pids():
                return [pid for pid, _ in children_of(server.pid)]
            wait_until(lambda: len(pids()) == 5, 10, 'five workers')
            time.sleep(2)
            with_five = memory_of(server.pid)[1] + sum(memory_of(pid)[1] for pid in pids())
            client.call('channels.stop', {'channel': 'echo', 'accountId': 'a4'})
            wait_until(lambda: len(pids()) == 4, 10, 'four workers')
            time.sleep(1)
            with_four = memory_of(server.pid)[1] + sum(memory_of(pid)[1] for pid in pids())
            added.append(with_five - with_four)
    with bench.gatewayd({'channels': {'echo': {'accounts': accounts}}}) as server:
        wait_until(lambda: len(children_of(server.pid)) == 5, 10, 'five workers')
        time.sleep(3)
        everybody = [server.pid, *(pid for pid, _ in children_of(server.pid))]
        before = sum(map(cpu_milliseconds, everybody))
        time.sleep(watch)
        used = (sum(map(cpu_milliseconds, everybody)) - before) * 60 / watch
    return 'Five echo workers (not sandboxed yet)', [
        Row('PSS added by the fifth', f'{min(added):.2f}–{max(added):.2f} MB', median(added), 5,
            2.5, unit='MB'),
        Row('CPU used in 60 s by all of them and the core', '', used, 50, 10, unit='ms')]


BENCHES = {'start': start, 'idle': idle, 'status': status, 'requests': requests,
           'pipelined': pipelined, 'frame': frame, 'handshakes': handshakes, 'crowd': crowd,
           'fanout': fanout, 'latency': latency, 'deaf': deaf, 'sends': sends, 'inbound': inbound,
           'round-trip': round_trip, 'recovery': recovery, 'workers': workers,
           'channels': channels}
