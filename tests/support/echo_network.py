# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""A chat network for gatewayd-echo (the lines are in workers/echo/network.h). It outlives workers and
gateways and never forgets, so that a test can ask it what really arrived, and how often."""

import collections
import json
import socket
import threading


class EchoNetwork:
    """Serves any number of workers on a port of its own, in threads, until the with ends.

    takes_ids: what comes again under a client's id is the same message, as networks do that take
    such ids. Without, every arrival is a message.
    """

    def __init__(self, takes_ids=True):
        self.takes_ids = takes_ids
        self.answers = True                           # False: takes messages and says nothing
        self.arrivals = collections.Counter()         # of each text, also repeated ones
        self.messages = collections.Counter()         # of each text, as people would see them
        self.acknowledged = collections.Counter()     # of each event id
        self.sent = []                                # the body of each order, in order
        self.changes = []                             # the same of each change
        self.typing = []                              # and of each sign that somebody types
        self.refuses_changes = ''                     # why, for each change from now on
        self.connections = 0
        self._ids = {}                                # client id → our id
        self._newest = {}                             # text → our id of its last message
        self._last_id = 0
        self._events = []                             # bodies; the id of each is e<place>
        self._lock = threading.Lock()
        self._writers = set()
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()
        with self._lock:
            for connection in self._writers:
                connection.shutdown(socket.SHUT_RDWR)

    def server(self):
        """The setting that sends a worker here."""
        return {'host': '127.0.0.1', 'port': self.port}

    def say(self, sender, text, **more):
        """Something for the workers; kept and said again until it is acknowledged by a cursor. What
        more an event can say is in workers/echo/translate.h."""
        with self._lock:
            self._events.append(json.dumps({'from': sender, 'text': text, **more}))
            self._broadcast(self._event(len(self._events)))

    def say_once(self, sender, text):
        """The same without an id, never to be repeated. How many heard it."""
        with self._lock:
            return self._broadcast('EVENT - - ' + json.dumps({'from': sender, 'text': text}))

    def _event(self, place):
        return f'EVENT e{place} {place} {self._events[place - 1]}'

    def _broadcast(self, line):
        return sum(self._write(writer, line) for writer in list(self._writers))

    @staticmethod
    def _write(connection, *lines):
        try:
            connection.sendall(''.join(line + '\n' for line in lines).encode())
            return True
        except OSError:
            return False  # the worker is gone; the next one resumes

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection, connection.makefile(encoding='utf-8', newline='\n') as lines:
                for line in lines:
                    # Half a line is what a killed worker leaves: it was not sent.
                    if line.endswith('\n'):
                        self._on_line(connection, line[:-1])
        except OSError:
            pass
        finally:
            with self._lock:
                self._writers.discard(connection)

    def _on_line(self, connection, line):
        verb, _, rest = line.partition(' ')
        with self._lock:
            if verb == 'RESUME':
                first = 0 if rest == '-' else int(rest)
                self._writers.add(connection)
                self._write(connection,
                            *(self._event(i + 1) for i in range(first, len(self._events))))
            elif verb == 'ACK':
                self.acknowledged[rest] += 1
            elif verb == 'SEND':
                self._on_send(connection, *rest.split(' ', 2))
            elif verb == 'CHANGE':
                ref, body = rest.split(' ', 1)
                self.changes.append(json.loads(body))
                self._write(connection, f'CHANGED {ref} 0 {self.refuses_changes}')
            elif verb == 'TYPING':
                self.typing.append(json.loads(rest))
            elif verb == 'FIND':
                self._on_find(connection, *rest.split(' ', 2))

    def _on_send(self, connection, ref, client_id, body):
        self.sent.append(json.loads(body))
        text = self.sent[-1]['text']
        self.arrivals[text] += 1
        ours = self._ids.get(client_id)
        if ours is None:
            self.messages[text] += 1
            self._last_id += 1
            ours = f'm{self._last_id}'
            self._newest[text] = ours
            if self.takes_ids and client_id != '-':
                self._ids[client_id] = ours
        if self.answers:
            self._write(connection, f'SENT {ref} {ours}')

    def _on_find(self, connection, ref, client_id, body):
        found = (self._ids.get(client_id) if self.takes_ids
                 else self._newest.get(json.loads(body)['text']))
        self._write(connection, f'FOUND {ref} {found}' if found else f'ABSENT {ref}')
