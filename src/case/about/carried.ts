import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import type { Mention } from '../subjects.js';
import { lastMention } from './mentioned.js';
import type { About, Earlier, Scene } from './scene.js';
import { endToEnd } from './whole.js';

/** What the sentence was about so far, for figures that say less: a second percentile, a time-out, a drain time. */
export function carriedFrom(
  scene: Scene,
  q: Quantity,
  name: string,
  earlier: readonly Earlier[],
  ok: (m: Pick<Mention, 'subject'>) => boolean,
): About | undefined {
  const { frame, mentions } = scene;
  const same = earlier.filter((e) => frame.sentence[e.from] === frame.sentence[q.from] && e.from < q.from);
  const nearby = earlier.at(-1);
  // "1,100 confirms/min at shift start; 240/min later"
  const beforeSemicolon =
    nearby && frame.sentence[q.from] === (frame.sentence[nearby.from] ?? 0) + 1 && endsWithSemicolon(frame, q)
      ? nearby
      : undefined;
  const last = same.at(-1) ?? (name === 'throughput' ? beforeSemicolon : undefined);
  const spoken = same.filter((e) => !/\.stated$|^batch\.size|^workers|^fanout/.test(e.name)).at(-1);
  const like = (pattern: RegExp): About | undefined => {
    const by = /^latency\./.test(name) ? spoken : last;
    const found = by && pattern.test(by.name) && by.explicit && ok(by) ? by : undefined;
    return found ? { subject: found.subject } : undefined;
  };
  if (name === 'latency.mean' && q.per === 'each' && last?.name === 'calls.perRequest')
    return { subject: last.subject };
  if (/^latency\./.test(name)) return endToEnd(frame, q) ? undefined : like(/^(?:latency|throughput)/);
  if (name === 'throughput') {
    // "1,500 redeems/s in the first 10 minutes, 40/s later": a span between the two rates changes nothing.
    const rate = [last, same.at(-2)].find((e) => e?.name === 'throughput');
    return rate?.explicit && ok(rate) && sameRate(frame, q, rate) ? { subject: rate.subject } : undefined;
  }
  // "Redis memory 7.2 GB of 8 GB, evictions 900/s"
  if (/^cache\./.test(name)) return like(/^(?:cache|memory)\./);
  if (
    /^drain\./.test(name) ||
    (/^queue\./.test(name) && !scene.parts.components.some((c) => c.kind === 'queue'))
  )
    return like(/^queue/);
  if (/^rows\.perCall/.test(name)) return like(/^latency|^calls/);
  if (/^(?:timeout|retry\.)/.test(name))
    return lastMention(frame, mentions, q, ['dependency', 'database', 'cache', 'service'], scene.app);
  if (/^(?:(?:rate|ratio|count)\.stated|throttled\.ratio)$/.test(name))
    return (
      like(/^(?:latency|cpu|ratio|rate|cache|connections|count)/) ??
      (name === 'count.stated'
        ? undefined
        : lastMention(frame, mentions, q, ['dependency', 'database', 'cache', 'queue', 'search'], scene.app))
    );
  return undefined;
}

const endsWithSemicolon = (frame: Frame, q: Quantity): boolean => {
  let i = q.from;
  while (i > 0 && frame.sentence[i] === frame.sentence[q.from]) i--;
  return frame.tokens[i]?.text === ';' && q.from - i <= 2;
};

export const sameUnit = (frame: Frame, q: Quantity, other: Earlier): boolean => {
  const before = frame.quantities.find((x) => x.from === other.from);
  return before !== undefined && before.noun === q.noun && before.kind === q.kind;
};

/** "5,200 rpm midday, 21,000 rpm in the evening", "52k auths/s peak, 30k/s mean": the same thing in the same unit. */
function sameRate(frame: Frame, q: Quantity, last: Earlier | undefined): boolean {
  const before = frame.quantities.find((x) => x.from === last?.from);
  if (!before || q.noun !== undefined) return false;
  const unit = frame.tokens[q.to - 1]?.lower;
  return unit === frame.tokens[before.to - 1]?.lower;
}
