import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { startCollector } from '../../lab/record/collector.js';
import { openOtlpFiles, otlpLine } from '../../lab/record/otlp-file.js';

const folder = mkdtempSync(join(tmpdir(), 'otlp-file-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SPANS = '{\n "resourceSpans": [{"scopeSpans": [{"spans": [{"name": "a\\nb"}]}]}]\n}';
const lines = (signal: string): string[] =>
  gunzipSync(readFileSync(join(folder, `${signal}.ndjson.gz`)))
    .toString('utf8')
    .split('\n');

describe('OTLP files', () => {
  it('hold one request a line, whatever its layout', async () => {
    const files = openOtlpFiles(folder);
    files.write('traces', SPANS);
    files.write('traces', SPANS);
    files.write('logs', '{"resourceLogs":[]}');
    await files.close();
    const [first, second, end] = lines('traces');
    expect(JSON.parse(first ?? '')).toEqual(JSON.parse(SPANS));
    expect(second).toBe(first);
    expect(end).toBe('');
    expect(lines('logs')).toEqual(['{"resourceLogs":[]}', '']);
    expect(lines('metrics')).toEqual(['']);
  });

  it('take no request of another signal', () => {
    expect(() => otlpLine('metrics', SPANS)).toThrow('no list resourceMetrics');
    expect(() => otlpLine('traces', 'null')).toThrow('no list resourceSpans');
  });

  it('are fed by a collector that hands over only while it is told to', async () => {
    const collector = await startCollector();
    const seen: string[] = [];
    const send = (path: string) => fetch(`${collector.url}${path}`, { method: 'POST', body: SPANS });
    expect((await send('/v1/traces')).status).toBe(200);
    collector.receive((signal) => seen.push(signal));
    await send('/v1/traces');
    expect((await send('/v2/traces')).status).toBe(404);
    collector.receive();
    await send('/v1/traces');
    await collector.stop();
    expect(seen).toEqual(['traces']);
  });
});
