import { type Context, join, name, num, quote, say, type Text } from '../../domain/index.js';
import { constraintsOf, dataRules, type Scene } from './scene.js';

/** "at 8 000/s (what is asked for)", or what to find out first. */
export const atLoad = (scene: Scene): Text =>
  scene.goal ? say`at ${num(scene.goal.rate)}` : say`at the peak of ${scene.app}, whose rate was not said`;

/** The target in words: "p99 below 700 ms", or that none was stated. */
export const aimWords = (scene: Scene): Text =>
  scene.aim
    ? say`the ${scene.aim.name.replace('latency.', '').replace('p999', 'p99.9')} target of ${num(scene.aim)}`
    : say`the latency target, which ${scene.app} has yet to state`;

/** A freeze or deadline that the work has to beat; empty when there is none. */
export function shippingNote(context: Context): Text {
  const freeze =
    context.constraints.find((c) => /\bfreez|\bfrozen\b|config(?:uration)? only|change stop/i.test(c.text)) ??
    constraintsOf(context, 'deadline')[0];
  return freeze ? say` It has to be out before this holds: ${quote(freeze.text)}.` : [];
}

/** What data rules mean for a copy of data; empty when none were said. */
export function copyingRules(context: Context, what: Text): Text[] {
  return dataRules(context).map(
    (c) =>
      say`${quote(c.text)} — keep it out of ${what}: cache only fields that are neither personal nor payment data, put tenant and permission into the key, and leave decisions that need the newest value on the primary.`,
  );
}

/** A condition that can follow a clause: “during flash sales”, not a word alone. */
const SAYS_WHEN =
  /^(?:during|at|when|whenever|while|in|on|after|every|under|since|over|each|around|between|before|from)\b/i;

/** Symptom conditions as said: "during flash sales". */
export function whenItHappens(context: Context): Text {
  const condition = context.symptoms.find((s) => s.condition && SAYS_WHEN.test(s.condition))?.condition;
  return condition ? say` ${quote(condition)}` : [];
}

/** The team as said, when it bounds what can be done at once. */
export function staffingNote(context: Context): Text {
  const staff = constraintsOf(context, 'staffing-limit')[0];
  return staff ? say` With ${quote(staff.text)}, do it after the changes ranked above.` : [];
}

/** The names of write classes, for what must not be cached. */
export function writeClasses(context: Context): Text {
  const writes = context.classes.filter((c) => c.kind === 'write' && c.subject.name !== 'write');
  return writes.length > 0
    ? join(
        writes.map((c) => say`${name(c.subject.name)}`),
        ', ',
      )
    : say`writes`;
}
