// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Our generated validators and an independent one judge the same thousands of broken values from
// the same schemas, and must say the same: accepted or not, in the same words.
//
//   node schema_diff.mjs PATH-OF-schema_verdicts [SEED]

import {spawnSync} from 'node:child_process';

import {Contract} from './contract.mjs';
import {Maker, Members, Raw, randomSource, write} from './values.mjs';

const kMutantsPerSchema = 5000;
const kMaxExplanation = 4096;  // bytes; ours are cut behind them
const [program, seedText = '1'] = process.argv.slice(2);

const contract = new Contract();
const random = randomSource(Number(seedText));
const maker = new Maker(random, (ref, file) => contract.resolve(ref, file));
const pick = list => maker.pick(list);

// Fresh ones each time, since mutation may go on inside them.
const stranger = () => pick([
  null, true, false, 0, 1, -1, 0.5, 1001, 500001,
  '', 'x', 'req', 'auto', 'cli', '\u{1F600}'.repeat(3), 'y'.repeat(65), 'é'.repeat(101),
  'z'.repeat(513), '\u{1F600}'.repeat(512),
  [], [null], ['', 'x', 5], new Members([]), new Members([['a', 1]]),
  new Raw('3.0'), new Raw('-0'), new Raw('1e2'), new Raw('1E-7'), new Raw('9007199254740993'),
  new Raw('18446744073709551615'), new Raw('-9223372036854775809'), new Raw('1e300'),
]);
const strangeNames = [
  'foo', 'bar', '', 'a/b', '~', "it's", '__proto__', 'constructor', 'toString', 'é', 'Type', 'x"y',
  'a\nb',
];

function places(value, found = []) {
  if (value instanceof Members) {
    found.push(value);
    for (const [, below] of value.pairs) places(below, found);
  } else if (Array.isArray(value)) {
    found.push(value);
    for (const below of value) places(below, found);
  }
  return found;
}

function mutateMembers(members) {
  const {pairs} = members;
  const at = random(pairs.length || 1);
  switch (random(6)) {
    case 0: pairs.splice(at, 1); break;
    case 1: pairs.splice(at, 0, [pick(strangeNames), stranger()]); break;
    case 2: if (pairs.length) pairs[at] = [pairs[at][0], stranger()]; break;
    case 3: if (pairs.length) pairs.push([pairs[at][0], stranger()]); break;
    case 4: if (pairs.length) pairs.unshift([pairs[at][0], stranger()]); break;
    case 5: pairs.reverse(); break;
  }
}

function mutate(value) {
  const found = places(value);
  if (found.length === 0 || random(40) === 0) return stranger();
  const place = pick(found);
  if (place instanceof Members) {
    mutateMembers(place);
  } else {
    place.splice(random(place.length + 1), random(2), stranger());
  }
  return value;
}

const cases = [];
for (const [name, {file, schema}] of contract.definitions) {
  if (!name.endsWith('Params') && name !== 'RequestFrame') continue;
  const explain = contract.explainer(name);
  for (let i = 0; i < kMutantsPerSchema; ++i) {
    let value = maker.make(schema, file);
    for (let n = random(4); n > 0; --n) value = mutate(value);
    const text = write(value);
    cases.push({title: schema.title, text, expected: explain(JSON.parse(text))});
  }
}

const judged = spawnSync(program, {
  input: cases.map(c => `${c.title}\t${c.text}\n`).join(''),
  encoding: 'utf8',
  maxBuffer: 1 << 30,
});
if (judged.status !== 0) throw new Error(`${program} failed: ${judged.stderr}${judged.error ?? ''}`);
const answers = judged.stdout.trimEnd().split('\n').map(line => JSON.parse(line));

function agrees({expected}, [accepted, said]) {
  if (accepted !== (expected === '')) return false;
  return said.endsWith('…') ? Buffer.byteLength(expected) > kMaxExplanation &&
                                  expected.startsWith(said.slice(0, -1))
                            : said === expected;
}

let wrong = Math.abs(answers.length - cases.length);
cases.forEach((c, i) => {
  if (answers[i] && agrees(c, answers[i])) return;
  if (++wrong > 10) return;
  console.error(`${c.title} ${c.text}\n  they: ${c.expected}\n  we:   ${JSON.stringify(answers[i])}`);
});
const accepted = cases.filter(c => c.expected === '').length;
const complaints = new Set(cases.map(c => c.expected)).size;
console.log(`${cases.length} values, ${accepted} of them good, ${complaints} different complaints: ` +
            `${wrong} disagreements`);
process.exit(wrong === 0 ? 0 : 1);
