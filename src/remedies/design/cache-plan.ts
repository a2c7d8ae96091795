import {
  type Block,
  type Context,
  constant,
  type Fact,
  name,
  num,
  quote,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { ofKind, statementTimes } from '../../readings/parts.js';
import { HARD_OVER_SOFT, JITTER } from './chosen.js';
import { cdnOrClient, type Scene } from './scene.js';

/** Kinds of data by how soon a stale copy does harm, with a soft time to live for each. */
export interface DataKind {
  id: 'deciding' | 'own' | 'shared' | 'reference';
  soft: Fact;
  invalidation: string;
  never: string;
}
const KINDS: readonly (DataKind & { words: RegExp })[] = [
  {
    id: 'deciding',
    words:
      /stock|inventor|availab|seat|balance|limit|quota|position|coupon|voucher|reserv|bid|odds|credit|wallet|payment|payout|fraud|screening|exposure|auction|dispatch/i,
    soft: constant(
      'ttl.deciding',
      2,
      's',
      'Kneepoint: shown, never decided upon; two seconds take the repeats of a crowd and no person notices',
    ),
    invalidation: 'by time',
    never: 'what a write decides upon',
  },
  {
    id: 'own',
    words:
      /order|cart|basket|user|account|profile|session|ticket|booking|history|statement|message|notification|permission|feed/i,
    soft: constant(
      'ttl.own',
      15,
      's',
      'Kneepoint: a person’s own data, deleted from the cache when they change it; the time only bounds a lost deletion',
    ),
    invalidation: 'delete after its commit',
    never: 'in a shared cache',
  },
  {
    id: 'reference',
    words: /\brates?\b|tax|config|currenc|countr|feature|flag|rule|translation|definition|setting|fx/i,
    soft: constant(
      'ttl.reference',
      3600,
      's',
      'Kneepoint: published, not edited; an event or a version in the key replaces it sooner',
    ),
    invalidation: 'event or version',
    never: 'one customer’s result',
  },
  {
    id: 'shared',
    words: /./,
    soft: constant(
      'ttl.shared',
      60,
      's',
      'Kneepoint: the same answer for many readers; a minute old is as good as new for browsing',
    ),
    invalidation: 'event, else by time',
    never: 'what differs by user',
  },
];

/** The kind a name reads as. Words of the trade, not of a case; browsing is the rest. */
export const dataKind = (text: string): DataKind =>
  KINDS.find((k) => k.words.test(text)) ?? (KINDS[KINDS.length - 1] as DataKind);

export const hardOf = (soft: Fact): Fact =>
  calc(
    'ttl.hard',
    soft.subject,
    [soft.value * HARD_OVER_SOFT.value, 's'],
    'soft time to live × how long stale may be served',
    [soft, HARD_OVER_SOFT],
  );

/** The time to live that the case says, when it says one for this cache. */
export const statedTtl = (scene: Scene): Fact | undefined =>
  (scene.cache ? scene.context.facts.find({ name: 'ttl', subject: scene.cache.subject }) : undefined) ??
  scene.context.facts.find({ name: 'ttl' });

/** What the case names that answers reads, with its time to live, invalidation, and what must not be cached of it. */
export function ttlTable(scene: Scene): Block {
  const { context, cache } = scene;
  const where = cache ? say`${name(cache.subject.name)}` : say`a cache of ${scene.app}`;
  const seen = new Set<string>();
  const entries = [
    ...statementTimes(context)
      .filter((s) => s.kind === 'read')
      .map((s) => ({ label: s.subject.name, how: where })),
    ...context.components
      .filter((c) => c.kind === 'operation')
      .map((c) => ({ label: c.subject.name, how: where })),
    ...context.classes
      .filter((c) => c.kind === 'read' && c.subject.name !== 'read')
      .map((c) => ({ label: c.subject.name, how: cdnOrClient(scene) ?? where })),
    ...ofKind(context, 'dependency').map((c) => ({ label: c.subject.name, how: where })),
  ].filter((e) => !seen.has(e.label) && seen.add(e.label));
  const rows = entries.slice(0, 7).map((e): Text[] => {
    const kind = dataKind(e.label);
    return [
      say`${name(e.label)}`,
      e.how,
      say`${num(kind.soft)} / ${num(hardOf(kind.soft))}`,
      say`${kind.invalidation}`,
      say`${kind.never}`,
    ];
  });
  const fallback = dataKind('');
  return table(
    ['Answer', 'Where', '> Soft / hard time to live', 'Invalidation', 'Never'],
    rows.length > 0
      ? rows
      : [
          [
            say`reads of ${scene.serviceName}`,
            where,
            say`${num(fallback.soft)} / ${num(hardOf(fallback.soft))}`,
            say`${fallback.invalidation}`,
            say`${fallback.never}`,
          ],
        ],
    say`Times to live for ${scene.app}, each ±${num(JITTER)}; chosen by what kind of data the name says, so correct a row where the name misleads`,
  );
}

/** Eviction for the cache of the case, in its product's words. */
export function evictionAdvice(context: Context, scene: Scene): Text {
  const { cache } = scene;
  const where = cache ? say`${name(cache.subject.name)}` : say`the cache`;
  const policy =
    context.case.inputs.dependencies?.match(
      /\b(?:allkeys|volatile)-(?:lru|lfu|random|ttl)\b|\bnoeviction\b/i,
    )?.[0] ??
    context.case.inputs.architecture?.match(
      /\b(?:allkeys|volatile)-(?:lru|lfu|random|ttl)\b|\bnoeviction\b/i,
    )?.[0];
  const product = cache?.product;
  if (product === 'memcached')
    return say`${where} evicts per size class: compare evictions by class before adding memory, and keep sessions on nodes of their own, since a crowd of fragments evicts them.`;
  if (product === 'redis' || product === 'valkey' || product === 'elasticache')
    return say`${where}: ${name('allkeys-lfu')} while it holds nothing but copies${policy ? say` (${quote(policy)} today)` : ''}; with sessions, locks or idempotency keys beside them ${name('volatile-lfu')} or an instance of their own, because those must not be evicted by a crowd of pages.`;
  return say`${where}: evict what is used least often, not what is oldest, and keep what must not be lost out of it.`;
}
