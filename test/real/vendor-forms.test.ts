import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AnomalyMonitors, anomalyMonitors } from '../../src/deliverables/slo/anomaly-vendors.js';
import { planOf } from '../../src/deliverables/slo/plan.js';
import { terraformFiles } from '../../src/deliverables/slo/terraform.js';
import { datadog, dynatrace } from '../../src/deliverables/slo/vendors.js';
import { readSloSpecs } from '../../src/evidence/readers/slo/read.js';
import { deliverablesOf, HOSTILE, hostilePrompt, PROMPTS } from '../deliverables/cases.js';
import { installVendorPackages, vendorFolder } from './vendor-packages.js';

const SPECS = fileURLToPath(new URL('../../bench/slo/specs/', import.meta.url));
const plans = readdirSync(SPECS)
  .sort()
  .flatMap((f) => readSloSpecs(readFileSync(join(SPECS, f), 'utf8')))
  .map(planOf);
const CASES = [
  ...PROMPTS,
  ...HOSTILE.map((name) => [`hostile: ${name}`, hostilePrompt(name)] as const),
] as const;

const SIGNALS = ['sum(rate(orders_total{shop="a"}[5m]))', 'max(queue_depth)'] as const;
function anomalies(query: string): AnomalyMonitors {
  const made = anomalyMonitors({ name: 'orders', query, season: 'week' }, 4);
  if (!made) throw new Error(query);
  return made;
}

const there = installVendorPackages();
if (!there && process.env.CI === 'true') throw new Error('the vendors’ packages could not be installed');

/** The text of a file of every case that has it, with the name of the case. */
async function every(path: string): Promise<[string, string][]> {
  const all = await Promise.all(
    CASES.map(async ([title, prompt]): Promise<[string, string][]> => {
      const text = (await deliverablesOf(prompt)).files.get(path);
      return text === undefined ? [] : [[title, text]];
    }),
  );
  return all.flat();
}

describe.skipIf(!there)('what is written for Datadog', () => {
  interface Serializer {
    deserialize(data: unknown, type: string): unknown;
    serialize(data: unknown, type: string): unknown;
  }
  const serializer = (): Serializer =>
    createRequire(`${vendorFolder}/`)(
      '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js',
    ).ObjectSerializer;

  /** Keys and values that the vendor's own client does not know. */
  function unknowns(x: unknown, path = ''): string[] {
    if (x === null || typeof x !== 'object') return [];
    const { _unparsed, additionalProperties } = x as { _unparsed?: boolean; additionalProperties?: object };
    return [
      ...(_unparsed === true || x.constructor.name === 'UnparsedObject' ? [`${path}: a value`] : []),
      ...Object.keys(additionalProperties ?? {}).map((k) => `${path}: the key ${k}`),
      ...Object.entries(x).flatMap(([k, v]) => unknowns(v, `${path}.${k}`)),
    ];
  }
  const read = (data: unknown, type: string): string[] => {
    const client = serializer();
    const parsed = client.deserialize(data, type);
    // Writing it again fails where a key that the form needs is not there.
    expect(client.serialize(parsed, type)).toEqual(data);
    return unknowns(parsed);
  };

  it('is read whole by its own client, and written again as it was: dashboards', async () => {
    const all = await every('dashboard/datadog.json');
    expect(all.length).toBeGreaterThan(2);
    for (const [title, text] of all) expect(read(JSON.parse(text), 'Dashboard'), title).toEqual([]);
  });

  it('is read whole by its own client, and written again as it was: monitors', async () => {
    for (const [title, text] of await every('alerts/datadog-monitors.json'))
      for (const monitor of JSON.parse(text)) expect(read(monitor, 'Monitor'), title).toEqual([]);
  });

  it('is read whole by its own client, and written again as it was: SLOs and monitors of their burn', () => {
    const { json } = datadog(plans);
    expect(json.length).toBeGreaterThan(10);
    for (const { slo, monitors } of json) {
      expect(read(slo, 'ServiceLevelObjectiveRequest')).toEqual([]);
      for (const monitor of monitors) expect(read(monitor, 'Monitor')).toEqual([]);
    }
  });

  it('is read whole by its own client, and written again as it was: monitors of what is usual', () => {
    for (const query of SIGNALS) expect(read(anomalies(query).datadog, 'Monitor')).toEqual([]);
  });

  it('would be noticed to be wrong', () => {
    const [first] = datadog(plans).json;
    expect(
      unknowns(serializer().deserialize({ ...first?.slo, kind: 'x' }, 'ServiceLevelObjectiveRequest')),
    ).toEqual([': the key kind']);
    expect(
      unknowns(serializer().deserialize({ ...first?.monitors[0], type: 'slow alert' }, 'Monitor')),
    ).not.toEqual([]);
  });
});

