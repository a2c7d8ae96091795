import type { LoadResult } from '../../../domain/load-result.js';
import type { Recognition } from '../reader.js';
import type { Sample } from '../sample.js';
import { artillery } from './artillery.js';
import { autocannon } from './autocannon.js';
import { abTsv, heyCsv, jmeter } from './delimited.js';
import { gatlingBinary } from './gatling-binary.js';
import { gatlingStats } from './gatling-stats.js';
import { gatlingText } from './gatling-text.js';
import { hdrLog } from './hdr-log.js';
import { k6Csv, k6Points, k6Summary } from './k6.js';
import { kneepointRun } from './kneepoint-run.js';
import { locustStats } from './locust.js';
import { LoadFault, type LoadReader } from './reader.js';
import { junitCsv, pytestCsv } from './test-results.js';
import { ab, hey, vegetaText, wrk } from './text-tools.js';
import { vegetaCsv, vegetaJson, vegetaReport } from './vegeta.js';

export const LOAD_READERS: readonly LoadReader[] = [
  kneepointRun,
  k6Points,
  k6Csv,
  k6Summary,
  gatlingBinary,
  gatlingText,
  gatlingStats,
  artillery,
  autocannon,
  wrk,
  hey,
  heyCsv,
  ab,
  abTsv,
  vegetaJson,
  vegetaCsv,
  vegetaReport,
  vegetaText,
  jmeter,
  hdrLog,
  locustStats,
  pytestCsv,
  junitCsv,
];

/** The load-test format that the content speaks for most surely. */
export function loadFormat(sample: Sample): { reader: LoadReader; recognition: Recognition } | undefined {
  let best: { reader: LoadReader; recognition: Recognition } | undefined;
  for (const reader of LOAD_READERS) {
    const recognition = reader.recognise(sample);
    if (recognition && recognition.confidence > (best?.recognition.confidence ?? 0))
      best = { reader, recognition };
  }
  return best;
}

/** Reads one result, whichever tool made it. Throws a `LoadFault` for a format that is not known and for damage. */
export async function readLoadResult(file: {
  sample: Sample;
  bytes: AsyncIterable<Uint8Array>;
  name: string;
}): Promise<LoadResult> {
  const format = loadFormat(file.sample);
  if (!format)
    throw new LoadFault(
      file.sample.bytes.length === 0 ? 'The file is empty' : 'This is no load-test result that is known',
      file.name,
      `Looked for: ${LOAD_READERS.map((r) => r.looksFor).join('; ')}.`,
    );
  return format.reader.read(file);
}
