import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { flagDifferences } from '../../../src/evidence/connectors/flagd.js';
import { type CollectedLines, collected, entry, FROM_MS, HOUR } from './collecting.js';
import { fakeForEachTest, type Reply, type Seen } from './fake.js';

const { start, seen } = fakeForEachTest();
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-flags-'));
afterAll(() => rmSync(folder, { recursive: true }));

const AT_MS = FROM_MS + 60_000;
const AT = new Date(AT_MS).toISOString();
const LONG_AGO = new Date(FROM_MS - 40 * 86_400_000).toISOString();

const changesIn = (lines: CollectedLines): { kind: string; name: string; summary: string }[] =>
  lines.of('change') as { kind: string; name: string; summary: string }[];
const said = (lines: CollectedLines): string[] => changesIn(lines).map((c) => `${c.kind} ${c.summary}`);

describe('LaunchDarkly', () => {
  const ENVIRONMENT = { LAUNCHDARKLY_ACCESS_TOKEN: 'api-1' };
  const item = (n: number, over: Record<string, unknown> = {}) => ({
    _id: `${n}`,
    date: AT_MS - n,
    kind: 'flag',
    name: 'New cart',
    title: '[Jane Doe](mailto:jane@example.com) turned on the flag [New cart](https://x) in `Production`',
    titleVerb: 'turned on the flag',
    accesses: [{ action: 'updateOn', resource: `proj/shop:env/production:flag/new-cart-${n};web` }],
    member: { firstName: 'Jane', lastName: 'Doe', email: 'jane@example.com' },
    comment: n === 1 ? 'for the sale' : '',
    ...over,
  });
  /** As strict as the API: the token stands alone, twenty entries at most, both times in ms. */
  const launchdarkly =
    (all: object[]) =>
    (r: Seen): Reply => {
      if (r.headers.authorization !== 'api-1')
        return { status: 401, body: { code: 'unauthorized', message: 'Invalid access token' } };
      if (r.path !== '/api/v2/auditlog')
        return { status: 404, body: { code: 'not_found', message: 'Unknown' } };
      const limit = Number(r.parameters.get('limit') ?? 10);
      if (limit > 20)
        return { status: 400, body: { code: 'invalid_request', message: 'limit must be at most 20' } };
      const before = Number(r.parameters.get('before') ?? Number.MAX_SAFE_INTEGER);
      const after = Number(r.parameters.get('after') ?? 0);
      if (String(before).length < 13 || (after > 0 && String(after).length < 13))
        return { status: 400, body: { code: 'invalid_request', message: 'times are epoch milliseconds' } };
      const items = (all as { date: number }[])
        .filter((i) => i.date < before && i.date > after)
        .sort((a, b) => b.date - a.date);
      return { body: { _links: { self: { href: '/api/v2/auditlog' } }, items: items.slice(0, limit) } };
    };

  test('changes of flags are taken, page before page, with the environment asked for', async () => {
    const url = await start(
      launchdarkly([
        ...Array.from({ length: 45 }, (_, i) => item(i + 1)),
        item(0, { kind: 'member', accesses: [{ action: 'updateRole', resource: 'member/1' }] }),
        item(100, { date: Date.parse(LONG_AGO) }),
      ]),
    );
    const lines = await collected(
      entry('launchdarkly', url, { project: 'shop', environment: 'production' }),
      {
        environment: ENVIRONMENT,
      },
    );
    expect(lines.gaps).toEqual([]);
    expect(changesIn(lines)).toHaveLength(45);
    expect(changesIn(lines)[0]).toMatchObject({
      kind: 'flag',
      name: 'new-cart-1',
      summary: 'new-cart-1: turned on the flag in production (shop): for the sale',
    });
    expect(seen().at(-1)?.parameters.get('spec')).toBe('proj/shop:env/production:flag/*');
    expect(lines.text).not.toMatch(/Jane|jane@/);
  });

  test('a scheme before the token is refused, and a wrong token is named', async () => {
    const url = await start(launchdarkly([]));
    const lines = await collected(entry('launchdarkly', url), {
      environment: { LAUNCHDARKLY_ACCESS_TOKEN: 'other' },
    });
    expect(lines.gaps).toEqual(['LaunchDarkly gave nothing: it answered 401: Invalid access token.']);
  });

  test('a key that would be another resource is not asked for', async () => {
    const url = await start(launchdarkly([]));
    const lines = await collected(entry('launchdarkly', url, { environment: 'a:flag/*,proj' }), {
      environment: ENVIRONMENT,
    });
    expect(lines.gaps[0]).toMatch(/odd key/);
  });
});

