// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT
// Values made from JSON Schemas, and JSON texts that JSON.stringify cannot write: objects with a key
// twice, numbers in unusual spelling.

// Numbers below a limit, the same ones for the same seed.
export function randomSource(seed) {
  let state = seed;
  return limit => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

export class Raw {
  constructor(text) {
    this.text = text;
  }
}

export class Members {
  constructor(pairs) {
    this.pairs = pairs;
  }
}

export function write(value) {
  if (value instanceof Raw) return value.text;
  if (value instanceof Members) {
    return `{${value.pairs.map(([k, v]) => `${JSON.stringify(k)}:${write(v)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  return JSON.stringify(value);
}

// Makes values that a schema accepts. resolve(ref, file) finds what a $ref in a file means.
export class Maker {
  constructor(random, resolve) {
    this.random = random;
    this.resolve = resolve;
  }

  pick(list) {
    return list[this.random(list.length)];
  }

  make(schema, file) {
    if (schema.$ref) {
      const target = this.resolve(schema.$ref, file);
      return this.make(target.schema, target.file);
    }
    if (schema.anyOf) return this.make(this.pick(schema.anyOf), file);
    if ('const' in schema) return schema.const;
    if (schema.enum) return this.pick(schema.enum);
    switch (schema.type) {
      case 'string': return this.makeString(schema);
      case 'integer':
      case 'number': return this.between(schema.minimum ?? 0, schema.maximum ?? 2 ** 40);
      case 'boolean': return this.random(2) === 0;
      case 'null': return null;
      case 'array': {
        const length = this.between(schema.minItems ?? 0, schema.maxItems ?? 3);
        return Array.from({length}, () => this.make(schema.items ?? {}, file));
      }
    }
    if (schema.type === 'object' || schema.properties) return this.makeObject(schema, file);
    return this.pick([null, 1, 'any', []]);
  }

  // The ends of a range more often than what lies between.
  between(low, high) {
    return this.pick([low, high, Math.min(low + this.random(3), high)]);
  }

  // Of the letter a, which fits every pattern there is.
  makeString(schema) {
    return 'a'.repeat(this.between(schema.minLength ?? 0, schema.maxLength ?? 600));
  }

  // What is not required is there by chance.
  makeObject(schema, file) {
    const required = new Set(schema.required);
    const pairs = Object.entries(schema.properties ?? {})
        .filter(([name]) => required.has(name) || this.random(3) === 0)
        .map(([name, below]) => [name, this.make(below, file)]);
    const others = schema.additionalProperties ?? Object.values(schema.patternProperties ?? {})[0];
    if (typeof others === 'object') pairs.push(['a/b~c', this.make(others, file)]);
    return new Members(pairs);
  }
}
