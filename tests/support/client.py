# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A client of the gateway protocol, of either number, on support.websocket."""

import base64
import hashlib
import itertools
import json
import time

from support import ed25519
from support.websocket import WebSocket

ADMIN = ['operator.admin']


class CallFailed(Exception):
    """The gateway answered ok:false; error is its error object."""

    def __init__(self, method, error):
        super().__init__(f'{method}: {error}')
        self.error = error
        self.code, self.message = error.get('code'), error.get('message')


class Device:
    """A device's identity. Signs as clients of each generation do."""

    def __init__(self, seed=b'\x01' * 32):
        self.seed = seed
        self.raw = ed25519.public_key(seed)
        self.id = hashlib.sha256(self.raw).hexdigest()
        self.public_key = _base64url(self.raw)

    def proof(self, version, params, nonce, signed_at=None):
        """The device object for connect parameters that have everything else."""
        signed_at = int(time.time() * 1000) if signed_at is None else signed_at
        client = params['client']
        fields = [version, self.id, client['id'], client['mode'], params.get('role', 'operator'),
                  ','.join(params.get('scopes', [])), str(signed_at),
                  params.get('auth', {}).get('token', '')]
        if version != 'v1':
            fields.append(nonce)
        if version == 'v3':
            fields += [client['platform'].strip().lower(),
                       client.get('deviceFamily', '').strip().lower()]
        signature = ed25519.sign(self.seed, '|'.join(fields).encode())
        device = {'id': self.id, 'publicKey': self.public_key,
                  'signature': _base64url(signature), 'signedAt': signed_at}
        if version != 'v1':
            device['nonce'] = nonce
        return device


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def connect_params(token, protocol=4, *, client_id='cli', mode='cli', scopes=None, role='operator',
                   **more):
    params = {'minProtocol': protocol, 'maxProtocol': protocol,
              'client': {'id': client_id, 'version': '1.0', 'platform': 'linux', 'mode': mode},
              'role': role, 'scopes': ADMIN if scopes is None else scopes}
    if token is not None:
        params['auth'] = {'token': token}
    params.update(more)
    return params


class Client(WebSocket):
    """Connected and challenged by the constructor; connect() asks for the rest."""

    def __init__(self, port=None, **options):
        super().__init__(port, **options)
        self.events = []      # what came while something else was waited for
        self.answers = {}     # the same, by the id of the request
        self.frames = []      # everything that came
        self._ids = itertools.count(1)
        self.hello = None
        try:
            challenge = self.receive()
        except BaseException:
            self.sock.close()
            raise
        assert challenge['event'] == 'connect.challenge', challenge
        self.nonce = challenge['payload']['nonce']

    def receive(self, seconds=5):
        frame = json.loads(self.receive_text(seconds))
        self.frames.append(frame)
        return frame

    def send(self, frame):
        self.send_text(json.dumps(frame))

    def send_request(self, method, params=None):
        """The id of the request, for wait_answer()."""
        frame = {'type': 'req', 'id': f'r{next(self._ids)}', 'method': method}
        if params is not None:
            frame['params'] = params
        self.send(frame)
        return frame['id']

    def wait_answer(self, request_id, seconds=10):
        """The res frame. Events and other answers before it are kept."""
        deadline = time.monotonic() + seconds
        while request_id not in self.answers:
            frame = self.receive(deadline - time.monotonic())
            if frame['type'] == 'res':
                self.answers[frame['id']] = frame
            elif frame['type'] == 'event':
                self.events.append(frame)
        return self.answers.pop(request_id)

    def exchange(self, method, params=None, seconds=10):
        return self.wait_answer(self.send_request(method, params), seconds)

    def call(self, method, params=None, seconds=10):
        """The payload; CallFailed when it was refused."""
        frame = self.exchange(method, params, seconds)
        if not frame['ok']:
            raise CallFailed(method, frame['error'])
        return frame.get('payload')

    def connect(self, params):
        self.hello = self.call('connect', params)
        return self.hello

    def wait_event(self, name, predicate=lambda payload: True, seconds=10):
        """The payload of the first event, kept or coming, of that name that the predicate takes.
        Those before it are dropped."""
        deadline = time.monotonic() + seconds
        while True:
            frame = self.events.pop(0) if self.events else self.receive(deadline - time.monotonic())
            if frame['type'] == 'event' and frame['event'] == name and predicate(frame['payload']):
                return frame['payload']


def operator(gateway, protocol=4, **params):
    """A client of a running gateway that holds hello-ok."""
    client = Client(gateway.port)
    try:
        client.connect(connect_params(gateway.token, protocol, **params))
    except BaseException:
        client.sock.close()
        raise
    return client
