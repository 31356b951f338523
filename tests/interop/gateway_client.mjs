// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The reference client of protocol 4, unmodified: as an operator with a device of its own (which
// signs v3), as a back end on the same host, and as a probe.

import {createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign} from 'node:crypto';

import {GatewayClient} from '@openclaw/gateway-client';

import {assert, check, deadline, finish, gateway} from './cases.mjs';

const rawKey = pem => createPublicKey(pem).export({type: 'spki', format: 'der'}).subarray(-32);

function makeDevice() {
  const {publicKey, privateKey} = generateKeyPairSync('ed25519');
  const publicKeyPem = publicKey.export({type: 'spki', format: 'pem'});
  return {
    deviceId: createHash('sha256').update(rawKey(publicKeyPem)).digest('hex'),
    publicKeyPem,
    privateKeyPem: privateKey.export({type: 'pkcs8', format: 'pem'}),
  };
}

const hostDeps = {
  signDevicePayload: (privateKeyPem, payload) =>
      sign(null, Buffer.from(payload), createPrivateKey(privateKeyPem)).toString('base64url'),
  publicKeyRawBase64UrlFromPem: pem => rawKey(pem).toString('base64url'),
};

// A started client and its hello-ok.
async function connect(options) {
  const opened = Promise.withResolvers();
  const events = [];
  const closed = Promise.withResolvers();
  const gaps = [];
  const client = new GatewayClient({
    url: gateway.url,
    token: gateway.token,
    hostDeps,
    onHelloOk: hello => opened.resolve(hello),
    onConnectError: error => opened.reject(error),
    onEvent: event => events.push(event),
    onClose: (code, reason) => closed.resolve({code, reason}),
    onGap: gap => gaps.push(gap),
    ...options,
  });
  client.start();
  try {
    const hello = await deadline(opened.promise, 'hello-ok', 15);
    return {client, hello, events, gaps, closed: closed.promise};
  } catch (error) {
    client.stop();
    throw error;
  }
}

async function waitEvent(events, predicate, what) {
  const found = () => events.find(predicate);
  await deadline((async () => {
    while (!found()) await new Promise(resolve => setTimeout(resolve, 5));
  })(), what, 10);
  return found();
}

const operator = {
  clientName: 'openclaw-macos',
  mode: 'ui',
  role: 'operator',
  platform: 'macOS 15.1',
  deviceFamily: 'Mac',
  scopes: ['operator.admin', 'operator.approvals', 'operator.pairing'],
};

await check('operator: a device with a v3 signature connects with its scopes', async () => {
  const device = makeDevice();
  const {client, hello} = await connect({...operator, deviceIdentity: device});
  assert.equal(hello.protocol, 4);
  assert.equal(hello.auth.role, 'operator');
  assert.deepEqual(hello.auth.scopes, operator.scopes);
  const status = await client.request('status', {});
  assert.ok(status.sessions);
  const presence = await client.request('system-presence', {});
  assert.ok(presence.some(entry => entry.deviceId === device.deviceId));
  await client.stopAndWait();
});
await check('operator: a run is seen from its start to its end, without a gap', async () => {
  const {client, events, gaps} = await connect({...operator, deviceIdentity: makeDevice()});
  const started = await client.request('chat.send', {
    sessionKey: 'reference', message: 'hello reference', idempotencyKey: 'reference-1'});
  assert.equal(started.status, 'started');
  const final = await waitEvent(events, e => e.event === 'chat' && e.payload.state === 'final' &&
      e.payload.runId === 'reference-1', 'chat final');
  assert.equal(final.payload.sessionKey, 'agent:main:reference');
  const deltas = events.filter(e => e.event === 'chat' && e.payload.state === 'delta');
  assert.match(deltas.map(e => e.payload.deltaText).join(''), /hello reference/);
  const history = await client.request('chat.history', {sessionKey: 'reference'});
  assert.deepEqual(history.messages.map(m => m.role), ['user', 'assistant']);
  assert.deepEqual(gaps, []);
  await client.stopAndWait();
});
await check('operator: send is delivered by a worker', async () => {
  const {client} = await connect({...operator, deviceIdentity: makeDevice()});
  const sent = await client.request('send', {
    channel: 'echo', to: 'somebody', message: 'hello', idempotencyKey: 'reference-send'});
  assert.ok(sent.messageId);
  await client.stopAndWait();
});
await check('operator: least privilege is enforced and said', async () => {
  const {client} = await connect(
      {...operator, deviceIdentity: makeDevice(), scopes: ['operator.read']});
  await client.request('system-presence', {});
  const error = await client.request('system-event', {text: 'x'}).then(() => null, e => e);
  assert.equal(error.gatewayCode, 'FORBIDDEN');
  assert.equal(error.details.code, 'MISSING_SCOPE');
  await client.stopAndWait();
});
await check('operator: a wrong token is refused with a reason the client knows', async () => {
  const error = await connect({...operator, deviceIdentity: makeDevice(), token: 'wrong'})
      .then(() => null, e => e);
  assert.match(String(error?.message), /unauthorized: gateway token mismatch/);
});
await check('backend: this host’s own program needs no device', async () => {
  const {client, hello} = await connect({mode: 'backend', scopes: ['operator.admin'],
    deviceIdentity: null});
  assert.deepEqual(hello.auth.scopes, ['operator.admin']);
  const health = await client.request('health', {});
  assert.equal(health.ok, true);
  await client.request('system-event', {text: 'the back end was here'});
  await client.stopAndWait();
});
await check('probe: sees that the gateway lives, and no more', async () => {
  const {client, hello} = await connect({clientName: 'openclaw-probe', mode: 'probe',
    scopes: ['operator.read'], deviceIdentity: null, minProtocol: 3, maxProtocol: 4});
  assert.equal(hello.protocol, 4);
  assert.equal((await client.request('health', {})).ok, true);
  await assert.rejects(client.request('status', {}));
  await client.stopAndWait();
});
await check('node: connects, and sees no operator’s methods', async () => {
  const {client, hello} = await connect({clientName: 'node-host', mode: 'node', role: 'node',
    platform: 'linux', scopes: [], commands: ['system.run'], deviceIdentity: makeDevice()});
  assert.equal(hello.auth.role, 'node');
  assert.equal((await client.request('health', {})).ok, true);
  await assert.rejects(client.request('sessions.list', {}), /unauthorized role: node/);
  await client.stopAndWait();
});
finish();
