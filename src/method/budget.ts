import {
  type Cell,
  type Context,
  derived,
  type ExcessBudget,
  type Fact,
  num,
  say,
  type Telemetry,
} from '../domain/index.js';
import type { Judged } from './infer.js';

/** A cause with less of the excess than this is a note, not a cause. */
const MATERIAL_SHARE = 0.03;

/** The budget, with the facts that its ids name. */
export interface SettledBudget {
  budget: ExcessBudget;
  facts: Fact[];
}

/**
 * Divides the tail excess among the findings: the mean duration of slow requests, incident minus baseline, splits
 * additively over the cells of the critical path; a finding takes its share of a cell from what stronger findings
 * left, as far as removing it alone would bring it. Shares never add to more than the excess. Changes the findings in place of their draft: claim, rival,
 * and verdict where a rival explains the same milliseconds or the claim is immaterial.
 */
export function settleBudget(judged: Judged[], context: Context): SettledBudget | undefined {
  const telemetry = context.telemetry;
  if (!telemetry?.hasBaseline) return undefined;
  const total = telemetry.excess.total;
  const facts: Fact[] = [total, telemetry.excess.baseline, telemetry.excess.incident];
  if (!isMaterial(telemetry)) {
    for (const j of judged) silence(j, total);
    return { budget: emptyBudget(telemetry, facts), facts };
  }
  const net = netOfShrinkage(telemetry);
  const left = new Map(telemetry.cells.map((c) => [c.id, 1]));
  const owner = new Map<string, { finding: string; ms: number }>();
  const cellById = new Map(telemetry.cells.map((c) => [c.id, c]));
  const bars: ExcessBudget['bars'] = [];
  let explained = 0;
  let together = 0;
  let barFacts: Fact[] = [];
  for (const j of byStrength(judged)) {
    if (!j.measuredSupport || j.finding.verdict === 'refuted') continue;
    if (j.claims.length === 0) {
      if (j.hypothesis.claims && j.finding.verdict === 'supported') noteOnly(j, total);
      continue;
    }
    const taken = j.claims.flatMap((claim) => take(claim, cellById, left, net));
    const wanted =
      net *
      j.claims.reduce((sum, c) => sum + c.share * Math.max(0, cellById.get(c.cell)?.excess.value ?? 0), 0);
    const held = taken.reduce((sum, t) => sum + t.ms, 0);
    const ms = aloneMs(held, taken, net, telemetry);
    const share = ms / total.value;
    const rival = wanted > 0 && held < wanted / 2 ? strongestOwner(j, owner) : undefined;
    if (rival !== undefined) j.finding.rival = rival;
    if (share < MATERIAL_SHARE) {
      demote(j, total, ms, share, rival);
      continue;
    }
    for (const t of taken) {
      const before = owner.get(t.cell.id);
      if (!before || before.ms < t.ms) owner.set(t.cell.id, { finding: j.finding.id, ms: t.ms });
    }
    const cells = taken.map((t) => t.cell.excess);
    const msFact = derived(
      { name: 'excess.claim', subject: { ...j.finding.subject, id: j.finding.id }, value: ms, unit: 'ms' },
      CLAIM_FORMULA,
      cells,
    );
    const shareFact = derived(
      {
        name: 'excess.share',
        subject: { ...j.finding.subject, id: j.finding.id },
        value: share,
        unit: 'ratio',
      },
      'claimed milliseconds / total excess',
      [msFact, total],
    );
    explained += ms;
    together += held - ms;
    barFacts = [...barFacts, msFact];
    facts.push(msFact, shareFact);
    bars.push({ finding: j.finding.id, ms: msFact.id, share: shareFact.id });
    j.finding.claim = {
      ms,
      share,
      facts: [msFact.id, shareFact.id],
      says: say`${num(msFact)} of ${num(total)} of excess, ${num(shareFact, { digits: 2 })}`,
    };
  }
  bars.sort((a, b) => msOf(b.ms, facts) - msOf(a.ms, facts));
  const jointly = together >= MATERIAL_SHARE * total.value ? jointPart(together, telemetry, barFacts) : [];
  const [jointMs, jointShare] = jointly;
  facts.push(...jointly);
  const rest = total.value - explained - (jointMs?.value ?? 0);
  const restMs = derived(
    { name: 'excess.unexplained', subject: telemetry.entry, value: rest, unit: 'ms' },
    'total excess − claimed milliseconds',
    [total, ...barFacts, ...(jointMs ? [jointMs] : [])],
  );
  const restShare = derived(
    {
      name: 'excess.unexplainedShare',
      subject: telemetry.entry,
      value: restMs.value / total.value,
      unit: 'ratio',
    },
    'unexplained milliseconds / total excess',
    [restMs, total],
  );
  facts.push(restMs, restShare);
  const target = context.facts.find({ name: 'latency.p99', phase: 'target' });
  const budget: ExcessBudget = {
    subject: telemetry.entry,
    percentile: telemetry.excess.percentile,
    baselineMs: telemetry.excess.baseline.id,
    incidentMs: telemetry.excess.incident.id,
    excessMs: total.id,
    ...(target ? { targetMs: target.id } : {}),
    bars,
    ...(jointMs && jointShare ? { jointMs: jointMs.id, jointShare: jointShare.id } : {}),
    unexplainedMs: restMs.id,
    unexplainedShare: restShare.id,
    cells: cellRows(telemetry, owner, facts),
  };
  return { budget, facts };
}

