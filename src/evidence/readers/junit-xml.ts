import { SaxesParser } from 'saxes';
import type { EvidenceReader } from './reader.js';
import type { ChangeEvent } from './records.js';
import { parseTimeNs } from './time.js';

/** Names of failed tests that are told. */
const NAMED = 3;

/** What a file of JUnit results says as a whole. */
export interface TestRun {
  name: string;
  tests: number;
  failed: number;
  skipped: number;
  seconds: number;
  /** The earliest `timestamp` of its suites; some writers give none. */
  timeNs: bigint | undefined;
  /** The first of those that failed. */
  failures: string[];
}

/** Results of tests as CI keeps them: what was known of a revision before it was deployed. */
export default {
  id: 'junit-xml',
  title: 'JUnit XML',
  looksFor: 'testsuite or testsuites with testcase',
  recognise(sample) {
    const start =
      sample.text?.replace(/^\uFEFF?\s*(?:<\?xml[^>]{0,200}\?>)?\s*(?:<!--[\s\S]{0,2000}?-->\s*)*/, '') ?? '';
    return /^<testsuites?[\s>/]/.test(start)
      ? { confidence: 1, by: `<${start.startsWith('<testsuites') ? 'testsuites' : 'testsuite'}> at its root` }
      : undefined;
  },
  async read({ bytes, sink, problem }) {
    const run = await readTestRun(bytes, (what, line) =>
      problem({
        severity: 'error',
        what: `This is no XML: ${what}.`,
        where: `line ${line}`,
        todo: 'Write the results again; what came before this place was used.',
      }),
    );
    if (run.tests > 0) sink.change(testRunChange(run, ''), 1);
  },
} satisfies EvidenceReader;

/** Counts the test cases; nested suites count once. `wrong` is told the first fault, and reading ends there. */
export async function readTestRun(
  bytes: AsyncIterable<Uint8Array>,
  wrong: (what: string, line: number) => void,
): Promise<TestRun> {
  const run: TestRun = {
    name: '',
    tests: 0,
    failed: 0,
    skipped: 0,
    seconds: 0,
    timeNs: undefined,
    failures: [],
  };
  const parser = new SaxesParser();
  let current: { name: string; outcome: 'passed' | 'failed' | 'skipped' } | undefined;
  let fault: string | undefined;
  parser.on('error', (error) => {
    fault ??= error.message.replace(/^\d+:\d+:\s*/, '').replace(/\.$/, '');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'testsuite' || name === 'testsuites') {
      if (run.name === '') run.name = attributes.name ?? '';
      const timeNs = parseTimeNs(attributes.timestamp);
      if (timeNs !== undefined && (run.timeNs === undefined || timeNs < run.timeNs)) run.timeNs = timeNs;
    } else if (name === 'testcase') {
      const time = Number((attributes.time ?? '').replaceAll(',', ''));
      if (Number.isFinite(time) && time > 0) run.seconds += time;
      current = {
        name: [attributes.classname, attributes.name].filter((n) => n !== undefined && n !== '').join(' / '),
        outcome: 'passed',
      };
    } else if (current && (name === 'failure' || name === 'error')) current.outcome = 'failed';
    else if (current && name === 'skipped') current.outcome = 'skipped';
  });
  parser.on('closetag', ({ name }) => {
    if (name !== 'testcase' || !current) return;
    run.tests++;
    if (current.outcome === 'skipped') run.skipped++;
    if (current.outcome === 'failed') {
      run.failed++;
      if (run.failures.length < NAMED) run.failures.push(current.name.slice(0, 200));
    }
    current = undefined;
  });
  const decoder = new TextDecoder();
  for await (const chunk of bytes) {
    parser.write(decoder.decode(chunk, { stream: true }));
    if (fault !== undefined) break;
  }
  if (fault === undefined) parser.close();
  if (fault !== undefined) wrong(fault, parser.line);
  return run;
}

/** `812 tests, 3 failed: cart / pays, …`: results as an event of CI. */
export function testRunChange(run: TestRun, revision: string): ChangeEvent {
  const { tests, failed, failures } = run;
  const more = failed > failures.length ? ', …' : '';
  return {
    timeNs: run.timeNs,
    kind: 'ci',
    service: '',
    name: run.name || 'tests',
    summary:
      failed === 0
        ? `${tests} tests passed`
        : `${failed} of ${tests} tests failed: ${failures.join(', ')}${more}`,
    revision,
    version: '',
    author: '',
    files: [],
    diff: '',
  };
}
