import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Result } from '../../src/domain/index.js';
import { investigate } from '../../src/investigate/investigate.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-windows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const START = Date.UTC(2026, 10, 20, 12);
const MINUTES = 120;
const iso = (minute: number): string => new Date(START + minute * 60_000).toISOString();

/** Requests of one route, two a second: 20 ms, from minute 60 to 80 ten times as slow. One trace starts late and ends in the next window. */
function traces(): string {
  const spans: unknown[] = [];
  for (let i = 0; i < MINUTES * 6; i++) {
    const minute = i / 6;
    const slow = minute >= 60 && minute < 80;
    const from = (START + minute * 60_000) * 1_000_000;
    const ms = (slow ? 200 : 20) + ((i * 7) % 10);
    spans.push({
      traceId: i.toString(16).padStart(32, '0'),
      spanId: i.toString(16).padStart(16, '0'),
      name: 'GET /items',
      kind: 2,
      startTimeUnixNano: BigInt(from).toString(),
      endTimeUnixNano: (BigInt(from) + BigInt(ms) * 1_000_000n).toString(),
    });
  }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans }] }] });
}
writeFileSync(join(folder, 'traces.json'), traces());

const run = async (windows: string): Promise<Result> =>
  (
    await investigate({
      caseText: `app_name: |\n  Shop\nwindows:\n${windows}`,
      caseFolder: folder,
      evidence: [{ path: join(folder, 'traces.json'), role: 'unspecified' }],
      redact: true,
    })
  ).result;

const excess = (r: Result, part: 'baselineMs' | 'incidentMs'): number =>
  r.facts.find((f) => f.id === r.excess?.[part])?.value ?? Number.NaN;
const note = (r: Result): string => r.problems.map((p) => p.what).find((w) => /windows/.test(w)) ?? '';

test('the windows of a case say what is compared, and the rest is left out and counted', async () => {
  const result = await run(
    `  baseline: {from: '${iso(0)}', to: '${iso(30)}'}\n  incident: {from: '${iso(60)}', to: '${iso(80)}'}\n`,
  );
  expect(excess(result, 'baselineMs')).toBeLessThan(32);
  expect(excess(result, 'incidentMs')).toBeGreaterThan(195);
  expect(note(result)).toMatch(/420 records lie outside/);
});

test('without a window for the baseline, all before the incident is it', async () => {
  const result = await run(`  incident: {from: '${iso(60)}', to: '${iso(80)}'}\n`);
  expect(excess(result, 'incidentMs')).toBeGreaterThan(195);
  expect(note(result)).toMatch(/240 records lie outside/);
});

test('a baseline after the incident is as good as one before', async () => {
  const result = await run(
    `  baseline: {from: '${iso(90)}', to: '${iso(120)}'}\n  incident: {from: '${iso(60)}', to: '${iso(80)}'}\n`,
  );
  expect(excess(result, 'baselineMs')).toBeLessThan(32);
  expect(excess(result, 'incidentMs')).toBeGreaterThan(195);
});