/** Excess below a tenth of the baseline, or whose interval reaches zero, is what a healthy system shows too. */
export function isMaterial(telemetry: Telemetry): boolean {
  const { total, baseline } = telemetry.excess;
  if (!(total.value > 0.1 * baseline.value)) return false;
  return total.interval === undefined || total.interval[0] > 0;
}

const CLAIM_FORMULA =
  'sum of the claimed shares of the growth of its critical-path cells, less their part of what other cells shrank by; no more than slow requests would lose without it alone, re-timed one by one';

/**
 * What slow requests would lose without this cause alone, of the milliseconds it holds. Time that only picks which of many
 * slow requests are the slowest is won back in part: others take their place.
 */
function aloneMs(
  held: number,
  taken: readonly { cell: Cell; ms: number }[],
  net: number,
  telemetry: Telemetry,
): number {
  if (!telemetry.removal || !(net > 0)) return held;
  const claims = taken.map((t) => ({ cell: t.cell.id, share: t.ms / net / t.cell.excess.value }));
  return Math.min(held, telemetry.removal(claims));
}

/** What is won only when several of the causes are gone: beyond what each brings alone. */
function jointPart(ms: number, { entry, excess }: Telemetry, bars: readonly Fact[]): [Fact, Fact] {
  const joint = derived(
    { name: 'excess.joint', subject: entry, value: ms, unit: 'ms' },
    'milliseconds that the causes hold on the critical path − what each of them alone would bring',
    [excess.total, ...bars],
  );
  const share = derived(
    { name: 'excess.jointShare', subject: entry, value: ms / excess.total.value, unit: 'ratio' },
    'milliseconds won only together / total excess',
    [joint, excess.total],
  );
  return [joint, share];
}

/**
 * What is left of a millisecond of growth when the cells that shrank are set against those that grew, all in the same
 * proportion: slow requests that a new cause picks are slow for the old reasons less often. So claims never add up to
 * more than the excess.
 */
function netOfShrinkage(telemetry: Telemetry): number {
  const grown = telemetry.cells.reduce((sum, c) => sum + Math.max(0, c.excess.value), 0);
  return grown > 0 ? Math.min(1, telemetry.excess.total.value / grown) : 1;
}

