// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Shows that the Telegram double is right: two libraries that bots are written with, unmodified, work on
// it as they do on the real server.
//
//   node telegram_bots.mjs grammy|telegraf

import {createServer} from 'node:http';
import {argv} from 'node:process';

import {Bot, GrammyError, InlineKeyboard, InputFile, webhookCallback} from 'grammy';
import {Input, Telegraf, TelegramError} from 'telegraf';

import {assert, check, finish} from './cases.mjs';
import {TelegramDouble} from './telegram_double.mjs';

const TOKEN = '1000:a-token';
const ANN = 7;
const FORUM = -1001234567890;
const GROUP = -55;
const PIXEL = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');

// One face for both: how a bot is made, and what its API is called.
const LIBRARIES = {
  grammy: {
    make(url) {
      const bot = new Bot(TOKEN, {client: {apiRoot: url}});
      bot.catch(() => {});
      return {
        api: bot.api,
        on: (filter, handler) => bot.on(filter, handler),
        command: (name, handler) => bot.command(name, handler),
        pressed: handler => bot.on('callback_query:data', ctx => handler(ctx, ctx.callbackQuery.data)),
        start: ended => new Promise(resolve => {
          bot.start({onStart: resolve, allowed_updates: kUpdates}).catch(ended);
        }),
        stop: () => bot.stop(),
        webhook: secret => webhookCallback(bot, 'http', {secretToken: secret}),
      };
    },
    file: (data, name) => new InputFile(data, name),
    isError: error => error instanceof GrammyError,
    code: error => error.error_code,
    retryAfter: error => error.parameters.retry_after,
    keyboard: (text, data) => new InlineKeyboard().text(text, data),
    link: (file, url) => `${url}/file/bot${TOKEN}/${file.file_path}`,
    react: (api, chat, id, emoji) => api.setMessageReaction(chat, id, emoji ? [{type: 'emoji', emoji}] : []),
    edit: (api, chat, id, text) => api.editMessageText(chat, id, text),
    poll: (api, chat, question, options) =>
      api.sendPoll(chat, question, options.map(text => ({text})), {is_anonymous: false}),
    filters: {text: 'message:text', photo: 'message:photo', edited: 'edited_message:text',
              reaction: 'message_reaction'},
  },
  telegraf: {
    make(url) {
      const bot = new Telegraf(TOKEN, {telegram: {apiRoot: url}, handlerTimeout: 20_000});
      bot.catch(() => {});
      return {
        api: bot.telegram,
        on: (filter, handler) => bot.on(filter, handler),
        command: (name, handler) => bot.command(name, handler),
        pressed: handler => bot.on('callback_query', ctx => handler(ctx, ctx.callbackQuery.data)),
        start: ended => new Promise(resolve => {
          bot.launch({allowedUpdates: kUpdates}, resolve).catch(ended);
        }),
        stop: () => bot.stop(),
        webhook: secret => bot.webhookCallback('/hook', {secretToken: secret}),
      };
    },
    file: (data, name) => Input.fromBuffer(data, name),
    isError: error => error instanceof TelegramError,
    code: error => error.code,
    retryAfter: error => error.parameters.retry_after,
    keyboard: (text, data) => ({inline_keyboard: [[{text, callback_data: data}]]}),
    link: async (file, _, api) => String(await api.getFileLink(file.file_id)),
    react: (api, chat, id, emoji) => api.setMessageReaction(chat, id, emoji ? [{type: 'emoji', emoji}] : []),
    edit: (api, chat, id, text) => api.editMessageText(chat, id, undefined, text),
    poll: (api, chat, question, options) => api.sendPoll(chat, question, options, {is_anonymous: false}),
    filters: {text: 'text', photo: 'photo', edited: 'edited_message', reaction: 'message_reaction'},
  },
};
const kUpdates = ['message', 'edited_message', 'callback_query', 'message_reaction', 'poll_answer'];

const library = LIBRARIES[argv[2]];
const double = await TelegramDouble.start();
await double.do('bot', {token: TOKEN, username: 'gatebot'});
await double.do('user', {id: ANN, first_name: 'Ann', username: 'ann'});
await double.do('group', {id: GROUP, title: 'Group'});
await double.do('group', {id: FORUM, title: 'Forum', is_forum: true});
const says = (text, facts = {}) => double.do('says', {user: ANN, text, ...facts});

