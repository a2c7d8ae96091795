import { type Dialect, delimitedReader, type Field, numberIn, timeMs } from './delimited.js';

const SECONDS = ['time', 'time (s)', 'time_s', 'duration_s', 'seconds'];
const MILLISECONDS = ['duration in ms', 'duration (ms)', 'duration_ms', 'time_ms'];
const OUTCOME = ['status', 'result', 'outcome', 'failure'];

/**
 * One row a test, as tables of JUnit results have it: a name, a duration whose unit its column names, an outcome. Allure
 * writes it (data/suites.csv), and so does what turns JUnit XML into CSV. A bare "duration" is left alone: its unit is not said.
 */
export const junitCsv = delimitedReader({
  id: 'junit-csv',
  title: 'JUnit-like CSV',
  looksFor: 'CSV with a name, a time in seconds or milliseconds and a status',
  columns: [
    ['testcase', 'test case', 'test', 'classname', 'test method', 'name'],
    [...SECONDS, ...MILLISECONDS],
    OUTCOME,
  ],
  row: (f) => {
    const milliseconds = f(...MILLISECONDS);
    return testRow(f, milliseconds === undefined ? numberIn(f(...SECONDS)) * 1000 : numberIn(milliseconds));
  },
  about: aboutTests(),
});

/** What pytest writes with --csv of pytest-csv; its durations are seconds. */
export const pytestCsv = delimitedReader({
  id: 'pytest-csv',
  title: 'pytest CSV',
  looksFor: 'the CSV of pytest-csv',
  columns: ['id', 'module', 'name', 'status', 'duration'],
  row: (f) => testRow(f, numberIn(f('duration')) * 1000),
  about: aboutTests(),
});

function testRow(f: Field, durationMs: number) {
  const outcome = (f(...OUTCOME) ?? '').toLowerCase();
  if (outcome.startsWith('skip')) return 'skipped';
  const names = [
    f('parent suite'),
    f('suite', 'classname', 'testsuite', 'module'),
    f('sub suite'),
    f('testcase', 'test case', 'test', 'name'),
  ].filter((n): n is string => n !== undefined && n !== '');
  return {
    name: [...new Set(names)].join(' / '),
    durationMs,
    failed: /fail|error|false|broken/.test(outcome),
    ...timeMs(f('timestamp', 'started', 'start')),
  };
}

function aboutTests(): Dialect['about'] {
  return {
    tool: 'tests',
    loop: 'closed',
    omissionSafe: false,
    lowerBound: true,
    caveats: [
      'Tests run one after the other: these are durations without load beside them.',
      'Skipped tests are left out.',
    ],
  };
}