function take(
  claim: { cell: string; share: number },
  cells: ReadonlyMap<string, Cell>,
  left: Map<string, number>,
  net: number,
): { cell: Cell; ms: number }[] {
  const cell = cells.get(claim.cell);
  const available = left.get(claim.cell) ?? 0;
  if (!cell || cell.excess.value <= 0 || available <= 0) return [];
  const share = Math.min(available, Math.max(0, claim.share));
  left.set(claim.cell, available - share);
  return [{ cell, ms: share * cell.excess.value * net }];
}

function strongestOwner(
  j: Judged,
  owner: ReadonlyMap<string, { finding: string; ms: number }>,
): string | undefined {
  return j.claims
    .map((c) => owner.get(c.cell))
    .filter((o) => o !== undefined)
    .sort((a, b) => b.ms - a.ms)[0]?.finding;
}

/** Surer findings first; among equally sure ones the larger claim. */
function byStrength(judged: readonly Judged[]): Judged[] {
  return [...judged].sort(
    (a, b) =>
      Math.round((b.finding.probability - a.finding.probability) * 20) ||
      b.claims.length - a.claims.length ||
      (a.finding.id < b.finding.id ? -1 : 1),
  );
}

function demote(j: Judged, total: Fact, ms: number, share: number, rival: string | undefined): void {
  const msFact = derived(
    { name: 'excess.claim', subject: { ...j.finding.subject, id: j.finding.id }, value: ms, unit: 'ms' },
    CLAIM_FORMULA,
    [total],
  );
  const shareFact = derived(
    {
      name: 'excess.share',
      subject: { ...j.finding.subject, id: j.finding.id },
      value: share,
      unit: 'ratio',
    },
    'claimed milliseconds / total excess',
    [msFact, total],
  );
  j.finding.verdict = 'refuted';
  j.finding.decidedBy =
    rival === undefined
      ? say`it is there, but carries ${num(msFact)} (${num(shareFact, { digits: 2 })}) of the excess of ${num(total)}`
      : say`another cause explains the same time; what is left for it is ${num(msFact)} of ${num(total)}`;
}

/** It is there, but nothing that slow requests wait for more than before is its doing: a note, not a cause. */
function noteOnly(j: Judged, total: Fact): void {
  j.finding.verdict = 'refuted';
  j.finding.decidedBy = say`${j.finding.decidedBy}; but it carries none of the excess of ${num(total)} beyond what other causes explain`;
}

/** Nothing got slower by more than normal variation: what was seen is how the system always is. */
function silence(j: Judged, total: Fact): void {
  if (j.finding.verdict !== 'supported' && !j.measuredSupport) return;
  j.finding.verdict = 'refuted';
  j.finding.decidedBy = say`slow requests take ${num(total)} more than before, which is within normal variation`;
}

function emptyBudget(telemetry: Telemetry, facts: Fact[]): ExcessBudget {
  const { total, baseline, incident } = telemetry.excess;
  const zero = derived(
    { name: 'excess.unexplainedShare', subject: telemetry.entry, value: 0, unit: 'ratio' },
    'the excess is within normal variation; nothing is to be explained',
    [total, baseline],
  );
  facts.push(zero);
  return {
    subject: telemetry.entry,
    percentile: telemetry.excess.percentile,
    baselineMs: baseline.id,
    incidentMs: incident.id,
    excessMs: total.id,
    bars: [],
    unexplainedMs: total.id,
    unexplainedShare: zero.id,
    cells: cellRows(telemetry, new Map(), facts),
  };
}

function cellRows(
  telemetry: Telemetry,
  owner: ReadonlyMap<string, { finding: string; ms: number }>,
  facts: Fact[],
): ExcessBudget['cells'] {
  return telemetry.cells.map((c) => {
    facts.push(c.baseline, c.incident, c.excess);
    const own = owner.get(c.id);
    return {
      service: c.service,
      operation: c.operation,
      kind: c.kind,
      baselineMs: c.baseline.id,
      incidentMs: c.incident.id,
      excessMs: c.excess.id,
      ...(own ? { finding: own.finding } : {}),
    };
  });
}

const msOf = (id: string, facts: readonly Fact[]): number => facts.find((f) => f.id === id)?.value ?? 0;
