import { type Subject, subject } from '../domain/index.js';
import type { FrameIndex } from './claims.js';
import type { Comparator, Quantity } from './figures/quantity.js';
import type { Frame } from './frame.js';
import { COUNT_NOUNS } from './nouns.js';
import type { Parts } from './parts.js';
import type { SlashRun } from './relations.js';
import { glued, type Token } from './tokens.js';
import { STOP } from './words.js';

export interface MixFact {
  quantity: number;
  name: 'mix.share' | 'skew.share' | 'skew.members';
  value: number;
  subject: Subject;
  comparator?: Comparator;
  condition?: string;
}
export interface Mixes {
  facts: MixFact[];
  classes: { subject: Subject; kind: 'read' | 'write' | 'other' }[];
  used: ReadonlySet<number>;
}

const TRAFFIC =
  /^(?:traffic|requests?|load|calls?|volume|queries|hits|reads|writes|orders|postings?|revenue|events?|messages|msgs|rps|qps|transactions|usage|throughput|accesses|lookups|sales|bookings|views|data|everything|workload|searches|volumes|invocations|payments|cost|spend|cpu|connections|writes?|ops|operations|rows|records|votes|renders)$/;
const CARRY =
  /^(?:make|makes|making|generate|generates|generating|account|accounts|drive|drives|cause|causes|produce|produces|get|gets|receive|receives|take|takes|carry|carries|see|sees|hold|holds|represent|represents|create|creates|contribute|contributes|issue|issues|send|sends|serve|serves|attract|attracts|draw|draws|bring|brings|absorb|absorbs|pull|pulls|cover|covers|own|owns|is|are|has|have|with|responsible|consume|consumes|eat|eats|hit|want|wants|buy|place|book)$/;
const READ =
  /^(?:reads?|get|gets|browse|browsing|lookups?|queries|selects?|fetch|view|views|viewing|reading|search|searches|searching|listing|balance|GETs)$/i;
const WRITE =
  /^(?:writes?|updates?|inserts?|mutations?|posts?|posting|postings|writing|checkout|checkouts|orders?|payments?|reservations?|bookings?|uploads?|ingest|puts?|deletes?|upserts?|create|creates|submits?)$/i;

const empty: Mixes = { facts: [], classes: [], used: new Set() };

/** Reads shares of the traffic: "80% read, 20% write", "95:5", "20% of tenants make 80% of traffic". */
export function mixesIn(
  frame: Frame,
  index: FrameIndex,
  slashes: readonly SlashRun[],
  parts: Parts,
  app: Subject,
): Mixes {
  if (frame.quantities.length === 0) return empty;
  const facts: MixFact[] = [];
  const used = new Set<number>();
  const classes = new Map<string, { subject: Subject; kind: 'read' | 'write' | 'other' }>();
  const classOf = (name: string): Subject => {
    const kind = kindOfClass(name);
    // "reads" and "read" are one class.
    const plain = /^(?:reads?|reading)$/i.test(name)
      ? 'read'
      : /^(?:writes?|writing)$/i.test(name)
        ? 'write'
        : name;
    const s = subject('class', plain);
    if (!classes.has(s.id)) classes.set(s.id, { subject: s, kind });
    return s;
  };
  const add = (f: MixFact): void => {
    facts.push(f);
    used.add(f.quantity);
  };
  for (const run of slashes)
    ratioRun(frame, run, (k, name, value) =>
      add({ quantity: k, name: 'mix.share', value, subject: classOf(name) }),
    );
  frame.quantities.forEach((q, k) => {
    if (used.has(k) || q.kind !== 'percent' || q.signed !== undefined || q.nines) return;
    // "the 5 % newest parcels" says which, not how much of the traffic.
    if (word(frame, q.from - 1) === 'the' && word(frame, q.to) !== 'of') return;
    const skew = skewAt(frame, index, k);
    if (skew) {
      const s = skewSubject(skew.of, app, parts);
      for (let n = k + 1; n < frame.quantities.length && n <= k + 2; n++) {
        const other = frame.quantities[n] as Quantity;
        // "want the same 3 dates": the few are part of the statement.
        if (other.kind === 'bare' && skew.members === undefined && other.from > q.to && other.to <= skew.to)
          used.add(n);
      }
      // "5 house accounts receive 38%": the few are counted inside the statement.
      for (let n = 0; n < k; n++) {
        const few = frame.quantities[n] as Quantity;
        if (
          skew.members === undefined &&
          few.kind === 'bare' &&
          few.noun !== undefined &&
          skew.from !== undefined &&
          few.from >= skew.from &&
          few.to <= q.from
        )
          used.add(n);
      }
      const more = q.comparator ? { comparator: q.comparator } : {};
      if (skew.members !== undefined) {
        add({
          quantity: skew.members,
          name: 'skew.members',
          value: (frame.quantities[skew.members] as Quantity).value,
          subject: s,
          condition: skew.text,
        });
      }
      if (!used.has(skew.share))
        add({
          quantity: skew.share,
          name: 'skew.share',
          value: (frame.quantities[skew.share] as Quantity).value,
          subject: s,
          condition: skew.text,
          ...more,
        });
      return;
    }
    const name = className(frame, index, k);
    if (name)
      add({
        quantity: k,
        name: 'mix.share',
        value: q.value,
        subject: classOf(name),
        ...(q.comparator ? { comparator: q.comparator } : {}),
      });
  });
  return { facts, classes: [...classes.values()], used };
}

