# SPDX-FileCopyrightText: The gatewayd authors
# SPDX-License-Identifier: MIT
"""The double's HTTP side: requests of every form, long polling, files, and calls that go wrong."""

import email.parser
import email.policy
import http.server
import json
import socket
import ssl
import threading
import time
import urllib.parse

from . import methods
from .faults import Faults
from .webhook import Webhooks
from .world import ApiError, World

MAX_POLL_SECONDS = 50
_LISTS = ('reply_parameters', 'reply_markup', 'entities', 'caption_entities', 'allowed_updates',
          'options', 'reaction', 'media', 'commands', 'link_preview_options')


class _HangUp(Exception):
    """The connection ends here, without an answer."""


class Server(World):
    """The Bot API on a free port of the loopback. certificate: (file, key file) for https. Nothing
    that exists is lost while it is down."""

    def __init__(self, port=0, certificate=None):
        super().__init__()
        self.faults = Faults()
        self._certificate = certificate
        self._http = None
        self._sockets = set()
        self.port = port
        self._webhooks = Webhooks(self)
        self.up()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def url(self):
        return f'{"https" if self._certificate else "http"}://127.0.0.1:{self.port}'

    def up(self):
        server = _Http(('127.0.0.1', self.port), _Handler)
        server.telegram = self
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            server.context = context
        self.port = server.server_address[1]
        self._http = server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def down(self):
        """Nobody listens any more, and every connection is cut."""
        server, self._http = self._http, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        with self.changed:
            for bot in self.bots.values():
                bot.poller += 1
            self.changed.notify_all()
            for one in list(self._sockets):
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self._webhooks.close()
        self.down()

    # One call

    def bot_of(self, token):
        bot = self.bots.get(token)
        if bot is None or bot.is_revoked:
            raise ApiError(401, 'Unauthorized')
        return bot

    def execute(self, token, method, params):
        with self.changed:
            bot = self.bot_of(token)
            if method.lower() == 'getupdates':
                return self._get_updates(bot, params)
            result = methods.call(self, bot, method, params)
            self.calls.append((method, params))
            self.changed.notify_all()
            return result

    def _get_updates(self, bot, params):
        if bot.webhook is not None:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use "
                                'deleteWebhook to delete the webhook first')
        if isinstance(params.get('allowed_updates'), list):
            bot.allowed = params['allowed_updates']
        offset = methods.integer(params, 'offset', 0)
        limit = methods.integer(params, 'limit', 100) or 100
        seconds = min(methods.integer(params, 'timeout', 0), MAX_POLL_SECONDS)
        bot.poller += 1
        mine = bot.poller
        self.changed.notify_all()
        deadline = time.monotonic() + seconds
        while True:
            found = self.pending(bot, offset)
            if offset < 0:
                offset = 0
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found[:min(max(limit, 1), 100)]
            self.changed.wait(left)
            if self._http is None:
                raise _HangUp()
            if bot.is_revoked:
                raise ApiError(401, 'Unauthorized')
            if bot.webhook is not None:
                raise ApiError(409, 'Conflict: terminated by setWebhook request')
            if bot.poller != mine:
                raise ApiError(409, 'Conflict: terminated by other getUpdates request; make sure that '
                                    'only one bot instance is running')

    def file(self, token, path):
        with self.changed:
            self.bot_of(token)
            for one in self.files.values():
                if one['path'] == path:
                    return one['data']
        raise ApiError(404, 'Not Found')


