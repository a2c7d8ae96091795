import {
  type Context,
  constant,
  type Fact,
  type NumberSegment,
  name,
  num,
  say,
  type Text,
} from '../../domain/index.js';
import type { Comparison, Proposal } from './proposal.js';

/** A comparison held against the facts, with what it can tell. */
export interface Weighed {
  outcome: 'seen' | 'absent' | 'unmeasured';
  says: Text;
  facts: Fact[];
  /** Natural log of the likelihood ratio when seen. */
  whenSeen: number;
  /** Why it weighs what it weighs, in a word. */
  because: Because;
}
export type Because =
  | 'moved'
  | 'contrast'
  | 'no-baseline'
  | 'small-step'
  | 'held-before'
  | 'symptom'
  | 'repeats'
  | 'enough';

/**
 * Weights of a proposal's predictions. They are uncalibrated: one alone never carries a verdict, and more than `COUNTED`
 * of them say no more than that many.
 */
const TELLS = 1.5;
const HINTS = 0.5;
const COUNTED = 3;
export const WHEN_ABSENT = -1.5;
/** A move by less than this factor happens on its own. */
const STEP = 1.2;

/** Facts that a proposal may rest on: what was said or measured, not what was concluded or forecast from it. */
export const mayTestify = (f: Fact): boolean =>
  f.origin !== 'forecast' && !f.name.startsWith('finding.') && !/^excess\.(?:claim|share)$/.test(f.name);

/**
 * Holds each prediction of a proposal against the facts. It tells something only when it sets the trouble apart from
 * the time before: what held before as well, what merely restates the symptom, and a second fact of the same family
 * weigh nothing.
 */
export function weigh(proposal: Proposal, context: Context): Weighed[] {
  const byId = new Map(context.facts.all.filter(mayTestify).map((f) => [f.id, f]));
  const families = new Set<string>();
  let counted = 0;
  return proposal.predictions.map((p, i) => {
    const one = held(p, i, byId);
    if (one.outcome !== 'seen') return one;
    const [left] = one.facts;
    if (!left) return one;
    if (isSymptom(left, proposal, context)) return { ...one, whenSeen: 0, because: 'symptom' };
    const family = `${left.subject.id} ${left.name.split('.')[0]}`;
    if (families.has(family)) return { ...one, whenSeen: 0, because: 'repeats' };
    families.add(family);
    if (one.whenSeen <= 0) return one;
    counted++;
    return counted > COUNTED ? { ...one, whenSeen: 0, because: 'enough' } : one;
  });
}

function held(p: Comparison, i: number, byId: ReadonlyMap<string, Fact>): Weighed {
  const left = named(p.fact, byId);
  const right = 'fact' in p.than ? named(p.than.fact, byId) : given(p.than, i);
  const times = 'fact' in p.than ? p.than.times : 1;
  const open = { outcome: 'unmeasured', whenSeen: 0, because: 'no-baseline' } as const;
  if (!left) return { ...open, says: say`nobody measured ${name(p.fact)}`, facts: [] };
  if (!right)
    return {
      ...open,
      says: say`nobody measured ${name('fact' in p.than ? p.than.fact : '')}`,
      facts: [left],
    };
  const facts = 'fact' in p.than ? [left, right] : [left];
  if (left.unit !== right.unit)
    return {
      ...open,
      says: say`${name(left.id)} is in ${left.unit}, and is compared with ${right.unit}: they cannot be held against each other`,
      facts,
    };
  const answer = compare(left, p.is, right, times);
  const says = say`${name(left.name)} of ${name(left.subject.name)} (${phased(left)}): ${num(left)}, ${answerWords(answer, p.is)} ${limit(right, times)}`;
  if (answer === undefined) return { ...open, says, facts };
  return { outcome: answer ? 'seen' : 'absent', says, facts, ...tells(p, left, right, times, byId) };
}

/** A fact by its id; one that was only said or derived also by its id without that mark. */
const named = (id: string, byId: ReadonlyMap<string, Fact>): Fact | undefined =>
  byId.get(id) ?? byId.get(`${id}!stated`) ?? byId.get(`${id}!derived`);

