// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Every kind of frame the gateway sends at protocol 4, held against the published schema. Keys that
// the schema does not know are counted and listed, and are no failure: clients of the field ignore
// them, and the peers' own frames have some.
//
// Says "stop the gateway" at the end, since the last frame is the one about that.

import {readFileSync} from 'node:fs';

import Ajv from 'ajv';

import {assert, check, deadline, finish, gateway} from './cases.mjs';

const file = new URL('node_modules/@openclaw/gateway-protocol/protocol.schema.json', import.meta.url);
const published = JSON.parse(readFileSync(file, 'utf8')).definitions;

// The same schema with room for more keys.
function open(schema) {
  if (Array.isArray(schema)) return schema.map(open);
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(Object.entries(schema)
      .filter(([key, value]) => !(key === 'additionalProperties' && value === false))
      .map(([key, value]) => [key, open(value)]));
}

const makeAjv = definitions => {
  const ajv = new Ajv({allErrors: true, strict: false});
  ajv.addSchema({$id: 'protocol', definitions});
  return ajv;
};
const lenient = makeAjv(open(published));
const strict = makeAjv(published);

const unknownKeys = new Map();  // "definition at path: key" -> times
const checked = new Map();      // definition -> times
const wrong = [];

function hold(value, name) {
  const judge = lenient.getSchema(`protocol#/definitions/${name}`);
  assert.ok(judge, `the schema has no ${name}`);
  checked.set(name, (checked.get(name) ?? 0) + 1);
  if (!judge(value)) {
    wrong.push(`${name}: ${lenient.errorsText(judge.errors)} in ${JSON.stringify(value).slice(0, 500)}`);
  }
  const exact = strict.getSchema(`protocol#/definitions/${name}`);
  if (exact(value)) return;
  for (const error of exact.errors.filter(e => e.keyword === 'additionalProperties')) {
    const path = error.instancePath.replaceAll(/\/\d+/g, '/*');
    const key = `${name}${path}: ${error.params.additionalProperty}`;
    unknownKeys.set(key, (unknownKeys.get(key) ?? 0) + 1);
  }
}

const eventSchemas = {
  agent: 'AgentEvent', chat: 'ChatEvent', shutdown: 'ShutdownEvent', tick: 'TickEvent',
};
const resultSchemas = {
  'channels.status': 'ChannelsStatusResult', connect: 'HelloOk', 'logs.tail': 'LogsTailResult',
};

class Client {
  #next = 1;
  #waiting = new Map();
  events = [];

  constructor() {
    this.socket = new WebSocket(gateway.url);
    this.closed = new Promise(resolve => {
      this.socket.onclose = ({code, reason}) => resolve({code, reason});
    });
    this.socket.onmessage = ({data}) => this.#onFrame(JSON.parse(data));
  }