class _Http(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    telegram = None
    context = None

    def finish_request(self, request, client_address):
        if self.context is not None:
            request.settimeout(10)
            request = self.context.wrap_socket(request, server_side=True)
            request.settimeout(None)
        # pylint: disable=protected-access
        self.telegram._sockets.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            self.telegram._sockets.discard(request)

    def handle_error(self, request, client_address):
        """Clients come and go; what they leave behind is no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def do_GET(self):
        self._handle()

    def do_POST(self):
        self._handle()

    def _handle(self):
        telegram = self.server.telegram
        path = urllib.parse.urlsplit(self.path).path
        try:
            if path.startswith('/file/bot'):
                token, _, file_path = path[len('/file/bot'):].partition('/')
                return self._answer(200, telegram.file(urllib.parse.unquote(token), file_path),
                                    'application/octet-stream')
            if not path.startswith('/bot'):
                raise ApiError(404, 'Not Found')
            token, _, method = path[len('/bot'):].partition('/')
            params = self._params()
            return self._call(urllib.parse.unquote(token), method, params)
        except ApiError as error:
            return self._refuse(error)
        except _HangUp:
            self.close_connection = True
        return None

    def _call(self, token, method, params):
        telegram = self.server.telegram
        fault = telegram.faults.take(method)
        kind = fault.kind if fault else ''
        if kind == 'drop':
            raise _HangUp()
        if kind == 'silence':
            # Until the other side has had enough, or we go down.
            self.connection.recv(1)
            raise _HangUp()
        if kind == 'slow':
            time.sleep(fault.seconds)
        if kind == 'flood':
            raise ApiError(429, f'Too Many Requests: retry after {fault.retry_after}',
                           retry_after=fault.retry_after)
        if kind == 'error':
            raise ApiError(fault.status, fault.description)
        result = telegram.execute(token, method, params)
        if kind == 'lose_answer':
            raise _HangUp()
        if kind == 'garbage':
            return self._answer(200, b'{"ok":true,"result":', 'application/json')
        return self._answer_json(200, {'ok': True, 'result': result})

    # Parameters

    def _params(self):
        params = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query,
                                             keep_blank_values=True))
        body = self._body()
        kind = (self.headers.get('Content-Type') or '').partition(';')[0].strip().lower()
        if not body:
            pass
        elif kind == 'application/json':
            try:
                given = json.loads(body)
            except ValueError:
                raise ApiError(400, 'Bad Request: object expected as JSON body') from None
            if not isinstance(given, dict):
                raise ApiError(400, 'Bad Request: object expected as JSON body')
            return {**_decoded(params), **given}
        elif kind == 'application/x-www-form-urlencoded':
            params.update(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        elif kind == 'multipart/form-data':
            params.update(_multipart(self.headers['Content-Type'], body))
        return _decoded(params)

    def _body(self):
        if (self.headers.get('Transfer-Encoding') or '').lower() == 'chunked':
            return self._chunks()
        size = int(self.headers.get('Content-Length') or 0)
        return self.rfile.read(size)

    def _chunks(self):
        data = b''
        while True:
            size = int(self.rfile.readline().partition(b';')[0], 16)
            if size == 0:
                while self.rfile.readline().strip():
                    pass
                return data
            data += self.rfile.read(size)
            self.rfile.readline()

    # Answers

    def _refuse(self, error):
        answer = {'ok': False, 'error_code': error.code, 'description': error.description}
        if error.parameters:
            answer['parameters'] = error.parameters
        self._answer_json(error.code, answer)

    def _answer_json(self, status, value):
        self._answer(status, json.dumps(value).encode(), 'application/json')

    def _answer(self, status, body, kind):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _decoded(params):
    """In forms, what is no text is JSON."""
    for name in _LISTS:
        if isinstance(params.get(name), str):
            try:
                params[name] = json.loads(params[name])
            except ValueError:
                raise ApiError(400, f'Bad Request: can\'t parse {name} JSON object') from None
    return params


def _multipart(content_type, body):
    head = b'Content-Type: ' + content_type.encode() + b'\r\nMIME-Version: 1.0\r\n\r\n'
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise ApiError(400, 'Bad Request: malformed multipart body')
    params = {}
    for part in message.iter_parts():
        name = part.get_param('name', header='content-disposition')
        data = part.get_payload(decode=True)
        if part.get_filename() is not None:
            params[name] = methods.Upload(part.get_filename(), data, part.get_content_type())
        else:
            params[name] = data.decode('utf-8', 'replace')
    return params
