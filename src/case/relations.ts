import type { Quantity } from './figures/quantity.js';
import type { Frame } from './frame.js';
import { isArrow, type Token } from './tokens.js';

/** How two neighbouring quantities belong together, by the index of the second. */
export interface Relation {
  kind: 'change' | 'of-limit' | 'before' | 'goal';
  /** Index of the earlier quantity. */
  first: number;
}

/** Two figures of one split: "80/20", "70:30". */
export interface SlashRun {
  /** Indices of quantities joined by slashes, in order. */
  members: number[];
}

const CHANGE_VERBS =
  /^(?:von|stieg|stiegen|fiel|fielen|from|rose|rises|rising|grew|grown|grow|went|gone|goes|jumped|jumps|climbed|climbs|climbing|dropped|drops|fell|falls|increased|increase|increases|decreased|decrease|reduced|reduce|raised|raise|up|down|spiked|spikes|degraded|degrades|moved|changed|change|cut|bumped|lowered|doubled|tripled|improved|shrank|shrunk|swelled|crept|ballooned|slid|sank|soared|surged|switched|set|scaled|grows|slipped|worsened|exploded|slowed|expanded)$/;

/** Finds "from A to B", "A → B", "X of Y", "X (was Y)", "X vs Y a month ago" among the quantities of a frame. */
export function relationsOf(frame: Frame): { relations: Map<number, Relation>; slashes: SlashRun[] } {
  const { quantities, tokens, sentence } = frame;
  const relations = new Map<number, Relation>();
  const slashes: SlashRun[] = [];
  let run: number[] = [];
  const closeRun = (): void => {
    if (run.length > 1) slashes.push({ members: run });
    run = [];
  };
  quantities.forEach((q, i) => {
    const p = quantities[i - 1];
    if (!p || sentence[p.from] !== sentence[q.from]) {
      closeRun();
      return;
    }
    const between = tokens.slice(p.to, q.from);
    const texts = between.map((t) => t.lower);
    if (
      texts.length === 1 &&
      (texts[0] === '/' || texts[0] === ':') &&
      between[0]?.start === tokens[p.to - 1]?.end
    ) {
      if (isUsedOfLimit(frame, p, q, i)) {
        relations.set(i, { kind: 'of-limit', first: i - 1 });
        return;
      }
      if (run.length === 0) run.push(i - 1);
      run.push(i);
      return;
    }
    closeRun();
    if (isChange(frame, p, q, between) && takesUnit(p, q)) relations.set(i, { kind: 'change', first: i - 1 });
    else if (isOfLimit(p, q, texts) && (p.kind === q.kind || takesUnit(p, q)))
      relations.set(i, { kind: 'of-limit', first: i - 1 });
    else if (
      kin(p, q) &&
      isGoal(between, frame.statistics.some((s) => s.from === p.to) ? 1 : 0, q.kind === 'duration') &&
      takesUnit(p, q)
    )
      relations.set(i, { kind: 'goal', first: i - 1 });
    else if (kin(p, q) && isBefore(frame, q, between) && takesUnit(p, q))
      relations.set(i, { kind: 'before', first: i - 1 });
  });
  closeRun();
  return { relations, slashes };
}

/** "from 480 to 1800 ms": a figure without a unit takes that of its partner. */
function takesUnit(p: Quantity, q: Quantity): boolean {
  for (const [a, b] of [
    [p, q],
    [q, p],
  ] as const) {
    if (a.kind !== 'bare' || a.noun !== undefined || b.kind === 'bare') continue;
    a.kind = b.kind;
    a.value *= b.unitScale;
    // "from 3 to 8k rps": the multiplier holds for both, when that keeps their order.
    if (a === p && p.multiplier === 1 && b.multiplier > 1 && p.value * b.multiplier <= b.value)
      p.value *= b.multiplier;
  }
  return true;
}

const kin = (a: Quantity, b: Quantity): boolean =>
  a.kind === b.kind ||
  (a.kind === 'bare' && a.noun === undefined) ||
  (b.kind === 'bare' && b.noun === undefined);

