import { formatQuantity, plain } from '../../src/domain/index.js';
import type { ForecastsAnswer, ScoredForecast } from '../answers.js';
import { api } from '../api.js';
import { Show } from '../fault.js';
import { useLoaded } from '../load.js';
import { Pieces, useKnown } from '../report.js';

/** Share of measurements that an interval is meant to hold. */
const MEANT = 0.8;
const SECTIONS = ['harness', 'measurement'];

/** What was forecast here, how forecasts held so far, and the experiments that would decide. */
export function Experiments() {
  const { report } = useKnown();
  const record = useLoaded('forecasts', (signal) => api.forecasts(signal));
  return (
    <>
      <h1>Experiments</h1>
      <Show of={record}>
        {(r) => (
          <>
            <Here record={r} />
            <Scoreboard record={r} />
          </>
        )}
      </Show>
      {report.sections
        .filter((s) => SECTIONS.includes(s.id))
        .map((s) => (
          <section key={s.id} aria-label={s.title}>
            <h2>{s.title}</h2>
            <Pieces of={s.pieces} />
          </section>
        ))}
    </>
  );
}

const ms = (v: number): string => formatQuantity(v, 'ms');
const between = ([low, high]: readonly [number, number]): string =>
  `${formatQuantity(low, 'ms')} to ${formatQuantity(high, 'ms')}`;
const percent = (v: number): string => formatQuantity(v, 'ratio', 2);

