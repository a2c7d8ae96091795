import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { collected, entry } from '../evidence/connectors/collecting.js';
import { fakeServer } from '../evidence/connectors/fake.js';
import { connect } from '../mcp/connect.js';
import { ask, started } from '../server/start.js';
import { leaks } from './customers.js';

const RECORDING = fileURLToPath(new URL('../../examples/novapay/', import.meta.url));
const MOST_LINES = 60;

/** Requests as the lab's services sent them, those with customers in them first. */
const requests = (signal: 'traces' | 'logs'): string[] =>
  gunzipSync(readFileSync(join(RECORDING, 'incident', `${signal}.ndjson.gz`)))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ line, people: leaks(line).length }))
    .sort((a, b) => b.people - a.people)
    .slice(0, MOST_LINES)
    .map((r) => r.line);

const SENT = { traces: requests('traces'), logs: requests('logs') };

describe('customers of a full run of the lab, sent and asked for over the network', () => {
  it('are in what is sent, so that the search can find them', () => {
    expect(leaks([...SENT.traces, ...SENT.logs].join('\n')).length).toBeGreaterThan(50);
  });

  it('are in no file of the server that received them', async () => {
    const serving = await started({ receiver: { requestsPerClient: 1000, maxWaitMs: 60_000 } });
    for (const signal of ['traces', 'logs'] as const)
      for (const body of SENT[signal]) {
        const { status } = await ask(`${serving.url}/v1/${signal}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        expect(status).toBe(200);
      }
    await serving.receiver.sealed();
    const files = readdirSync(serving.data, { recursive: true, withFileTypes: true }).filter((e) =>
      e.isFile(),
    );
    const kept = files.map((e) => readFileSync(join(e.parentPath, e.name), 'utf8'));
    expect(kept.join('').length).toBeGreaterThan(100_000);
    for (const [i, text] of kept.entries()) expect(leaks(text), files[i]?.name).toEqual([]);
  }, 60_000);

  it('are in no evidence file that was collected from a system which holds them', async () => {
    const resourceSpans = SENT.traces
      .slice(0, 4)
      .flatMap((line) => (JSON.parse(line) as { resourceSpans: unknown[] }).resourceSpans);
    const atMs = Number(/"startTimeUnixNano":"(\d+)\d{6}"/.exec(SENT.traces[0] ?? '')?.[1]);
    const windows = [{ fromMs: atMs - 600_000, toMs: atMs + 600_000, role: 'unspecified' as const }];
    // The first question is how to ask; the second gets all, and those for later times nothing.
    let asked = 0;
    const jaeger = await fakeServer((r) => {
      if (r.path === '/api/v3/services') {
        asked = 0;
        return { body: { services: ['checkout-api'] } };
      }
      if (!r.path.startsWith('/api/v3/traces')) return { body: { operations: [] } };
      const body = { result: { resourceSpans: ++asked === 2 ? resourceSpans : [] } };
      return { body };
    });
    try {
      const spans = (text: string): number => text.split('traceId').length;
      const open = await collected(entry('jaeger', jaeger.url), { redact: false, windows });
      expect(leaks(open.text).length, open.gaps.join()).toBeGreaterThan(3);
      const closed = await collected(entry('jaeger', jaeger.url), { windows });
      expect(spans(closed.text)).toBe(spans(open.text));
      expect(leaks(closed.text)).toEqual([]);
    } finally {
      await jaeger.close();
    }
  }, 60_000);

  it('are in no answer to an agent', async () => {
    const server = await connect(join(RECORDING, '..'));
    try {
      const answers: string[] = [];
      const call = async (name: string, args: Record<string, unknown> = {}): Promise<void> => {
        const { text, failed } = await server.call(name, args);
        expect(failed, text).toBe(false);
        answers.push(text);
      };
      await call('start_case', { path: 'novapay' });
      await call('findings', { limit: 100 });
      for (const of of ['facts', 'excess']) await call('read_evidence', { of, limit: 100 });
      for (let section = 0; section <= 10; section++) await call('read_report', { section });
      expect(answers.join('').length).toBeGreaterThan(10_000);
      expect(leaks(answers.join('\n'))).toEqual([]);
    } finally {
      await server.close();
    }
  }, 180_000);
});
