import { formatQuantity } from '../../src/domain/index.js';
import type { DifferenceAnswer } from '../answers.js';
import { api, differenceAt } from '../api.js';
import { Show } from '../fault.js';
import { useLoaded } from '../load.js';
import { useKnown } from '../report.js';
import { go, pathTo, useInvestigationId } from '../route.js';

const SHOWN = 20;

/** Two profiles of the investigation against each other: which functions take another share, and which may be chance. */
export function Difference({ sources, asked }: { sources: readonly string[]; asked: URLSearchParams }) {
  const { result } = useKnown();
  const id = useInvestigationId();
  const roleOf = new Map(result.sources.map((s) => [s.id, s.role]));
  const named = (key: string): string | undefined => sources.find((s) => s === asked.get(key));
  const isBaseline = (s: string): boolean => roleOf.get(s) === 'baseline';
  const before = named('before') ?? sources.find(isBaseline) ?? sources[0] ?? '';
  const after =
    named('after') ??
    sources.find((s) => s !== before && !isBaseline(s)) ??
    sources.find((s) => s !== before) ??
    '';
  const choose = (to: Record<string, string>): void =>
    go(pathTo(id, 'profiles', undefined, { before, after, ...to }), 'replace');
  return (
    <section aria-labelledby="difference">
      <h2 id="difference">Difference</h2>
      <p className="choices">
        <Choice title="Before" value={before} sources={sources} choose={(s) => choose({ before: s })} />
        <Choice title="After" value={after} sources={sources} choose={(s) => choose({ after: s })} />
      </p>
      {before === after ? (
        <p role="status">Choose two different profiles.</p>
      ) : (
        <Compared before={before} after={after} />
      )}
    </section>
  );
}

interface ChoiceProps {
  title: string;
  value: string;
  sources: readonly string[];
  choose: (source: string) => void;
}

function Choice({ title, value, sources, choose }: ChoiceProps) {
  const { result } = useKnown();
  return (
    <label>
      {title}{' '}
      <select value={value} onChange={(e) => choose(e.target.value)}>
        {sources.map((s) => {
          const source = result.sources.find((known) => known.id === s);
          return (
            <option key={s} value={s}>
              {source?.path ?? s}
              {source?.role === 'baseline' ? ' (baseline)' : ''}
            </option>
          );
        })}
      </select>
    </label>
  );
}

function Compared({ before, after }: { before: string; after: string }) {
  const id = useInvestigationId();
  const answer = useLoaded(`${id} ${before} ${after}`, (signal) => api.difference(id, before, after, signal));
  return (
    <Show of={answer}>
      {(a) => (
        <>
          <Changes of={a} />
          <p>
            <a href={differenceAt(id, before, after)}>On a page of its own</a>
          </p>
          <iframe
            className="flame"
            title="Flame graph after, coloured where it changed"
            src={differenceAt(id, before, after)}
          />
        </>
      )}
    </Show>
  );
}

const share = (v: number): string => formatQuantity(v, 'ratio');

function Changes({ of }: { of: DifferenceAnswer }) {
  const changed = of.functions.filter((f) => f.state !== 'same');
  const rows = (changed.length > 0 ? changed : of.functions).slice(0, SHOWN);
  return (
    <>
      <p className="outcome" role="status">
        {changed.length === 0
          ? 'No function takes another share than before.'
          : `${changed.length} ${changed.length === 1 ? 'function takes' : 'functions take'} another share than before.`}
      </p>
      <p className="how">{of.howSure}</p>
      <section className="table" aria-label="Functions compared" tabIndex={0}>
        <table>
          <caption>Own share of the samples at work</caption>
          <thead>
            <tr>
              <th scope="col">Function</th>
              <th scope="col">State</th>
              <th scope="col" className="r">
                Before
              </th>
              <th scope="col" className="r">
                After
              </th>
              <th scope="col" className="r">
                After ÷ before
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((f) => (
              <tr key={`${f.name}\n${f.file}`}>
                <th scope="row">
                  <code title={f.file === '' ? undefined : f.file}>{f.name}</code>
                </th>
                <td>{f.state === 'same' ? 'as before' : f.state}</td>
                <td className="r">{share(f.before)}</td>
                <td className="r">{share(f.after)}</td>
                <td className="r">{f.ratio === null ? '' : formatQuantity(f.ratio, 'factor')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
