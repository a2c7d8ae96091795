import { api, flameAt } from '../api.js';
import { Show } from '../fault.js';
import { useLoaded } from '../load.js';
import { Difference } from '../profiles/difference.js';
import { useKnown } from '../report.js';
import { useInvestigationId } from '../route.js';

/** The flame graphs that stand beside the report, each a page of its own, and two of them against each other. */
export function Profiles({ asked }: { asked: URLSearchParams }) {
  const id = useInvestigationId();
  const { result } = useKnown();
  const list = useLoaded(id, (signal) => api.profiles(id, signal));
  return (
    <>
      <h1>Profiles</h1>
      <Show of={list}>
        {(sources) =>
          sources.length === 0 ? (
            <p>
              No profile was given. <code>kneepoint profile record -- node app.js</code> takes one of Node;
              “Whole report” has the commands for other runtimes.
            </p>
          ) : (
            <>
              {sources.length > 1 ? <Difference sources={sources} asked={asked} /> : null}
              {sources.map((source) => {
                const path = result.sources.find((s) => s.id === source)?.path ?? source;
                return (
                  <section key={source} aria-label={path}>
                    <h2>
                      <code>{path}</code>
                    </h2>
                    <p>
                      <a href={flameAt(id, source)}>On a page of its own</a>
                    </p>
                    <iframe className="flame" title={`Flame graph of ${path}`} src={flameAt(id, source)} />
                  </section>
                );
              })}
            </>
          )
        }
      </Show>
    </>
  );
}