function isChange(frame: Frame, p: Quantity, q: Quantity, between: readonly Token[]): boolean {
  if (!kin(p, q) || between.length === 0 || between.length > 8) return false;
  const words = between.filter((t) => t.text !== ',');
  // "dashboards that loaded in 2 s now take 15-20 s"
  if (
    words.length <= 3 &&
    words[0]?.lower === 'now' &&
    words
      .slice(1)
      .every((t) => /^(?:takes?|needs?|is|are|runs?|load|loads|at|about|around|~|up|to)$/.test(t.lower)) &&
    frame.tokens
      .slice(Math.max(0, p.from - 4), p.from)
      .some((t) =>
        /^(?:loaded|took|was|were|ran|finished|needed|completed|rendered|answered|used)$/.test(t.lower),
      )
  )
    return true;
  const linkAt = words.findIndex(
    (t) => isArrow(t) || t.lower === 'to' || t.lower === 'into' || t.lower === 'auf',
  );
  if (linkAt < 0) return false;
  const link = words[linkAt] as Token;
  // What may stand between: the noun of the first figure, "about", "over".
  const tail = words.slice(linkAt + 1);
  if (
    tail.some(
      (t) =>
        !/^(?:about|around|roughly|almost|nearly|over|above|more|than|as|much|up|just|approx|~|a|only|under|below)$/.test(
          t.lower,
        ),
    )
  )
    return false;
  if (words.slice(0, linkAt).some((t) => /^(?:and|but|,|or|with|while)$/.test(t.lower))) return false;
  // Between stops of an architecture an arrow is a call, and no change leaves a parenthesis.
  if (isArrow(link) && (frame.input === 'architecture' || between.some((t) => /[()]/.test(t.text))))
    return false;
  if (isArrow(link)) return true;
  for (let i = p.from - 1; i >= 0 && i >= p.from - 6; i--) {
    const t = frame.tokens[i] as Token;
    if (t.kind === 'break' || t.text === ';') return false;
    if (/^(?:between|ranges?|ranging|varies|vary|varying|anywhere)$/.test(t.lower)) return false;
    if (CHANGE_VERBS.test(t.lower)) return true;
  }
  return false;
}

/** "threads 200/200", "connections 480/500": two plain figures behind what is limited, the used part first. */
function isUsedOfLimit(frame: Frame, p: Quantity, q: Quantity, at: number): boolean {
  if (p.kind !== 'bare' || q.kind !== 'bare' || p.noun !== undefined || p.value > q.value) return false;
  const third = frame.quantities[at + 1];
  if (third && third.from <= q.to + 1 && frame.tokens[q.to]?.text === '/') return false;
  return frame.tokens
    .slice(Math.max(0, p.from - 3), p.from)
    .concat(frame.tokens.slice(q.to, q.to + 2))
    .some((t) => LIMITED.test(t.lower));
}
const LIMITED =
  /^(?:connections?|conns?|threads?|pool|workers?|children|slots?|sessions?|permits?|busy|used)$/;

