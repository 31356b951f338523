# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A WebSocket client (RFC 6455) on sockets alone, so that a test can send what no library would."""

import base64
import hashlib
import os
import socket
import struct
import time

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'


class Refused(Exception):
    """The upgrade was answered with something else."""

    def __init__(self, status, head, body):
        super().__init__(f'HTTP {status}: {body!r}')
        self.status, self.head, self.body = status, head, body


class Closed(Exception):
    """The peer closed; 1006 when it did so without a close frame."""

    def __init__(self, code, reason):
        super().__init__(f'{code} {reason}')
        self.code, self.reason = code, reason


def dial(port=None, path=None, seconds=5):
    """A connected socket to a TCP port of this host, or to a Unix socket's path."""
    if path is not None:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(seconds)
        sock.connect(str(path))
        return sock
    return socket.create_connection(('127.0.0.1', port), seconds)


def http(sock, method, target, headers=None, body=b''):
    """One HTTP exchange: status, head, and as much of the body as Content-Length says."""
    all_headers = {'Host': '127.0.0.1'}
    all_headers.update(headers or {})
    lines = [f'{method} {target} HTTP/1.1']
    lines += [f'{name}: {value}' for name, value in all_headers.items()]
    sock.sendall('\r\n'.join(lines).encode() + b'\r\n\r\n' + body)
    data = b''
    while b'\r\n\r\n' not in data:
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionError(f'no HTTP answer, only {data!r}')
        data += piece
    head, rest = data.split(b'\r\n\r\n', 1)
    head = head.decode('latin-1')
    length = 0
    for line in head.split('\r\n')[1:]:
        name, _, value = line.partition(':')
        if name.lower() == 'content-length':
            length = int(value)
    while len(rest) < length:
        piece = sock.recv(65536)
        if not piece:
            break
        rest += piece
    return int(head.split(' ', 2)[1]), head, rest


class WebSocket:
    def __init__(self, port=None, *, path=None, target='/', headers=None, seconds=5):
        self.sock = dial(port, path, seconds)
        self.data = b''
        key = base64.b64encode(os.urandom(16)).decode()
        all_headers = {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Key': key,
                       'Sec-WebSocket-Version': '13'}
        all_headers.update(headers or {})
        try:
            status, head, rest = http(self.sock, 'GET', target, all_headers)
            if status != 101:
                raise Refused(status, head, rest)
            expected = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
            if f'sec-websocket-accept: {expected.lower()}' not in head.lower():
                raise ConnectionError(f'wrong Sec-WebSocket-Accept in {head!r}')
        except BaseException:
            self.sock.close()
            raise
        self.head = head
        self.data = rest

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    # Out

    def send_frame(self, opcode, payload=b'', *, fin=True, masked=True, rsv=0, length=None):
        """length lies about the payload's length in the header."""
        size = len(payload) if length is None else length
        first = (0x80 if fin else 0) | rsv << 4 | opcode
        bit = 0x80 if masked else 0
        if size < 126:
            head = struct.pack('!BB', first, bit | size)
        elif size < 65536:
            head = struct.pack('!BBH', first, bit | 126, size)
        else:
            head = struct.pack('!BBQ', first, bit | 127, size)
        if masked:
            mask = os.urandom(4)
            head += mask
            whole = int.from_bytes(payload, 'big')
            repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
            payload = (whole ^ int.from_bytes(repeated, 'big')).to_bytes(len(payload), 'big')
        self.sock.sendall(head + payload)

    def send_text(self, text):
        self.send_frame(TEXT, text.encode())

    def send_close(self, code=1000, reason=''):
        self.send_frame(CLOSE, struct.pack('!H', code) + reason.encode())

    # In

    def _need(self, size, deadline):
        while len(self.data) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError('nothing came in time')
            self.sock.settimeout(left)
            try:
                piece = self.sock.recv(1 << 16)
            except ConnectionResetError:
                piece = b''
            if not piece:
                raise Closed(1006, 'no close frame')
            self.data += piece

    def receive_frame(self, seconds=5):
        """(opcode, payload); a server's frame must be whole and unmasked."""
        deadline = time.monotonic() + seconds
        self._need(2, deadline)
        first, second = self.data[0], self.data[1]
        assert second & 0x80 == 0, 'a server must not mask'
        assert first & 0x70 == 0, 'no extension was agreed on'
        assert first & 0x80, 'the gateway sends no fragments'
        size, at = second & 0x7f, 2
        if size == 126:
            self._need(4, deadline)
            size, at = struct.unpack('!H', self.data[2:4])[0], 4
        elif size == 127:
            self._need(10, deadline)
            size, at = struct.unpack('!Q', self.data[2:10])[0], 10
        self._need(at + size, deadline)
        payload = self.data[at:at + size]
        self.data = self.data[at + size:]
        return first & 0x0f, payload

    def receive_text(self, seconds=5):
        """The next text message. Pings are answered; a close is raised as Closed."""
        deadline = time.monotonic() + seconds
        while True:
            opcode, payload = self.receive_frame(deadline - time.monotonic())
            if opcode == TEXT:
                return payload.decode()
            if opcode == PING:
                self.send_frame(PONG, payload)
            elif opcode == CLOSE:
                code = struct.unpack('!H', payload[:2])[0] if len(payload) >= 2 else 1005
                try:
                    self.send_frame(CLOSE, payload[:2])
                except OSError:
                    pass
                raise Closed(code, payload[2:].decode())
            else:
                raise AssertionError(f'unexpected frame of opcode {opcode}')

    def wait_closed(self, seconds=5):
        """The Closed that ends the connection; messages before it are passed over."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.receive_text(deadline - time.monotonic())
        except Closed as closed:
            return closed
