import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { plain, type Result } from '../../src/domain/index.js';
import type { Fault } from '../faults/fault.js';
import { SHIPPED } from '../faults/index.js';
import { constant } from '../load/shape.js';
import { tailOf } from '../record/tail.js';
import { HEALTHY, type Settings, withSettings } from '../settings.js';
import { applicable, diagnose, type ForecastP99, named } from './diagnose.js';
import { writeChanges, writePhase } from './evidence.js';
import { startWarm } from './experiment.js';
import type { Load, Phase, Session } from './session.js';
import { spanTimes } from './span-times.js';

/** Requests a second at the peak of the incident; the target asks for 4/3 of it. */
const PEAK = 110;
const FURTHER = 4 / 3;
const SECONDS = 14;
const SEED = 20_261_129;
const MOST_STEPS = 6;
/** 700 ms of 1 800 ms: what the p99 may be of the incident’s. */
const TARGET_SHARE = 700 / 1800;
const MOST_ERRORS = 0.005;
const MOST_MORE_PROCESSOR = 1.15;

/** What was measured in one stretch of load. */
export type Stage = {
  title: string;
  perSecond: number;
  p99Ms: number;
  errors: number;
  hitRatio: number;
  /** Busy connections to the primary, of those there are. */
  connections: string;
  processorSeconds: number;
};
export type Step = {
  remedy: string;
  title: string;
  fault: string;
  forecast?: ForecastP99;
  /** p99 of the forecast operation by its traces, before and after. */
  beforeMs: number;
  afterMs: number;
  inside: boolean;
  verdict: string;
};
export type Story = {
  healthy: Stage;
  incident: Stage;
  steps: Step[];
  stages: Stage[];
  final: Stage;
  targetMs: number;
  met: { p99: boolean; errors: boolean; processor: boolean };
  causes: string[];
};

const loadAt = (perSecond: number): Load => ({ shape: constant(perSecond, SECONDS), seed: SEED });

/** How long entries live so that about 71 % of look-ups hit at the peak. */
const TTL_MS = 6_500;
/** The incident of the example: every fault that was shipped, as severe as two processors can show it. */
const INCIDENT: Settings = {
  ...SHIPPED.reduce((settings, f) => withSettings(settings, f.settings), HEALTHY),
  cacheTtlMs: TTL_MS,
};

/** Runs the whole story: symptoms, causes, remedies in the recommended order, each measured, and the target at more load. */
export async function tellStory(out: string, progress: (doing: string) => void): Promise<Story> {
  mkdirSync(out, { recursive: true });
  const session = await startWarm(progress);
  try {
    progress('recording the healthy system');
    const baseline = join(out, 'healthy');
    const load = loadAt(PEAK);
    const first = await session.run(load, { profile: true });
    await writePhase(baseline, first, load);
    const healthy = stageOf('healthy', first, PEAK);
    const changes = join(out, 'changes.ndjson');
    writeChanges(
      changes,
      SHIPPED.map((f, i) => ({ ...f.deploy, atMs: Date.now() + i })),
    );
    let settings = INCIDENT;
    let open: Fault[] = [...SHIPPED];
    let phase = await phaseOf(session, settings, PEAK, join(out, 'incident'), progress);
    const stages = [stageOf('incident', phase, PEAK)];
    const steps: Step[] = [];
    const causes: string[] = [];
    let evidence = join(out, 'incident');
    while (steps.length < MOST_STEPS && open.length > 0) {
      progress('investigating');
      const result = await diagnose({ baseline, incident: evidence, changes });
      if (steps.length === 0) causes.push(...named(result).map((f) => plain(f.title)));
      const next = nextRemedy(result, open);
      if (!next) break;
      const { fault, chosen } = next;
      settings = withSettings(settings, fault.remedies[chosen.recommendation.remedy] ?? {});
      open = open.filter((f) => f !== fault);
      evidence = join(out, `step-${steps.length + 1}`);
      const before = phase;
      phase = await phaseOf(session, settings, PEAK, evidence, progress);
      stages.push(stageOf(chosen.recommendation.remedy, phase, PEAK));
      steps.push(stepOf(result, next, before, phase));
    }
    progress(`the same at ${Math.round(PEAK * FURTHER)} requests/s`);
    const last = await phaseOf(session, settings, PEAK * FURTHER, join(out, 'final'), progress);
    const final = stageOf('all remedies, 4/3 of the load', last, Math.round(PEAK * FURTHER));
    const incident = stages[0] ?? healthy;
    const targetMs = incident.p99Ms * TARGET_SHARE;
    return {
      healthy,
      incident,
      steps,
      stages: [...stages, final],
      final,
      targetMs,
      causes,
      met: {
        p99: final.p99Ms <= targetMs,
        errors: final.errors < MOST_ERRORS,
        processor: final.processorSeconds <= incident.processorSeconds * MOST_MORE_PROCESSOR,
      },
    };
  } finally {
    await session.stop();
  }
}

