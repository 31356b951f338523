// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Whatever the published protocol 4 schema lets a client send, ours accepts too.

import {readFileSync} from 'node:fs';

import {Contract} from './contract.mjs';
import {Maker, randomSource, write} from './values.mjs';

const kValuesPerSchema = 1000;

const file = new URL('node_modules/@openclaw/gateway-protocol/protocol.schema.json', import.meta.url);
const published = JSON.parse(readFileSync(file, 'utf8')).definitions;
const contract = new Contract();
const maker = new Maker(randomSource(1), ref => ({schema: published[ref.split('/').at(-1)]}));

let compared = 0;
let refused = 0;
for (const [name] of contract.definitions) {
  if (!name.endsWith('Params') && name !== 'RequestFrame') continue;
  if (!published[name]) continue;  // our own methods, and those without a schema there
  ++compared;
  const explain = contract.explainer(name);
  for (let i = 0; i < kValuesPerSchema; ++i) {
    const text = write(maker.make(published[name]));
    const wrong = explain(JSON.parse(text));
    if (!wrong) continue;
    if (++refused <= 10) console.error(`${name} ${text.slice(0, 2000)}\n  ${wrong}`);
  }
}
console.log(`${compared} schemas, ${kValuesPerSchema} values each: ${refused} refused`);
process.exit(refused === 0 && compared > 10 ? 0 : 1);
