import { plain, VERDICTS } from '../../src/domain/index.js';
import { findingNote } from '../../src/report/parts/findings.js';
import { STATE } from '../../src/report/words.js';
import { Link } from '../link.js';
import { Part, Pieces, Say, useKnown } from '../report.js';
import { pathTo, useInvestigationId } from '../route.js';

/** Every hypothesis by its state; one is opened by its address. */
export function Hypotheses({ open }: { open: string | undefined }) {
  const { result, look } = useKnown();
  const id = useInvestigationId();
  const chosen = result.findings.find((f) => f.id === open);
  return (
    <>
      <h1>Hypotheses</h1>
      {open !== undefined && !chosen ? <p>There is no hypothesis with that id here.</p> : null}
      {chosen ? (
        <section className="chosen" aria-label={plain(chosen.title)}>
          <Pieces of={[findingNote(look, chosen)]} />
          <p>
            Refuted if: <Say text={chosen.refutedIf} />
          </p>
          <p>
            <Link href={pathTo(id, 'hypotheses')}>All hypotheses</Link>
          </p>
        </section>
      ) : null}
      {VERDICTS.map((verdict) => {
        const findings = result.findings.filter((f) => f.verdict === verdict);
        if (findings.length === 0) return null;
        const word = STATE[verdict];
        return (
          <Part
            id={verdict}
            key={verdict}
            title={`${word.charAt(0)} ${word.slice(1).trim()}: ${findings.length}`}
          >
            <ul className="plainlist">
              {findings.map((f) => (
                <li key={f.id}>
                  <Link
                    href={pathTo(id, 'hypotheses', f.id)}
                    aria-current={f === chosen ? 'true' : undefined}
                  >
                    {plain(f.title)}
                  </Link>
                  <span className="why">
                    <Say text={f.decidedBy} />
                  </span>
                </li>
              ))}
            </ul>
          </Part>
        );
      })}
    </>
  );
}
