import { type Context, hash, type Measurement, plain } from '../domain/index.js';
import type { Judged } from './infer.js';

/** Findings below this probability are not worth a measurement of their own. */
const WORTH_ASKING = 0.02;

/**
 * The measurement plan: one entry a distinct command, ranked by expected information per square root of effort.
 * Links each finding to what would decide it.
 */
export function planMeasurements(judged: readonly Judged[], context: Context): Measurement[] {
  const byKey = new Map<string, Measurement>();
  for (const j of judged) {
    if (j.finding.verdict === 'refuted' || j.finding.probability < WORTH_ASKING) continue;
    for (const { prediction, outcome } of j.outcomes) {
      if (outcome.outcome !== 'unmeasured' && settled(j, prediction.id)) continue;
      const draft = prediction.measure(context, j.finding.subject);
      const key = `${draft.tool}\n${plain(draft.command)}`;
      const id = `m-${hash(key)}`;
      const bits = informationBits(j.finding.probability, prediction.whenSeen, prediction.whenAbsent);
      const before = byKey.get(key);
      if (before) {
        before.informationBits = (before.informationBits ?? 0) + bits;
        if (!before.findings.includes(j.finding.id)) before.findings.push(j.finding.id);
      } else {
        byKey.set(key, { ...draft, id, findings: [j.finding.id], informationBits: bits });
      }
      if (!j.finding.measurements.includes(id)) j.finding.measurements.push(id);
    }
  }
  return [...byKey.values()].sort((a, b) => worth(b) - worth(a) || (a.id < b.id ? -1 : 1));
}

/** A prediction that telemetry has decided; a stated number leaves it open to measurement. */
const settled = (j: Judged, prediction: string): boolean =>
  j.finding.observations.some(
    (o) => o.prediction === prediction && o.basis === 'measured' && o.outcome !== 'unmeasured',
  );

const worth = (m: Measurement): number => (m.informationBits ?? 0) / Math.sqrt(Math.max(1, m.effortMinutes));

/**
 * Mutual information between a hypothesis of probability `p` and a yes/no prediction whose log likelihood ratios
 * are `whenSeen` and `whenAbsent`, in bits (Shannon, A Mathematical Theory of Communication, 1948, section 12).
 * From e^s = P(seen|H)/P(seen|¬H) and e^a = P(absent|H)/P(absent|¬H) both conditional probabilities follow.
 */
export function informationBits(p: number, whenSeen: number, whenAbsent: number): number {
  const s = Math.exp(whenSeen);
  const a = Math.exp(whenAbsent);
  if (!(s > a)) return 0;
  const seenIfNot = Math.min(1, Math.max(0, (1 - a) / (s - a)));
  const seenIf = Math.min(1, s * seenIfNot);
  const seen = p * seenIf + (1 - p) * seenIfNot;
  return Math.max(0, entropy(seen) - p * entropy(seenIf) - (1 - p) * entropy(seenIfNot));
}

const entropy = (p: number): number =>
  p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
