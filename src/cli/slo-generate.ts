import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dashboardOf } from '../deliverables/slo/dashboard.js';
import { planOf, type SloPlan } from '../deliverables/slo/plan.js';
import { alertmanagerConfig } from '../deliverables/slo/routes.js';
import { testFile } from '../deliverables/slo/rule-tests.js';
import { ruleFile } from '../deliverables/slo/rules.js';
import { runbookOf } from '../deliverables/slo/runbook.js';
import { terraformFiles } from '../deliverables/slo/terraform.js';
import { datadog, dynatrace, newRelic } from '../deliverables/slo/vendors.js';
import { fileText } from '../domain/index.js';
import { durationMs } from '../evidence/readers/promql/duration.js';
import { isSloSpec, readSloSpecs } from '../evidence/readers/slo/read.js';
import { writeOpenSlo, writeSloth } from '../evidence/readers/slo/write.js';
import { readRuleFile } from '../experiments/rules/rule-file.js';
import { runRuleTests } from '../experiments/rules/unit-test.js';
import { EXIT, UserError } from './exit.js';
import { inFile, readText } from './slo-files.js';

export interface SloGenerateOptions {
  out: string;
  period?: string;
  runbook: string;
  json?: boolean;
}

interface Written {
  files: string[];
  checks: number;
  failures: string[];
  notes: string[];
}

/** `slo generate`: 0 written and its tests hold, 1 a shipped test does not. */
export async function runSloGenerate(path: string, options: SloGenerateOptions): Promise<number> {
  const text = readText(path);
  const written = isSloSpec(text) ? await fromSpec(path, text, options) : await fromCase(path, text, options);
  process.stdout.write(options.json ? `${JSON.stringify(written)}\n` : told(written, options.out));
  return written.failures.length > 0 ? EXIT.checkFailed : EXIT.fine;
}

function told(w: Written, out: string): string {
  return [
    `${w.files.length} files in ${out}${w.checks > 0 ? `; ${w.checks} checks of the rules were run, ${w.failures.length} failed` : ''}.`,
    ...w.failures.map((f) => `failed: ${f}`),
    ...w.notes.map((n) => `note: ${n}`),
    '',
  ].join('\n');
}

async function fromSpec(path: string, text: string, options: SloGenerateOptions): Promise<Written> {
  const specs = inFile(path, () => readSloSpecs(text));
  const periodMs = options.period === undefined ? undefined : durationMs(options.period);
  if (options.period !== undefined && !(periodMs !== undefined && periodMs >= 86_400_000))
    throw new UserError(
      EXIT.badInput,
      `--period ${options.period} is no period.`,
      '--period',
      'Write days: 28d.',
    );
  const plans = specs.map((s) =>
    planOf(periodMs === undefined ? s : { ...s, period: { kind: 'rolling', seconds: periodMs / 1000 } }),
  );
  const files = filesOf(plans, options.runbook);
  await writeAll(options.out, files);
  const results = plans.map((p) =>
    runRuleTests(testFile([p]).text, readRuleFile(ruleFile([p], options.runbook))),
  );
  return {
    files: [...files.keys()],
    checks: results.reduce((n, r) => n + r.checks, 0),
    failures: results.flatMap((r) => r.failures.map((f) => `${f.test}: ${f.what}`)),
    notes: notesOf(plans),
  };
}

function filesOf(plans: readonly SloPlan[], runbook: string): Map<string, string> {
  const json = (x: unknown): string => `${JSON.stringify(x, null, 2)}\n`;
  const files = new Map<string, string>();
  for (const p of plans) {
    // A file each: promtool runs every rule of a file for every test.
    files.set(`prometheus/${p.spec.id}.rules.yml`, ruleFile([p], runbook));
    files.set(`prometheus/${p.spec.id}.test.yml`, testFile([p], `${p.spec.id}.rules.yml`).text);
  }
  const specs = plans.map((p) => p.spec);
  files.set('alertmanager.yml', alertmanagerConfig(plans));
  files.set('grafana.json', json(dashboardOf(plans, specs[0]?.service ?? 'service', runbook)));
  files.set('runbook.md', runbookOf(plans));
  files.set('openslo.yaml', writeOpenSlo(specs));
  for (const [service, text] of writeSloth(specs).files) files.set(`sloth-${slug(service)}.yml`, text);
  files.set('datadog.json', json(datadog(plans).json));
  files.set('newrelic.json', json(newRelic(plans).json));
  files.set('dynatrace.json', json(dynatrace(plans).json));
  for (const [name, text] of terraformFiles(plans)) files.set(`terraform/${name}`, text);
  return files;
}
const slug = (s: string): string => s.toLowerCase().replace(/[^a-z0-9]+/g, '-') || 'service';

function notesOf(plans: readonly SloPlan[]): string[] {
  const refused = plans.flatMap((p) =>
    p.refused.map(
      (r) =>
        `${r.name} is left out: ${r.reason === 'unreachable' ? `${r.factor} × ${p.budget} is ${Number(r.threshold.toPrecision(6))}, and no share exceeds 1` : `at ${r.factor} times the allowed speed the budget lasts the period`}`,
    ),
  );
  const untested = testFile(plans).untested.map((u) => `not tested: ${u}`);
  const left = [
    ...datadog(plans).left.map((l) => `Datadog: ${l}`),
    ...newRelic(plans).left.map((l) => `New Relic: ${l}`),
    ...dynatrace(plans).left.map((l) => `Dynatrace: ${l}`),
    ...writeSloth(plans.map((p) => p.spec)).left.map((l) => `Sloth: ${l.spec.id}: ${l.reason}`),
  ];
  return [
    ...refused,
    ...plans.flatMap((p) => p.notes.map((n) => `${p.spec.id}: ${n}`)),
    ...untested,
    ...left,
  ];
}

async function writeAll(out: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, text] of files) {
    const path = join(out, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

const KINDS = ['alerts', 'alert-tests', 'dashboard', 'runbook'];

/** The monitoring files of a case, as an investigation writes them. */
async function fromCase(path: string, text: string, options: SloGenerateOptions): Promise<Written> {
  const { investigate } = await import('../investigate/investigate.js');
  const { result } = await investigate({
    caseText: text,
    caseFolder: dirname(path),
    evidence: [],
    redact: true,
  });
  const made = result.deliverables.filter((d) => KINDS.includes(d.kind));
  if (made.length === 0)
    throw new UserError(
      EXIT.badInput,
      'This is neither a specification nor a case with targets.',
      path,
      'Give OpenSLO v1 or Sloth, or a case that names its targets and its monitoring.',
    );
  const files = new Map(made.map((d) => [d.path, fileText(d.text)]));
  await writeAll(options.out, files);
  const rules = files.get('alerts/rules.yml');
  const tests = files.get('alerts/rules.test.yml');
  const run = rules && tests ? runRuleTests(tests, readRuleFile(rules)) : { checks: 0, failures: [] };
  return {
    files: [...files.keys()],
    checks: run.checks,
    failures: run.failures.map((f) => `${f.test}: ${f.what}`),
    notes: [],
  };
}
