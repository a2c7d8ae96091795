import { useState } from 'react';
import { formatQuantity } from '../../src/domain/index.js';
import type { TraceListed } from '../answers.js';
import { api } from '../api.js';
import { Show } from '../fault.js';
import { Link } from '../link.js';
import { useLoaded } from '../load.js';
import { useKnown } from '../report.js';
import { pathTo, useInvestigationId } from '../route.js';

const SHOWN = 200;

/** Requests to choose from: the slowest first, each beside a typical one of the other time. */
export function Traces() {
  const id = useInvestigationId();
  const list = useLoaded(id, async (signal) => {
    const [slowest, inTime] = await Promise.all([
      api.traces(id, 'slowest', signal),
      api.traces(id, 'time', signal),
    ]);
    return { total: slowest.total, slowest: slowest.traces, all: [...slowest.traces, ...inTime.traces] };
  });
  return (
    <>
      <h1>Traces</h1>
      <Show of={list}>
        {({ total, slowest, all }) => <List traces={slowest} others={all} total={total} />}
      </Show>
    </>
  );
}

interface ListProps {
  traces: readonly TraceListed[];
  others: readonly TraceListed[];
  total: number;
}

function List({ traces, others, total }: ListProps) {
  const id = useInvestigationId();
  const { result } = useKnown();
  const [wanted, setWanted] = useState('');
  const roleOf = new Map(result.sources.map((s) => [s.id, s.role]));
  const words = wanted.trim().toLowerCase();
  const shown = traces
    .filter(
      (t) =>
        words === '' ||
        `${t.service} ${t.operation} ${roleOf.get(t.source)} ${t.traceId}`.toLowerCase().includes(words),
    )
    .slice(0, SHOWN);
  if (traces.length === 0)
    return <p>No traces were given. With them, each slow request can be taken apart here.</p>;
  const normal = typicalOf(others, roleOf);
  return (
    <>
      <p>
        <label className="filter">
          Filter <input type="search" value={wanted} onChange={(e) => setWanted(e.target.value)} />
        </label>{' '}
        <span role="status">
          {shown.length} of {total}
        </span>
      </p>
      <section className="table" aria-label="Traces" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Request</th>
              <th scope="col">When</th>
              <th scope="col" className="r">
                Took
              </th>
              <th scope="col">Compare</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((t) => {
              const other = normal.get(`${t.service} ${t.operation}`);
              return (
                <tr key={t.traceId}>
                  <td>
                    <Link href={pathTo(id, 'traces', t.traceId)}>
                      {t.service} {t.operation}
                    </Link>
                  </td>
                  <td>
                    {roleOf.get(t.source) ?? ''}
                    {t.status === 'Error' ? ', failed' : ''}
                  </td>
                  <td className="r">{formatQuantity(t.durationMs, 'ms')}</td>
                  <td>
                    {other && other.traceId !== t.traceId ? (
                      <Link href={pathTo(id, 'traces', t.traceId, { with: other.traceId })}>
                        beside a normal one
                      </Link>
                    ) : null}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** The request in the middle of those before the trouble, or of all where no time before is known, by operation. */
function typicalOf(
  traces: readonly TraceListed[],
  roleOf: ReadonlyMap<string, string>,
): Map<string, TraceListed> {
  const groups = new Map<string, TraceListed[]>();
  for (const t of traces) {
    const key = `${t.service} ${t.operation}`;
    groups.set(key, [...(groups.get(key) ?? []), t]);
  }
  return new Map(
    [...groups].flatMap(([key, all]) => {
      const before = all.filter((t) => roleOf.get(t.source) === 'baseline' && t.status !== 'Error');
      const of = (before.length > 0 ? before : all).sort((a, b) => a.durationMs - b.durationMs);
      const middle = of[Math.floor(of.length / 2)];
      return middle ? [[key, middle] as const] : [];
    }),
  );
}
