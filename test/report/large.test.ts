import { describe, expect, it } from 'vitest';
import {
  type Fact,
  type Finding,
  measured,
  name,
  num,
  type Result,
  say,
  subject,
} from '../../src/domain/index.js';
import { settle } from '../../src/method/settle.js';
import { renderHtml } from '../../src/report/html.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { looseNumbers } from '../../src/report/numbers.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { sample } from '../fixtures/report/sample.js';

/** A big estate: many services, cells and findings, with names longer than a line. */
function large(): Result {
  const facts: Fact[] = [...sample.facts];
  const operation = (i: number) =>
    subject('operation', `GET /v1/${'very-long-path/'.repeat(6)}${i}`, `svc-${i}`);
  const fact = (i: number, what: string): Fact => {
    const f = measured({ name: what, subject: operation(i), value: 1000 / (i + 1), unit: 'ms', n: 100 + i }, [
      {
        kind: 'query',
        query: `SELECT avg(Duration) FROM otel_traces WHERE ServiceName = {s:String}`,
        rows: 100,
        sources: ['a.ndjson'],
      },
    ]);
    facts.push(f);
    return f;
  };
  const excess = sample.excess;
  const finding = sample.findings[0];
  if (!excess || !finding) throw new Error('the sample has a budget and findings');
  const cells = Array.from({ length: 600 }, (_, i) => ({
    service: `svc-${i}`,
    operation: operation(i).name,
    kind: 'self',
    baselineMs: fact(i, 'cell.before').id,
    incidentMs: fact(i, 'cell.now').id,
    excessMs: fact(i, 'cell.excess').id,
  }));
  const findings = Array.from({ length: 240 }, (_, i): Finding => {
    const seen = fact(i + 1000, 'latency.mean');
    return {
      ...finding,
      id: `made/${i}`,
      title: say`${name(operation(i).name)} takes ${num(seen)}`,
      verdict: i < 60 ? 'plausible' : i < 140 ? 'untested' : 'refuted',
      claim: undefined,
      observations: [],
    };
  });
  return settle({
    ...sample,
    facts,
    findings: [...sample.findings, ...findings],
    excess: { ...excess, cells },
  });
}

describe('a report of a big estate', () => {
  const result = large();
  const html = renderHtml(result);

  it('stays light', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(1_500_000);
    expect(Buffer.byteLength(renderMarkdown(result))).toBeLessThan(500_000);
    expect(renderTerminal(result, { report: 'r.html', color: false }).split('\n').length).toBeLessThan(42);
  });

  it('has a row for every number it shows', () => {
    const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map((m) => m[1]));
    for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    expect(looseNumbers(result, renderMarkdown(result), html)).toEqual([]);
  });
});