/** "1,450 of 1,500 connections", "12 GB of 16 GB", "95 out of 100". */
function isOfLimit(p: Quantity, q: Quantity, texts: readonly string[]): boolean {
  const joined = texts.join(' ');
  if (
    !/^(?:of|out of|of the|of a|of max|of our|\/|\( (?:max|limit|of|cap|maximum|limit of|max of)(?: (?:is|:|=))?)$/.test(
      joined,
    )
  )
    return false;
  return (
    (p.kind === 'bare' && q.kind === 'bare') ||
    (p.kind === 'bytes' && q.kind === 'bytes') ||
    (p.kind === 'bare' && p.noun === undefined && (q.kind === 'bytes' || q.kind === 'byteRate')) ||
    (p.kind === 'byteRate' && q.kind === 'byteRate') ||
    (p.kind === 'cores' && q.kind === 'cores')
  );
}

/** "1.6 s (goal of the app team 600 ms)", "18 minutes (contract: 2 minutes)": what the first figure should be. */
function isGoal(all: readonly Token[], statistic: number, isTime: boolean): boolean {
  const between = all.slice(statistic);
  if (between.length > 8) return false;
  // "6 s old (limit 500 ms)": a limit of time is an aim; one of memory is a limit.
  const aims = (t: Token): boolean =>
    (isTime && t.lower === 'limit') ||
    /^(?:goal|target|slo|sla|contract|promise|agreement|objective|promised|agreed|allowed|should|contractual|guaranteed|budgeted)$/.test(
      t.lower,
    );
  const open = between.findIndex((t) => t.text === '(');
  if (open >= 0 && open <= 4 && between.slice(0, open).every((t) => t.kind === 'word' || t.text === '-'))
    return between.slice(open + 1, open + 4).some(aims);
  // "4.8 s in the evenings, target is 1.5 s"
  const last = between
    .map((t) => t.lower)
    .slice(-4)
    .join(' ');
  if (/(?:^|[ ,])(?:the |our )?(?:target|goal|slo|sla|objective)(?: (?:is|of|was|:|=|being))?$/.test(last))
    return true;
  // "2.4 s instead of the promised 800 ms", "410 ms against a target of 250 ms"
  return (
    /^(?:instead|against|versus|vs|where|but|rather)$/.test(between[0]?.lower ?? '') && between.some(aims)
  );
}

/** The second figure is what was: "(was 2k)", "up from 480 ms", "vs 700ms a month ago", "instead of 50". */
function isBefore(frame: Frame, q: Quantity, between: readonly Token[]): boolean {
  const texts = between.map((t) => t.lower).join(' ');
  if (between.length > 9) return false;
  // "70% of jobs from 40 studios" names who, not what was.
  const p = frame.quantities[frame.quantities.indexOf(q) - 1];
  if (
    p?.kind === 'percent' &&
    q.kind === 'bare' &&
    frame.tokens[q.to]?.kind === 'word' &&
    between.at(-1)?.lower === 'from'
  )
    return false;
  // "340 req/s at 8am vs 90 req/s average": two times of one day.
  if (
    q.kind === 'rate' &&
    /^(?:average|avg|mean|otherwise|off|overnight|steady|daily|at night|in the night|outside)\b/.test(
      frame.tokens
        .slice(q.to, q.to + 3)
        .map((t) => t.lower)
        .join(' '),
    )
  )
    return false;
  const near = between
    .slice(-4)
    .map((t) => t.lower)
    .join(' ');
  if (
    /(?:^|[ (])(?:was|were|vs|vs \.|versus|instead of|compared to|compared with|against|normally|usually|previously|before|used to be|formerly|originally|normal is|normal|baseline|typically|in contrast to|rather than|where it was|it was|baseline was|before it was|before that|otherwise|outside that|at other times|elsewhere)(?: (?:about|it is|around|~|roughly|under|only|just|below|at))?$/.test(
      near,
    )
  )
    return true;
  if (
    /(?:^|[ (,])(?:up|down|rose|grew|climbed|risen|increased|decreased|dropped|fell|jumped|raised|reduced|spiked|lowered|degraded|cut|moved|changed|grown)? ?from(?: (?:about|around|~|roughly|under|only|just))?$/.test(
      near,
    ) &&
    !/\bto\b/.test(texts)
  )
    return true;
  const after = frame.tokens
    .slice(q.to, q.to + 4)
    .map((t) => t.lower)
    .join(' ');
  if (
    /(?:^| )\($/.test(texts) &&
    between.length <= 4 &&
    /^(?:(?:on|in) (?:an? )?(?:other|normal|quiet|good|usual|calm|average|typical|all other) |in (?:q[1-4]|spring|summer|autumn|winter|january|february|march|april|may|june|july|august|september|october|november|december|20\d\d)|otherwise|normally|usually|elsewhere)/.test(
      after,
    )
  )
    return true;
  return (
    /^(?:before|a (?:week|month|year|quarter) ago|last (?:week|month|year|quarter)|previously|earlier|normally|usually|in normal times|pre )/.test(
      after,
    ) && /\b(?:vs|versus|from|against|compared|was|,)\b|,/.test(texts)
  );
}