/** Types of the configuration of resources, and the modules of the packages that they are in. */
const RESOURCES: Readonly<Record<string, readonly [type: string, module: string]>> = {
  datadog_monitor: ['MonitorConfig', '@cdktf/provider-datadog/lib/monitor'],
  datadog_dashboard_json: ['DashboardJsonConfig', '@cdktf/provider-datadog/lib/dashboard-json'],
  datadog_service_level_objective: [
    'ServiceLevelObjectiveConfig',
    '@cdktf/provider-datadog/lib/service-level-objective',
  ],
  newrelic_alert_policy: ['AlertPolicyConfig', '@cdktf/provider-newrelic/lib/alert-policy'],
  newrelic_nrql_alert_condition: [
    'NrqlAlertConditionConfig',
    '@cdktf/provider-newrelic/lib/nrql-alert-condition',
  ],
  newrelic_one_dashboard_json: ['OneDashboardJsonConfig', '@cdktf/provider-newrelic/lib/one-dashboard-json'],
};
/** Blocks that may be there more than once. */
const LISTS = new Set(['thresholds']);

describe.skipIf(!there)('what is written in Terraform', () => {
  const folder = mkdtempSync(join(vendorFolder, 'check-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  type Parsed = Record<string, Record<string, Record<string, unknown[]>>>;
  const parse = (text: string): Promise<Parsed> =>
    createRequire(`${vendorFolder}/`)('@cdktf/hcl2json').parse('main.tf', text);

  async function files(): Promise<[string, string][]> {
    const ofCases = await Promise.all(
      ['datadog', 'newrelic', 'dynatrace'].map((v) => every(`terraform/${v}.tf`)),
    );
    return [...ofCases.flat(), ...terraformFiles(plans)];
  }

  it('is HCL by HashiCorp’s own parser, with every name of a resource once', async () => {
    const all = await files();
    expect(all.length).toBeGreaterThan(12);
    for (const [title, text] of all) {
      const { resource = {} } = await parse(text);
      const names = [...text.matchAll(/^resource "(\w+)" "(\w+)"/gm)].map((m) => `${m[1]}.${m[2]}`);
      expect(new Set(names).size, title).toBe(names.length);
      expect(Object.values(resource).flatMap((r) => Object.keys(r)).length, title).toBe(names.length);
    }
  });

  it('has the arguments of the providers’ published schemas, each of its type', async () => {
    const lines: string[] = [];
    for (const [, text] of await files())
      for (const [kind, byName] of Object.entries((await parse(text)).resource ?? {}))
        for (const [body] of Object.values(byName)) {
          const of = RESOURCES[kind];
          if (of) lines.push(`const c${lines.length}: import('${of[1]}').${of[0]} = ${typed(body)};`);
        }
    expect(lines.length).toBeGreaterThan(60);
    expect(typeErrors(lines)).toBe('');
    // A word that the schema does not know is found.
    const monitor = lines.find((l) => l.includes('.MonitorConfig')) ?? '';
    expect(typeErrors([monitor.replace('query:', 'querry:')])).toContain('querry');
    expect(typeErrors([monitor.replace('includeTags: true', 'includeTags: "yes"')])).toContain('string');
  }, 400_000);

  /** An object as TypeScript: names as cdktf has them, single blocks as objects, what Terraform converts or computes as anything. */
  function typed(x: unknown): string {
    if (typeof x === 'number') return `${x} as never`;
    if (typeof x === 'string') return /^\$\{.*\}$/s.test(x) ? '"" as never' : JSON.stringify(x);
    if (Array.isArray(x)) return `[${x.map(typed).join(', ')}]`;
    if (x === null || typeof x !== 'object') return String(x);
    const entries = Object.entries(x).map(([k, v]) => {
      const one = Array.isArray(v) && v.length === 1 && typeof v[0] === 'object' && !LISTS.has(k) ? v[0] : v;
      return `${k.replace(/_(\w)/g, (_, c: string) => c.toUpperCase())}: ${typed(one)}`;
    });
    return `{ ${entries.join(', ')} }`;
  }

  const typeErrors = (lines: readonly string[]): string => check(folder, lines);
});

/** What the type-checker says of a file in a folder of the packages. */
function check(folder: string, lines: readonly string[]): string {
  writeFileSync(join(folder, 'check.ts'), `${lines.join('\n')}\nexport {};\n`);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout } = spawnSync(
    join(root, 'node_modules/.bin/tsc'),
    [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--moduleResolution',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      '',
      join(folder, 'check.ts'),
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  return stdout;
}

/** Schema `builtin:anomaly-detection.metric-events`, as Dynatrace's documentation of the settings API has it. */
const metricEvent = z.strictObject({
  enabled: z.boolean(),
  summary: z.string().min(1),
  queryDefinition: z.strictObject({ type: z.literal('METRIC_SELECTOR'), metricSelector: z.string().min(1) }),
  modelProperties: z.strictObject({
    type: z.enum(['STATIC_THRESHOLD', 'AUTO_ADAPTIVE_THRESHOLD', 'SEASONAL_BASELINE']),
    threshold: z.number().optional(),
    tolerance: z.number().min(0.1).max(10).optional(),
    alertOnNoData: z.boolean(),
    alertCondition: z.enum(['ABOVE', 'BELOW', 'OUTSIDE']),
    violatingSamples: z.number().int().min(1),
    samples: z.number().int().min(1),
    dealertingSamples: z.number().int().min(1),
  }),
  eventTemplate: z.strictObject({
    title: z.string().min(1),
    description: z.string().min(1),
    eventType: z.enum([
      'AVAILABILITY',
      'CUSTOM_ALERT',
      'CUSTOM_ANNOTATION',
      'CUSTOM_CONFIGURATION',
      'CUSTOM_DEPLOYMENT',
      'ERROR',
      'INFO',
      'MARKED_FOR_TERMINATION',
      'RESOURCE',
      'SLOWDOWN',
    ]),
    davisMerge: z.boolean(),
    metadata: z.array(z.unknown()),
  }),
});

describe.skipIf(!there)('what is written for Dynatrace', () => {
  const folder = mkdtempSync(join(vendorFolder, 'check-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has the form of settings objects and documents that its own clients take', async () => {
    const objects = [
      ...(await every('alerts/dynatrace-events.json')).flatMap(([, text]) => JSON.parse(text)),
      ...dynatrace(plans).json,
    ];
    expect(objects.length).toBeGreaterThan(20);
    const [client, documents] = [
      '@dynatrace-sdk/client-classic-environment-v2',
      '@dynatrace-sdk/client-document',
    ];
    const lines = objects.map(
      (o, i) => `const c${i}: import('${client}').SettingsObjectCreate = ${JSON.stringify(o)};`,
    );
    const [dashboard] = await every('dashboard/dynatrace.json');
    expect(dashboard).toBeDefined();
    expect(
      check(folder, [
        ...lines,
        `const d: import('${documents}').CreateDocumentBody = { name: 'x', type: 'dashboard', content: new Blob([${JSON.stringify(dashboard?.[1])}]) };`,
      ]),
    ).toBe('');
    expect(check(folder, [lines[0]?.replace('"schemaId"', '"schema"') ?? ''])).toContain(
      'SettingsObjectCreate',
    );
  }, 400_000);

  it('has the values that the schema of metric events names', async () => {
    for (const [title, text] of await every('alerts/dynatrace-events.json'))
      for (const { value } of JSON.parse(text) as { value: unknown }[])
        expect(metricEvent.safeParse(value).error?.issues ?? [], title).toEqual([]);
    for (const query of SIGNALS) {
      const { value } = anomalies(query).dynatrace as { value: unknown };
      expect(metricEvent.safeParse(value).error?.issues ?? [], query).toEqual([]);
    }
  });
});
