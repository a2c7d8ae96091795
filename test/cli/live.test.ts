import { describe, expect, test } from 'vitest';
import { readCase } from '../../src/case/index.js';
import { entriesOf, windowsOf } from '../../src/cli/live.js';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const systemsOf = (text: string) => (readCase(text).sources ?? []).flatMap((s) => ('system' in s ? [s] : []));
const CASE = `app_name: Shop
windows:
  incident: {from: 2026-05-01T10:00:00Z, to: 2026-05-01T11:00:00Z}
  baseline: {from: 2026-04-30T10:00:00Z, to: 2026-04-30T11:00:00Z}
sources:
  - changes.ndjson
  - {system: prometheus, url: "http://prometheus:9090", match: 'namespace="shop"', limits: {calls: 50}}
  - {system: jaeger, name: traces, url: "http://jaeger:16686", services: [cart, tax]}
`;

describe('sources of a case', () => {
  test('stand beside its files, with options and limits', () => {
    const read = readCase(CASE);
    expect(read.problems).toEqual([]);
    expect(read.sources).toEqual([
      { path: 'changes.ndjson' },
      {
        system: 'prometheus',
        url: 'http://prometheus:9090',
        options: { match: 'namespace="shop"' },
        limits: { calls: 50 },
      },
      {
        system: 'jaeger',
        name: 'traces',
        url: 'http://jaeger:16686',
        options: { services: ['cart', 'tax'] },
        limits: {},
      },
    ]);
  });

  test.each([
    ['{system: prometheus, url: 5}', /url of a source is no text/],
    ['{system: prometheus, match: {a: 1}}', /option `match`/],
    ['{system: prometheus, limits: {calls: many}}', /A limit of a source/],
    ['{system: prometheus, limits: {cals: 5}}', /A limit of a source/],
  ])('%s is named with its line', (entry, words) => {
    const [problem] = readCase(`app_name: Shop\nsources:\n  - ${entry}\n`).problems;
    expect(problem?.what).toMatch(words);
    expect(problem?.where).toMatch(/^case\.yaml, line 3/);
  });

  test('are not trusted with credentials; naming one on the command line vouches for it', () => {
    const systems = systemsOf(CASE);
    expect(entriesOf([], systems).map((e) => [e.name, e.trusted])).toEqual([
      ['prometheus', false],
      ['traces', false],
    ]);
    expect(entriesOf(['prometheus'], systems)[0]).toMatchObject({
      url: 'http://prometheus:9090',
      trusted: true,
      options: { match: 'namespace="shop"' },
    });
    expect(entriesOf(['prometheus=http://other:9090,step:30'], systems)[0]).toMatchObject({
      url: 'http://other:9090',
      options: { match: 'namespace="shop"', step: '30' },
    });
  });

  test('that share a name, or have no address, are refused', () => {
    expect(() =>
      entriesOf(
        [],
        systemsOf(
          'app_name: a\nsources:\n  - {system: loki, url: "http://a"}\n  - {system: loki, url: "http://b"}\n',
        ),
      ),
    ).toThrow(/Two sources are called loki/);
    expect(() => entriesOf(['loki'], [])).toThrow(/Grafana Loki needs an address/);
    expect(() => entriesOf(['loki=http://user:secret@host'], [])).toThrow(/holds a user or a password/);
    try {
      entriesOf(['loki=http://user:secret@host'], []);
    } catch (error) {
      expect(String(error)).not.toContain('secret@');
    }
  });

  test('of this machine need no address', () => {
    expect(entriesOf(['host,seconds:2'], [])).toEqual([
      { name: 'host', system: 'host', options: { seconds: '2' }, limits: {}, trusted: true },
    ]);
  });
});

describe('the time that is asked for', () => {
  const of = readCase(CASE).windows;
  test('is that of the options, then that of the case, then the last two hours', () => {
    expect(windowsOf({ source: [] }, undefined, NOW)).toEqual({
      windows: [{ fromMs: NOW - 7_200_000, toMs: NOW, role: 'unspecified' }],
      fixed: false,
    });
    expect(windowsOf({ source: [] }, of, NOW).windows.map((w) => [w.role, w.toMs - w.fromMs])).toEqual([
      ['baseline', 3_600_000],
      ['incident', 3_600_000],
    ]);
    expect(windowsOf({ source: [], window: '30m' }, undefined, NOW).windows).toEqual([
      { fromMs: NOW - 1_800_000, toMs: NOW, role: 'unspecified' },
    ]);
    expect(
      windowsOf(
        {
          source: [],
          window: '2026-05-01T08:00Z/2026-05-01T09:00Z',
          baselineWindow: '2026-05-01T06:00Z/2026-05-01T07:00Z',
        },
        of,
        NOW,
      ),
    ).toMatchObject({ fixed: true, windows: [{ role: 'baseline' }, { role: 'incident' }] });
  });

  test.each(['yesterday', '2026-05-01T09:00Z/2026-05-01T08:00Z', '2026-05-01/2026-05-02', '-5m'])(
    '%s is no window',
    (window) => {
      expect(() => windowsOf({ source: [], window }, undefined, NOW)).toThrow(/--window/);
    },
  );
});
