import { formatQuantity } from '../../src/domain/index.js';
import { wilsonInterval } from '../../src/models/binomial.js';
import type { BurnPhase } from '../answers.js';
import { api } from '../api.js';
import { Show } from '../fault.js';
import { LineChart } from '../line-chart.js';
import { useLoaded } from '../load.js';
import { Pieces, useKnown } from '../report.js';
import { useInvestigationId } from '../route.js';
import { type Burn, burnIn, burnOver, type Objective, objectivesOf, PAGE_FACTOR } from '../slo/objectives.js';

/** How fast each promise is being broken, then the rules, dashboards and runbooks of the report. */
export function Slo() {
  const { report, result } = useKnown();
  const objectives = objectivesOf(result);
  const section = report.sections.find((s) => s.id === 'monitoring');
  return (
    <>
      <h1>SLOs and alerts</h1>
      {objectives.length === 0 ? (
        <p>
          No objective was given. With one (“p99 under 700 ms”, “errors under 0.5 %”) this shows how fast its
          budget goes.
        </p>
      ) : (
        objectives.map((o) => <Budget key={o.id} of={o} />)
      )}
      {section ? (
        <section aria-label={section.title}>
          <h2>{section.title}</h2>
          <Pieces of={section.pieces} />
        </section>
      ) : null}
    </>
  );
}

const percent = (v: number): string => formatQuantity(v, 'ratio');
const factor = (v: number): string => formatQuantity(v, 'factor', 2);

const titleOf = (o: Objective): string =>
  o.kind === 'errors'
    ? `At most ${percent(o.allowed)} of requests fail`
    : `p${o.percentile} within ${formatQuantity(o.slowerThanMs ?? 0, 'ms')}`;

/** One objective: what it allows, and what the requests of the traces used of it. */
function Budget({ of: o }: { of: Objective }) {
  const { result } = useKnown();
  const id = useInvestigationId();
  const entry = result.excess?.subject;
  const query = {
    ...(entry ? { operation: entry.name, ...(entry.service ? { service: entry.service } : {}) } : {}),
    ...(o.slowerThanMs === undefined ? {} : { slowerThanMs: String(o.slowerThanMs) }),
  };
  const phases = useLoaded(`${id} ${JSON.stringify(query)}`, async (signal) => {
    // Without telemetry there is nothing to ask; the objective stands all the same.
    if (result.sources.length === 0) return [];
    return api.burn(id, query, signal);
  });
  return (
    <section aria-label={titleOf(o)}>
      <h2>{titleOf(o)}</h2>
      <Show of={phases}>
        {(found) => <Burning of={o} phases={found} entry={entry?.name ?? 'all requests'} />}
      </Show>
    </section>
  );
}

function Burning({ of: o, phases, entry }: { of: Objective; phases: readonly BurnPhase[]; entry: string }) {
  const now = phases.find((p) => p.phase === 'incident');
  if (!now)
    return (
      <p>
        Untested: no trace says how many requests broke it. Traces of every request, or of a fair sample,
        would.
      </p>
    );
  const before = phases.find((p) => p.phase === 'baseline');
  const burn = burnIn(now, o);
  const lines = [
    ...(before ? [{ name: 'baseline', look: 'before' as const, points: burnOver(before, o) }] : []),
    { name: 'incident', look: 'now' as const, points: burnOver(now, o) },
  ];
  return (
    <>
      <p className="outcome">{said(burn)}</p>
      <LineChart
        name={`Burn: ${titleOf(o)}`}
        summary={`${entry}: ${said(burn)}`}
        xTitle="seconds since it began"
        yTitle="times as fast as allowed"
        lines={lines}
        levels={[
          { at: 1, label: 'as fast as allowed' },
          ...(burn.rate > PAGE_FACTOR / 4
            ? [{ at: PAGE_FACTOR, label: `a page: ${factor(PAGE_FACTOR)}` }]
            : []),
        ]}
      />
      <p className="how">
        {entry}, slices of {formatQuantity(now.stepS, 's')}
        {before ? '; grey is the baseline' : ''}. Shares are of the requests in the traces: sampling that
        prefers slow or failed ones overstates them. A budget is counted over 30 days, and a page is meant for
        a fiftieth of it in an hour.
      </p>
      <section className="table" aria-label={`Budget used: ${titleOf(o)}`} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col" className="r">
                Bad
              </th>
              <th scope="col" className="r">
                Requests
              </th>
              <th scope="col" className="r">
                Share
              </th>
              <th scope="col">Share, 95 %</th>
              <th scope="col" className="r">
                Burn
              </th>
            </tr>
          </thead>
          <tbody>
            {phases.map((p) => {
              const b = burnIn(p, o);
              return (
                <tr key={p.phase}>
                  <th scope="row">{p.phase}</th>
                  <td className="r">{formatQuantity(b.bad, 'count')}</td>
                  <td className="r">{formatQuantity(b.total, 'count')}</td>
                  <td className="r">{percent(b.total === 0 ? 0 : b.bad / b.total)}</td>
                  <td>{wilsonInterval(b.bad, b.total).map(percent).join(' to ')}</td>
                  <td className="r">{factor(b.rate)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </>
  );
}

function said({ bad, total, rate, goneAfterS }: Burn): string {
  if (bad === 0) return `None of ${formatQuantity(total, 'count')} requests broke it`;
  const gone =
    goneAfterS === undefined
      ? 'the budget lasts'
      : `a month’s budget would be gone in ${formatQuantity(goneAfterS, 's', 2)}`;
  return `The budget goes ${factor(rate)} as fast as allowed: ${gone}`;
}
