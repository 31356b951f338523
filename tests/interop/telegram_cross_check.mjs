// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Two Telegram doubles, asked the same: what the other one knows, ours answers with at least the same
// members of the same types. The other knows little, polls without waiting and counts in milliseconds,
// gives private chats a title and messages a token, and answers webhooks with an object where the Bot
// API has true: of those nothing is compared.

import {createServer} from 'node:net';
import {createRequire} from 'node:module';

import {assert, check, finish} from './cases.mjs';
import {TelegramDouble} from './telegram_double.mjs';

const TelegramServer = createRequire(import.meta.url)('telegram-test-api');

const TOKEN = '1000:a-token';
const ANN = 7;

const double = await TelegramDouble.start();
await double.do('bot', {token: TOKEN, username: 'gatebot'});
await double.do('user', {id: ANN, first_name: 'Ann', username: 'ann'});
const port = await new Promise(resolve => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const {port: free} = probe.address();
    probe.close(() => resolve(free));
  });
});
const other = new TelegramServer({port, host: '127.0.0.1'});
await other.start();
const person = other.getClient(TOKEN, {userId: ANN, chatId: ANN, firstName: 'Ann', userName: 'ann'});

async function ask(url, method, params = {}) {
  const answer = await fetch(`${url}/bot${TOKEN}/${method}`, {
    method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(params)});
  return answer.json();
}

// What there is of the one is in the other too.
function compare(theirs, ours, path) {
  assert.equal(typeof ours, typeof theirs, `${path} is ${typeof ours}, there ${typeof theirs}`);
  if (Array.isArray(theirs)) {
    assert.equal(ours.length, theirs.length, path);
    theirs.forEach((one, at) => compare(one, ours[at], `${path}[${at}]`));
  } else if (theirs !== null && typeof theirs === 'object') {
    for (const key of Object.keys(theirs)) {
      if (key === 'title' || key === 'botToken') continue;
      assert.ok(key in ours, `${path}.${key} is missing`);
      compare(theirs[key], ours[key], `${path}.${key}`);
    }
  }
}

async function both(method, params = {}) {
  const theirs = await ask(other.config.apiURL, method, params);
  const ours = await ask(double.url, method, params);
  compare(theirs, ours, method);
  return {theirs, ours};
}

await check('getMe', () => both('getMe'));
await check('getUpdates', async () => {
  await person.sendMessage(person.makeMessage('hello'));
  await double.do('says', {user: ANN, text: 'hello'});
  const {theirs, ours} = await both('getUpdates');
  assert.equal(ours.result[0].message.text, theirs.result[0].message.text);
  assert.equal(ours.result[0].message.chat.id, theirs.result[0].message.chat.id);
});
let sent;
await check('sendMessage', async () => {
  sent = {
    theirs: await ask(other.config.apiURL, 'sendMessage', {chat_id: ANN, text: 'one'}),
    ours: await ask(double.url, 'sendMessage', {chat_id: ANN, text: 'one'}),
  };
  assert.ok(sent.theirs.ok && sent.ours.ok);
});
await check('editMessageText and deleteMessage', async () => {
  for (const [url, answer] of [[other.config.apiURL, sent.theirs], [double.url, sent.ours]]) {
    const message_id = answer.result?.message_id ?? answer.result?.messageId ?? 2;
    const edited = await ask(url, 'editMessageText', {chat_id: ANN, message_id, text: 'two'});
    assert.equal(edited.ok, true, JSON.stringify(edited));
    const deleted = await ask(url, 'deleteMessage', {chat_id: ANN, message_id});
    assert.equal(deleted.ok, true, JSON.stringify(deleted));
  }
});
await check('setWebhook and deleteWebhook', async () => {
  for (const url of [other.config.apiURL, double.url]) {
    assert.equal((await ask(url, 'setWebhook', {url: 'http://127.0.0.1:9/hook'})).ok, true);
    assert.equal((await ask(url, 'deleteWebhook')).ok, true);
  }
});
await check('a method that there is not', async () => {
  for (const url of [other.config.apiURL, double.url]) {
    const answer = await fetch(`${url}/bot${TOKEN}/noSuchMethod`);
    assert.ok(answer.status >= 400, `${url}: ${answer.status}`);
  }
});

double.stop();
finish();
