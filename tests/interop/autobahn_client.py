#!/usr/bin/env python3
# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""Debian's python3-autobahn, a strict and independent WebSocket client, against a running gateway
(GATEWAY_URL, GATEWAY_TOKEN). One line a case; exit code 1 when one failed."""

import asyncio
import json
import os
import sys
import traceback

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol

URL, TOKEN = os.environ['GATEWAY_URL'], os.environ['GATEWAY_TOKEN']
SECONDS = 20


class Client(WebSocketClientProtocol):
    """Keeps what comes in a queue: ('text', …), ('pong', …), ('close', code, reason)."""

    def __init__(self):
        super().__init__()
        self.incoming = asyncio.Queue()
        self.opened = asyncio.get_running_loop().create_future()

    def onOpen(self):
        self.opened.set_result(True)

    def onMessage(self, payload, isBinary):
        self.incoming.put_nowait(('binary' if isBinary else 'text', payload))

    def onPong(self, payload):
        self.incoming.put_nowait(('pong', payload))

    def onClose(self, wasClean, code, reason):
        self.incoming.put_nowait(('close', wasClean, self.remoteCloseCode, self.remoteCloseReason))
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f'refused: {reason}'))

    async def next(self, kind):
        while True:
            got = await asyncio.wait_for(self.incoming.get(), SECONDS)
            if got[0] == kind:
                return got[1:]
            if got[0] == 'close':
                raise ConnectionError(f'closed: {got[1:]}')

    async def answer(self, request_id):
        while True:
            frame = json.loads((await self.next('text'))[0])
            if frame['type'] == 'res' and frame['id'] == request_id:
                return frame


async def open_client():
    factory = WebSocketClientFactory(URL)
    factory.protocol = Client
    # As strict as it can be.
    factory.setProtocolOptions(failByDrop=False, utf8validateIncoming=True,
                               acceptMaskedServerFrames=False, maxFramePayloadSize=0,
                               autoPingInterval=0, openHandshakeTimeout=10)
    host, port = factory.host, factory.port
    _, client = await asyncio.get_running_loop().create_connection(factory, host, port)
    await asyncio.wait_for(client.opened, SECONDS)
    return client


def request(request_id, method, params=None):
    return json.dumps({'type': 'req', 'id': request_id, 'method': method,
                       'params': params or {}}).encode()


def connect_request(protocol=4):
    return request('connect', 'connect', {
        'minProtocol': protocol, 'maxProtocol': protocol,
        'client': {'id': 'cli', 'version': '1', 'platform': 'linux', 'mode': 'cli'},
        'role': 'operator', 'scopes': ['operator.admin'], 'auth': {'token': TOKEN}})


async def connected(protocol=4):
    client = await open_client()
    client.sendMessage(connect_request(protocol))
    assert (await client.answer('connect'))['ok']
    return client


async def case_handshake_and_request():
    for protocol in (3, 4):
        client = await connected(protocol)
        client.sendMessage(request('h', 'health'))
        assert (await client.answer('h'))['ok']
        client.sendClose()
        await client.next('close')


async def case_pings():
    client = await connected()
    for payload in (b'', b'x' * 125, b'\x00\xff'):
        client.sendPing(payload)
        assert (await client.next('pong'))[0] == payload


async def case_fragments_with_a_ping_between():
    client = await connected()
    text = request('pieces', 'health')
    client.beginMessage()
    for i in range(0, len(text), 7):
        client.beginMessageFrame(len(text[i:i + 7]))
        client.sendMessageFrameData(text[i:i + 7])
        if i == 7:
            client.sendPing(b'between')
    client.endMessage()
    assert (await client.answer('pieces'))['ok']


async def case_binary_frames():
    client = await open_client()
    client.sendMessage(connect_request(3), isBinary=True)
    assert (await client.answer('connect'))['ok']
    client.sendMessage(request('b', 'system-presence'), isBinary=True)
    assert (await client.answer('b'))['ok']


async def case_large_answers_arrive_whole():
    client = await connected()
    for i in range(20):
        params = {'text': 'ä' * 20_000, 'host': f'h{i}'}
        client.sendMessage(request(f'e{i}', 'system-event', params))
        await client.answer(f'e{i}')
    client.sendMessage(request('all', 'system-presence'))
    answer = await client.answer('all')
    assert len(json.dumps(answer, ensure_ascii=False)) > 400_000


async def case_too_large_closes_1009():
    client = await connected(3)
    client.sendMessage(request('big', 'health', {'pad': 'x' * 600_000}))
    _, code, reason = await client.next('close')
    assert (code, reason) == (1009, None) or (code, reason) == (1009, ''), (code, reason)


async def case_refused_handshake_closes_1008_with_its_reason():
    client = await open_client()
    client.sendMessage(request('1', 'health'))
    assert not (await client.answer('1'))['ok']
    clean, code, reason = await client.next('close')
    assert clean and code == 1008, (clean, code)
    assert reason == 'invalid handshake: first request must be connect', reason


async def case_close_codes_are_answered():
    for code in (1000, 3000, 4999):
        client = await connected()
        client.sendClose(code, 'bye')
        clean, answered, _ = await client.next('close')
        assert clean and answered == code, (clean, answered)


async def case_a_hundred_connections_at_once():
    clients = await asyncio.gather(*(connected() for _ in range(100)))
    for i, client in enumerate(clients):
        client.sendMessage(request(f'r{i}', 'health'))
    for i, client in enumerate(clients):
        assert (await client.answer(f'r{i}'))['ok']
        client.sendClose()


async def main():
    failed = 0
    for name, case in sorted(globals().items()):
        if not name.startswith('case_'):
            continue
        title = name.removeprefix('case_').replace('_', ' ')
        try:
            await asyncio.wait_for(case(), SECONDS)
            print(f'ok    {title}', flush=True)
        except Exception:  # noqa: BLE001 a failed case is a line, whatever it was
            failed += 1
            print(f'FAIL  {title}\n{traceback.format_exc()}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
