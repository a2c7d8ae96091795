import type { Component, Context, Fact, Finding, Result } from '../domain/index.js';
import { isWhole } from '../readings/load.js';
import { isReplica, mainDatabase, mainService, ofKind } from '../readings/parts.js';
import { type Dialect, dialectOf, runtimeOf } from '../remedies/design/language.js';
import { jobLabel } from './signals/prometheus-names.js';
import { plainName } from './text.js';

export type OpenResult = Omit<Result, 'deliverables'>;

/** What files are written about: the parts of the case by role, with names that are safe in any file. */
export interface Parts {
  context: Context;
  /** The application, in plain words. */
  app: string;
  /** The service requests come in by, as a value of a label: lower case, no spaces. */
  job: string;
  /** The same as the label `job` of its series in Prometheus: with its namespace, where telemetry says one. */
  promJob: string;
  service: Component | undefined;
  runtime: string | undefined;
  database: Component | undefined;
  dialect: Dialect | undefined;
  replica: Component | undefined;
  cache: Component | undefined;
  queues: Component[];
  /** Remote services on the path: internal and third-party. */
  callees: Component[];
  /** Findings that may still hold, the likeliest first. */
  findings: Finding[];
  kubernetes: boolean;
}

/** Resolves the parts once for all files of a result. */
export function partsOf(result: OpenResult, context: Context): Parts {
  const service = mainService(context);
  const database = mainDatabase(context) ?? ofKind(context, 'search')[0];
  const job = label(jobName(context, service));
  return {
    context,
    app: plainName(result.case.appName || context.app.name) || 'service',
    job,
    promJob: jobLabel(context, job, label),
    service,
    runtime: runtimeOf(service) ?? onlyRuntime(context),
    database,
    dialect: dialectOf(database),
    replica: ofKind(context, 'database').find((d) => isReplica(d) || d.roles.includes('replica')),
    cache: ofKind(context, 'cache')[0],
    queues: ofKind(context, 'queue'),
    callees: ofKind(context, 'dependency'),
    findings: result.findings.filter((f) => f.verdict !== 'refuted' && f.rival === undefined),
    kubernetes:
      context.components.some((c) => ['kubernetes', 'eks', 'gke', 'aks', 'keda'].includes(c.product ?? '')) ||
      /\bpods?\b|kubernetes|\bk8s\b|\bEKS\b|\bGKE\b|\bAKS\b/i.test(
        `${context.case.inputs.architecture ?? ''} ${context.case.inputs.current_metrics ?? ''}`,
      ),
  };
}

function onlyRuntime(context: Context): string | undefined {
  const all = new Set(context.components.map(runtimeOf).filter((r) => r !== undefined));
  return all.size === 1 ? [...all][0] : undefined;
}

const jobName = (context: Context, service: Component | undefined): string =>
  context.telemetry?.entry.service ??
  (service && !/\(/.test(service.subject.name)
    ? service.subject.name
    : context.case.appName || context.app.name);

/** A label value of letters, digits, dots and dashes: what else stands in a name would end quotes or a rule. */
export const label = (text: string): string =>
  plainName(text)
    .replace(/\(.*?\)/g, ' ')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60) || 'service';

/** CamelCase of letters and digits, for names of alerts. */
export const alertName = (text: string): string =>
  plainName(text)
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+(.)?/g, (_, c: string | undefined) => (c ?? '').toUpperCase())
    .replace(/^./, (c) => c.toUpperCase())
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 40);

/** The latency asked for of the whole, else of any part, the highest percentile first. */
export function latencyTargets(context: Context): Fact[] {
  const all = context.facts
    .every({
      name: ['latency.p999', 'latency.p99', 'latency.p95', 'latency.p90'],
      phase: ['target', 'planned'],
    })
    .filter((f) => f.value > 0);
  const whole = all.filter((f) => isWhole(context, f.subject));
  return [...whole, ...all.filter((f) => !whole.includes(f))];
}

export const mayHold = (parts: Parts, ...hypotheses: string[]): boolean =>
  parts.findings.some((f) => hypotheses.includes(f.hypothesis));

export const usesTool = (context: Context, ...products: string[]): boolean =>
  context.tools.some((t) => products.includes(t.product));
