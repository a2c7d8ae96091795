import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataFolder } from '../../src/server/data-folder.js';

const fresh = (): string => mkdtempSync(join(tmpdir(), 'kneepoint-folder-'));

test('the key of redaction stays the same, and is nobody else’s to read', () => {
  const path = fresh();
  const first = openDataFolder(path);
  first.release();
  const second = openDataFolder(path);
  expect(second.redactionKey.equals(first.redactionKey)).toBe(true);
  expect(statSync(join(path, 'redaction.key')).mode & 0o077).toBe(0);
});

test('a folder that a living process serves is refused; one of a killed process is taken', () => {
  const path = fresh();
  writeFileSync(join(path, 'lock'), String(process.ppid));
  expect(() => openDataFolder(path)).toThrow(/serves this folder already/);
  // Larger than any process id of Linux.
  writeFileSync(join(path, 'lock'), '4194999');
  openDataFolder(path).release();
});

test('a damaged key is refused, not replaced', () => {
  const path = fresh();
  writeFileSync(join(path, 'redaction.key'), 'abc');
  expect(() => openDataFolder(path)).toThrow(/key of redaction is damaged/);
});
