// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// What the client scripts share: where the gateway is (from run.py), named cases with a deadline
// each, and one line a case.

import assert from 'node:assert/strict';
import process from 'node:process';

export const gateway = {
  url: process.env.GATEWAY_URL,
  token: process.env.GATEWAY_TOKEN,
  home: process.env.HOME,
};

const kSeconds = 20;
let failed = 0;

export function deadline(promise, what, seconds = kSeconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export async function check(name, body, seconds = kSeconds) {
  try {
    await deadline(body(), name, seconds);
    console.log(`ok    ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAIL  ${name}: ${error.stack ?? error}`);
  }
}

// Ends the process: clients keep sockets and timers.
export function finish() {
  process.exit(failed === 0 ? 0 : 1);
}

export {assert};
