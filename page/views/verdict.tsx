import { STATE } from '../../src/report/words.js';
import { Link } from '../link.js';
import { Figure, Part, Pieces, Say, useKnown } from '../report.js';
import { pathTo, useInvestigationId } from '../route.js';

const FIRST = 5;

/** What got slow, by how much, why, how sure, and what to do first. */
export function Verdict() {
  const { report, result } = useKnown();
  const id = useInvestigationId();
  const { front } = report;
  const told = result.findings.filter((f) => f.verdict !== 'refuted').slice(0, FIRST);
  return (
    <div className="front">
      <p className={`kind kind-${front.kind}`}>{front.kindWords}</p>
      <h1 className="verdict">
        <Say text={front.verdict} />
      </h1>
      {front.budget ? <Figure chart={front.budget} /> : null}
      {front.implied.length > 0 ? (
        <Part id="implied" title="What the numbers already imply">
          <Pieces of={front.implied} />
        </Part>
      ) : null}
      {front.cards.length > 0 ? (
        <Part id="first" title="Do first">
          <ol className="cards">
            {front.cards.map((c) => (
              <li className="card" key={c.rank}>
                <h3>
                  <span className="s">{c.rank}</span>
                  <Say text={c.title} />
                </h3>
                <p>
                  <Say text={c.benefit} />
                </p>
                <dl>
                  <dt>Effort</dt>
                  <dd>{c.effort}</dd>
                  <dt>Risk</dt>
                  <dd>{c.risk}</dd>
                  <dt>Approval</dt>
                  <dd>
                    <Say text={c.approvals} />
                  </dd>
                  <dt>Verify</dt>
                  <dd>
                    <Say text={c.verification} />
                  </dd>
                </dl>
              </li>
            ))}
          </ol>
        </Part>
      ) : null}
      {front.paths ? <Figure chart={front.paths} /> : null}
      {told.length > 0 ? (
        <Part id="why" title="Why">
          <ul className="plainlist">
            {told.map((f) => (
              <li key={f.id}>
                <span className={`state state-${f.verdict}`}>{STATE[f.verdict]}</span>{' '}
                <Link href={pathTo(id, 'hypotheses', f.id)}>
                  {f.title.map((s) => (typeof s === 'string' ? s : 'name' in s ? s.name : '')).join('')}
                </Link>
              </li>
            ))}
          </ul>
        </Part>
      ) : null}
    </div>
  );
}
