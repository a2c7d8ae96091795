import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  credentialFor,
  KeyringFault,
  readKeyring,
} from '../../../src/evidence/connectors/live/credentials.js';
import { checkEntry, entryFromText } from '../../../src/evidence/connectors/live/entries.js';
import { SYSTEMS } from '../../../src/evidence/connectors/registry.js';
import { collected, entry } from './collecting.js';
import { fakeServer } from './fake.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-keyring-'));
afterAll(() => rmSync(folder, { recursive: true }));
const keyring = (text: string, mode = 0o600): string => {
  const path = join(folder, `${readdirSync(folder).length}.yaml`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const faultOf = (work: () => unknown): KeyringFault => {
  try {
    work();
  } catch (error) {
    if (error instanceof KeyringFault) return error;
  }
  throw new Error('no fault');
};

describe('the keyring', () => {
  const TEXT = 'prom:\n  origin: https://prom.example.com\n  token: hush-hush\n';

  test('is read when it is its owner’s alone', () => {
    expect(readKeyring(keyring(TEXT)).prom?.token).toBe('hush-hush');
    expect(readKeyring(join(folder, 'none.yaml'))).toEqual({});
  });

  test.each([0o644, 0o640, 0o604])(
    'that others may read (%o) is refused, with the command that mends it',
    (mode) => {
      const fault = faultOf(() => readKeyring(keyring(TEXT, mode)));
      expect(fault.what).toMatch(/may be read by others/);
      expect(fault.todo).toMatch(/^chmod 600 /);
    },
  );

  test.each([
    'prom: {origin: https://a, token: [hush-hush',
    'prom: {origin: nowhere, token: hush-hush}',
    'prom: {origin: https://a.example, tokens: hush-hush}',
  ])('that is malformed is named without its content', (text) => {
    const fault = faultOf(() => readKeyring(keyring(text)));
    expect(JSON.stringify([fault.what, fault.todo])).not.toContain('hush');
  });

  test('gives its credential to its own origin alone', () => {
    const ring = readKeyring(keyring(TEXT));
    const of = (origin: string) => credentialFor({ name: 'prom', origin, trusted: true }, {}, ring, {});
    expect(of('https://prom.example.com').found?.credential.token).toBe('hush-hush');
    expect(of('https://evil.example.com')).toEqual({
      withheld: 'the keyring entry, whose origin is another one',
    });
  });
});

describe('a credential of the environment', () => {
  const names = { token: ['PROMETHEUS_TOKEN'] };
  const environment = { PROMETHEUS_TOKEN: 'hush', KNEEPOINT_EU_TOKEN: 'own' };

  test('goes where the command line points, the source’s own name first', () => {
    expect(
      credentialFor({ name: 'prometheus', origin: 'http://p', trusted: true }, names, {}, environment).found,
    ).toEqual({
      credential: { token: 'hush' },
      from: 'PROMETHEUS_TOKEN',
    });
    expect(
      credentialFor({ name: 'eu', origin: 'http://p', trusted: true }, names, {}, environment).found
        ?.credential.token,
    ).toBe('own');
  });

  test('is not sent to an address that only a case names', () => {
    expect(
      credentialFor({ name: 'prometheus', origin: 'http://evil', trusted: false }, names, {}, environment),
    ).toEqual({ withheld: 'PROMETHEUS_TOKEN' });
  });
});

describe('an entry', () => {
  test.each([
    ['http://user:pass@host:9090', /holds a user or a password/],
    ['ftp://host', /is no address/],
    ['host:9090', /is no address/],
    ['http://host/?token=abc', /has parameters/],
  ])('with %s is refused', (url, words) => {
    const faults = checkEntry(entry('prometheus', url), SYSTEMS);
    expect(faults[0]?.what).toMatch(words);
    expect(faults[0]?.what).not.toContain('pass@');
  });

  test('with an unknown option names the known ones', () => {
    expect(checkEntry(entry('jaeger', 'http://j', { servces: 'a' }), SYSTEMS)[0]).toEqual({
      what: '`servces` is no option of Jaeger.',
      todo: 'It knows system, name, url, limits, role, services, traces.',
    });
  });

  test('of an unknown system names the systems', () => {
    expect(entryFromText('promtheus=http://x', SYSTEMS)).toMatchObject({
      what: expect.stringMatching(/no system `promtheus`/),
    });
    expect(entryFromText('eu:prometheus=http://x,step:30', SYSTEMS)).toMatchObject({
      name: 'eu',
      system: 'prometheus',
      url: 'http://x',
      options: { step: '30' },
    });
  });
});

test('no credential stands in the evidence, the gaps or the progress, whatever a server answers', async () => {
  const secrets = ['pr0m-T0ken-1234567890', 'dd-api-9876543210', 'dd-app-1122334455'];
  // A server that says back all it was sent.
  const fake = await fakeServer((r) => ({
    status: r.path.includes('buildinfo') || r.path.includes('validate') ? 200 : 400,
    body: r.path.includes('validate')
      ? { valid: true }
      : r.path.includes('buildinfo')
        ? { status: 'success', data: { version: JSON.stringify(r.headers) } }
        : { errors: [JSON.stringify(r.headers)] },
  }));
  const lines = await collected([entry('prometheus', fake.url), entry('datadog', fake.url)], {
    environment: { PROMETHEUS_TOKEN: secrets[0], DD_API_KEY: secrets[1], DD_APP_KEY: secrets[2] },
  });
  await fake.close();
  expect(fake.seen.some((s) => s.headers.authorization?.includes(secrets[0] ?? ''))).toBe(true);
  expect(fake.seen.some((s) => s.headers['dd-api-key'] === secrets[1])).toBe(true);
  for (const secret of secrets) {
    expect(lines.text).not.toContain(secret);
    expect(lines.text).not.toContain(Buffer.from(secret).toString('base64'));
  }
  for (const file of readdirSync(folder))
    expect(readFileSync(join(folder, file), 'utf8')).not.toContain(secrets[1]);
});
