import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DETECTORS, type DetectorName, type DetectorSpan } from '../../src/models/span-detectors.js';
import type { Suite } from '../main.js';

interface DetectorCase {
  detector: string;
  name: string;
  spans: {
    op: string;
    startMs: number;
    durationMs: number;
    description: string;
    hash?: string;
    parentSpanId?: string;
    data?: Record<string, string | number>;
  }[];
  expectProblems: number;
  expectOffenderIndexes?: number[];
}

const BY_NAME: Record<string, DetectorName> = {
  n_plus_one_db: 'n-plus-one-database',
  consecutive_db: 'consecutive-database',
  slow_db: 'slow-database',
  n_plus_one_api_calls: 'n-plus-one-http',
  consecutive_http: 'consecutive-http',
  http_overhead: 'http-queue',
};

/** One positive and one negative case for each of six span detectors. */
export default {
  suite: 'traces/detectors',
  about: 'six patterns in the spans of one request, present and absent',
  async run(folder) {
    const { cases }: { cases: DetectorCase[] } = JSON.parse(
      await readFile(join(folder, 'cases.json'), 'utf8'),
    );
    const failed = cases.filter((c) => !agrees(c)).map((c) => `${c.detector}: ${c.name}`);
    return {
      cases: cases.length,
      passed: cases.length - failed.length,
      baselines: {
        alwaysNone: cases.filter((c) => c.expectProblems === 0).length,
        alwaysOne: cases.filter((c) => c.expectProblems === 1).length,
      },
      failed,
    };
  },
} satisfies Suite;

function agrees(c: DetectorCase): boolean {
  const name = BY_NAME[c.detector];
  if (!name) return false;
  const found = DETECTORS[name](c.spans.map(spanOf));
  if (found.length !== c.expectProblems) return false;
  return !c.expectOffenderIndexes || JSON.stringify(found[0]) === JSON.stringify(c.expectOffenderIndexes);
}

function spanOf(s: DetectorCase['spans'][number]): DetectorSpan {
  const sentAt = s.data?.['http.request.request_start_ms'];
  const protocol = s.data?.['network.protocol.version'];
  return {
    start: s.startMs,
    end: s.startMs + s.durationMs,
    kind: s.op.startsWith('db')
      ? 'database'
      : s.op.startsWith('http')
        ? 'http'
        : s.op.startsWith('cache')
          ? 'cache'
          : 'other',
    text: s.description,
    parent: s.parentSpanId ?? '',
    ...(s.hash === undefined ? {} : { sameAs: s.hash }),
    ...(protocol === undefined ? {} : { protocol: String(protocol) }),
    ...(sentAt === undefined ? {} : { sentAt: Number(sentAt) }),
  };
}
