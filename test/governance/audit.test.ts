import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Entry, hashOf } from '../../src/governance/audit/entry.js';
import { otlpLogs, syslogLine } from '../../src/governance/audit/forward.js';
import { appendEntry, headPath } from '../../src/governance/audit/log.js';
import {
  checkpointMessage,
  checkpointPath,
  verifyFiles,
  verifyLog,
} from '../../src/governance/audit/verify.js';
import { sha256 } from '../../src/governance/canonical.js';
import { signMessage } from '../../src/governance/ssh-keys.js';
import { person } from './sample-plan.js';

let folder: string;
let log: string;
const add = (minute: number, what = 'investigation'): Entry =>
  appendEntry(log, {
    at: `2026-03-01T12:${String(minute).padStart(2, '0')}:00.000Z`,
    who: 'ann@ops',
    what,
    inputs: [{ name: 'case', sha256: sha256('case') }],
    outputs: [{ name: 'result.json', sha256: sha256(`result ${minute}`) }],
    version: '0.1.0',
  });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
  log = join(folder, 'audit.jsonl');
  for (let i = 1; i <= 5; i++) add(i);
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = (): string[] => readFileSync(log, 'utf8').trimEnd().split('\n');
const put = (all: readonly string[]): void => writeFileSync(log, `${all.join('\n')}\n`);
const breaks = (): string[] => verifyFiles(log).breaks.map((b) => `${b.line}: ${b.what}`);

describe('the audit log', () => {
  it('is whole when nobody touched it', () => {
    expect(breaks()).toEqual([]);
    expect(verifyFiles(log).entries).toHaveLength(5);
  });
  it('shows any one bit that was turned', () => {
    const text = readFileSync(log);
    const head = readFileSync(headPath(log), 'utf8');
    for (let i = 0; i < text.length; i += 3) {
      const turned = Buffer.from(text);
      turned[i] = (turned[i] as number) ^ (1 << (i % 7));
      expect(verifyLog(turned.toString('utf8'), { head }).breaks, `bit of byte ${i}`).not.toEqual([]);
    }
  });
  it('shows an entry that was edited, even with a new hash of its own', () => {
    const all = lines();
    const { hash: _, ...edited } = { ...(JSON.parse(all[2] ?? '') as Entry), who: 'eve@ops' };
    put(all.with(2, JSON.stringify({ ...edited, hash: hashOf(edited) })));
    expect(breaks()).toEqual(['4: it does not follow the entry before it']);
  });
  it('shows entries that were removed, doubled or put in another order', () => {
    const all = lines();
    put(all.toSpliced(1, 1));
    expect(breaks()).not.toEqual([]);
    put([...all, all[4] ?? '']);
    expect(breaks()).not.toEqual([]);
    put(all.with(1, all[2] ?? '').with(2, all[1] ?? ''));
    expect(breaks()).not.toEqual([]);
  });
  it('shows that its end was cut off, by the head or by the checkpoint', () => {
    const all = lines();
    put(all.slice(0, 3));
    expect(breaks()).toEqual(['4: the log was cut off: its head says 5 entries']);
    const checkpoint = readFileSync(log, 'utf8') && signedAt(JSON.parse(all[4] ?? '') as Entry);
    writeFileSync(checkpointPath(log), checkpoint);
    rmSync(headPath(log));
    expect(breaks()).toEqual(['4: the log was cut off: its checkpoint says 5 entries']);
  });
  it('shows a checkpoint that was altered', () => {
    writeFileSync(
      checkpointPath(log),
      signedAt(JSON.parse(lines()[4] ?? '') as Entry).replace('\n5 ', '\n3 '),
    );
    expect(breaks()).toEqual(['0: the checkpoint is not signed, or was altered']);
  });
  it('shows a whole log that was written anew, by the checkpoint', () => {
    writeFileSync(checkpointPath(log), signedAt(JSON.parse(lines()[4] ?? '') as Entry));
    rmSync(log);
    rmSync(headPath(log));
    for (let i = 1; i <= 5; i++) add(i, 'something else');
    expect(breaks()).toEqual(['5: entry 5 is not the one of the checkpoint']);
  });
  it('shows that the clock went back', () => {
    add(1);
    expect(breaks()).toEqual(['6: the clock went back']);
  });
  it('goes on after a crash in the middle of a line, and says so', () => {
    appendFileSync(log, '{"n":6,"at":"2026-03');
    expect(breaks()).toContain('6: the last line is not whole');
    add(7);
    expect(breaks()).toEqual([]);
    expect(
      verifyFiles(log)
        .entries.map((e) => e.what)
        .slice(-2),
    ).toEqual(['audit.repaired', 'investigation']);
    expect(readFileSync(`${log}.torn`, 'utf8')).toContain('"n":6');
  });
  it('does not begin anew when it was deleted', () => {
    rmSync(log);
    expect(() => add(9)).toThrow(/is gone/);
  });
  it('goes to syslog and to OTLP', () => {
    const entry = verifyFiles(log).entries[0] as Entry;
    expect(syslogLine({ ...entry, who: 'a"]\n<1>' }, 'host')).toMatch(
      /^<133>1 2026-03-01T12:01:00\.000Z host kneepoint - investigation \[kneepoint@32473 n="1" who="a\\"\\] <1>" hash="[0-9a-f]{64}" /,
    );
    const otlp = JSON.parse(otlpLogs([entry])) as {
      resourceLogs: { scopeLogs: { logRecords: { timeUnixNano: string }[] }[] }[];
    };
    expect(otlp.resourceLogs[0]?.scopeLogs[0]?.logRecords[0]?.timeUnixNano).toBe('1772366460000000000');
  });
});

const ann = person('ann');
const signedAt = (entry: Entry): string =>
  checkpointMessage(entry) + signMessage(checkpointMessage(entry), ann.key);