describe('Unleash', () => {
  const event = (type: string, over: Record<string, unknown> = {}) => ({
    id: 1,
    type,
    createdBy: 'jane@example.com',
    createdAt: AT,
    project: 'default',
    environment: 'production',
    featureName: 'new-cart',
    data: null,
    preData: null,
    ...over,
  });
  const events = [
    event('feature-environment-enabled'),
    event('feature-strategy-update', {
      data: { name: 'flexibleRollout', parameters: { rollout: '100', groupId: 'new-cart' } },
    }),
    event('feature-environment-enabled', { environment: 'development' }),
    event('user-created', { featureName: null }),
    event('feature-tagged'),
    event('feature-environment-disabled', { createdAt: new Date(FROM_MS + 4 * 3_600_000).toISOString() }),
  ];
  /** As strict as the API: filters with their operator, days and no times, a thousand at most. */
  const unleash =
    (hasSearch: boolean) =>
    (r: Seen): Reply => {
      if (r.headers.authorization !== 'user:admin')
        return {
          status: 401,
          body: { name: 'AuthenticationRequired', message: 'You must log in to use Unleash.' },
        };
      if (hasSearch && r.path === '/api/admin/search/events') {
        for (const key of ['from', 'to'])
          if (!/^(?:IS_ON_OR_AFTER|IS_BEFORE|IS):\d{4}-\d{2}-\d{2}$/.test(r.parameters.get(key) ?? ''))
            return {
              status: 400,
              body: { message: `Request validation failed: ${key} does not match pattern` },
            };
        if (Number(r.parameters.get('limit')) > 1000)
          return { status: 400, body: { message: 'limit must be <= 1000' } };
        return { body: { events, total: events.length } };
      }
      if (!hasSearch && r.path === '/api/admin/events') return { body: { version: 1, events } };
      return { status: 404, body: { message: 'The path does not exist' } };
    };

  test.each([
    ['by search', true],
    ['of before search by the list', false],
  ])('%s: changes of flags in the window and the environment', async (_, hasSearch) => {
    const url = await start(unleash(hasSearch));
    const lines = await collected(entry('unleash', url, { environment: 'production' }), {
      environment: { UNLEASH_TOKEN: 'user:admin' },
    });
    expect(lines.gaps).toEqual([]);
    expect(said(lines)).toEqual([
      'flag new-cart: enabled in production (default)',
      'flag new-cart: strategy update flexibleRollout 100 % in production (default)',
    ]);
    expect(lines.text).not.toContain('jane@');
  });

  test('without a token says so', async () => {
    const url = await start(unleash(true));
    expect((await collected(entry('unleash', url))).gaps).toEqual([
      'Unleash gave nothing: it answered 401: You must log in to use Unleash.',
    ]);
  });
});