/** The forecasts of this investigation, each beside what was measured after the change. */
function Here({ record }: { record: ForecastsAnswer }) {
  const { result } = useKnown();
  const facts = new Map(result.facts.map((f) => [f.id, f]));
  const rows = [...result.recommendations]
    .sort((a, b) => a.rank - b.rank)
    .flatMap((r) => {
      const fact = r.forecast === undefined ? undefined : facts.get(r.forecast);
      return fact?.name === 'latency.p99' && fact.interval
        ? [{ id: r.id, title: plain(r.title), valueMs: fact.value, intervalMs: fact.interval }]
        : [];
    });
  const scoredOf = (row: (typeof rows)[number]): ScoredForecast | undefined =>
    record.forecasts.find((f) => f.recommendation === row.id && f.forecastMs === row.valueMs);
  return (
    <section aria-labelledby="forecast-here">
      <h2 id="forecast-here">Forecast here</h2>
      {rows.length === 0 ? (
        <p>Nothing was forecast: that needs traces of slow requests and of a baseline.</p>
      ) : (
        <section className="table" aria-label="Forecasts of this investigation" tabIndex={0}>
          <table>
            <caption>p99 after each change alone</caption>
            <thead>
              <tr>
                <th scope="col">Change</th>
                <th scope="col" className="r">
                  Forecast
                </th>
                <th scope="col">Interval</th>
                <th scope="col" className="r">
                  Measured
                </th>
                <th scope="col">Held</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const scored = scoredOf(row);
                return (
                  <tr key={row.id}>
                    <th scope="row">{row.title}</th>
                    <td className="r">{ms(row.valueMs)}</td>
                    <td>{between(row.intervalMs)}</td>
                    <td className="r">{scored ? ms(scored.measuredMs) : ''}</td>
                    <td>{scored ? <Held of={scored} /> : 'untested: measure it'}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
      {rows.length > 0 ? (
        <p className="how">
          After a change: <code>kneepoint verify result.json --after FOLDER --record forecasts.ndjson</code>,
          or the job <code>verify</code> of the API, which keeps the record here.
        </p>
      ) : null}
    </section>
  );
}

/** How all forecasts held that anybody measured. */
function Scoreboard({ record }: { record: ForecastsAnswer }) {
  const { score, forecasts, unread } = record;
  return (
    <section aria-labelledby="scoreboard">
      <h2 id="scoreboard">{titleOf(record)}</h2>
      {score.forecasts === 0 ? (
        <p>
          No forecast was held against a measurement yet. Records of <code>kneepoint verify --record</code>{' '}
          and folders of <code>kneepoint lab run --out</code> are shown when the server is started with{' '}
          <code>--record</code>.
        </p>
      ) : (
        <>
          <p className="how">
            An interval is meant to hold {percent(MEANT)} of the time.
            {score.coverageInterval === null
              ? ''
              : ` What was seen fits a true share from ${percent(score.coverageInterval[0])} to ${percent(score.coverageInterval[1])}.`}{' '}
            An interval wider than a factor of 4 counts as not held. The bar is the interval, the line what
            was measured.
          </p>
          <section className="table" aria-label="Forecasts scored" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Change</th>
                  <th scope="col">Operation</th>
                  <th scope="col" className="r">
                    Before
                  </th>
                  <th scope="col" className="r">
                    Forecast
                  </th>
                  <th scope="col">Interval</th>
                  <th scope="col" className="r">
                    Measured
                  </th>
                  <th scope="col" className="r">
                    Off by
                  </th>
                  <th scope="col">Held</th>
                </tr>
              </thead>
              <tbody>
                {forecasts.map((f, i) => (
                  // Records have no id: the same forecast may be measured twice.
                  <tr key={`${f.recommendation} ${f.measuredAt ?? ''} ${forecasts.length - i}`}>
                    <th scope="row">
                      {f.recommendation}
                      {f.by === 'lab' ? <span className="why">lab: {f.fault}</span> : null}
                      {f.measuredAt === undefined ? null : <span className="why">{f.measuredAt}</span>}
                    </th>
                    <td>{f.operation}</td>
                    <td className="r">{f.beforeMs === undefined ? '' : ms(f.beforeMs)}</td>
                    <td className="r">{ms(f.forecastMs)}</td>
                    <td>
                      {between(f.intervalMs)}
                      <Scale of={f} />
                    </td>
                    <td className="r">{ms(f.measuredMs)}</td>
                    <td className="r">{percent(errorOf(f))}</td>
                    <td>
                      <Held of={f} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          {record.more > 0 ? <p>{record.more} older ones count and are not listed.</p> : null}
        </>
      )}
      {unread.map((u) => (
        <p key={u.where} className="fault">
          Not counted: <code>{u.where}</code>, {u.what}.
        </p>
      ))}
    </section>
  );
}

const errorOf = (f: ScoredForecast): number => Math.abs(f.forecastMs - f.measuredMs) / f.measuredMs;

function titleOf({ score }: ForecastsAnswer): string {
  if (score.coverage === null || score.medianAbsError === null) return 'Forecasts scored';
  return `${score.held} of ${score.forecasts} forecasts held (${percent(score.coverage)}), median error ${percent(score.medianAbsError)}`;
}

function Held({ of: f }: { of: ScoredForecast }) {
  if (f.held) return <span>✓ inside</span>;
  const [low, high] = f.intervalMs;
  if (f.measuredMs < low) return <span>✗ better than forecast</span>;
  return f.measuredMs > high ? <span>✗ worse than forecast</span> : <span>✗ interval too wide</span>;
}

/** Interval and measurement on one line from zero; the figures stand beside it. */
function Scale({ of: f }: { of: ScoredForecast }) {
  const most = 1.05 * Math.max(f.intervalMs[1], f.measuredMs, f.beforeMs ?? 0);
  const at = (v: number): number => (100 * v) / most;
  const [low, high] = f.intervalMs;
  return (
    <svg className="scale" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect className="scale-whole" x="0" y="4.5" width="100" height="1" />
      <rect
        className="scale-interval"
        x={at(low)}
        y="2"
        width={Math.max(0.5, at(high) - at(low))}
        height="6"
      />
      <rect className="scale-measured" x={at(f.measuredMs) - 0.5} y="0" width="1" height="10" />
    </svg>
  );
}
