import type { Subject } from '../../domain/index.js';
import type { Frame } from '../frame.js';
import { glued, isArrow, type Token } from '../tokens.js';
import { RUNTIME_WORDS, STOP } from '../words.js';
import { APP, keyOf, type Named } from './draft.js';
import { isNameWord, PHRASE_HEADS } from './phrases.js';

const WHOLE_APP =
  /^(?:services|microservices|api|monolith|backend|app|application|service|server|webapp|website|site)$/;

const KIND_WORDS: readonly (readonly [RegExp, Subject['kind']])[] = [
  [
    /\b(?:spa|browser|browsers|mobile apps?|ios|android|frontend|front end|web app|clients?|web client|users|react|angular|vue)\b/i,
    'client',
  ],
  [/\b(?:cdn|edge cache|edge)\b/i, 'cdn'],
  [/\b(?:alb|nlb|elb|load balancer|lb|ingress|api gateway|gateway|reverse proxy|proxy)\b/i, 'gateway'],
  [/\b(?:queue|broker|topic|event bus|bus)\b/i, 'queue'],
  [/\b(?:cache)\b/i, 'cache'],
  [/\b(?:database|db|datastore|data store|warehouse|mainframe)\b/i, 'database'],
  [/\b(?:object storage|blob storage|file store|nfs|bucket)\b/i, 'storage'],
];

/** Stops between arrows of the architecture that hold no known name. */
export function stopsWithoutName(
  frame: Frame,
  taken: ReadonlySet<number>,
  own: ReadonlySet<string>,
): Named[] {
  const { tokens, sentence } = frame;
  const out: Named[] = [];
  let start = 0;
  const arrows = new Set<number>();
  tokens.forEach((t, i) => {
    if (isArrow(t) && frame.group[i] === 0) arrows.add(i);
  });
  let appNamed = false;
  for (let i = 0; i <= tokens.length; i++) {
    const ends =
      i === tokens.length ||
      arrows.has(i) ||
      sentence[i] !== sentence[start] ||
      frame.tokens[i]?.kind === 'break';
    if (!ends) continue;
    const beside = arrows.has(i) || arrows.has(start - 1);
    const range: [number, number] = [start, i];
    start = arrows.has(i) || frame.tokens[i]?.kind === 'break' ? i + 1 : i;
    const isTaken = (from: number, to: number): boolean => {
      for (let k = from; k < to; k++) if (taken.has(k) && frame.group[k] === 0) return true;
      return false;
    };
    const api = wholeAppIn(frame, range);
    if (api && !appNamed && !own.has('')) {
      appNamed = true;
      out.push({
        from: api[0],
        to: api[1],
        key: APP,
        name: frame.text.slice(tokens[api[0]]?.start, tokens[api[1] - 1]?.end),
      });
      continue;
    }
    if (!beside || isTaken(...range)) continue;
    const named = firstName(frame, range[0], range[1]);
    if (named) out.push(named);
  }
  return out;
}

/** "Node.js (Express) API", "Django monolith", "Rails app": the app in a word, with nothing but platforms before it. */
function wholeAppIn(frame: Frame, [from, to]: [number, number]): [number, number] | undefined {
  let first: number | undefined;
  for (let i = from; i < to; i++) {
    const t = frame.tokens[i] as Token;
    if (t.kind !== 'word') continue;
    if (WHOLE_APP.test(t.lower) && frame.group[i] === 0)
      return first === undefined && i > from && !isPlatformRun(frame, from, i)
        ? undefined
        : [first ?? i, i + 1];
    const platform =
      RUNTIME_WORDS.has(t.lower) ||
      /^(?:boot|core|net|mvc|web|go|rest|graphql|grpc|http|json|modular|stateless|legacy|big|single|framework|on|mvc|minimal|majestic)$/.test(
        t.lower,
      );
    if (!platform && frame.group[i] === 0) return undefined;
    first ??= i;
  }
  return undefined;
}

const isPlatformRun = (frame: Frame, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if (frame.tokens[i]?.kind === 'word') return false;
  return true;
};