function kindOfClass(name: string): 'read' | 'write' | 'other' {
  const words = name.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  if (words.some((w) => WRITE.test(w)))
    return words.some((w) => READ.test(w)) && /\breads?\b/.test(name) ? 'read' : 'write';
  return words.some((w) => READ.test(w)) ? 'read' : 'other';
}

/** "80/20 read/write", "read:write 90:10", "reads vs writes 70/30". */
function ratioRun(frame: Frame, run: SlashRun, add: (k: number, name: string, value: number) => void): void {
  if (run.members.length !== 2) return;
  const [a, b] = run.members as [number, number];
  const qa = frame.quantities[a] as Quantity;
  const qb = frame.quantities[b] as Quantity;
  const scale = qb.kind === 'percent' ? 100 : 1;
  const va = qa.kind === 'percent' ? qa.value * 100 : qa.value;
  const vb = qb.value * scale;
  const first = Math.max(0, qa.from - 6);
  const near = frame.tokens
    .slice(first, qb.to + 6)
    .filter((t, i) => t.kind === 'word' && frame.sentence[first + i] === frame.sentence[qa.from]);
  const read = near.find((t) => /^(?:reads?|gets?)$/.test(t.lower));
  const write = near.find((t) => /^(?:writes?|updates?|puts?|posts?)$/.test(t.lower));
  if (!read || !write) return;
  // "5:1 reads to writes" is a proportion, "80/20" two shares.
  const whole = frame.tokens[qa.to]?.text === ':' ? va + vb : 100;
  if (whole <= 0 || Math.abs(va + vb - whole) > 0.5) return;
  const readFirst = read.start < write.start;
  add(a, readFirst ? 'read' : 'write', va / whole);
  add(b, readFirst ? 'write' : 'read', vb / whole);
}

interface Skew {
  members?: number;
  share: number;
  of: string;
  text: string;
  /** Token behind the statement. */
  to: number;
  /** Its first token, where the few stand before the share. */
  from?: number;
}

const word = (frame: Frame, i: number): string => {
  const t = frame.tokens[i];
  return t?.kind === 'word' ? t.lower : '';
};

