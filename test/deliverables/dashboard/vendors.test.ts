import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { partsOf } from '../../../src/deliverables/parts.js';
import { watchesOf } from '../../../src/deliverables/signals/index.js';
import { investigate } from '../../../src/investigate/investigate.js';
import { deliverablesOf, HOSTILE, hostilePrompt, PROMPTS } from '../cases.js';

const CASES = [...PROMPTS.map(([, p]) => p), ...HOSTILE.map((name) => hostilePrompt(name))] as const;

async function dashboards(vendor: string): Promise<unknown[]> {
  const all = await Promise.all(CASES.map(deliverablesOf));
  return all.flatMap(({ files }) => {
    const text = files.get(`dashboard/${vendor}.json`);
    return text === undefined ? [] : [JSON.parse(text)];
  });
}

interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}
const overlaps = (places: readonly Place[]): number =>
  places.filter((a, i) =>
    places.some((b, k) => k > i && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h),
  ).length;

/** What a dashboard of New Relic has, as its import and its API take it. */
const newRelic = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  permissions: z.enum(['PRIVATE', 'PUBLIC_READ_ONLY', 'PUBLIC_READ_WRITE']),
  variables: z.array(z.unknown()),
  pages: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        description: z.null(),
        widgets: z
          .array(
            z.strictObject({
              title: z.string(),
              layout: z.strictObject({
                column: z.number().int().min(1).max(12),
                row: z.number().int().min(1),
                width: z.number().int().min(1).max(12),
                height: z.number().int().min(1),
              }),
              visualization: z.strictObject({
                id: z.enum(['viz.line', 'viz.billboard', 'viz.table', 'viz.markdown']),
              }),
              rawConfiguration: z.looseObject({
                nrqlQueries: z
                  .array(
                    z.strictObject({
                      accountIds: z.array(z.never()),
                      query: z.string().regex(/^SELECT .* FROM \w+/s),
                    }),
                  )
                  .min(1)
                  .optional(),
              }),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});

describe('a New Relic dashboard', () => {
  it('has the form that its API takes, widgets beside each other, and lines over time', async () => {
    const all = await dashboards('newrelic');
    expect(all.length).toBeGreaterThan(4);
    for (const d of all)
      for (const page of newRelic.parse(d).pages) {
        const places = page.widgets.map(({ layout: l }) => ({
          x: l.column,
          y: l.row,
          w: l.width,
          h: l.height,
        }));
        expect(overlaps(places)).toBe(0);
        expect(places.every((l) => l.x + l.w <= 13)).toBe(true);
        for (const w of page.widgets.filter((x) => x.visualization.id === 'viz.line'))
          expect(w.rawConfiguration.nrqlQueries?.[0]?.query).toMatch(/ TIMESERIES$/);
      }
  });
});

const tile = z.looseObject({
  type: z.enum(['data', 'markdown']),
  query: z
    .string()
    .regex(/^(?:timeseries|fetch) /)
    .optional(),
  content: z.string().optional(),
  visualization: z.enum(['lineChart', 'singleValue', 'table']).optional(),
});
const place = z.strictObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const dynatrace = z.strictObject({
  version: z.number(),
  variables: z.array(z.unknown()),
  tiles: z.record(z.string(), tile),
  layouts: z.record(z.string(), place),
  importedWithCode: z.boolean(),
  settings: z.strictObject({}),
});

describe('a Dynatrace dashboard', () => {
  it('has a place for each tile, none on another, and queries in DQL', async () => {
    const all = await dashboards('dynatrace');
    expect(all.length).toBeGreaterThan(3);
    for (const d of all) {
      const { tiles, layouts } = dynatrace.parse(d);
      expect(Object.keys(layouts)).toEqual(Object.keys(tiles));
      expect(overlaps(Object.values(layouts))).toBe(0);
      for (const t of Object.values(tiles))
        expect(t.type === 'data' ? t.query : t.content, JSON.stringify(t)).toBeTruthy();
    }
  });
});

describe('a Datadog dashboard', () => {
  it('marks deploys across every chart of it', async () => {
    for (const d of await dashboards('datadog')) {
      const charts = JSON.stringify(d).match(/"type":"timeseries"/g) ?? [];
      const marked = JSON.stringify(d).match(/"events":\[\{"q":"deploy service:/g) ?? [];
      expect(marked.length).toBe(charts.length);
      expect(charts.length).toBeGreaterThan(4);
    }
  });
});

describe('the dashboards of all vendors', () => {
  it('show every sign that there is a query for in their language', async () => {
    for (const [, prompt] of PROMPTS) {
      const { result, context } = await investigate({ caseText: prompt, evidence: [], redact: true });
      const signs = watchesOf(partsOf(result, context));
      const { files } = await deliverablesOf(prompt);
      for (const system of ['datadog', 'newrelic', 'dynatrace'] as const) {
        const text = files.get(`dashboard/${system}.json`);
        if (text === undefined) continue;
        const lines = text.match(/acted on from here/g) ?? [];
        expect(lines.length).toBeGreaterThanOrEqual(signs.filter((w) => w[system] !== undefined).length);
      }
    }
  });

  it('say which causes are open, and which panel shows them', async () => {
    for (const prompt of CASES)
      for (const [path, text] of (await deliverablesOf(prompt)).files)
        if (/^dashboard\/(?:datadog|newrelic|dynatrace)/.test(path))
          expect(text, path).toMatch(/Still open|Supported by evidence/);
  });
});
