import {
  bareNumber,
  type Context,
  type Fact,
  type NumberSegment,
  name,
  num,
  quote,
  say,
  type Text,
} from '../domain/index.js';
import { BEFORE_TROUBLE, INTO_TROUBLE, SLOW_SAMPLES } from './thresholds.js';

/** “during flash sales” tells when; a word alone does not. */
const saysWhen = (condition: string | undefined): boolean =>
  condition !== undefined &&
  /^(?:during|at|when|whenever|while|in|on|after|every|under|since|over|each|around|between|before|from)\b/i.test(
    condition,
  );

/** When the trouble is, in the words of the case: "during flash sales". */
export function trouble(context: Context): Text {
  const condition =
    context.symptoms.find((s) => saysWhen(s.condition))?.condition ??
    context.facts.all.find((f) => saysWhen(f.condition) && f.phase === 'incident')?.condition;
  if (condition !== undefined) return say`${quote(condition)}`;
  const traits = new Set(context.case.traits.map((t) => t.trait));
  if (traits.has('event')) return say`the announced event`;
  if (traits.has('bursty') || traits.has('seasonal')) return say`a peak`;
  if (traits.has('batch')) return say`a run of the batch`;
  return say`a slow period`;
}

const minutes = (span: Fact): NumberSegment => bareNumber(span, 1 / 60, String);

/** T is the start of the trouble: some minutes of quiet before, long enough into it. */
export const aroundTrouble = (context: Context): Text =>
  say`T−${minutes(BEFORE_TROUBLE)} to T+${minutes(INTO_TROUBLE)} min, T being the start of ${trouble(context)}, beside the same length of an ordinary hour`;

/** For traces: how many slow requests are enough. */
export const slowRequests = (context: Context): Text =>
  say`${aroundTrouble(context)}; at least ${num(SLOW_SAMPLES)} requests of ${name(context.app.name)} beyond the target, and as many normal ones`;

/** For statistics that count up: one reading before, one after. */
export const twoReadings = (context: Context): Text =>
  say`one reading at T−${minutes(BEFORE_TROUBLE)} min and one at T+${minutes(INTO_TROUBLE)} min of ${trouble(context)}; the difference counts`;

/** For profiles: one in the trouble, one at ordinary load, compared. */
export const twoProfiles = (context: Context): Text =>
  say`one profile during ${trouble(context)} and one at ordinary load, on the same instance, then the difference of both`;
