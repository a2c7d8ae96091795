import { useMemo, useState } from 'react';
import { formatQuantity } from '../../src/domain/index.js';
import { api } from '../api.js';
import { Show } from '../fault.js';
import { useLoaded } from '../load.js';
import { useInvestigationId } from '../route.js';
import { type OwnTime, ownTimes, type TraceTree } from './tree.js';
import { retimed } from './what-if.js';

const SHOWN = 8;

/** What the trace would have taken with some of its work shorter: re-timed as the sliders move. */
export function Sliders({ of }: { of: TraceTree }) {
  const groups = useMemo(() => ownTimes(of).slice(0, SHOWN), [of]);
  const [factors, setFactors] = useState<ReadonlyMap<string, number>>(new Map());
  const now = useMemo(() => retimed(of, groups, factors), [of, groups, factors]);
  const [asked, setAsked] = useState<readonly Edit[]>([]);
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
        </button>{' '}
        <button type="button" disabled={!changed} onClick={() => setAsked(editsOf(groups, factors))}>
          Over all requests
        </button>
      </p>
      <p className="how">
        One request, re-timed. The shorter figure lets independent calls move up, the longer one keeps their
        order.
      </p>
      {asked.length > 0 ? <OverAll edits={asked} /> : null}
    </section>
  );
}

interface Edit {
  spans: string;
  factor: number;
}

const editsOf = (groups: readonly OwnTime[], factors: ReadonlyMap<string, number>): Edit[] =>
  groups.flatMap((g) => {
    const factor = factors.get(g.key);
    return factor === undefined || factor === 1 ? [] : [{ spans: `${g.service}/${g.operation}`, factor }];
  });

/** The same change to every recorded request, by the server: what each percentile would have been. */
function OverAll({ edits }: { edits: readonly Edit[] }) {
  const id = useInvestigationId();
  const answer = useLoaded(`${id} ${JSON.stringify(edits)}`, (signal) => api.whatIf(id, edits, signal));
  const ms = (v: number): string => formatQuantity(v, 'ms');
  return (
    <Show of={answer}>
      {(a) => (
        <section className="table" aria-label="Over all requests" tabIndex={0}>
          <table>
            <caption>
              {a.operation}: {a.traces} recorded requests, re-timed
            </caption>
            <thead>
              <tr>
                <th scope="col"> </th>
                <th scope="col" className="r">
                  Recorded
                </th>
                <th scope="col" className="r">
                  At least
                </th>
                <th scope="col" className="r">
                  At best
                </th>
              </tr>
            </thead>
            <tbody>
              {a.rows.map((r) => (
                <tr key={r.statistic}>
                  <th scope="row">{r.statistic}</th>
                  <td className="r">{ms(r.pessimistic.before)}</td>
                  <td className="r">{ms(r.pessimistic.after)}</td>
                  <td className="r">{ms(r.optimistic.after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Show>
  );
}
