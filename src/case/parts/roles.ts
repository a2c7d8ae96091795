import { productEntry } from '../../knowledge/index.js';
import type { Frame } from '../frame.js';
import { productOf } from '../products.js';
import type { Token } from '../tokens.js';
import { BACKGROUND_NAME, BACKGROUND_WORDS } from '../words.js';
import { APP, type PartMention } from './draft.js';

/** Roles in the words around a mention: up to four words before it, the rest of its segment, its parenthesis. */
export function rolesAround(frame: Frame, m: PartMention, product: string | undefined): string[] {
  const { tokens, segment, group } = frame;
  const here = segment[m.from];
  const before: string[] = [];
  for (let i = m.from - 1; i >= 0 && before.length < 6 && segment[i] === here; i--)
    before.unshift((tokens[i] as Token).lower);
  // The name itself may say it: "internal coupon service".
  const own = tokens.slice(m.from, m.to).map((t) => t.lower);
  const after: string[] = [];
  let i = m.to;
  for (; i < tokens.length && segment[i] === here; i++) after.push((tokens[i] as Token).lower);
  // Words after "+" or "and" still belong to it when they are roles: "primary + read replica".
  const open = tokens[i];
  if (open?.text === '(' && group[i] !== group[m.from]) {
    const g = group[i];
    for (; i < tokens.length && group[i] === g; i++) after.push((tokens[i] as Token).lower);
  }
  const text = ` ${[...before.slice(-3), ...own, ...after].join(' ').replaceAll(' - ', ' ')} `;
  const roles: string[] = [];
  const has = (p: RegExp): boolean => p.test(text);
  if (has(/ (?:third party|3rd party|external|saas|vendor|partner) /)) roles.push('third-party');
  else if (has(/ (?:internal|in house|inhouse|own) /)) roles.push('internal');
  // "central porting database (SOAP, 2.2 s avg)": asked over somebody's interface.
  else if (product === undefined && frame.input === 'dependencies' && has(/ (?:soap|rest|http|https|api) /))
    roles.push('third-party');
  const known = product === undefined ? undefined : productEntry(product);
  const kind = product === undefined ? undefined : productOf(product)?.kind;
  if (
    (known?.traits.includes('background') ?? false) ||
    BACKGROUND_NAME.test(own.join(' ')) ||
    BACKGROUND_WORDS.test(text)
  )
    if (!has(/ (?:otp|2fa|mfa|tan|verification|login) /) && (kind === undefined || kind === 'dependency'))
      // A code by text message is waited for.
      roles.push('background');
  if (kind === 'database') {
    if (has(/ (?:primary|primaries|master|writer) (?!shard)/)) roles.push('primary');
    if (has(/ (?:replicas?|standby|secondar(?:y|ies)|readers?) /)) roles.push('replica');
  }
  if (has(/ cluster(?:ed)? /) && kind !== undefined) roles.push('cluster');
  if (m.key !== APP && (product === undefined || kind === 'service')) {
    if (has(/ (?:consumers?) /)) roles.push('consumer');
    if (has(/ (?:workers?) /)) roles.push('worker');
  }
  return roles;
}
