import type { InputKey, Phase } from '../../domain/index.js';
import type { FrameIndex } from '../claims.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import type { Match } from '../lexicon.js';
import { phaseOfInput } from '../phases.js';
import type { Relation } from '../relations.js';
import { type Moment, momentOf } from '../when.js';
import { clauseAround } from './around.js';

const DYNAMIC =
  /^(?:latency|throughput|errors|availability|timeouts|cpu\.(?:utilisation|throttled)|memory\.(?:used|utilisation)|disk|network|eventloop|gc|heap\.used|threads\.(?:used|pending)|throttled\.|connections\.(?:used|utilisation)|pool\.(?:used|pending|wait|utilisation)|lock|cache|queue\.(?:depth|delay|arrivalRate|serviceRate)|replication|calls|rows\.perCall|retry\.ratio|drain|rate\.stated|ratio\.stated|workers\.utilisation|threads\.utilisation|batch)/;

const LOAD = /^(?:throughput|queue\.arrivalRate|users)/;

export function phaseOf(
  frame: Frame,
  moments: readonly Match<Moment>[],
  q: Quantity,
  index: FrameIndex,
  k: number,
  name: string,
  relation: Relation | undefined,
  leads: Relation['kind'] | undefined,
): Phase {
  const input: InputKey = frame.input;
  const { own, ahead } = momentOf(frame, moments, q, index.quantity, k);
  const dynamic = DYNAMIC.test(name) || name === 'users';
  const now: Phase =
    input === 'target_metrics'
      ? 'target'
      : (input === 'performance_issues' || input === 'current_metrics') && dynamic
        ? 'incident'
        : 'any';
  if (relation?.kind === 'change') return now;
  if (leads === 'change') return input === 'target_metrics' ? 'any' : 'baseline';
  if (relation?.kind === 'before') return 'baseline';
  if (relation?.kind === 'goal') return 'target';
  if (leads === 'before' || leads === 'goal') return now;
  const moment = own ?? ahead;
  if (input === 'target_metrics') {
    if (own === 'now') return 'any';
    // "bill $52k must stay under $60k": the first figure is what is paid now.
    if (
      name.startsWith('cost') &&
      /^(?:must|may|should|has|needs|shall|can)$/.test(
        frame.tokens[frame.tokens[q.to]?.text === ')' ? q.to + 1 : q.to]?.lower ?? '',
      )
    )
      return 'any';
    if (own === 'before') return 'baseline';
    return 'target';
  }
  const isLoad = LOAD.test(name);
  if (isLoad && own !== 'planned' && isAverage(frame, q)) return 'steady';
  switch (moment) {
    case 'target':
      return dynamic || name.startsWith('cost')
        ? frame.input === 'constraints' || own === 'target'
          ? 'target'
          : phaseOfInput(input)
        : 'any';
    case 'planned':
      return dynamic || isLoad || name === 'burst.factor' ? 'planned' : 'any';
    case 'before':
      return isLoad ? (wasNormal(frame, moments, q) ? 'steady' : 'baseline') : dynamic ? 'baseline' : 'any';
    case 'steady':
      // "p50 steady at 14 ms", "45% CPU on average" say nothing of the load.
      if (!isLoad && isAdjective(frame, moments, q))
        return input === 'performance_issues' && dynamic ? 'incident' : 'any';
      return dynamic || isLoad ? 'steady' : 'any';
    case 'peak':
      if (name.startsWith('burst')) return 'peak';
      return dynamic || isLoad ? (input === 'performance_issues' && !isLoad ? 'incident' : 'peak') : 'any';
    case 'now':
      return dynamic ? (input === 'performance_issues' ? 'incident' : 'any') : 'any';
    default:
      break;
  }
  if (name.startsWith('cost') && input === 'constraints')
    return name !== 'cost.monthly' || isCeiling(frame, q) ? 'target' : 'any';
  if (input === 'performance_issues') return dynamic ? 'incident' : 'any';
  return 'any';
}

/** "ceiling $42k/mo", "max $60k a month": what may be spent, not what is. */
const isCeiling = (frame: Frame, q: Quantity): boolean =>
  (/\bbudget\b/.test(clauseAround(frame, q)) &&
    frame.quantities.some(
      (x) =>
        x !== q &&
        x.kind === 'moneyRate' &&
        /^(?:today|now|currently|at)$/.test(frame.tokens[x.from - 1]?.lower ?? ''),
    )) ||
  q.comparator === '<' ||
  q.comparator === '<=' ||
  /\b(?:ceiling|cap|capped|max|maximum|limit|below|under|exceed|at most|no more than)\b/.test(
    clauseAround(frame, q),
  );

/** "250 TPS avg": a mean rate right beside its word. */
const isAverage = (frame: Frame, q: Quantity): boolean =>
  /^(?:avg|average|mean)$/.test(frame.tokens[q.to]?.lower ?? '') ||
  /^(?:avg|average|mean)$/.test(frame.tokens[q.from - 1]?.lower ?? '');

/** "steady at 14 ms", "on average": of the figure itself, not of the load. */
const isAdjective = (frame: Frame, moments: readonly Match<Moment>[], q: Quantity): boolean =>
  moments.some(
    (m) =>
      m.value === 'steady' &&
      frame.segment[m.from] === frame.segment[q.from] &&
      (/^(?:at|around|~|near)$/.test(frame.tokens[m.to]?.lower ?? '') ||
        frame.tokens[m.to - 1]?.lower === 'average'),
  );

function wasNormal(frame: Frame, moments: readonly Match<Moment>[], q: Quantity): boolean {
  return moments.some(
    (m) =>
      m.value === 'before' &&
      frame.sentence[m.from] === frame.sentence[q.from] &&
      /^(?:normal|normally|usual|usually|healthy|baseline)$/.test(frame.tokens[m.from]?.lower ?? ''),
  );
}
