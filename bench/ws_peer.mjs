// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
//
// What a gateway on Node's ws costs: the same messages and answers as bench_raw_peer, as a careful
// JavaScript author would write them.
//
//   node ws_peer.mjs --payloads DIR --token SECRET [--port N]
//
// Prints {"port":N} when it listens. SIGTERM ends it.

import {randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';

import {WebSocketServer} from 'ws';

const {values: options} = parseArgs({
  options: {
    payloads: {type: 'string'},
    token: {type: 'string'},
    port: {type: 'string', default: '0'},
  },
});

const read = name => JSON.parse(readFileSync(`${options.payloads}/${name}.json`, 'utf8'));
const payloads = {
  hello: read('hello'),
  health: read('health'),
  presence: read('system-presence'),
  event: read('event'),
};
const knownKeys = new Set(['type', 'id', 'method', 'params']);
const ready = new Map();  // socket -> number of its last event

const ok = (id, payload) => JSON.stringify({type: 'res', id, ok: true, payload});
const failed = (id, message) =>
    JSON.stringify({type: 'res', id, ok: false, error: {code: 'INVALID_REQUEST', message}});

function parse(data) {
  const frame = JSON.parse(data.toString());
  const isRequest = frame.type === 'req' && typeof frame.id === 'string' && frame.id !== '' &&
      typeof frame.method === 'string' && Object.keys(frame).every(key => knownKeys.has(key));
  return isRequest ? frame : null;
}

function broadcast() {
  const {payload, stateVersion} = payloads.event;
  const text = JSON.stringify(payload);
  const version = JSON.stringify(stateVersion);
  for (const [socket, seq] of ready) {
    ready.set(socket, seq + 1);
    socket.send(`{"type":"event","event":"presence","payload":${text},"seq":${
        seq + 1},"stateVersion":${version}}`);
  }
}

const handlers = {
  health: id => ok(id, payloads.health),
  'system-presence': id => ok(id, payloads.presence),
  'system-event': id => {
    setImmediate(broadcast);
    return ok(id, {ok: true});
  },
};

function onMessage(socket, data) {
  const frame = parse(data);
  if (frame === null) return;
  if (ready.has(socket)) {
    const handle = Object.hasOwn(handlers, frame.method) ? handlers[frame.method] : null;
    socket.send(handle ? handle(frame.id) : failed(frame.id, `unknown method: ${frame.method}`));
  } else if (frame.method === 'connect' && frame.params?.auth?.token === options.token) {
    ready.set(socket, 0);
    socket.send(ok(frame.id, payloads.hello));
  } else {
    socket.close(1008, 'unauthorized');
  }
}

const server = new WebSocketServer(
    {host: '127.0.0.1', port: Number(options.port), backlog: 4096, perMessageDeflate: false});
server.on('connection', socket => {
  socket.on('message', data => onMessage(socket, data));
  socket.on('close', () => ready.delete(socket));
  socket.on('error', () => socket.terminate());
  socket.send(JSON.stringify({
    type: 'event',
    event: 'connect.challenge',
    payload: {nonce: randomUUID(), ts: Date.now()},
  }));
});
server.on('listening', () => console.log(JSON.stringify({port: server.address().port})));
