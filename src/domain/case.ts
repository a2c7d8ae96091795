import { z } from 'zod';
import { factSchema } from './fact.js';
import { layerSchema } from './layer.js';
import { SUBJECT_KINDS, subjectSchema } from './subject.js';

/** The ten inputs, in the order of the brief. */
export const INPUT_KEYS = [
  'app_name',
  'architecture',
  'performance_issues',
  'current_metrics',
  'target_metrics',
  'observability',
  'recent_changes',
  'constraints',
  'workload',
  'dependencies',
] as const;
export type InputKey = (typeof INPUT_KEYS)[number];

/** Characters [start, end) of an input's text. */
export const placeSchema = z.object({
  input: z.enum(INPUT_KEYS),
  start: z.number(),
  end: z.number(),
  text: z.string(),
});
export type Place = z.infer<typeof placeSchema>;

/** A part of the system: named in the case or seen in telemetry. */
export const componentSchema = z.object({
  subject: subjectSchema,
  kind: z.enum(SUBJECT_KINDS),
  layer: layerSchema,
  /** Product id in the knowledge data: `postgresql`, `redis`, `nodejs`, `kafka`. */
  product: z.string().optional(),
  version: z.string().optional(),
  /** `primary`, `replica`, `third-party`, `internal`, `worker`, `producer`, `consumer` … */
  roles: z.array(z.string()),
  /** The runtime of a service: product id such as `nodejs`, `jvm`, `python`, `go`, `dotnet`. */
  runtime: z.string().optional(),
  places: z.array(placeSchema),
});
export type Component = z.infer<typeof componentSchema>;

/** Caller → callee, from arrows in the text, from words ("calls", "reads from") or from traces. */
export const linkSchema = z.object({
  from: z.string(),
  to: z.string(),
  origin: z.enum(['stated', 'measured', 'assumed']),
  asynchronous: z.boolean().default(false),
});
export type Link = z.infer<typeof linkSchema>;

export const SYMPTOMS = [
  'tail-latency', // p95/p99 rose, median less
  'latency', // everything slower
  'cpu-saturation',
  'memory-growth',
  'gc-pauses',
  'connections-exhausted',
  'threads-exhausted',
  'errors',
  'timeouts',
  'throughput-drop',
  'queue-backlog', // consumer lag, queue depth, stale data
  'lock-contention',
  'throttling', // rate limits, capacity units, CPU quota
  'low-hit-ratio',
  'cold-start',
  'slow-statement',
  'hot-key', // hot partition, shard, key, tenant
  'disk-io',
  'network',
  'cost',
  'planned-load', // an announced event; nothing broken yet
] as const;
export const symptomSchema = z.object({
  kind: z.enum(SYMPTOMS),
  subject: subjectSchema.optional(),
  /** Ids of stated facts that quantify it. */
  facts: z.array(z.string()),
  condition: z.string().optional(),
  place: placeSchema,
});
export type Symptom = z.infer<typeof symptomSchema>;
export type SymptomKind = (typeof SYMPTOMS)[number];

/** How a change can alter performance. A change is suspected by mechanism and onset, never for being recent. */
export const CHANGE_MECHANISMS = [
  'call-added', // a new call on the request path
  'orm-upgrade', // statements may change: N+1, wider selects, pool defaults
  'runtime-upgrade',
  'library-upgrade',
  'schema-change',
  'index-dropped',
  'query-change',
  'pool-change',
  'cache-change', // TTL, eviction, key layout, flush
  'timeout-change',
  'retry-change',
  'concurrency-change',
  'config-change',
  'feature-flag',
  'infrastructure-change', // instance type, nodes, limits, region, migration
  'scaling-change',
  'traffic-change',
  'data-growth',
  'logging-change',
  'serialisation-change',
  'security-change', // TLS, auth, encryption
  'batch-change', // a job, its schedule or size
  'code-change', // anything else in code
] as const;
export type ChangeMechanism = (typeof CHANGE_MECHANISMS)[number];

/** A change event, from the case text or from telemetry (deploys, flags, commits). */
export const changeSchema = z.object({
  subject: subjectSchema,
  summary: z.string(),
  mechanisms: z.array(z.enum(CHANGE_MECHANISMS)),
  /** ISO 8601, when known exactly. */
  at: z.string().optional(),
  /** As written: "last week", "Tuesday", "two days ago". */
  when: z.string().optional(),
  /** The component it touches, by subject id. */
  touches: z.array(z.string()),
  revision: z.string().optional(),
  origin: z.enum(['stated', 'measured']),
  place: placeSchema.optional(),
});
export type Change = z.infer<typeof changeSchema>;

export const CONSTRAINTS = [
  'version-pinned', // "must remain on Node 20"
  'component-fixed', // "no schema changes", "vendor X stays"
  'no-new-region',
  'no-new-component',
  'cost-limit',
  'hardware-limit',
  'compliance', // PCI, HIPAA, GDPR, residency, multi-tenant isolation
  'downtime-limit',
  'staffing-limit',
  'deadline',
  'consistency', // freshness or ordering that must hold
  'other',
] as const;
export const constraintSchema = z.object({
  kind: z.enum(CONSTRAINTS),
  /** As written. */
  text: z.string(),
  subject: subjectSchema.optional(),
  facts: z.array(z.string()),
  place: placeSchema,
});
export type Constraint = z.infer<typeof constraintSchema>;

/** A class of requests: read, write, checkout, search … with its share of the traffic (fact `mix.share`). */
export const requestClassSchema = z.object({
  subject: subjectSchema,
  kind: z.enum(['read', 'write', 'other']),
  share: z.string().optional(),
});
export type RequestClass = z.infer<typeof requestClassSchema>;

export const TOOL_ROLES = [
  'apm',
  'metrics',
  'dashboards',
  'traces',
  'logs',
  'profiler',
  'load',
  'rum',
  'alerting',
  'chaos',
] as const;
export const toolSchema = z.object({
  /** Product id in the knowledge data: `datadog`, `prometheus`, `k6` … */
  product: z.string(),
  name: z.string(),
  roles: z.array(z.enum(TOOL_ROLES)),
  place: placeSchema,
});
export type Tool = z.infer<typeof toolSchema>;

/** The case as understood. All numbers are stated facts, each with its place in the text. */
export const caseSchema = z.object({
  appName: z.string(),
  /** What the service is, in the user's words, for titles: "checkout", "search", "order sync". */
  app: subjectSchema,
  inputs: z.partialRecord(z.enum(INPUT_KEYS), z.string()),
  facts: z.array(factSchema),
  components: z.array(componentSchema),
  links: z.array(linkSchema),
  symptoms: z.array(symptomSchema),
  changes: z.array(changeSchema),
  constraints: z.array(constraintSchema),
  classes: z.array(requestClassSchema),
  tools: z.array(toolSchema),
  /** Traits of the load in a word: `bursty`, `seasonal`, `batch`, `realtime`, `skewed`, `event`, `multi-tenant`, `growing`. */
  traits: z.array(z.object({ trait: z.string(), place: placeSchema })),
  /** Clauses that hold a number, or look like a statement, and were not understood. */
  notUnderstood: z.array(placeSchema),
});
export type Case = z.infer<typeof caseSchema>;
