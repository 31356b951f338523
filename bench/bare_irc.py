# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""People on IRC who are nothing but a socket, and what bare connections can do through a server."""

import itertools
import selectors
import socket
import time

_numbers = itertools.count(1)
_PATIENCE = 20


class Bare:
    """Registered when the constructor returns. Nobody had the nick before, unless one is given."""

    def __init__(self, server, nick=None):
        self.nick = nick or f'p{next(_numbers)}'
        self.sock = socket.create_connection(('127.0.0.1', server.port), _PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._data = b''
        self.sock.sendall(f'NICK {self.nick}\r\nUSER bare 0 * :bare\r\n'.encode())
        while not any(line.split(' ')[1] in ('376', '422') for line in self.lines()):
            pass  # until the message of the day has ended

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Returns when the server has let go of the nick."""
        self.sock.sendall(b'QUIT\r\n')
        while self.sock.recv(1 << 16):
            pass
        self.sock.close()

    def lines(self):
        """What has come, at least a piece of a line; whole lines only."""
        piece = self.sock.recv(1 << 16)
        if not piece:
            raise ConnectionError(f'the server has closed the connection of {self.nick}')
        *whole, self._data = (self._data + piece).split(b'\r\n')
        return [line.decode() for line in whole]

    def heard(self):
        """(nick, text) of the messages among the lines that have come."""
        split = (line.split(' ', 3) for line in self.lines())
        return [(parts[0][1:].partition('!')[0], parts[3][1:])
                for parts in split if parts[1] == 'PRIVMSG']

    def say(self, to, text):
        self.sock.sendall(message(to, text))


def message(to, text):
    return f'PRIVMSG {to} :{text}\r\n'.encode()


class Crowd:
    """Many at once."""

    def __init__(self, server, nicks):
        self.people = [Bare(server, nick) for nick in nicks]
        self._selector = selectors.DefaultSelector()
        for one in self.people:
            self._selector.register(one.sock, selectors.EVENT_READ, one)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._selector.close()
        for one in self.people:
            one.__exit__()

    def listen(self, seconds=_PATIENCE):
        """How many messages have come to them."""
        return sum(len(key.data.heard()) for key, _ in self._selector.select(seconds))

    def said_by(self, speaker, in_flight, seconds):
        """Messages a second from one connection to all of these, so many on the way."""
        texts = itertools.cycle(message(one.nick, TEXT) for one in self.people)
        begin, came, said = time.perf_counter(), 0, in_flight
        speaker.sock.sendall(b''.join(itertools.islice(texts, in_flight)))
        while came < said:
            news = self.listen()
            came += news
            if time.perf_counter() - begin < seconds:
                said += news
                speaker.sock.sendall(b''.join(itertools.islice(texts, news)))
        return came / (time.perf_counter() - begin)

    def talk(self, to, each, bot=None):
        """Everybody says so many lines, the next one when the one before was answered. Messages a
        second until all were. bot: answers as the built-in responder does; without it to is
        somebody who does."""
        if bot is not None:
            self._selector.register(bot.sock, selectors.EVENT_READ, bot)
        left = {one: each for one in self.people}
        begin = time.perf_counter()
        for one in self.people:
            one.say(to, TEXT)
        while left:
            ready = self._selector.select(_PATIENCE)
            if not ready:
                raise TimeoutError(f'{len(left)} people wait for an answer in vain')
            for key, _ in ready:
                one, heard = key.data, key.data.heard()
                if one is bot:
                    bot.sock.sendall(b''.join(message(nick, ANSWER + text) for nick, text in heard))
                    continue
                for _, text in heard:
                    if text != ANSWER + TEXT:
                        raise ValueError(f'a wrong answer: {text}')
                    left[one] -= 1
                    if left[one] > 0:
                        one.say(to, TEXT)
                    else:
                        del left[one]
        took = time.perf_counter() - begin
        if bot is not None:
            self._selector.unregister(bot.sock)
        return len(self.people) * each / took


TEXT = 'The quick brown fox jumps over the lazy dog, again and again.'
ANSWER = "No model is configured, so this is gatewayd's built-in responder. You said: "
