// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// The contract in proto/gateway/*.json, as an independent JSON Schema validator reads it.

import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import Ajv from 'ajv/dist/2020.js';

const directory = new URL('../../proto/gateway/', import.meta.url);

export class Contract {
  constructor() {
    this.ajv = new Ajv({allErrors: true, strict: false});
    this.definitions = new Map();  // name -> {file, schema}
    for (const file of readdirSync(fileURLToPath(directory)).filter(f => f.endsWith('.json'))) {
      const document = JSON.parse(readFileSync(new URL(file, directory), 'utf8'));
      this.ajv.addSchema(document);
      for (const [name, schema] of Object.entries(document.$defs)) {
        this.definitions.set(name, {file, schema});
      }
    }
  }

  // A function that returns what is wrong with a value; '' when nothing is.
  explainer(name) {
    const validate = this.ajv.getSchema(`${this.definitions.get(name).file}#/$defs/${name}`);
    return value => validate(value) ? '' : describe(validate.errors);
  }

  // The definition a $ref in file means.
  resolve(ref, file) {
    const name = ref.split('/').at(-1);
    return {...this.definitions.get(name), file: ref.split('#')[0] || file};
  }
}

// The wording of docs/protocol/frames.md.
function describe(errors) {
  const parts = errors.map(error => {
    const where = error.instancePath;
    if (error.keyword === 'additionalProperties') {
      return `at ${where || 'root'}: unexpected property '${error.params.additionalProperty}'`;
    }
    return where ? `at ${where}: ${error.message}` : error.message;
  });
  return [...new Set(parts)].join('; ');
}
