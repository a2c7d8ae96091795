import { type Subject, subject } from '../domain/index.js';
import type { Quantity } from './figures/quantity.js';
import type { Frame } from './frame.js';
import { COUNT_NOUNS } from './nouns.js';
import type { Mention } from './subjects.js';

/** "two nodes sit at 95%", "one shard is at 98% CPU": not how many there are, but some of them. By quantity. */
export interface HostMention {
  subject: Subject;
  from: number;
  to: number;
}

const VERB =
  /^(?:sit|sits|are|is|at|run|runs|show|shows|hit|hits|reach|reaches|stay|stays|go|goes|peg|pegged|burn|has|have|were|was|take|takes|carry|carries|hold|holds|handle|handles|with|spike|spikes|of)$/;

/** Finds counts that pick some of the nodes, shards or partitions, each followed by a figure of theirs. */
export function hostsNamed(
  frame: Frame,
  mentions: readonly Mention[],
  app: Subject,
): ReadonlyMap<number, HostMention> {
  const out = new Map<number, HostMention>();
  if (frame.input !== 'current_metrics' && frame.input !== 'performance_issues') return out;
  frame.quantities.forEach((q, k) => {
    const counts = COUNT_NOUNS.get(q.noun ?? '');
    if (
      !counts ||
      !/^(?:instances|shards|partitions|workers)$/.test(counts) ||
      q.kind !== 'bare' ||
      q.value > 5
    )
      return;
    const next = frame.quantities[k + 1];
    // "one Redis shard 99% CPU" needs no verb.
    if (!VERB.test(frame.tokens[q.to]?.lower ?? '') && next?.from !== q.to) return;
    if (!next || next.from - q.to > 8 || frame.sentence[next.from] !== frame.sentence[q.from]) return;
    if (next.kind !== 'percent' && next.kind !== 'duration' && next.kind !== 'rate' && next.kind !== 'bytes')
      return;
    const owner = ownerBefore(frame, mentions, q, app);
    const name = frame.text.slice(frame.tokens[q.from]?.start, frame.tokens[q.to - 1]?.end);
    const kind = counts === 'shards' || counts === 'partitions' ? 'keyspace' : 'host';
    out.set(k, { subject: subject(kind, name, owner.name), from: q.from, to: q.to });
  });
  return out;
}

/** The host whose figure this is: the last one named before it in its segment. */
export function hostFor(
  frame: Frame,
  hosts: ReadonlyMap<number, HostMention>,
  q: Quantity,
): Subject | undefined {
  let found: Subject | undefined;
  for (const h of hosts.values())
    if (h.to <= q.from && q.from - h.to <= 8 && frame.sentence[h.from] === frame.sentence[q.from])
      found = h.subject;
  return found;
}

function ownerBefore(frame: Frame, mentions: readonly Mention[], q: Quantity, app: Subject): Subject {
  let found = app;
  for (const m of mentions)
    if (m.from < q.to && frame.sentence[m.from] === frame.sentence[q.from] && m.subject.kind !== 'operation')
      found = m.subject;
  return found;
}
