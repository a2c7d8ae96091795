import { useMemo } from 'react';
import { formatQuantity } from '../../src/domain/index.js';
import type { TraceAnswer } from '../answers.js';
import { api } from '../api.js';
import { Show } from '../fault.js';
import { Link } from '../link.js';
import { useLoaded } from '../load.js';
import { pathTo, useInvestigationId } from '../route.js';
import { Sliders } from '../trace/sliders.js';
import { ownTimes, type TraceTree, traceTree } from '../trace/tree.js';
import { Waterfall } from '../trace/waterfall.js';

/** One trace, alone or beside another. */
export function Trace({ traceId, other }: { traceId: string; other: string | undefined }) {
  const id = useInvestigationId();
  const one = useLoaded(`${id} ${traceId}`, (signal) => api.trace(id, traceId, signal));
  return (
    <>
      <p>
        <Link href={pathTo(id, 'traces')}>All traces</Link>
      </p>
      <h1>
        Trace <code>{traceId}</code>
      </h1>
      <Show of={one}>{(answer) => <Drawn answer={answer} other={other} />}</Show>
    </>
  );
}

function Drawn({ answer, other }: { answer: TraceAnswer; other: string | undefined }) {
  const tree = useMemo(() => traceTree(answer.spans), [answer]);
  const left = answer.total - answer.spans.length;
  if (!tree) return <p>The trace has no spans.</p>;
  return (
    <>
      {tree.orphans > 0 || left > 0 ? (
        <p role="note">
          Incomplete: {tree.orphans} spans name a parent that is not there
          {left > 0 ? `, and ${left} more spans are not shown` : ''}.
        </p>
      ) : null}
      {other === undefined ? null : <Beside slow={tree} other={other} />}
      <Sliders of={tree} />
      <section aria-labelledby="spans">
        <h2 id="spans">Spans</h2>
        <Waterfall of={tree} />
      </section>
    </>
  );
}

function Beside({ slow, other }: { slow: TraceTree; other: string }) {
  const id = useInvestigationId();
  const loaded = useLoaded(`${id} ${other}`, (signal) => api.trace(id, other, signal));
  return (
    <section aria-labelledby="beside">
      <h2 id="beside">Where the two differ</h2>
      <Show of={loaded}>{(answer) => <Differences slow={slow} answer={answer} />}</Show>
    </section>
  );
}

const SHOWN = 12;

function Differences({ slow, answer }: { slow: TraceTree; answer: TraceAnswer }) {
  const tree = useMemo(() => traceTree(answer.spans), [answer]);
  if (!tree) return <p>The other trace has no spans.</p>;
  const there = new Map(ownTimes(tree).map((o) => [o.key, o]));
  const here = new Map(ownTimes(slow).map((o) => [o.key, o]));
  const rows = [...new Set([...here.keys(), ...there.keys()])]
    .map((key) => ({
      key,
      group: here.get(key) ?? there.get(key),
      here: here.get(key),
      there: there.get(key),
      more: (here.get(key)?.ms ?? 0) - (there.get(key)?.ms ?? 0),
    }))
    .sort((a, b) => Math.abs(b.more) - Math.abs(a.more) || (a.key < b.key ? -1 : 1))
    .slice(0, SHOWN);
  const longest = Math.max(...rows.flatMap((r) => [r.here?.ms ?? 0, r.there?.ms ?? 0]), 1e-9);
  return (
    <>
      <Lanes a={slow} b={tree} />
      <section className="table" aria-label="Own time on the critical path" tabIndex={0}>
        <table>
          <caption>Own time on the critical path, the largest differences first</caption>
          <thead>
            <tr>
              <th scope="col">Operation</th>
              <th scope="col" className="r">
                This one
              </th>
              <th scope="col" className="r">
                The other
              </th>
              <th scope="col" className="r">
                More
              </th>
              <th scope="col">
                <span className="hidden">Drawn</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.key}>
                <td>
                  <code>{r.group?.service}</code> {r.group?.operation}
                </td>
                <td className="r">
                  {formatQuantity(r.here?.ms ?? 0, 'ms')}
                  {r.here && r.here.spans.length > 1 ? ` in ${r.here.spans.length}` : ''}
                </td>
                <td className="r">
                  {formatQuantity(r.there?.ms ?? 0, 'ms')}
                  {r.there && r.there.spans.length > 1 ? ` in ${r.there.spans.length}` : ''}
                </td>
                <td className="r">{formatQuantity(r.more, 'ms')}</td>
                <td className="drawn" aria-hidden="true">
                  <span className="now" style={{ width: `${((r.here?.ms ?? 0) / longest) * 100}%` }} />
                  <span className="before" style={{ width: `${((r.there?.ms ?? 0) / longest) * 100}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** The critical paths of both on one scale. */
function Lanes({ a, b }: { a: TraceTree; b: TraceTree }) {
  const scale = Math.max(a.totalMs, b.totalMs);
  // One colour a service in both lanes, in the order in which they are met.
  const services = [...new Set([a, b].flatMap((t) => t.order.map((o) => t.spans[o.row]?.service)))];
  const colourOf = (t: TraceTree, row: number): number => services.indexOf(t.spans[row]?.service) % COLOURS;
  return (
    <div className="lanes" aria-hidden="true">
      {[a, b].map((t, i) => (
        <div className="lane-row" key={i === 0 ? 'this' : 'other'}>
          <span>{i === 0 ? 'this one' : 'the other'}</span>
          <span className="line">
            {[...t.onPath].flatMap(([row, sections]) =>
              sections.map((s) => (
                <span
                  key={`${row} ${s.fromMs}`}
                  className={`bar own-${colourOf(t, row)}`}
                  title={`${t.spans[row]?.service} ${t.spans[row]?.name}`}
                  style={{
                    left: `${((s.fromMs - t.fromMs) / scale) * 100}%`,
                    width: `${((s.toMs - s.fromMs) / scale) * 100}%`,
                  }}
                />
              )),
            )}
          </span>
          <span className="time">{formatQuantity(t.totalMs, 'ms')}</span>
        </div>
      ))}
    </div>
  );
}

const COLOURS = 6;
