import { type Subject, subject } from '../domain/index.js';
import { attributeOf } from './attributes.js';
import { addressOf } from './span-kind.js';
import { servedBy, spanAt, type Trace } from './traces.js';

/** Whom calls go to: the service that served them; known by address where it was seen once; else what the call says. */
export type PeerOf = (trace: Trace, row: number) => Subject;

export interface Peers {
  of: PeerOf;
  /** The service that answers at `host:port`, in a phase. */
  service(address: string, phase: string): string | undefined;
  /** Whether spans of a service by this name were seen. */
  isService(name: string): boolean;
}

/** Learns which service answers at which address from the calls whose other side was recorded. */
export function learnPeers(traces: readonly Trace[]): Peers {
  const byAddress = new Map<string, string>();
  const services = new Set<string>();
  for (const t of traces)
    t.spans.forEach((s, row) => {
      services.add(s.service);
      if (s.role !== 'call') return;
      const other = servedBy(t, row);
      const address = addressOf(s.attributes);
      if (other !== undefined && address !== undefined && spanAt(t, other).service !== s.service)
        byAddress.set(`${t.request.phase} ${address}`, spanAt(t, other).service);
    });
  const of: PeerOf = (t, row) => {
    const s = spanAt(t, row);
    const other = servedBy(t, row);
    if (other !== undefined && spanAt(t, other).service !== s.service)
      return subject('service', spanAt(t, other).service);
    const address = addressOf(s.attributes);
    const known = address === undefined ? undefined : byAddress.get(`${t.request.phase} ${address}`);
    const named = known ?? attributeOf(s.attributes, 'peerService');
    if (named !== undefined) return subject(services.has(named) ? 'service' : 'dependency', named);
    const messaging = attributeOf(s.attributes, 'messaging');
    if (messaging !== undefined)
      return subject('queue', attributeOf(s.attributes, 'destination') ?? messaging);
    if (address !== undefined) return subject('dependency', address);
    return subject('dependency', attributeOf(s.attributes, 'rpcService') ?? s.name);
  };
  return {
    of,
    service: (address, phase) => byAddress.get(`${phase} ${address}`),
    isService: (name) => services.has(name),
  };
}