const bot = library.make(double.url);
const {api} = bot;
const seen = {photos: [], edits: [], reactions: [], presses: [], end: undefined};
bot.command('start', ctx => ctx.reply('welcome'));
bot.on(library.filters.photo, async ctx => {
  const photo = ctx.message.photo.at(-1);
  const link = await library.link(await api.getFile(photo.file_id), double.url, api);
  seen.photos.push(Buffer.from(await (await fetch(link)).arrayBuffer()));
  await ctx.reply('a photo');
});
bot.on(library.filters.text, ctx => ctx.reply(`you said ${ctx.message.text}`));
bot.on(library.filters.edited, ctx => { seen.edits.push(ctx.editedMessage.text); });
bot.on(library.filters.reaction, ctx => { seen.reactions.push(ctx.update.message_reaction.new_reaction); });
bot.pressed(async (ctx, data) => {
  seen.presses.push(data);
  await ctx.answerCallbackQuery?.('done') ?? await ctx.answerCbQuery?.('done');
});

async function until(find) {
  while (!find()) await new Promise(resolve => setTimeout(resolve, 10));
}

async function failure(call) {
  try {
    await call();
  } catch (error) {
    assert.ok(library.isError(error), `another kind of error: ${error}`);
    return error;
  }
  throw new Error('it was not refused');
}

await check('long polling: text is answered', async () => {
  await says('before anybody polls');
  await bot.start(error => { seen.end = error; });
  await double.waitSent(ANN, m => m.text === 'you said before anybody polls');
  await says('hello');
  await double.waitSent(ANN, m => m.text === 'you said hello');
});
await check('a command', async () => {
  await says('/start');
  await double.waitSent(ANN, m => m.text === 'welcome');
});
await check('a photo comes in and is fetched', async () => {
  await double.do('says', {user: ANN, photo: PIXEL.toString('base64'), text: 'look'});
  await double.waitSent(ANN, m => m.text === 'a photo');
  assert.deepEqual(seen.photos, [PIXEL]);
});
await check('in a group only what is meant for the bot', async () => {
  await says('among us', {chat: GROUP});
  await says('@gatebot and you?', {chat: GROUP});
  await double.waitSent(GROUP, m => m.text === 'you said @gatebot and you?');
  assert.equal((await double.do('sent', {chat: GROUP})).length, 1);
});
await check('an edited message', async () => {
  const message = await says('firts');
  await double.do('edits', {user: ANN, chat: ANN, message_id: message.message_id, text: 'first'});
  await until(() => seen.edits.includes('first'));
});
await check('a reaction', async () => {
  const message = await api.sendMessage(ANN, 'do you like it?');
  await double.do('reacts', {user: ANN, chat: ANN, message_id: message.message_id, emoji: ['👍']});
  await until(() => seen.reactions.length > 0);
  assert.deepEqual(seen.reactions[0], [{type: 'emoji', emoji: '👍'}]);
});
await check('a button', async () => {
  const message = await api.sendMessage(ANN, 'choose', {reply_markup: library.keyboard('Yes', 'yes')});
  assert.equal(message.reply_markup.inline_keyboard[0][0].callback_data, 'yes');
  const query = await double.do('presses', {user: ANN, chat: ANN, message_id: message.message_id,
                                            data: 'yes'});
  await until(() => seen.presses.includes('yes'));
  let answer;
  while (!(answer = await double.do('answered', {query})));
  assert.equal(answer.text, 'done');
});
await check('a second poller ends the first', async () => {
  const other = await fetch(`${double.url}/bot${TOKEN}/getUpdates?timeout=1`);
  assert.equal(other.status, 200);
  await until(() => seen.end);
  assert.equal(library.code(seen.end), 409);
});