function firstName(frame: Frame, from: number, to: number): Named | undefined {
  const { tokens } = frame;
  let a = from;
  // "1.8M smart meters": the multiplier is no part of the name.
  const scale = (t: Token | undefined): boolean => t !== undefined && /^[kmbg]$/i.test(t.text);
  while (
    a < to &&
    (scale(tokens[a]) || !(isNameWord(tokens[a]) || PHRASE_HEADS.test(tokens[a]?.lower ?? ' ')))
  ) {
    if (tokens[a]?.text === '(') return undefined;
    a++;
  }
  let b = a;
  let words = 0;
  while (b < to && words < 5) {
    const t = tokens[b] as Token;
    const hyphen = t.text === '-' && glued(tokens[b - 1], t) && glued(t, tokens[b + 1]);
    if (!hyphen && (t.kind !== 'word' || STOP.has(t.lower))) break;
    if (!hyphen) words++;
    b++;
  }
  if (b === a) return undefined;
  const name = frame.text.slice(tokens[a]?.start, tokens[b - 1]?.end);
  // "300k trucks → IoT hub": thousands of things in front are who calls.
  const many = frame.quantities.some(
    (q) => q.value >= 1000 && q.kind === 'bare' && q.from >= from && q.from <= a && q.to >= a,
  );
  const hint = many ? 'client' : KIND_WORDS.find(([p]) => p.test(name))?.[1];
  return { from: a, to: b, key: keyOf(name), name, ...(hint ? { hint } : {}) };
}

/** The words of an item up to its parenthesis or a preposition: "supplier feeds", "fx-rates". */
function itemName(frame: Frame, from: number, to: number): Named | undefined {
  const { tokens } = frame;
  const skip = (t: Token | undefined): boolean =>
    t !== undefined &&
    (t.kind === 'symbol' ||
      t.kind === 'break' ||
      t.kind === 'clock' ||
      /^(?:a|an|the|our|own|internal|external|in|house|inhouse|third|3rd|party|legacy|plus|several|some|various|managed|downstream|also)$/.test(
        t.lower,
      ));
  let a = from;
  while (a < to && skip(tokens[a]) && tokens[a]?.text !== '(') a++;
  // "4 carrier APIs (p95 900 ms)": several of one kind.
  if (
    tokens[a]?.kind === 'number' &&
    [a + 2, a + 3].some(
      (i) =>
        i < to &&
        /^(?:apis|services|providers|gateways|systems|feeds|partners|vendors)$/.test(tokens[i]?.lower ?? ''),
    )
  )
    a++;
  let b = a;
  let words = 0;
  while (b < to && words < 5) {
    const t = tokens[b] as Token;
    const hyphen = t.text === '-' && glued(tokens[b - 1], t) && glued(t, tokens[b + 1]);
    if (
      !hyphen &&
      (t.kind !== 'word' ||
        /^(?:for|to|up|via|from|with|in|on|of|over|by|at|is|are|which|that|as|using|used|when|per|p\d+|avg|latency|timeout|owned|behind|run|hosted)$/.test(
          t.lower,
        ))
    )
      break;
    if (!hyphen) words++;
    b++;
  }
  if (
    b === a ||
    (words === 1 &&
      /^(?:none|no|nothing|database|cache|databases|caches|queue|cdn|internal|external|third-party|apis?|services?)$/.test(
        tokens[a]?.lower ?? '',
      ))
  )
    return undefined;
  const name = frame.text.slice(tokens[a]?.start, tokens[b - 1]?.end);
  const hint = KIND_WORDS.find(([p]) => p.test(name))?.[1];
  return { from: a, to: b, key: keyOf(name), name, ...(hint && hint !== 'client' ? { hint } : {}) };
}

/** Listed dependencies that hold no known name: "Stripe", "supplier feeds (third-party)". */
export function itemsWithoutName(frame: Frame, taken: ReadonlySet<number>): Named[] {
  const { tokens } = frame;
  const out: Named[] = [];
  let start = 0;
  for (let i = 0; i <= tokens.length; i++) {
    const t = tokens[i];
    const ends =
      t === undefined ||
      (frame.group[i] === 0 && (t.text === ',' || t.text === ';' || t.kind === 'break' || t.lower === 'and'));
    if (!ends) continue;
    let used = false;
    for (let k = start; k < i; k++) if (taken.has(k) && frame.group[k] === 0) used = true;
    const named = used ? undefined : itemName(frame, start, i);
    if (named && !/^\d/.test(named.name)) out.push(named);
    start = i + 1;
  }
  return out;
}
