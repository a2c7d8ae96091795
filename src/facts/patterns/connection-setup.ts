import { name, num, say } from '../../domain/index.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, type PatternLook, patternOf } from './look.js';

/** Connections that are opened while a request waits, instead of being kept. */
export const connectionSetup: PatternFinder = (look) => {
  const services = [...new Set(look.cells.filter((c) => c.kind === 'connect').map((c) => c.service))].sort();
  return services.flatMap((service) => {
    const own = meanByCell(look, (s) => s.key.kind === 'connect' && s.key.service === service);
    const ms = [...own.values()].reduce((a, v) => a + v.incident, 0);
    const cell = look.cells.find((c) => c.kind === 'connect' && c.service === service && c.peer);
    if (ms <= 0 || !cell?.peer) return [];
    const opened = numberOf(look, {
      name: 'connections.opened',
      subject: cell.peer,
      value: meanOver(
        look.incident,
        (t) => t.spans.filter((s) => s.role === 'connect' && s.service === service).length,
      ),
      unit: 'count',
      phase: 'incident',
    });
    const count = (traces: PatternLook['incident']): number =>
      meanOver(traces, (t) => t.spans.filter((s) => s.role === 'connect' && s.service === service).length);
    const before = look.hasBaseline
      ? numberOf(look, {
          name: 'connections.opened',
          subject: cell.peer,
          value: count(look.baseline),
          unit: 'count',
          phase: 'baseline',
        })
      : undefined;
    return [
      patternOf(look, {
        kind: 'connection-setup',
        about: cell.peer,
        service,
        claims: new Map([...own].map(([id, v]) => [id, v.incident - v.baseline] as const)),
        saving: ms,
        roles: { opened, baselineOpened: before },
        detail: (saved) =>
          say`slow requests of ${name(service)} open ${num(opened, { digits: 2 })} connections each and wait ${num(saved)} for it`,
      }),
    ];
  });
};
