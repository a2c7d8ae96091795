import { useState } from 'react';
import { plain, type Recommendation } from '../../src/domain/index.js';
import type { Standing } from '../answers.js';
import { api } from '../api.js';
import { Show } from '../fault.js';
import { useLoaded } from '../load.js';
import { Blocks, Say, useKnown } from '../report.js';
import { useInvestigationId } from '../route.js';

/** Every recommendation with its design, and where its approval stands. */
export function Recommendations() {
  const { result } = useKnown();
  const id = useInvestigationId();
  const approvals = useLoaded(id, (signal) => api.approvals(id, signal));
  const ranked = [...result.recommendations].sort((a, b) => a.rank - b.rank);
  return (
    <>
      <h1>Recommendations</h1>
      {approvals.state === 'failed' ? <Show of={approvals}>{() => null}</Show> : null}
      {ranked.map((r) => (
        <One
          key={r.id}
          of={r}
          standing={
            approvals.state === 'has' ? approvals.value.find((a) => a.recommendation === r.id) : undefined
          }
        />
      ))}
    </>
  );
}

function One({ of: r, standing }: { of: Recommendation; standing: Standing | undefined }) {
  return (
    <section id={r.id} aria-labelledby={`${r.id}-title`}>
      <h2 id={`${r.id}-title`}>
        <span className="s">{r.rank}</span>
        {plain(r.title)}
      </h2>
      <p>
        <Say text={r.description} />
      </p>
      <dl className="facts-of">
        <dt>Brings</dt>
        <dd>
          <Say text={r.benefit} />
        </dd>
        <dt>Effort</dt>
        <dd>
          <Say text={r.effortText} />
        </dd>
        <dt>Risk</dt>
        <dd>
          {r.risk}: <Say text={r.riskText} />
        </dd>
        <dt>Verify</dt>
        <dd>
          <Say text={r.verification} />
        </dd>
        <dt>Approval</dt>
        <dd>{standing ? <Standings of={standing} /> : r.approvals.join(', ') || 'none needed'}</dd>
      </dl>
      {r.approvals.length > 0 && standing?.state !== 'approved' ? (
        <HowToApprove id={r.id} roles={r.approvals} />
      ) : null}
      {r.design.length > 0 ? (
        <details>
          <summary>The design</summary>
          <div className="folded">
            <Blocks blocks={r.design} />
          </div>
        </details>
      ) : null}
    </section>
  );
}

const Standings = ({ of: a }: { of: Standing }) => (
  <>
    {a.state}
    {a.missing.length > 0 ? `, waits for ${a.missing.join(' and ')}` : ''}
    {a.statements.map((d) => (
      <div key={`${d.by} ${d.at}`}>
        {d.decision} by <code>{d.by}</code> as {d.role}: {d.reason}
      </div>
    ))}
  </>
);

/** A decision is signed with a key that never leaves its owner: the page shows how, and takes what was signed. */
function HowToApprove({ id, roles }: { id: string; roles: readonly string[] }) {
  const investigation = useInvestigationId();
  const [signed, setSigned] = useState('');
  const [said, setSaid] = useState('');
  const hand = async (): Promise<void> => {
    try {
      const { state } = await api.decide(investigation, signed);
      setSaid(`Kept: ${state}.`);
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <details>
      <summary>Approve or reject</summary>
      <div className="folded">
        <p>
          A decision is signed with a key of your own, bound to this plan, its evidence and its deliverables.
          Print what is decided, sign it, and hand it in:
        </p>
        {roles.map((role) => (
          <pre key={role} tabIndex={0}>
            <code>{`kneepoint approve result.json ${id} --role ${role} --by NAME --reason "…" --print-statement > statement.txt
ssh-keygen -Y sign -n kneepoint -f ~/.ssh/id_ed25519 statement.txt
cat statement.txt statement.txt.sig`}</code>
          </pre>
        ))}
        <form
          onSubmit={(e) => {
            e.preventDefault();
            void hand();
          }}
        >
          <label>
            The signed statement
            <textarea rows={6} value={signed} onChange={(e) => setSigned(e.target.value)} />
          </label>
          <p>
            <button type="submit" disabled={signed.trim() === ''}>
              Hand in
            </button>{' '}
            <span role="status">{said}</span>
          </p>
        </form>
      </div>
    </details>
  );
}
