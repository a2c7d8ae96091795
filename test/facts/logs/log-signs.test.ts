import { expect, test } from 'vitest';
import type { ChangedTemplate } from '../../../src/facts/logs/changed-templates.js';
import { logSigns } from '../../../src/facts/logs/log-signs.js';

const changed = (template: string, kind: ChangedTemplate['kind'], during = 40): ChangedTemplate => ({
  service: 'api',
  severity: 'ERROR',
  template,
  kind,
  before: 0,
  during,
  factor: 10,
  atMs: 0,
  pValue: 0.001,
  traceIds: [],
});
const ORIGIN = { query: 'logs', rows: 1, sources: ['s'] };
const names = (list: ChangedTemplate[], services = new Map<string, number>()): string[] =>
  logSigns(list, services, ORIGIN).map((f) => f.name);

test('messages that are new or in excess and name a fault become signs of it', () => {
  expect(names([changed('could not obtain lock on row', 'more')])).toEqual(['log.fault.lock']);
  expect(names([changed('no space left on device', 'new')])).toEqual(['log.fault.disk', 'log.new']);
});

test('messages that went away, one-offs and messages of every day are no signs', () => {
  expect(names([changed('could not obtain lock on row', 'gone')])).toEqual([]);
  expect(names([changed('user logged in', 'more')])).toEqual([]);
  expect(names([changed('migration finished', 'new', 1)])).toEqual([]);
  expect(names([])).toEqual([]);
});

test('services whose logs were compared are named, so that silence can count', () => {
  expect(names([], new Map([['api', 900]]))).toEqual(['log.compared']);
});
