import { useMemo, useState } from 'react';
import { formatQuantity } from '../../src/domain/index.js';
import { ownTimes, type TraceTree } from './tree.js';
import { retimed } from './what-if.js';

const SHOWN = 8;

/** What the trace would have taken with some of its work shorter: re-timed as the sliders move. */
export function Sliders({ of }: { of: TraceTree }) {
  const groups = useMemo(() => ownTimes(of).slice(0, SHOWN), [of]);
  const [factors, setFactors] = useState<ReadonlyMap<string, number>>(new Map());
  const now = useMemo(() => retimed(of, groups, factors), [of, groups, factors]);
  const changed = [...factors.values()].some((f) => f !== 1);
  const span =
    now.pessimisticMs - now.optimisticMs < 0.5
      ? formatQuantity(now.pessimisticMs, 'ms')
      : `${formatQuantity(now.optimisticMs, 'ms')} to ${formatQuantity(now.pessimisticMs, 'ms')}`;
  return (
    <section aria-labelledby="what-if" className="sliders">
      <h2 id="what-if">What if</h2>
      <p className="outcome" role="status">
        {formatQuantity(now.beforeMs, 'ms')}
        {changed ? ` → ${span}` : ': move a slider to shorten what an operation does itself'}
      </p>
      {groups.map((g) => {
        const factor = factors.get(g.key) ?? 1;
        return (
          <label key={g.key} className="slider">
            <span>
              <code>{g.service}</code> {g.operation}, {formatQuantity(g.ms, 'ms')}
            </span>
            <input
              type="range"
              min={0}
              max={100}
              step={5}
              value={Math.round(factor * 100)}
              aria-valuetext={`${Math.round(factor * 100)} per cent of its own time`}
              onChange={(e) => setFactors(new Map(factors).set(g.key, Number(e.target.value) / 100))}
            />
            <output>{Math.round(factor * 100)} %</output>
          </label>
        );
      })}
      <p>
        <button type="button" disabled={!changed} onClick={() => setFactors(new Map())}>
          As recorded
        </button>
      </p>
      <p className="how">
        One request, re-timed. The shorter figure lets independent calls move up, the longer one keeps their
        order. What it brings over all requests: <code>kneepoint trace what-if</code>.
      </p>
    </section>
  );
}
