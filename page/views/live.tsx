import { useEffect, useState } from 'react';
import type { LiveAnswer } from '../answers.js';
import { ApiFault, api } from '../api.js';
import { Fault } from '../fault.js';
import { Link } from '../link.js';
import { pathTo } from '../route.js';
import { ServiceMap } from '../service-map.js';

const EVERY_MS = 5000;

/** What arrives at the receiver now: services, how slow they are against before, and the first suspicion. */
export function Live() {
  const [now, setNow] = useState<LiveAnswer>();
  const [fault, setFault] = useState<ApiFault>();
  useEffect(() => {
    const stop = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        setNow(await api.live(stop.signal));
        setFault(undefined);
      } catch (error) {
        if (!stop.signal.aborted)
          setFault(error instanceof ApiFault ? error : new ApiFault({ what: String(error) }));
      }
    };
    void ask();
    const timer = window.setInterval(() => void ask(), EVERY_MS);
    return () => {
      stop.abort();
      window.clearInterval(timer);
    };
  }, []);
  return (
    <main id="content" tabIndex={-1}>
      <h1>Live</h1>
      {fault ? <Fault fault={fault} /> : null}
      {now ? <Seen now={now} /> : null}
    </main>
  );
}

function Seen({ now }: { now: LiveAnswer }) {
  if (now.services.length === 0)
    return (
      <p>
        Nothing has arrived yet. Point an OpenTelemetry exporter here:{' '}
        <code>OTEL_EXPORTER_OTLP_ENDPOINT={window.location.origin}</code>
      </p>
    );
  return (
    <>
      <p className="verdict" role="status">
        {now.suspicion === undefined ? now.state : now.suspicion.text}
      </p>
      {now.suspicion?.investigation === undefined ? null : (
        <p>
          <Link href={pathTo(now.suspicion.investigation)}>The investigation</Link>
        </p>
      )}
      <ServiceMap services={now.services} calls={now.calls} />
    </>
  );
}