describe('Flagsmith', () => {
  const log = (text: string, over: Record<string, unknown> = {}) => ({
    id: 1,
    created_date: AT,
    log: text,
    author: { id: 1, email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe' },
    environment: { id: 3, name: 'Production' },
    project: { id: 7, name: 'Shop' },
    related_object_type: 'FEATURE_STATE',
    is_system_event: false,
    ...over,
  });

  test('its log comes newest first, and pages end where the window begins', async () => {
    const pages = [
      [
        log('Flag state updated for feature: new_cart'),
        log('New Environment created: Staging', { related_object_type: 'ENVIRONMENT' }),
      ],
      [
        log("Segment 'sale' updated", { related_object_type: 'SEGMENT' }),
        log('old', { created_date: LONG_AGO }),
      ],
      [log('never asked for')],
    ];
    const url = await start((r) => {
      if (r.headers.authorization !== 'Api-Key fs-1')
        return { status: 401, body: { detail: 'Authentication credentials were not provided.' } };
      // Without the slash at its end Django redirects.
      if (r.path !== '/api/v1/audit/') return { status: 404, body: { detail: 'Not found.' } };
      const page = Number(r.parameters.get('page') ?? '1');
      return {
        body: {
          count: 5,
          next: page < pages.length ? `${url}/api/v1/audit/?page=${page + 1}` : null,
          previous: null,
          results: pages[page - 1] ?? [],
        },
      };
    });
    const lines = await collected(entry('flagsmith', url, { project: '7' }), {
      environment: { FLAGSMITH_API_KEY: 'fs-1' },
    });
    expect(lines.gaps).toEqual([]);
    expect(changesIn(lines).map((c) => [c.name, c.summary])).toEqual([
      ['new_cart', 'Flag state updated for feature: new_cart in Production'],
      ['sale', "Segment 'sale' updated in Production"],
    ]);
    expect(seen().some((s) => s.parameters.get('page') === '3')).toBe(false);
    expect(lines.text).not.toMatch(/Jane|jane@/);
  });
});

describe('flagd', () => {
  const flag = (over: object) => ({
    state: 'ENABLED',
    variants: { on: true, off: false },
    defaultVariant: 'off',
    ...over,
  });

  test('tells what two versions of its definitions give differently', () => {
    const before = JSON.stringify({
      flags: { cart: flag({}), gone: flag({}), same: flag({}), rule: flag({ targeting: {} }) },
    });
    const after = JSON.stringify({
      flags: {
        cart: flag({ defaultVariant: 'on' }),
        same: flag({}),
        rule: flag({ targeting: { if: [true, 'on'] }, state: 'DISABLED' }),
        fresh: flag({}),
      },
    });
    expect(flagDifferences(before, after)).toEqual([
      { flag: 'cart', what: 'default variant off → on' },
      { flag: 'fresh', what: 'added, ENABLED, default variant off' },
      { flag: 'gone', what: 'removed' },
      { flag: 'rule', what: 'state ENABLED → DISABLED, targeting changed' },
    ]);
  });

  test('reads the resources of the operator, and nothing from what is no definition', () => {
    const crd = (variant: string): string =>
      `apiVersion: core.openfeature.dev/v1beta1\nkind: FeatureFlag\nspec:\n  flagSpec:\n    flags:\n      cart:\n        state: ENABLED\n        defaultVariant: ${variant}\n`;
    expect(flagDifferences(crd('a'), crd('b'))).toEqual([{ flag: 'cart', what: 'default variant a → b' }]);
    expect(flagDifferences('{ not: [yaml', '')).toEqual([]);
  });

  test.skipIf(spawnSync('git', ['--version']).status !== 0)(
    'commits of a repository on this machine are changes of flags',
    async () => {
      const repository = join(folder, 'definitions');
      mkdirSync(join(repository, 'prod'), { recursive: true });
      const git = (...args: string[]): void => {
        execFileSync('git', ['-C', repository, ...args], {
          env: {
            ...process.env,
            GIT_AUTHOR_NAME: 'J',
            GIT_AUTHOR_EMAIL: 'j@example.com',
            GIT_COMMITTER_NAME: 'J',
            GIT_COMMITTER_EMAIL: 'j@example.com',
            GIT_COMMITTER_DATE: AT,
            GIT_AUTHOR_DATE: AT,
            GIT_CONFIG_GLOBAL: '/dev/null',
          },
        });
      };
      const write = (flags: object): void =>
        writeFileSync(join(repository, 'prod', 'flags.json'), JSON.stringify({ flags }));
      git('init', '-q');
      write({ cart: flag({}) });
      git('add', '.');
      git('commit', '-q', '-m', 'first');
      write({ cart: flag({ defaultVariant: 'on' }) });
      git('commit', '-q', '-am', 'turn it on');
      const lines = await collected(entry('flagd', undefined, { path: repository, service: 'cart' }));
      expect(lines.gaps).toEqual([]);
      expect(said(lines)).toEqual([
        'flag cart: default variant off → on',
        'flag cart: added, ENABLED, default variant off',
      ]);
      const later = { ...HOUR, fromMs: FROM_MS + 48 * 3_600_000, toMs: FROM_MS + 49 * 3_600_000 };
      const none = await collected(entry('flagd', undefined, { path: repository }), { windows: [later] });
      expect(none.of('change')).toEqual([]);
    },
  );
});
