// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// A third party's client, unmodified, in the version that speaks the given protocol number.
//
//   node openclaw_node.mjs 3|4

import {existsSync} from 'node:fs';
import {argv} from 'node:process';

import {assert, check, deadline, finish, gateway} from './cases.mjs';

const protocol = Number(argv[2]);
const {OpenClawClient} = await import(protocol === 3 ? 'openclaw-node' : 'openclaw-node-4');

process.removeAllListeners('warning');
const clientFor = options => new OpenClawClient({
  url: gateway.url,
  token: gateway.token,
  deviceIdentityPath: `${gateway.home}/device-${protocol}.json`,
  autoReconnect: false,
  ...options,
});
const client = clientFor({});
client.on('error', error => console.log(`      error event: ${error.message ?? error}`));
const events = [];
client.on('event', event => events.push(event));
let hello;
client.on('connected', payload => { hello = payload; });

await check('connect', async () => {
  await client.connect();
  assert.equal(client.isConnected, true);
  if (hello) assert.equal(hello.protocol, protocol);
  if (protocol === 4) assert.ok(client.hasMethod('agent'));
});
await check('the device identity was used', async () => {
  assert.ok(existsSync(`${gateway.home}/device-${protocol}.json`));
});
await check('health', async () => {
  const health = await client.health();
  assert.equal(health.ok, true);
});
await check('sessions.list', async () => {
  const list = await client.sessions.list();
  assert.ok(Array.isArray(list.sessions));
});
await check('chatSync', async () => {
  const answer = await client.chatSync(`hello from protocol ${protocol}`);
  assert.match(answer, new RegExp(`hello from protocol ${protocol}`));
});
await check('chat streams its text and ends', async () => {
  const kinds = [];
  let text = '';
  for await (const chunk of client.chat('stream this', {sessionKey: `stream-${protocol}`})) {
    kinds.push(chunk.type);
    if (chunk.type === 'text') text += chunk.text;
    assert.notEqual(chunk.type, 'error', chunk.text);
  }
  assert.match(text, /stream this/);
  assert.equal(kinds.at(-1), 'done');
});
await check('chat.history', async () => {
  const history = await client.sessions.history(`stream-${protocol}`);
  assert.deepEqual(history.messages.map(m => m.role), ['user', 'assistant']);
});
await check('sessions.list shows the conversation', async () => {
  const {sessions} = await client.sessions.list();
  assert.ok(sessions.some(s => s.key === `agent:main:stream-${protocol}`), JSON.stringify(sessions));
});
await check('channels.status', async () => {
  if (client.channels === undefined) return;
  const status = await client.channels.status();
  assert.ok(status.channelAccounts.echo.length > 0);
});
await check('an unknown method is refused and the connection stays', async () => {
  await assert.rejects(client.request('no.such.method', {}));
  assert.equal((await client.health()).ok, true);
});
await check('disconnect', async () => {
  await client.disconnect();
  assert.equal(client.isConnected, false);
});
await check('a wrong token is refused', async () => {
  const stranger = clientFor({token: 'wrong', deviceIdentityPath: `${gateway.home}/stranger.json`});
  stranger.on('error', () => {});
  const refused = new Promise(resolve => stranger.on('disconnected', resolve));
  stranger.connect().catch(() => {});
  await deadline(refused, 'the refusal', 10);
  assert.equal(stranger.isConnected, false);
});
finish();