/** A number that the proposal names stands for itself; it is nobody's evidence. */
const given = (than: { value: number; unit: Fact['unit'] }, i: number): Fact =>
  constant(`proposal.value.${i + 1}`, than.value, than.unit, 'named in the proposal');

const limit = (right: Fact, times: number): Text => {
  const shown: NumberSegment = num(right);
  if (right.origin === 'constant') return say`${shown}`;
  const factor =
    times === 1
      ? say``
      : say`${num(constant('proposal.times', times, 'factor', 'named in the proposal'))} of `;
  return say`${factor}${name(right.name)} of ${name(right.subject.name)} (${phased(right)}), ${shown}`;
};
const phased = (f: Fact): string => (f.phase === 'any' ? f.origin : f.phase);
const answerWords = (answer: boolean | undefined, is: Comparison['is']): string =>
  answer === undefined ? `not surely ${is}` : answer ? is : `not ${is}`;

/** What a comparison that was seen tells, by what it says of the time before. */
function tells(
  p: Comparison,
  left: Fact,
  right: Fact,
  times: number,
  byId: ReadonlyMap<string, Fact>,
): Pick<Weighed, 'whenSeen' | 'because'> {
  if (before(left, byId)?.id === right.id)
    return (p.is === 'above' ? times >= STEP : times <= 1 / STEP)
      ? { whenSeen: TELLS, because: 'moved' }
      : { whenSeen: HINTS, because: 'small-step' };
  const leftBefore = before(left, byId);
  if (!leftBefore) return { whenSeen: HINTS, because: 'no-baseline' };
  const heldBefore = compare(leftBefore, p.is, before(right, byId) ?? right, times);
  return heldBefore === false
    ? { whenSeen: TELLS, because: 'contrast' }
    : { whenSeen: 0, because: 'held-before' };
}

/** The same number of the time before the trouble. */
const before = (f: Fact, byId: ReadonlyMap<string, Fact>): Fact | undefined =>
  f.phase === 'incident' ? byId.get(f.id.replace('#incident', '#baseline')) : undefined;

/** Whether the fact is surely above or below `times` the other; `undefined` when their bounds overlap. */
export function compare(left: Fact, is: Comparison['is'], right: Fact, times: number): boolean | undefined {
  const [low, high] = boundsOf(left);
  const [rightLow, rightHigh] = boundsOf(right).map((x) => x * times) as [number, number];
  const [surely, surelyNot] =
    is === 'above' ? [low > rightHigh, high <= rightLow] : [high < rightLow, low >= rightHigh];
  return surely ? true : surelyNot ? false : undefined;
}

/** Between what the true value lies: the interval, or what the words allow. A target is a threshold, whatever its sign. */
function boundsOf(f: Fact): readonly [number, number] {
  if (f.interval) return f.interval;
  if (f.phase === 'target' || f.comparator === '=') return [f.value, f.value];
  if (f.comparator === '~')
    return [Math.min(0.9 * f.value, 1.1 * f.value), Math.max(0.9 * f.value, 1.1 * f.value)];
  return f.comparator.startsWith('<')
    ? [Number.NEGATIVE_INFINITY, f.value]
    : [f.value, Number.POSITIVE_INFINITY];
}

const SYMPTOM = /^(?:latency|excess|errors|availability|timeouts|throughput|requests)\b/;

/** What every cause would show: the trouble itself at the entry, or the time that the proposal wants to explain. */
function isSymptom(f: Fact, proposal: Proposal, context: Context): boolean {
  if (f.name.startsWith('criticalPath.'))
    return proposal.explains.some((cell) => f.subject.id === `cell:${cellId(cell)}`);
  const entry = context.telemetry?.entry;
  const whole = [context.app.id, entry?.id, entry?.service && `service:${entry.service.toLowerCase()}`];
  return SYMPTOM.test(f.name) && (f.subject.kind === 'system' || whole.includes(f.subject.id));
}

export const cellId = (cell: string): string => cell.replace(/^cell:/, '');
