import { subject } from '../domain/index.js';
import { lastMention } from './about/mentioned.js';
import type { About, Earlier, Scene } from './about/scene.js';
import type { Quantity } from './figures/quantity.js';
import { appWords, onlyOf } from './subjects.js';

type Found = About & { explicit: boolean };

/** What the clauses around a figure change in whom it is about. */
export function ofClause(
  scene: Scene,
  q: Quantity,
  name: string,
  found: Found,
  earlier: readonly Earlier[],
): Found {
  return (
    billToday(scene, q, name, found, earlier) ??
    busyPart(scene, q, name, found) ??
    turnedAway(scene, q, name, found) ??
    indexed(scene, name, found) ??
    loadOfGoal(scene, q, name, found) ??
    scanBefore(scene, q, name, found) ??
    callOfStore(scene, q, name, found) ??
    found
  );
}

/** "checkout p95 < 1.5s at 25k rps": the time is checkout's, the load the whole service's. */
function loadOfGoal(scene: Scene, q: Quantity, name: string, found: Found): Found | undefined {
  const { frame, app } = scene;
  if (
    name !== 'throughput' ||
    found.subject.kind !== 'operation' ||
    !/^(?:at|under|with|@)$/.test(frame.tokens[q.from - 1]?.lower ?? '') ||
    // Transactions may be just those of the operation.
    /^[kK]?tp[sm]$/.test(frame.tokens[q.to - 1]?.text.toLowerCase() ?? '') ||
    (q.noun !== undefined && !/^(?:req|reqs|requests?|calls?)$/.test(q.noun) && !appWords(app).has(q.noun))
  )
    return undefined;
  const goal = frame.quantities.some(
    (x) => x.kind === 'duration' && x.to <= q.from && q.from - x.to <= 2 && x.comparator !== undefined,
  );
  return goal ? { subject: app, explicit: true } : undefined;
}

/** "DynamoDB spend < $18k/month (today $15k)": the same bill. */
function billToday(
  scene: Scene,
  q: Quantity,
  name: string,
  found: Found,
  earlier: readonly Earlier[],
): Found | undefined {
  const last = earlier.at(-1);
  return name === 'cost.monthly' &&
    last?.name === name &&
    last.explicit &&
    (scene.frame.group[q.from] ?? 0) > 0 &&
    q.from - last.from < 9 &&
    found.subject.id === scene.app.id
    ? { subject: last.subject, explicit: true }
    : undefined;
}

/** "ES merges throttled, CPU 93%": of the part that the clause before opens with. */
function busyPart(scene: Scene, q: Quantity, name: string, found: Found): Found | undefined {
  const { frame, app } = scene;
  if (
    !/^(?:cpu|memory|disk)\.utilisation$/.test(name) ||
    found.subject.id !== app.id ||
    found.from !== undefined
  )
    return undefined;
  let at = q.from;
  while (at > 0 && frame.segment[at - 1] === frame.segment[q.from]) at--;
  // Nothing but the measure stands in its own clause.
  if (q.from - at > 1 || frame.tokens[at - 1]?.text !== ',') return undefined;
  let start = at - 1;
  while (start > 0 && frame.segment[start - 1] === frame.segment[at - 2] && at - start < 12) start--;
  const part = scene.mentions.find((m) => m.from === start && m.how === 'named');
  return part && /^(?:database|search|cache|queue|gateway)$/.test(part.subject.kind)
    ? { subject: part.subject, explicit: true }
    : undefined;
}

/** "Elasticsearch bulk queue full, 4% rejected": by the part that the clause before tells of. */
function turnedAway(scene: Scene, q: Quantity, name: string, found: Found): Found | undefined {
  const { frame, app } = scene;
  if (!/^(?:errors|timeouts|throttled)\.ratio$/.test(name) || found.subject.id !== app.id) return undefined;
  const comma = q.from - 1;
  if (
    frame.tokens[comma]?.text !== ',' ||
    !/^(?:rejected|refused|dropped|discarded|shed|throttled|evicted)$/.test(frame.tokens[q.to]?.lower ?? '')
  )
    return undefined;
  const part = scene.mentions
    .filter((m) => m.to <= comma && frame.segment[m.from] === frame.segment[comma - 1] && m.how === 'named')
    .at(-1);
  return part ? { subject: part.subject, explicit: true } : undefined;
}

/** "indexing 11k docs/s": into the search engine, where there is one. */
function indexed(scene: Scene, name: string, found: Found): Found | undefined {
  const engine =
    name === 'throughput' &&
    found.subject.kind === 'operation' &&
    /^index(?:ing|es)?$/i.test(found.subject.name)
      ? onlyOf(scene.parts, ['search'])
      : undefined;
  return engine ? { subject: engine, explicit: true } : undefined;
}

const STORE_WORK =
  /^(?:commits?|quer(?:y|ies)|statements?|writes?|reads?|lookups?|fetch(?:es)?|gets?|puts?|inserts?|updates?|fsyncs?)$/;

/** "Oracle CPU 58%, 22 ms per commit", "Bigtable CPU 58%, p99 read 34 ms": work of the store just spoken of. */
function callOfStore(scene: Scene, q: Quantity, name: string, found: Found): Found | undefined {
  const { frame, app } = scene;
  if (!name.startsWith('latency.') || found.subject.id !== app.id || frame.input === 'target_metrics')
    return undefined;
  const before = frame.tokens[q.from - 1];
  const inClause = before !== undefined && frame.segment[q.from - 1] === frame.segment[q.from];
  if (!STORE_WORK.test(q.per ?? '') && !(inClause && STORE_WORK.test(before.lower))) return undefined;
  const store = lastMention(frame, scene.mentions, q, ['database', 'cache', 'search'], app);
  return store ? { ...store, explicit: true } : undefined;
}

const SCAN =
  /\b(?:(?:seq(?:uential)?|full|table|index|full table|bitmap|collection) scans?|collscan|filesort|(?:slow|slowest|top|worst) (?:query|statement|sql)|hash join|nested loop)\b/;

/** "seq scan on order_items, 310ms avg": a time alone in its clause, behind one that tells of a statement. */
function scanBefore(scene: Scene, q: Quantity, name: string, found: Found): Found | undefined {
  const { frame, app, parts } = scene;
  if (!name.startsWith('latency.') || found.subject.id !== app.id) return undefined;
  const comma = q.from - 1;
  if (frame.tokens[comma]?.text !== ',') return undefined;
  const after = frame.tokens[q.to];
  const alone =
    after === undefined ||
    after.kind === 'break' ||
    /^[,;.)]$/.test(after.text) ||
    /^(?:avg|average|mean|median|p\d+|each|per|at)$/.test(after.lower);
  if (!alone) return undefined;
  let from = comma;
  while (from > 0 && comma - from < 12 && frame.segment[from - 1] === frame.segment[comma - 1]) from--;
  const named = scene.mentions.find((m) => m.from >= from && m.to <= comma && m.subject.kind === 'database');
  const start = named && named.from === from ? named.to : from;
  const text = frame.text
    .slice(frame.tokens[start]?.start, frame.tokens[comma - 1]?.end)
    .replace(/\s+/g, ' ');
  if (!SCAN.test(text.toLowerCase())) return undefined;
  const store = named?.subject ?? onlyOf(parts, ['database']);
  return store ? { subject: subject('statement', text, store.name), explicit: true } : undefined;
}
