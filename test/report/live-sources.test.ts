import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCase } from '../../src/case/index.js';
import { SYSTEMS } from '../../src/evidence/connectors/registry.js';
import { investigate } from '../../src/investigate/investigate.js';
import { renderMarkdown } from '../../src/report/markdown.js';

const reported = async (observability: string): Promise<string> =>
  renderMarkdown(
    (
      await investigate({
        caseText: `[app_name]: Shop\n[performance_issues]: p99 rose from 100 ms to 900 ms\n[observability]: ${observability}\n`,
        evidence: [],
        redact: true,
      })
    ).result,
  );
const blockOf = (report: string): string =>
  /```yaml\n(# Into case\.yaml[\s\S]*?)\n```/.exec(report)?.[1] ?? '';

test('the tools that a case names are proposed as its sources, and the proposal is one that a case takes', async () => {
  const block = blockOf(
    await reported('Datadog APM, pyroscope profiling, Prometheus scrape, Grafana dashboards, k6'),
  );
  const { sources } = parse(block) as { sources: { system: string; url: string }[] };
  expect(sources.map((s) => s.system).sort()).toEqual(['datadog', 'grafana', 'prometheus', 'pyroscope']);
  const read = readCase(`app_name: Shop\n${block}\n`);
  expect(read.problems.filter((p) => p.severity === 'error')).toEqual([]);
  expect(read.sources).toHaveLength(4);
  expect(block).toContain('DD_API_KEY');
});

test('a case without tools that can be asked gets no proposal', async () => {
  expect(blockOf(await reported('a spreadsheet'))).toBe('');
});

test('every system says what it is asked for, and an address or none', () => {
  for (const s of SYSTEMS) {
    expect(s.asks.length).toBeGreaterThan(5);
    expect(s.address === 'none' || s.example !== undefined).toBe(true);
  }
});
