import { describe, expect, it } from 'vitest';
import { createRedactor, readOwnRules } from '../../../src/evidence/redact/index.js';

const redactorOf = (yaml: string) => createRedactor({ own: readOwnRules(yaml, 'rules.yaml') });

describe('rules of the user', () => {
  it('cut beside the built-in ones: the whole match, or its group', () => {
    const redactor = redactorOf(
      'rules:\n  - { kind: employee, pattern: "\\\\bE-\\\\d{4}\\\\b" }\n  - { kind: ticket, pattern: "case (T\\\\d+)" }\n',
    );
    expect(redactor.redact('E-1234 wrote a@example.com about case T99')).toBe(
      '<employee:1> wrote <email:1> about case <ticket:1>',
    );
    expect(redactor.redact('E-1')).toBe('E-1');
  });
  it('cut and keep whole attributes by key', () => {
    const redactor = redactorOf('cutKeys: [tenant]\nkeepKeys: [client.address]\n');
    expect(redactor.attribute('tenant', 'acme')).toBe('<secret:1>');
    expect(redactor.attribute('client.address', '10.0.0.7')).toBe('10.0.0.7');
  });
  it.each([
    ['rules: [', /no YAML/],
    ['rules:\n  - { kind: a, pattern: "(" }', /rules\.yaml:2.*|no regular expression/],
    ['rules:\n  - { kind: a, pattern: "x*" }', /empty text/],
    ['rules:\n  - { kind: a, pattern: "(a+)+b" }', /for ever/],
    ['rules:\n  - { kind: "A b", pattern: "x" }', /small letters/],
    ['rule: []', /rules are wrong/],
  ])('are refused whole for a mistake, so that nothing passes uncut: %j', (yaml, why) => {
    expect(() => readOwnRules(yaml, 'rules.yaml')).toThrow(why);
  });
});

describe('placeholders with a key', () => {
  const key = Buffer.from('a key for tests only');
  it('are the same in every investigation with the key, and others with another', () => {
    const once = createRedactor({ key }).redact('to a@example.com');
    expect(createRedactor({ key }).redact('x b@example.com, to a@example.com')).toContain(once.slice(3));
    expect(createRedactor({ key: Buffer.from('another') }).redact('to a@example.com')).not.toBe(once);
  });
  it('are left as they are when they are redacted again', () => {
    const once = createRedactor({ key }).redact('a@example.com, card 4111 1111 1111 1111, password=x1');
    expect(createRedactor({ key }).redact(once)).toBe(once);
  });
});
