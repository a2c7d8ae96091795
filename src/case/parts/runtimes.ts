import type { Frame } from '../frame.js';
import { productOf } from '../products.js';
import { RUNTIME_WORDS } from '../words.js';
import { APP, type Draft, type PartMention } from './draft.js';

/** Runtimes and frameworks: of the service named beside them, else of the app. */
export function addRuntimes(
  drafts: Map<string, Draft>,
  frames: readonly Frame[],
  mentions: ReadonlyMap<Frame, readonly PartMention[]>,
): void {
  for (const frame of frames) {
    if (!/^(?:architecture|constraints|dependencies)$/.test(frame.input)) continue;
    for (const p of platformsIn(frame)) {
      const list = (mentions.get(frame) ?? []).filter(
        (m) => drafts.get(m.key)?.product === undefined && frame.sentence[m.from] === frame.sentence[p.from],
      );
      const owner =
        list.find((m) => m.from <= p.from && m.to > p.from) ??
        groupOwner(frame, p.from, list) ??
        list.find(
          (m) => m.from > p.from && m.from - p.from < 8 && frame.segment[m.from] === frame.segment[p.from],
        ) ??
        list.find((m) => m.key === APP && Math.abs(m.from - p.from) < 12);
      const d =
        drafts.get(owner?.key ?? '') ?? (frame.input === 'dependencies' ? undefined : drafts.get(APP));
      if (!d || !(d.hint === undefined || d.hint === 'service')) continue;
      if (d.runtime === undefined) d.runtime = p.runtime;
      if (p.product === undefined || d.runtime !== p.runtime || d.key !== APP) continue;
      // A web framework says more than the language it is written in.
      if (d.platform === undefined || (p.web && !d.platform.web))
        d.platform = { id: p.product, web: p.web, ...(p.version ? { version: p.version } : {}) };
    }
  }
}

interface Platform {
  from: number;
  runtime: string;
  product?: string;
  version?: string;
  web: boolean;
}

function platformsIn(frame: Frame): Platform[] {
  const out: Platform[] = [];
  const seen = new Set<number>();
  for (const p of frame.products) {
    const kind = productOf(p.product);
    if (kind?.runtime === undefined) continue;
    for (let i = p.from; i < p.to; i++) seen.add(i);
    if (kind.use === 'platform' || kind.use === 'library' || kind.use === 'part')
      out.push({
        from: p.from,
        runtime: kind.runtime,
        web: kind.web,
        ...(kind.use === 'platform' ? { product: p.product } : {}),
        ...(p.version ? { version: p.version.text } : {}),
      });
  }
  frame.tokens.forEach((_, i) => {
    const runtime = seen.has(i) ? undefined : runtimeAt(frame, i);
    if (runtime) out.push({ from: i, runtime, web: false });
  });
  return out.sort((a, b) => a.from - b.from);
}

const groupOwner = (frame: Frame, i: number, list: readonly PartMention[]): PartMention | undefined => {
  const open = frame.opens[frame.group[i] ?? 0] ?? -1;
  return open > 0 ? list.find((m) => m.to === open) : undefined;
};

export function runtimeAt(frame: Frame, i: number): string | undefined {
  const t = frame.tokens[i];
  if (t?.kind !== 'word') return undefined;
  const found = RUNTIME_WORDS.get(t.lower);
  if (found) {
    // "node" with a small n is most often a machine; so is "nodes".
    if (t.lower === 'node' && t.text !== 'Node' && !/^(?:\+|->|→)$/.test(frame.tokens[i + 1]?.text ?? ''))
      return undefined;
    if (
      /^(?:express|play|spring|echo|phoenix|unicorn|puma|ef|koa|gin|tornado|express|celery|netty)$/.test(
        t.lower,
      ) &&
      t.text === t.lower &&
      t.lower !== 'celery'
    )
      return undefined;
    return found;
  }
  if (t.text !== 'Go') return undefined;
  const next = frame.tokens[i + 1];
  return next === undefined ||
    next.kind !== 'word' ||
    /^(?:services?|microservices?|service|api|apis|backend|app|monolith|workers?|grpc|binary|server|servers|programs?)$/.test(
      next.lower,
    ) ||
    frame.tokens[i + 1]?.kind === 'number'
    ? 'go'
    : undefined;
}