/** "20% of tenants make 80% of traffic", "top 1% of queries … 45%", "one merchant gets 35% of the postings". */
function skewAt(frame: Frame, index: FrameIndex, k: number): Skew | undefined {
  const q = frame.quantities[k] as Quantity;
  const top = /^(?:top|hottest|largest|biggest|busiest|heaviest)$/.test(word(frame, q.from - 1));
  const textOf = (to: number): string =>
    frame.text
      .slice(frame.tokens[Math.max(0, q.from - (top ? 1 : 0))]?.start, frame.tokens[to - 1]?.end)
      .replace(/\s+/g, ' ');
  // Members first: this percent "of X", then a verb, then a percent "of traffic".
  if (word(frame, q.to) === 'of' || top) {
    const next = frame.quantities[k + 1];
    if (
      next?.kind === 'percent' &&
      frame.sentence[next.from] === frame.sentence[q.from] &&
      next.from - q.to < 16
    ) {
      let verb = false;
      for (let i = q.to; i < next.from; i++)
        if (CARRY.test(word(frame, i)) || frame.tokens[i]?.text === '=') verb = true;
      const of = word(frame, q.to) === 'of' ? nounPhrase(frame, q.to + 1) : undefined;
      // "half of requests are search, a quarter detail pages" names two parts of one whole.
      const parts = of !== undefined && TRAFFIC.test(of.head) && word(frame, next.to) !== 'of';
      if (verb && !parts && !(of && TRAFFIC.test(of.head) && !COUNT_NOUNS.has(of.head) && !top)) {
        const shareOf = word(frame, next.to) === 'of' ? nounPhrase(frame, next.to + 1) : undefined;
        return {
          members: k,
          share: k + 1,
          of: of?.head ?? 'keys',
          text: textOf(shareOf?.to ?? next.to),
          to: shareOf?.to ?? next.to,
        };
      }
    }
  }
  // "70% of buyers want the same 3 dates", "35% of the postings" after "one merchant receives".
  const of = word(frame, q.to) === 'of' ? nounPhrase(frame, q.to + 1) : undefined;
  if (!of) {
    const hottest = hottestBefore(frame, q);
    return hottest && frame.input !== 'target_metrics'
      ? { share: k, of: hottest.of, text: hottest.text, to: q.to }
      : undefined;
  }
  const wants = frame.tokens
    .slice(of.to, of.to + 8)
    .map((t) => t.lower)
    .join(' ');
  if (
    /^(?:want|wants|hit|hits|go to|goes to|land on|lands on|touch|touches|ask for|are for|is for|target|targets|are on|fall on|concentrate on)\b.*\b(?:same|top|few|single|one|hot|handful|\d+)\b/.test(
      wants,
    )
  )
    if (!/timeout|time-out|deadline|limit|error|failure/.test(wants))
      return {
        share: k,
        of: of.head,
        text: textOf(endOfClause(frame, of.to)),
        to: endOfClause(frame, of.to),
      };
  if (!TRAFFIC.test(of.head)) return undefined;
  let start = q.from - 1;
  while (
    start > 0 &&
    q.from - start < 16 &&
    frame.sentence[start - 1] === frame.sentence[q.from] &&
    frame.tokens[start]?.text !== ';' &&
    !(frame.tokens[start]?.text === ',' && hasOwnSubject(frame, start + 1, q.from))
  )
    start--;
  const before = frame.tokens
    .slice(start, q.from)
    .map((t) => t.lower)
    .join(' ');
  const few =
    /(?:^|[ (])(?:one|a single|single|the largest|our largest|largest|biggest|the biggest|top (?:\d+|two|three|five|ten|few)|a few|a handful of|hottest|the hottest|whale|hot|few|two|three|five|ten|\d+(?! -)) (?:[\p{L}-]+ ){0,4}/u.test(
      before,
    ) &&
    /(?:\b(?:make|generat|account|driv|caus|produc|get|receiv|tak|carr|see|hold|represent|creat|contribut|send|serv|attract|draw|bring|absorb|pull|consum|own|is|are|has|have|eats?|with)|=)/.test(
      before,
    );
  void index;
  const named =
    /(?:^|[ (,])(?:(?:the|our|one) )?(?:single )?(?:largest|biggest|hottest|busiest|top)(?: \d+)?(?: [\p{L}-]+){1,3}(?: [(]?~)?$/u.test(
      before.trim(),
    );
  return few || named
    ? {
        share: k,
        of: memberNoun(frame, start, q.from) ?? 'keys',
        to: of.to,
        from: start,
        text: frame.text
          .slice(frame.tokens[start]?.start, frame.tokens[of.to - 1]?.end)
          .replace(/^[\s,;.]+/, '')
          .replace(/\s+/g, ' '),
      }
    : undefined;
}

/** "top customer 6%", "hottest key ~12 %": a share said of one member, without saying of what. */
function hottestBefore(frame: Frame, q: Quantity): { of: string; text: string } | undefined {
  const noun = word(frame, q.from - 1);
  const counted = COUNT_NOUNS.get(noun);
  const first = word(frame, q.from - 2);
  if (
    !counted ||
    TRAFFIC.test(noun) ||
    /^(?:instances|shards|partitions|replicas|workers|threads\.limit|connections\.used)$/.test(counted)
  )
    return undefined;
  if (!/^(?:top|hottest|biggest|largest|busiest|heaviest)$/.test(first) || noun.endsWith('s'))
    return undefined;
  return {
    of: noun,
    text: frame.text.slice(frame.tokens[q.from - 2]?.start, frame.tokens[q.to - 1]?.end).replace(/\s+/g, ' '),
  };
}

/** ", timeline is 15% of requests": the clause behind the comma has its own subject. */
function hasOwnSubject(frame: Frame, from: number, to: number): boolean {
  const first = frame.tokens[from];
  if (first?.kind !== 'word' || STOP.has(first.lower)) return false;
  for (let i = from; i < to; i++) if (frame.tokens[i]?.text === ',') return false;
  return true;
}

function endOfClause(frame: Frame, from: number): number {
  let i = from;
  while (
    i < frame.tokens.length &&
    i < from + 10 &&
    frame.segment[i] === frame.segment[from] &&
    !/^[,;)]$/.test(frame.tokens[i]?.text ?? '') &&
    frame.tokens[i]?.kind !== 'break'
  )
    i++;
  return i;
}

function memberNoun(frame: Frame, from: number, to: number): string | undefined {
  for (let i = from; i < to; i++)
    if (COUNT_NOUNS.has(word(frame, i)) && !TRAFFIC.test(word(frame, i))) return word(frame, i);
  return undefined;
}

function nounPhrase(frame: Frame, from: number): { head: string; from: number; to: number } | undefined {
  let i = from;
  while (/^(?:the|our|all|its|total|these|those|overall)$/.test(word(frame, i))) i++;
  const start = i;
  let head: string | undefined;
  for (let n = 0; n < 4; i++) {
    const t = frame.tokens[i];
    if (t?.text === '-' && glued(frame.tokens[i - 1], t)) continue;
    if (
      t?.kind !== 'word' ||
      (STOP.has(t.lower) && !TRAFFIC.test(t.lower)) ||
      (head !== undefined && CARRY.test(t.lower))
    )
      break;
    head = t.lower;
    n++;
  }
  return head === undefined ? undefined : { head, from: start, to: i };
}

function skewSubject(member: string, app: Subject, parts: Parts): Subject {
  void parts;
  return subject('keyspace', member.replace(/ies$/, 'y').replace(/s$/, ''), app.name);
}

/** The class a percent is the share of: "95% search", "bots ~20% of traffic", "reads are 80%". */
function className(frame: Frame, index: FrameIndex, k: number): string | undefined {
  const q = frame.quantities[k] as Quantity;
  const after = classWords(frame, index, q.to, q);
  const traffic = word(frame, q.to) === 'of' ? nounPhrase(frame, q.to + 1) : undefined;
  const before = wordsBefore(frame, index, q);
  if (
    traffic &&
    TRAFFIC.test(traffic.head) &&
    !/^(?:cost|spend|cpu|connections|data|revenue)$/.test(traffic.head)
  ) {
    // "half of requests are search": what they are stands behind.
    const are =
      frame.input === 'workload' &&
      /^(?:is|are|hit|hits|=|being)$/.test(frame.tokens[traffic.to]?.lower ?? '')
        ? classWords(frame, index, traffic.to + 1, q)
        : undefined;
    if (are) return are;
    // "throttled 4% of writes" tells what befell them, not what they are.
    if (!before || /(?:^|\s)(?:\w{3,}ed|lost|late)$/i.test(before) || BEFALLS.test(before)) return undefined;
    return before;
  }
  if (traffic) return undefined;
  const strict = frame.input !== 'workload';
  if (
    after &&
    !/\b(?:capacity|units?|iops|latency|locks?|ahead|buffers?|throughput|amplification)\b/i.test(after)
  ) {
    const words = after.toLowerCase().split(/[^\p{L}\p{N}]+/u);
    const known = words.some((w) =>
      /^(?:reads?|writes?|get|post|put|inserts?|updates?|mutations?|selects?)$/.test(w),
    );
    // "88% availability polling": a measure that says of what kind the next word is.
    const ofKind = words.length > 1 && (index.family[q.to]?.to ?? 0) - q.to < words.length;
    const measured =
      index.family[q.to]?.value.some(
        (f) =>
          !/^(?:traffic|throughput|payload|arrival|batch|users|rows|lag)$/.test(f.id) &&
          !(ofKind && f.id === 'availability'),
      ) ?? false;
    // "3.4% throttled writes", "91% log write": what befell them, or a part inside a store.
    if (words.length > 1 && BEFALLEN.test(words[0] ?? '')) return undefined;
    // "70% log in between 8 and 9": what they do.
    if (words.length === 1 && DOES.test(words[0] ?? '')) return undefined;
    if (strict ? known : known || !measured) return after;
  }
  if (
    !strict &&
    before &&
    /^(?:reads?|writes?|mutations?|queries|searches|checkouts?)$/i.test(before) &&
    index.family[q.to] === undefined
  )
    return before;
  if (before && /^(?:reads?|writes?)$/i.test(before) && !index.statistic[q.from - 1]) return before;
  return undefined;
}

const DOES =
  /^(?:log|sign|come|comes|arrive|arrives|happen|happens|occur|occurs|fall|falls|start|starts|land|lands|look|ask|go|buy|pay|leave|return|live|sit)$/;
/** "throttles 4% of writes", "timeouts on 2% of calls": what befalls a share of them. */
const BEFALLS =
  /(?:^|\s)(?:throttl(?:es?|ing)|reject(?:s|ions?)|fail(?:s|ures?)?|drops?|errors?|time ?outs?|retr(?:y|ies)|evict(?:s|ions?)|preempt(?:s|ions?)|abort(?:s)?|blocks?|sheds?|loses|delays?|slows?|redeliver(?:s|ies)|conflicts?|duplicates?)$/i;
const BEFALLEN =
  /^(?:throttled|rejected|failed|failing|blocked|slow|slower|dropped|lost|retried|duplicate|duplicated|conflicting|delayed|dead|log|disk|dirty|timed|unindexed|full)$/;

/** One to three words right behind the percent, up to a comma: "balance reads", "browsing/seat maps". */
function classWords(frame: Frame, index: FrameIndex, from: number, q: Quantity): string | undefined {
  let i = from;
  let words = 0;
  while (i < frame.tokens.length && words < 4 && frame.sentence[i] === frame.sentence[q.from]) {
    const t = frame.tokens[i] as Token;
    const joint =
      (t.text === '-' || t.text === '/') && (glued(frame.tokens[i - 1], t) || glued(t, frame.tokens[i + 1]));
    if (
      !joint &&
      (t.kind !== 'word' ||
        (STOP.has(t.lower) && !/^(?:reads?|writes?|calls?)$/.test(t.lower)) ||
        index.quantity[i] !== undefined)
    )
      break;
    if (!joint) words++;
    i++;
  }
  while (i > from && /^[-/]$/.test(frame.tokens[i - 1]?.text ?? '')) i--;
  if (i === from) return undefined;
  const next = frame.tokens[i];
  // A class ends its segment, or "and"/"vs" follows; anything else is a sentence about something.
  if (
    next &&
    !(
      next.kind === 'break' ||
      /^[,;)(/+|&:]$/.test(next.text) ||
      /^(?:and|vs|versus|or|with|but|to|in|at|on|during|by|every|each)$/.test(next.lower) ||
      next.kind === 'symbol'
    )
  )
    return undefined;
  const text = frame.text.slice(frame.tokens[from]?.start, frame.tokens[i - 1]?.end).replace(/\s+/g, ' ');
  return text
    .replace(/\s+(?:traffic|requests|calls|operations|ops|heavy|workload)$/i, '')
    .replace(/-heavy$/i, '');
}

function wordsBefore(frame: Frame, index: FrameIndex, q: Quantity): string | undefined {
  let end = q.from;
  while (
    end > 0 &&
    /^(?:is|are|make|makes|up|about|around|roughly|only|just|~|at|of|account|accounts|for|=|:|say|approximately|nearly|some|represent|represents|almost)$/.test(
      frame.tokens[end - 1]?.lower ?? '',
    ) &&
    frame.segment[end - 1] === frame.segment[q.from]
  )
    end--;
  let from = end;
  let words = 0;
  while (from > 0 && words < 3 && frame.segment[from - 1] === frame.segment[q.from]) {
    const t = frame.tokens[from - 1] as Token;
    const joint = t.text === '-' && glued(t, frame.tokens[from]);
    if (
      !joint &&
      (t.kind !== 'word' ||
        (STOP.has(t.lower) && !/^(?:reads?|writes?)$/.test(t.lower)) ||
        index.quantity[from - 1] !== undefined)
    )
      break;
    if (!joint) words++;
    from--;
  }
  return from === end
    ? undefined
    : frame.text.slice(frame.tokens[from]?.start, frame.tokens[end - 1]?.end).replace(/\s+/g, ' ');
}
