import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createSpoolSink } from '../../src/evidence/connectors/bundle/spool-sink.js';
import {
  bucketsOf,
  historyOf,
  scalarsOf,
  seriesOfV1,
  seriesOfV2,
  writeSpan,
} from '../../src/evidence/connectors/datadog/answers.js';
import { writeGauges } from '../../src/evidence/connectors/live/gauges.js';
import { wordsOf } from '../../src/evidence/connectors/live/http.js';
import { readAs } from '../../src/evidence/connectors/live/read-as.js';
import { resources } from '../../src/evidence/readers/json-map.js';
import { READERS } from '../../src/evidence/readers/registry.js';
import { sampleOf } from '../../src/evidence/readers/sample.js';
import { keepEverything } from '../../src/evidence/redact/index.js';
import type { Suite } from '../main.js';

interface Exchange {
  request: { uri: string; method: string };
  response: { body: { string: string }; status: { code: number } };
}
/** What an answer holds, counted apart from the readers; and what they made of it. */
type Outcome = readonly [expected: number | string, found: number | string];

/** Recorded exchanges of public APIs, read by what reads them live: every value that stands in them, and no other. */
export default {
  suite: 'connectors',
  about: 'recorded answers of Datadog, Jaeger and OTLP: every value is read, and errors in their own words',
  async run(folder) {
    const outcomes: { name: string; outcome: Outcome }[] = [];
    for (const file of files(join(folder, 'datadog'), '.yaml')) {
      const { interactions } = parse(readFileSync(join(folder, 'datadog', file), 'utf8')) as {
        interactions: Exchange[];
      };
      for (const [i, exchange] of interactions.entries()) {
        const outcome = datadog(exchange);
        if (outcome) outcomes.push({ name: `${file} ${i + 1}`, outcome });
      }
    }
    for (const kind of ['jaeger', 'otlp'])
      for (const file of files(join(folder, kind), '.json')) {
        const bytes = readFileSync(join(folder, kind, file));
        const text = bytes.toString('utf8');
        const expected = text.match(/"(?:spanId|spanID|timeUnixNano|logRecords)"/g)?.length ?? 0;
        outcomes.push({
          name: `${kind}/${file}`,
          outcome: ['some', expected > 0 && (await recordsIn(bytes)).length > 0 ? 'some' : 'none'],
        });
      }
    for (const file of files(join(folder, 'jaeger'), '-in.json')) {
      const [asOtlp, asJaeger] = await Promise.all(
        [file, file.replace('-in.json', '-out.json')].map(async (f) =>
          spans(await recordsIn(readFileSync(join(folder, 'jaeger', f)))),
        ),
      );
      outcomes.push({ name: `jaeger/${file} as its pair`, outcome: [asOtlp ?? '', asJaeger ?? ''] });
    }
    const failed = outcomes.filter(({ outcome: [expected, found] }) => expected !== found);
    return {
      cases: outcomes.length,
      passed: outcomes.length - failed.length,
      failed: failed.map((f) => `${f.name}: ${f.outcome.join(' / ')}`),
    };
  },
} satisfies Suite;

const files = (folder: string, ending: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((f) => f.endsWith(ending))
        .sort()
    : [];

function datadog({ request, response }: Exchange): Outcome | undefined {
  const text = response.body.string.trim();
  const { pathname } = new URL(request.uri);
  if (response.status.code >= 400)
    return [true.toString(), (wordsOf(text).length > 0 && !wordsOf(text).startsWith('{')).toString()];
  if (request.method === 'DELETE') return undefined;
  const value = JSON.parse(text);
  const { sink, take } = createSpoolSink(keepEverything);
  if (pathname === '/api/v1/query') {
    writeGauges(seriesOfV1(value), sink);
    return [
      value.series
        .flatMap((s: { pointlist: [number, number | null][] }) => s.pointlist)
        .filter(([, v]: [number, number | null]) => v !== null).length,
      take().records,
    ];
  }
  if (pathname === '/api/v2/query/timeseries') {
    writeGauges(seriesOfV2(value, ['a']), sink);
    return [
      value.data.attributes.values.flat().filter((v: number | null) => v !== null).length,
      take().records,
    ];
  }
  if (pathname === '/api/v2/query/scalar')
    return [
      value.data.attributes.columns
        .filter((c: { type: string }) => c.type === 'number')
        .flatMap((c: { values: (number | null)[] }) => c.values)
        .filter((v: number | null) => v !== null).length,
      scalarsOf(value).length,
    ];
  if (pathname === '/api/v2/spans/analytics/aggregate')
    return [
      value.data.reduce(
        (a: number, b: { attributes: { compute: Record<string, unknown> } }) =>
          a + Object.values(b.attributes.compute).flat().length,
        0,
      ),
      bucketsOf(value).reduce((a, b) => a + [...b.computes.values()].flat().length, 0),
    ];
  if (pathname.startsWith('/api/v2/spans/events')) {
    const resource = resources(sink);
    for (const event of value.data) writeSpan(event, resource, sink);
    return [value.data.length, take().records];
  }
  if (pathname.endsWith('/history')) {
    const { sli, errors } = historyOf(value);
    return [String(value.data.overall.sli_value === null), String(sli === null && errors.length > 0)];
  }
  return undefined;
}

async function recordsIn(bytes: Buffer): Promise<string[]> {
  const sample = sampleOf(bytes.subarray(0, 1 << 16), bytes.length <= 1 << 16);
  const [reader] = READERS.flatMap((r) => {
    const found = r.recognise(sample);
    return found ? [{ r, confidence: found.confidence }] : [];
  }).sort((a, b) => b.confidence - a.confidence);
  if (!reader) return [];
  const { sink, take } = createSpoolSink(keepEverything);
  await readAs(reader.r, bytes, sink);
  return take().lines.filter((l) => !/^\{"(?:resource|scope|flaw)":/.test(l));
}

/** Ids, name, kind and times of spans: what both encodings have. Jaeger keeps microseconds. */
const spans = (lines: readonly string[]): string =>
  lines
    .flatMap((l) => {
      const { span } = JSON.parse(l) as { span?: unknown[] };
      return span
        ? [
            JSON.stringify([
              span[2],
              span[3],
              span[4],
              span[6],
              span[7],
              String(span[8]).slice(0, 16),
              String(span[9]).slice(0, 16),
            ]),
          ]
        : [];
    })
    .join('\n');
