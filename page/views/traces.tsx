import { useState } from 'react';
import { formatQuantity } from '../../src/domain/index.js';
import type { TraceListed } from '../answers.js';
import { api } from '../api.js';
import { Show } from '../fault.js';
import { Link } from '../link.js';
import { useLoaded } from '../load.js';
import { pathTo, useInvestigationId } from '../route.js';

/** Traces to choose from: slow ones first. */
export function Traces() {
  const id = useInvestigationId();
  const list = useLoaded(id, (signal) => api.traces(id, signal));
  return (
    <>
      <h1>Traces</h1>
      <Show of={list}>{({ traces }) => <List traces={traces} />}</Show>
    </>
  );
}

function List({ traces }: { traces: readonly TraceListed[] }) {
  const id = useInvestigationId();
  const [wanted, setWanted] = useState('');
  const words = wanted.trim().toLowerCase();
  const shown = traces.filter(
    (t) =>
      words === '' || `${t.service} ${t.operation} ${t.phase} ${t.traceId}`.toLowerCase().includes(words),
  );
  if (traces.length === 0)
    return <p>No traces were given. With them, each slow request can be taken apart here.</p>;
  return (
    <>
      <p>
        <label className="filter">
          Filter <input type="search" value={wanted} onChange={(e) => setWanted(e.target.value)} />
        </label>{' '}
        <span role="status">
          {shown.length} of {traces.length}
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
              <th scope="col" className="r">
                Spans
              </th>
              <th scope="col">Compare</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((t) => {
              const other = traces.find(
                (o) => o.phase !== t.phase && o.operation === t.operation && o.service === t.service,
              );
              return (
                <tr key={t.traceId}>
                  <td>
                    <Link href={pathTo(id, 'traces', t.traceId)}>
                      {t.service} {t.operation}
                    </Link>
                  </td>
                  <td>{t.phase}</td>
                  <td className="r">{formatQuantity(t.durationMs, 'ms')}</td>
                  <td className="r">
                    {t.spans}
                    {t.errors > 0 ? `, ${t.errors} failed` : ''}
                  </td>
                  <td>
                    {other ? (
                      <Link href={pathTo(id, 'traces', t.traceId, { with: other.traceId })}>
                        beside {other.phase === 'baseline' ? 'a normal one' : 'a slow one'}
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
