import { useState } from 'react';
import { VERDICT_WORDS } from '../../src/report/words.js';
import type { Listed } from '../answers.js';
import { type ApiFault, api } from '../api.js';
import { ended, faultOf } from '../ended.js';
import { Fault, Show } from '../fault.js';
import { Link } from '../link.js';
import { useLoaded } from '../load.js';
import { go, pathTo } from '../route.js';

/** The list of investigations, newest first, and the way to a new one. */
export function Start() {
  const list = useLoaded('list', (signal) => api.list(signal));
  return (
    <main id="content" className="start">
      <h1>Investigations</h1>
      <Show of={list}>
        {(investigations) =>
          investigations.length === 0 ? (
            <p>
              None yet. Describe a slow service below, or run <code>kneepoint investigate</code>.
            </p>
          ) : (
            <ol className="list">
              {investigations.map((i) => (
                <Line key={i.id} of={i} />
              ))}
            </ol>
          )
        }
      </Show>
      <NewInvestigation />
    </main>
  );
}

const Line = ({ of }: { of: Listed }) => (
  <li>
    <Link href={pathTo(of.id)}>
      <span className={`kind kind-${of.kind ?? of.state}`}>
        {of.kind === undefined ? of.state : VERDICT_WORDS[of.kind]}
      </span>
      <b>{of.app ?? of.title}</b>
      <span className="said">{of.verdict ?? ''}</span>
      <span className="meta">{of.at.slice(0, 16).replace('T', ' ')} UTC</span>
    </Link>
  </li>
);

const EXAMPLE = `[app_name]: …
[architecture]: Node.js API → Redis → PostgreSQL
[performance_issues]: p99 rose from 480ms to 1.8s during flash sales
[target_metrics]: p99 < 700ms under 8k QPS`;

function NewInvestigation() {
  const [text, setText] = useState('');
  const [doing, setDoing] = useState<string>();
  const [fault, setFault] = useState<ApiFault>();
  const start = async (): Promise<void> => {
    setFault(undefined);
    setDoing('sent');
    try {
      const job = await ended(await api.investigate(text), setDoing);
      if (job.investigation !== undefined) go(pathTo(job.investigation));
    } catch (error) {
      setFault(faultOf(error));
    } finally {
      setDoing(undefined);
    }
  };
  return (
    <section aria-labelledby="new">
      <h2 id="new">A new investigation</h2>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void start();
        }}
      >
        <p>
          <label htmlFor="case">
            What is known of the slow service: any of the ten inputs, in any order, in your own words.
          </label>
        </p>
        <textarea
          id="case"
          rows={9}
          value={text}
          placeholder={EXAMPLE}
          onChange={(e) => setText(e.target.value)}
        />
        <p>
          <button type="submit" disabled={text.trim() === '' || doing !== undefined}>
            Investigate
          </button>{' '}
          <span role="status">{doing ?? ''}</span>
        </p>
      </form>
      {fault ? <Fault fault={fault} /> : null}
    </section>
  );
}