  #onFrame(frame) {
    hold(frame, 'GatewayFrame');
    if (frame.type === 'event') {
      hold(frame, 'EventFrame');
      const schema = eventSchemas[frame.event];
      if (schema) hold(frame.payload, schema);
      if (frame.event === 'presence') frame.payload.presence.forEach(e => hold(e, 'PresenceEntry'));
      this.events.push(frame);
      return;
    }
    hold(frame, 'ResponseFrame');
    if (!frame.ok) hold(frame.error, 'ErrorShape');
    const {method, resolve} = this.#waiting.get(frame.id) ?? {};
    if (frame.ok && resultSchemas[method]) hold(frame.payload, resultSchemas[method]);
    resolve?.(frame);
  }

  request(method, params = {}) {
    const id = `${this.#next++}`;
    this.socket.send(JSON.stringify({type: 'req', id, method, params}));
    return this.answer(id, method);
  }

  answer(id, method) {
    return deadline(new Promise(resolve => this.#waiting.set(id, {method, resolve})), method);
  }

  event(name, predicate = () => true, seconds = 10) {
    const find = () => this.events.find(e => e.event === name && predicate(e.payload));
    return deadline((async () => {
      while (!find()) await new Promise(resolve => setTimeout(resolve, 5));
      return find();
    })(), name, seconds);
  }

  async connect(params = {}) {
    await this.event('connect.challenge');
    return this.request('connect', {
      minProtocol: 4, maxProtocol: 4, role: 'operator', scopes: ['operator.admin'],
      client: {id: 'cli', version: '1', platform: 'linux', mode: 'cli'},
      auth: {token: gateway.token}, ...params,
    });
  }
}

const client = new Client();
let methods = [];
await check('hello-ok', async () => {
  const hello = await client.connect();
  assert.equal(hello.payload.protocol, 4);
  methods = hello.payload.features.methods;
});
await check('refusals', async () => {
  for (const params of [
    {minProtocol: 9, maxProtocol: 9}, {auth: {token: 'wrong'}}, {auth: undefined}, {role: 'king'},
    {nobody: 'knows'}, {client: {id: 'cli', version: '1', platform: 'linux', mode: 'no'}},
  ]) {
    const stranger = new Client();
    assert.equal((await stranger.connect(params)).ok, false);
    await deadline(stranger.closed, 'the close');
  }
});
await check('a run: agent and chat events', async () => {
  const started = await client.request(
      'chat.send', {sessionKey: 'main', message: 'hello', idempotencyKey: 'frames-1'});
  assert.equal(started.ok, true);
  await client.event('chat', p => p.state === 'final');
  const ran = await client.request('agent', {message: 'hello', idempotencyKey: 'frames-2'});
  assert.equal(ran.payload.status, 'accepted');
  await client.event('agent', p => p.runId === 'frames-2' && p.data.phase === 'end');
  await client.request('agent.wait', {runId: 'frames-2'});
});
await check('a message through a worker, and one from it', async () => {
  const send = {channel: 'echo', message: 'hello'};
  const sent = await client.request('send', {...send, to: 'x', idempotencyKey: 'frames-3'});
  assert.equal(sent.ok, true, JSON.stringify(sent));
  await client.request('send', {...send, to: 'inject:ann', idempotencyKey: 'frames-4'});
});
await check('presence and health events', async () => {
  await client.request('system-event', {text: 'Node: somebody (10.0.0.1) · app 1.2.3 · mode local'});
  await client.event('presence');
  await client.request('health', {probe: true});
  await client.event('health');
});
await check('every method, well and badly asked', async () => {
  const stopped = new Set(['channels.stop']);
  for (const method of methods) {
    if (!stopped.has(method)) await client.request(method, {});
    await client.request(method, {nobody: 'knows this'});
    await client.request(method, {channel: 'echo', sessionKey: 'main'});
  }
  await client.request('channels.start', {channel: 'echo'});
  await client.request('no.such.method');
  await client.request('connect');
});
await check('frames that are no requests', async () => {
  client.socket.send('{"type":"req","id":"broken"}');
  assert.equal((await client.answer('broken', 'broken')).ok, false);
  client.socket.send('null');
  await client.answer('invalid', 'invalid');
});
await check('missing scopes', async () => {
  const poor = new Client();
  await poor.connect({scopes: ['operator.read']});
  const answer = await poor.request('system-event', {text: 'x'});
  assert.equal(answer.error.code, 'FORBIDDEN');
  hold(answer.error.details, 'MissingScopeErrorDetails');
  poor.socket.close();
});
await check('tick', async () => { await client.event('tick', () => true, 35); }, 40);
await check('shutdown', async () => {
  console.log('stop the gateway');
  await client.event('shutdown');
  const {code, reason} = await deadline(client.closed, 'the close');
  assert.deepEqual([code, reason], [1012, 'service restart']);
});
await check('all of it is as published', async () => {
  assert.equal(wrong.length, 0, `${wrong.length} wrong:\n${wrong.slice(0, 20).join('\n')}`);
});
const total = [...checked.values()].reduce((a, b) => a + b, 0);
console.log(`      ${total} judged: ${[...checked].map(([k, v]) => `${k} ${v}`).join(', ')}`);
console.log(`      ${unknownKeys.size} keys the schema does not know`);
for (const [key, times] of unknownKeys) console.log(`        ${key} (${times})`);
finish();
