// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The Telegram double as its readers know it: started as a program, told what people do.

import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

export class TelegramDouble {
  static async start() {
    const double = new TelegramDouble();
    double.url = JSON.parse(await double.#next()).url;
    return double;
  }

  #child = spawn('python3', ['-m', 'support.telegram'],
                 {cwd: new URL('..', import.meta.url), stdio: ['pipe', 'pipe', 'inherit']});
  #waiting = [];
  #early = [];

  constructor() {
    createInterface({input: this.#child.stdout}).on('line', line => {
      const next = this.#waiting.shift();
      if (next) next(line); else this.#early.push(line);
    });
  }

  #next() {
    if (this.#early.length > 0) return Promise.resolve(this.#early.shift());
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  async do(what, facts = {}) {
    this.#child.stdin.write(JSON.stringify({do: what, ...facts}) + '\n');
    const answer = JSON.parse(await this.#next());
    if (!answer.ok) throw new Error(`${what}: ${answer.error}`);
    return answer.result;
  }

  // What bots have said in a chat, once there is one more that find accepts.
  async waitSent(chat, find, seconds = 10) {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      const found = (await this.do('sent', {chat})).find(find);
      if (found) return found;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    throw new Error(`the bot did not say it in ${seconds} s: ${JSON.stringify(await this.do('sent'))}`);
  }

  stop() { this.#child.stdin.end(); }
}