async function phaseOf(
  session: Session,
  settings: Settings,
  perSecond: number,
  folder: string,
  progress: (doing: string) => void,
): Promise<Phase> {
  progress(`measuring: ${folder.split(/[\\/]/).at(-1)}`);
  const { cacheGeneration } = session.settings();
  await session.change({ ...settings, cacheGeneration });
  await session.settle(3);
  const load = loadAt(perSecond);
  const phase = await session.run(load, { profile: true });
  await writePhase(folder, phase, load);
  return phase;
}

type Next = { fault: Fault; chosen: NonNullable<ReturnType<typeof applicable>> };

/** The first recommendation that can be made for a fault that is still there. */
function nextRemedy(result: Result, open: readonly Fault[]): Next | undefined {
  const found = open.flatMap((fault): Next[] => {
    const serves = result.recommendations.filter((r) =>
      r.findings.some((id) => fault.truth.hypotheses.includes(id.split('/')[0] ?? '')),
    );
    const chosen = applicable({ ...result, recommendations: serves }, Object.keys(fault.remedies));
    return chosen ? [{ fault, chosen }] : [];
  });
  return found.sort((a, b) => a.chosen.place - b.chosen.place)[0];
}

function stepOf(result: Result, { fault, chosen }: Next, before: Phase, after: Phase): Step {
  const { recommendation, forecast } = chosen;
  const entry = result.excess?.subject;
  const p99 = (phase: Phase): number =>
    tailOf(spanTimes(phase, entry?.service ?? '', entry?.name ?? '')).p99Ms;
  const afterMs = p99(after);
  return {
    remedy: recommendation.remedy,
    title: plain(recommendation.title),
    fault: fault.title,
    ...(forecast ? { forecast } : {}),
    beforeMs: p99(before),
    afterMs,
    inside: forecast !== undefined && afterMs >= forecast.interval[0] && afterMs <= forecast.interval[1],
    verdict: plain(result.verdict.text),
  };
}

function stageOf(title: string, phase: Phase, perSecond: number): Stage {
  const tail = tailOf(phase.outcomes.map((o) => o.latencyMs));
  const failed = phase.outcomes.filter((o) => o.status === 0 || o.status >= 500).length;
  const pool = fullestPool(phase);
  const [hits = 0, misses = 0] = ['redis.keyspace.hits', 'redis.keyspace.misses'].map((name) =>
    grown(phase, name),
  );
  return {
    title,
    perSecond,
    p99Ms: tail.p99Ms,
    errors: failed / Math.max(1, phase.outcomes.length),
    hitRatio: hits / Math.max(1, hits + misses),
    connections: pool ? `${pool.used} of ${pool.most}` : '–',
    processorSeconds: phase.processorSeconds,
  };
}

type Point = {
  asDouble?: number;
  asInt?: number | string;
  attributes?: { key: string; value: { stringValue?: string } }[];
};
type Metrics = {
  resourceMetrics: {
    scopeMetrics: {
      metrics: { name: string; gauge?: { dataPoints: Point[] }; sum?: { dataPoints: Point[] } }[];
    }[];
  }[];
};

/** Values of a metric in the order they came, by pool; of one state when given. */
function levels(phase: Phase, name: string, state?: string): Map<string, number[]> {
  const byPool = new Map<string, number[]>();
  for (const { signal, body } of phase.telemetry) {
    if (signal !== 'metrics') continue;
    for (const m of (JSON.parse(body) as Metrics).resourceMetrics.flatMap((r) =>
      r.scopeMetrics.flatMap((s) => s.metrics),
    )) {
      if (m.name !== name) continue;
      for (const p of (m.gauge ?? m.sum)?.dataPoints ?? []) {
        const of = (key: string): string => p.attributes?.find((a) => a.key === key)?.value.stringValue ?? '';
        if (state !== undefined && of('db.client.connection.state') !== state) continue;
        const pool = of('db.client.connection.pool.name');
        byPool.set(pool, [...(byPool.get(pool) ?? []), Number(p.asDouble ?? p.asInt ?? 0)]);
      }
    }
  }
  return byPool;
}

/** The pool of which the greatest share was in use at once. */
function fullestPool(phase: Phase): { used: number; most: number } | undefined {
  const used = levels(phase, 'db.client.connection.count', 'used');
  return [...levels(phase, 'db.client.connection.max')]
    .map(([pool, sizes]) => {
      const most = sizes.at(-1) ?? 0;
      return { used: Math.min(most, Math.max(0, ...(used.get(pool) ?? []))), most };
    })
    .filter((p) => p.most > 0)
    .sort((a, b) => b.used / b.most - a.used / a.most)[0];
}

/** What a counter grew by. */
function grown(phase: Phase, name: string): number {
  const values = [...levels(phase, name).values()][0] ?? [];
  return Math.max(0, (values.at(-1) ?? 0) - (values[0] ?? 0));
}
