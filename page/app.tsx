import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { api } from './api.js';
import { FactCard } from './fact-card.js';
import { Show } from './fault.js';
import { Link } from './link.js';
import { useLoaded } from './load.js';
import { KnownResult, knownOf } from './report.js';
import { InvestigationId, pathTo, type Route, routeOf, useAddress, VIEWS } from './route.js';
import { Cache } from './views/cache.js';
import { Capacity } from './views/capacity.js';
import { Deliverables } from './views/deliverables.js';
import { Evidence } from './views/evidence.js';
import { Experiments } from './views/experiments.js';
import { Hypotheses } from './views/hypotheses.js';
import { Live } from './views/live.js';
import { Profiles } from './views/profiles.js';
import { Recommendations } from './views/recommendations.js';
import { WholeReport } from './views/report.js';
import { Sections } from './views/section.js';
import { Slo } from './views/slo.js';
import { Start } from './views/start.js';
import { Trace } from './views/trace.js';
import { Traces } from './views/traces.js';
import { Verdict } from './views/verdict.js';

export function App() {
  const address = useAddress();
  const [path = '/', search = ''] = address.split(/(?=\?)/);
  const route = routeOf(path, search);
  // A new view is read from its top, and by screen readers from its beginning.
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    void address;
    window.scrollTo(0, 0);
    document.getElementById('content')?.focus({ preventScroll: true });
  }, [address]);
  return (
    <>
      <a className="skip" href="#content">
        To the content
      </a>
      <div className="page app">
        <header className="top">
          <Link href="/">
            <b>Kneepoint</b>
          </Link>
          <Link href="/live" aria-current={route.at === 'live' ? 'page' : undefined}>
            Live
          </Link>
        </header>
        <Routed route={route} />
      </div>
    </>
  );
}

function Routed({ route }: { route: Route }) {
  if (route.at === 'start') return <Start />;
  if (route.at === 'live') return <Live />;
  if (route.at === 'nowhere')
    return (
      <main id="content" tabIndex={-1}>
        <h1>Nothing is here</h1>
        <p>
          <Link href="/">All investigations</Link>
        </p>
      </main>
    );
  return <Investigation key={route.id} route={route} />;
}

type AtInvestigation = Extract<Route, { at: 'investigation' }>;

function Investigation({ route }: { route: AtInvestigation }) {
  const result = useLoaded(route.id, (signal) =>
    Promise.all([api.result(route.id, signal), api.report(route.id, signal)]),
  );
  const known = useMemo(() => (result.state === 'has' ? knownOf(...result.value) : undefined), [result]);
  return (
    <InvestigationId.Provider value={route.id}>
      <div className="body">
        <nav aria-label="Views">
          {known ? <p className="app-name">{known.result.case.appName}</p> : null}
          <ul>
            {VIEWS.map(([view, title]) => (
              <li key={view}>
                <Link href={pathTo(route.id, view)} aria-current={route.view === view ? 'page' : undefined}>
                  {title}
                </Link>
              </li>
            ))}
          </ul>
          {known ? <p className="class">{known.result.classification}</p> : null}
        </nav>
        <main id="content" tabIndex={-1}>
          <Show of={result}>
            {() =>
              known ? (
                <KnownResult.Provider value={known}>
                  <Viewed route={route} />
                  <FactCard />
                </KnownResult.Provider>
              ) : null
            }
          </Show>
        </main>
      </div>
    </InvestigationId.Provider>
  );
}

function Viewed({ route }: { route: AtInvestigation }): ReactNode {
  const asked = route.query.get('fact') ?? undefined;
  switch (route.view) {
    case 'verdict':
      return <Verdict />;
    case 'hypotheses':
      return <Hypotheses open={route.rest} />;
    case 'traces':
      return route.rest === undefined ? (
        <Traces />
      ) : (
        <Trace traceId={route.rest} other={route.query.get('with') ?? undefined} />
      );
    case 'profiles':
      return <Profiles asked={route.query} />;
    case 'database':
      return <Sections title="Statements and plans" ids={['database']} />;
    case 'cache':
      return <Cache />;
    case 'capacity':
      return <Capacity />;
    case 'experiments':
      return <Experiments />;
    case 'slo':
      return <Slo />;
    case 'recommendations':
      return <Recommendations />;
    case 'deliverables':
      return <Deliverables open={route.rest} />;
    case 'evidence':
      return <Evidence open={asked} />;
    case 'report':
      return <WholeReport />;
  }
}
