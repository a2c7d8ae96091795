import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { type Fact, formatQuantity, plain } from '../../src/domain/index.js';
import { factTitle } from '../../src/report/words.js';
import type { RecordsAnswer } from '../answers.js';
import { api } from '../api.js';
import { FactList } from '../fact-card.js';
import { Show } from '../fault.js';
import { Link } from '../link.js';
import { useLoaded } from '../load.js';
import { useKnown } from '../report.js';
import { pathTo, useInvestigationId } from '../route.js';

const ROW_PX = 30;

/** Every fact, found by words; one of them open with the query behind it. */
export function Evidence({ open }: { open: string | undefined }) {
  const { result } = useKnown();
  const id = useInvestigationId();
  const [wanted, setWanted] = useState('');
  const chosen = result.facts.find((f) => f.id === open);
  const titled = useMemo(() => result.facts.map((f) => ({ fact: f, title: plain(factTitle(f)) })), [result]);
  const words = wanted.trim().toLowerCase();
  const shown = useMemo(
    () =>
      titled.filter(({ fact, title }) => words === '' || `${title} ${fact.id}`.toLowerCase().includes(words)),
    [titled, words],
  );
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  return (
    <>
      <h1>Evidence</h1>
      {open !== undefined && !chosen ? <p>There is no fact with that id here.</p> : null}
      {chosen ? <Behind fact={chosen} /> : null}
      <section aria-labelledby="sources">
        <h2 id="sources">Sources</h2>
        <ul className="plainlist">
          {result.sources.map((s) => (
            <li key={s.id}>
              <code>{s.path}</code> {s.format}, {s.role}
            </li>
          ))}
          {result.sources.length === 0 ? <li>Only the text of the case.</li> : null}
        </ul>
      </section>
      <section aria-labelledby="facts">
        <h2 id="facts">Facts</h2>
        <p>
          <label className="filter">
            Filter <input type="search" value={wanted} onChange={(e) => setWanted(e.target.value)} />
          </label>{' '}
          <span role="status">
            {shown.length} of {titled.length}
          </span>
        </p>
        <section className="rows facts-list" ref={box} aria-label="List of facts" tabIndex={0}>
          <div className="tall" style={{ height: list.getTotalSize() }}>
            {list.getVirtualItems().map((item) => {
              const entry = shown[item.index];
              if (!entry) return null;
              return (
                <div
                  key={entry.fact.id}
                  className="fact-row"
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <Link href={pathTo(id, 'evidence', undefined, { fact: entry.fact.id })}>{entry.title}</Link>
                  <span>{formatQuantity(entry.fact.value, entry.fact.unit)}</span>
                </div>
              );
            })}
          </div>
        </section>
      </section>
    </>
  );
}

function Behind({ fact }: { fact: Fact }) {
  const { result } = useKnown();
  const id = useInvestigationId();
  const [run, setRun] = useState(false);
  const query = fact.from.find((p) => p.kind === 'query');
  const inputs = fact.from.flatMap((p) => (p.kind === 'formula' ? p.facts : []));
  const known = new Map(result.facts.map((f) => [f.id, f]));
  return (
    <section className="chosen" aria-labelledby="behind">
      <h2 id="behind">{plain(factTitle(fact))}</h2>
      <FactList fact={fact} />
      <p className="meta">
        <code>{fact.id}</code>
      </p>
      {inputs.length > 0 ? (
        <>
          <h3>Computed from</h3>
          <ul className="plainlist">
            {inputs.map((i) => {
              const input = known.get(i);
              return (
                <li key={i}>
                  {input ? (
                    <>
                      <Link href={pathTo(id, 'evidence', undefined, { fact: i })}>
                        {plain(factTitle(input))}
                      </Link>{' '}
                      {formatQuantity(input.value, input.unit)}
                    </>
                  ) : (
                    <code>{i}</code>
                  )}
                </li>
              );
            })}
          </ul>
        </>
      ) : null}
      {query ? (
        <>
          <h3>The query behind it</h3>
          <pre tabIndex={0}>
            <code>{query.query}</code>
          </pre>
          <p>
            <button type="button" onClick={() => setRun(true)}>
              Run it again
            </button>
          </p>
          {run ? <Rows fact={fact} /> : null}
        </>
      ) : null}
    </section>
  );
}

function Rows({ fact }: { fact: Fact }) {
  const id = useInvestigationId();
  const records = useLoaded(`${id} ${fact.id}`, (signal) => api.records(id, fact.id, signal));
  return <Show of={records}>{(answer) => <RecordTable of={answer} />}</Show>;
}

function RecordTable({ of: a }: { of: RecordsAnswer }) {
  const columns = Object.keys(a.records[0] ?? {});
  const left = a.total - a.records.length;
  return (
    <>
      <p className="how">Run as, within the bounds of a page:</p>
      <pre tabIndex={0}>
        <code>{a.query}</code>
      </pre>
      <section className="table" aria-label="Records of the query" tabIndex={0}>
        <table>
          <caption>
            {a.records.length} records{left > 0 ? `, ${left} more` : ''}
          </caption>
          <thead>
            <tr>
              {columns.map((c) => (
                <th scope="col" key={c}>
                  {c}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {a.records.map((r, i) => (
              // Records have no ids, and their order does not change.
              <tr key={`${i} ${JSON.stringify(r).slice(0, 40)}`}>
                {columns.map((c) => (
                  <td key={c}>{cell(r[c])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

const cell = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
