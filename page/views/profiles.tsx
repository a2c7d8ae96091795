import { api, pageAt } from '../api.js';
import { Show } from '../fault.js';
import { useLoaded } from '../load.js';
import { useInvestigationId } from '../route.js';

/** The flame graphs that stand beside the report, each a page of its own. */
export function Profiles() {
  const id = useInvestigationId();
  const list = useLoaded(id, (signal) => api.pages(id, signal));
  return (
    <>
      <h1>Profiles</h1>
      <Show of={list}>
        {({ pages }) =>
          pages.length === 0 ? (
            <p>
              No profile was given. <code>kneepoint profile record -- node app.js</code> takes one;
              Recommendations names the command for other runtimes.
            </p>
          ) : (
            pages.map((p) => (
              <section key={p.path} aria-label={p.title}>
                <h2>
                  <code>{p.title}</code>
                </h2>
                <p>
                  <a href={pageAt(id, p.path)}>On a page of its own</a>
                </p>
                <iframe className="flame" title={`Flame graph of ${p.title}`} src={pageAt(id, p.path)} />
              </section>
            ))
          )
        }
      </Show>
    </>
  );
}
