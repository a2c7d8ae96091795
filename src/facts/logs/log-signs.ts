import { type Fact, subject } from '../../domain/index.js';
import { WORDS } from '../changes/signature.js';
import { fromQuery, type Origin } from '../query-fact.js';
import type { ChangedTemplate } from './changed-templates.js';

/** Messages that are told of one kind and service: the first says it. */
const EACH = 2;
/** Lines from which a new message is more than a one-off. */
const LASTING = 10;

/**
 * What changed messages are a sign of, as facts: `log.fault.<kind>` for messages in excess that name a fault, `log.new` for
 * those that a service never logged before, and `log.compared` for every service whose logs were compared.
 */
export function logSigns(
  changed: readonly ChangedTemplate[],
  services: ReadonlyMap<string, number>,
  origin: Origin,
): Fact[] {
  const told = new Map<string, number>();
  const once = (key: string): boolean => {
    const n = (told.get(key) ?? 0) + 1;
    told.set(key, n);
    return n <= EACH;
  };
  const fact = (name: string, t: ChangedTemplate): Fact =>
    fromQuery(
      {
        name,
        subject: subject('class', t.template, t.service),
        value: t.during,
        unit: 'count',
        phase: 'incident',
      },
      origin,
    );
  const excess = changed.filter((t) => t.kind === 'new' || t.kind === 'more');
  const faults = excess.flatMap((t) =>
    WORDS.filter(({ kind, pattern }) => pattern.test(t.template) && once(`${kind}\n${t.service}`)).map(
      ({ kind }) => fact(`log.fault.${kind}`, t),
    ),
  );
  const fresh = excess
    .filter((t) => t.kind === 'new' && t.during >= LASTING && once(`new\n${t.service}`))
    .map((t) => fact('log.new', t));
  const compared = [...services].map(([service, lines]) =>
    fromQuery(
      {
        name: 'log.compared',
        subject: subject('service', service),
        value: lines,
        unit: 'count',
        phase: 'incident',
      },
      origin,
    ),
  );
  return [...faults, ...fresh, ...compared];
}