await check('HTML', async () => {
  const message = await api.sendMessage(ANN, '<b>a😀</b> &lt;<a href="https://example.org">b</a>',
                                        {parse_mode: 'HTML'});
  assert.equal(message.text, 'a😀 <b');
  assert.deepEqual(message.entities,
                   [{type: 'bold', offset: 0, length: 3},
                    {type: 'text_link', offset: 5, length: 1, url: 'https://example.org'}]);
});
await check('files go out in every form', async () => {
  const photo = await api.sendPhoto(ANN, library.file(PIXEL, 'a.jpg'), {caption: 'look'});
  assert.equal(photo.caption, 'look');
  const again = await api.sendPhoto(ANN, photo.photo.at(-1).file_id);
  assert.equal(again.photo.at(-1).file_size, PIXEL.length);
  const document = await api.sendDocument(ANN, library.file(Buffer.from('hi'), 'a.txt'));
  assert.equal(document.document.file_name, 'a.txt');
  assert.ok((await api.sendVoice(ANN, library.file(Buffer.from('ogg'), 'a.ogg'))).voice);
  const album = await api.sendMediaGroup(ANN, [
    {type: 'photo', media: library.file(PIXEL, '1.jpg'), caption: 'one'},
    {type: 'photo', media: library.file(PIXEL, '2.jpg')}]);
  assert.equal(album.length, 2);
  assert.equal(album[0].media_group_id, album[1].media_group_id);
  assert.equal(album[0].caption, 'one');
});
await check('edit, react, delete', async () => {
  const message = await api.sendMessage(ANN, 'one');
  const edited = await library.edit(api, ANN, message.message_id, 'two');
  assert.equal(edited.text, 'two');
  assert.ok(edited.edit_date);
  const same = await failure(() => library.edit(api, ANN, message.message_id, 'two'));
  assert.match(same.description, /message is not modified/);
  assert.equal(await library.react(api, ANN, message.message_id, '🔥'), true);
  assert.equal(await library.react(api, ANN, message.message_id), true);
  assert.equal(await api.deleteMessage(ANN, message.message_id), true);
  assert.equal(library.code(await failure(() => api.deleteMessage(ANN, message.message_id))), 400);
});
await check('polls, topics, replies, actions', async () => {
  const poll = await library.poll(api, ANN, 'When?', ['Now', 'Later']);
  assert.deepEqual(poll.poll.options.map(one => one.text), ['Now', 'Later']);
  const said = await says('in a topic @gatebot', {chat: FORUM, thread: 5});
  assert.equal(said.message_thread_id, 5);
  const reply = await api.sendMessage(FORUM, 'here', {
    message_thread_id: 5, reply_parameters: {message_id: said.message_id}});
  assert.equal(reply.message_thread_id, 5);
  assert.equal(reply.reply_to_message.message_id, said.message_id);
  assert.equal(await api.sendChatAction(ANN, 'typing'), true);
});
await check('errors by their classes', async () => {
  assert.match((await failure(() => api.sendMessage(99, 'x'))).description, /chat not found/);
  const parse = await failure(() => api.sendMessage(ANN, '<b>x', {parse_mode: 'HTML'}));
  assert.equal(library.code(parse), 400);
  assert.match(parse.description, /can't parse entities/);
  assert.match((await failure(() => api.sendMessage(ANN, 'x'.repeat(4097)))).description, /too long/);
  await double.do('fault', {kind: 'flood', method: 'sendMessage', retry_after: 3});
  const flood = await failure(() => api.sendMessage(ANN, 'x'));
  assert.equal(library.code(flood), 429);
  assert.equal(library.retryAfter(flood), 3);
});
await check('a webhook, with its secret and repetition', async () => {
  const hook = library.make(double.url);
  let refusals = 2;
  hook.on(library.filters.text, ctx => ctx.reply(`by webhook ${ctx.message.text}`));
  const handle = hook.webhook('s3cret');
  if (hook.api.getMe && argv[2] === 'telegraf') await hook.api.getMe();
  const server = createServer((request, response) => {
    if (refusals-- > 0) return response.writeHead(500).end();
    return handle(request, response);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  await api.setWebhook(`http://127.0.0.1:${server.address().port}/hook`, {secret_token: 's3cret'});
  assert.ok((await api.getWebhookInfo()).url.endsWith('/hook'));
  const conflict = await fetch(`${double.url}/bot${TOKEN}/getUpdates`);
  assert.equal(conflict.status, 409);
  await says('pushed');
  await double.waitSent(ANN, m => m.text === 'by webhook pushed');
  assert.equal(await api.deleteWebhook(), true);
  server.closeAllConnections();
  server.close();
});
await check('a token that is revoked', async () => {
  await double.do('revoke', {token: TOKEN});
  assert.equal(library.code(await failure(() => api.getMe())), 401);
});

double.stop();
finish();
