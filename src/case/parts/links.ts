import type { Link, Subject } from '../../domain/index.js';
import type { Frame } from '../frame.js';
import { isArrow, type Token } from '../tokens.js';
import { APP, type PartMention } from './draft.js';

const FORWARD =
  /^(?:calls?|calling|reads|read|writes|write|publishes|publish|uses|queries|talks|hits|depends|sends|pushes|emits|feeds|pulls|consumes|consume|fetches|produces|indexes|streams|stores|go|goes|caches|persists|invokes|loads)$/;

const REVERSED = /^(?:consumes|consume|pulls|subscribes)$/;

/** Links from arrows and from verbs between two parts; parts nobody linked hang on the app as assumed. */
export function linksOf(
  frames: readonly Frame[],
  mentions: ReadonlyMap<Frame, readonly PartMention[]>,
  subjects: ReadonlyMap<string, Subject>,
): Link[] {
  const links: Link[] = [];
  const seen = new Set<string>();
  const link = (a: string | undefined, b: string | undefined, origin: Link['origin']): void => {
    const from = subjects.get(a ?? '');
    const to = subjects.get(b ?? '');
    if (!from || !to || from.id === to.id || seen.has(`${from.id} ${to.id}`)) return;
    seen.add(`${from.id} ${to.id}`);
    links.push({
      from: from.id,
      to: to.id,
      origin,
      asynchronous: from.kind === 'queue' || to.kind === 'queue',
    });
  };
  for (const frame of frames) {
    if (frame.input !== 'architecture' && frame.input !== 'dependencies' && frame.input !== 'recent_changes')
      continue;
    const list = mentions.get(frame) ?? [];
    let left: PartMention | undefined;
    let arrowOpen = false;
    let carried: { from: PartMention; how: 'forward' } | undefined;
    for (const m of list) {
      if (left && frame.sentence[left.from] !== frame.sentence[m.from]) {
        left = undefined;
        carried = undefined;
      }
      if (left) {
        const between = connector(frame, left.to, m.from, frame.group[m.from] ?? 0);
        if (between === 'arrow' && frame.group[m.from] === 0) {
          link(left.key, m.key, 'stated');
          carried = undefined;
        } else if (between === 'forward') {
          link(left.key, m.key, 'stated');
          carried = { from: left, how: 'forward' };
        } else if (between === 'behind') {
          link(m.key, left.key, 'stated');
          continue;
        } else if (between === 'reversed') {
          link(m.key, left.key, 'stated');
        } else if (between === 'list' && carried) link(carried.from.key, m.key, 'stated');
        else carried = undefined;
      }
      arrowOpen = frame.group[m.from] === 0;
      if (arrowOpen) left = m;
    }
  }
  // A cache does not call the database: the service does, beside the cache.
  const app = subjects.get(APP);
  for (const l of [...links]) {
    const from = [...subjects.values()].find((s) => s.id === l.from);
    const to = [...subjects].find(([, s]) => s.id === l.to);
    if (from?.kind === 'cache' && to && app && links.some((x) => x.from === app.id && x.to === from.id))
      link(APP, to[0], 'assumed');
  }
  const inbound = new Set(links.map((l) => l.to));
  const outbound = new Set(links.map((l) => l.from));
  for (const [key, s] of subjects) {
    if (key === APP || inbound.has(s.id)) continue;
    if (s.kind === 'client' || s.kind === 'cdn' || s.kind === 'gateway') {
      if (!outbound.has(s.id)) link(key, APP, 'assumed');
    } else if (s.kind !== 'service') link(APP, key, 'assumed');
  }
  return links;
}

function connector(
  frame: Frame,
  from: number,
  to: number,
  group: number,
): 'arrow' | 'forward' | 'reversed' | 'behind' | 'list' | undefined {
  let list = true;
  let found: 'arrow' | 'forward' | 'reversed' | 'behind' | undefined;
  for (let i = from; i < to; i++) {
    const t = frame.tokens[i] as Token;
    if ((frame.group[i] ?? 0) !== group) continue;
    if (isArrow(t) || (t.text === '>' && t.kind === 'symbol')) found = 'arrow';
    else if (
      t.lower === 'behind' ||
      (t.lower === 'by' && /fronted|served|proxied/.test(frame.tokens[i - 1]?.lower ?? ''))
    )
      found ??= 'behind';
    else if (t.lower === 'front' || (t.kind === 'word' && FORWARD.test(t.lower)))
      found ??= REVERSED.test(t.lower) ? 'reversed' : 'forward';
    else if (t.kind === 'word' && !/^(?:and|also|to|from|with|then|the|a|an|its|via|of)$/.test(t.lower))
      list = false;
  }
  return found ?? (list ? 'list' : undefined);
}
