import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { describe, expect, it } from 'vitest';
import { partsOf } from '../../src/deliverables/parts.js';
import { LOG_FIELDS, LOG_MODEL, RECORDINGS } from '../../src/deliverables/telemetry/conventions.js';
import { plannedRecordings } from '../../src/deliverables/telemetry/instrument.js';
import { volumesOf } from '../../src/deliverables/telemetry/volumes.js';
import { HYPOTHESES } from '../../src/hypotheses/registry.js';
import { investigate } from '../../src/investigate/investigate.js';
import { deliverablesOf, PROMPTS } from './cases.js';

const KNOWN = new Set(Object.values(conventions).filter((v) => typeof v === 'string'));
const LAB = fileURLToPath(new URL('../../examples/novapay/', import.meta.url));

describe('what to instrument', () => {
  it.each(RECORDINGS.map((r) => [r.id, r] as const))(
    'is named as OpenTelemetry’s semantic conventions name it: %s',
    (_, r) => {
      for (const name of [...r.names, ...r.keys]) expect(KNOWN, name).toContain(name);
      for (const own of r.own ?? []) expect(own).toMatch(/^app\./);
    },
  );

  it('in records is a key of the conventions or a field of the log data model', () => {
    for (const { key } of LOG_FIELDS) expect([...KNOWN, ...LOG_MODEL]).toContain(key);
  });

  it('decides causes of the catalogue, and leaves none undecided that telemetry of a service can decide', () => {
    const ids = new Set(HYPOTHESES.map((h) => h.id));
    const decided = new Set(RECORDINGS.flatMap((r) => r.decides));
    for (const id of decided) expect(ids, id).toContain(id);
    // Disks and housekeeping are seen on the server alone.
    expect([...ids].filter((id) => !decided.has(id)).sort()).toEqual([
      'disk-saturation',
      'maintenance-work',
      'replica-lag',
    ]);
  });

  it.each(PROMPTS)('stands in the order of the causes of the case: %s', async (_, prompt) => {
    const { result, context } = await investigate({ caseText: prompt, evidence: [], redact: true });
    const parts = partsOf(result, context);
    const plan = plannedRecordings(parts);
    const first = plan.map((x) => (x.decides[0] ? parts.findings.indexOf(x.decides[0]) : 1e9));
    expect(first).toEqual([...first].sort((a, b) => a - b));
    expect(plan.length).toBeGreaterThan(3);
    expect(plan.every((x) => x.at.length > 0)).toBe(true);
  });

  it('says what the telemetry given has, and puts it last', async () => {
    const { result, context } = await investigate({
      caseText: readFileSync(`${LAB}case.yaml`, 'utf8'),
      evidence: [
        { path: `${LAB}incident`, role: 'incident' },
        { path: `${LAB}healthy`, role: 'baseline' },
      ],
      redact: true,
    });
    const plan = plannedRecordings(partsOf(result, context));
    const states = plan.map((x) => x.state);
    expect(plan.find((x) => x.recording.id === 'requests')?.state).toBe('there');
    expect(states.lastIndexOf('missing')).toBeLessThan(states.indexOf('there'));
  });

  it('is sized from the traffic of the case: kept traces, memory and a day’s bytes follow from it', async () => {
    const prompt = (rate: string): string =>
      `[app_name]: Shop\n[architecture]: Node.js API → PostgreSQL\n[current_metrics]: p99 2 s at ${rate} req/s\n[target_metrics]: p99 < 700 ms, error rate < 0.5 %\n[observability]: Prometheus, Jaeger`;
    const at = async (rate: string) => {
      const { result, context } = await investigate({ caseText: prompt(rate), evidence: [], redact: true });
      return volumesOf(partsOf(result, context));
    };
    const [slow, fast] = [await at('100'), await at('1000')];
    // Twenty normal ones a second, and a share of 1 % slow and 0.5 % failed.
    expect(slow?.kept.value).toBeCloseTo(20 + 0.015 * 100, 6);
    expect(fast?.kept.value).toBeCloseTo(20 + 0.015 * 1000, 6);
    expect((fast?.held.value ?? 0) / (slow?.held.value ?? 1)).toBe(10);
    expect(fast?.logsADay.value).toBe(1000 * 700 * 86_400);
    expect(fast?.tracesADay.value ?? 0).toBeLessThan((fast?.allTracesADay.value ?? 0) / 20);
  });

  it('says that the cost is untested where nobody stated the traffic', async () => {
    const { files } = await deliverablesOf(
      '[app_name]: Shop\n[architecture]: Node.js API → PostgreSQL\n[performance_issues]: p99 of 2 s\n[observability]: Prometheus',
    );
    expect(files.get('telemetry/instrument.md')).toContain('untested: it follows from the traffic');
  });
});
