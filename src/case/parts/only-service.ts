import { slug } from '../../domain/index.js';
import { productEntry } from '../../knowledge/index.js';
import type { Frame } from '../frame.js';
import { productOf } from '../products.js';
import { kindOf } from './component.js';
import { APP, type Draft, type PartMention } from './draft.js';
import { runtimeAt } from './runtimes.js';

/**
 * Where the architecture never names the app and holds one service of its own, that one is the app: "tracking API" of
 * Parcel Radar. So is a service that is called by words of the app's name: "BFF" of Storefront BFF.
 */
export function takeOnlyService(
  drafts: Map<string, Draft>,
  ordered: readonly Frame[],
  mentions: Map<Frame, PartMention[]>,
  appName: string,
): void {
  const own = drafts.get(APP) as Draft;
  const services = [...drafts.values()].filter(
    (d) =>
      d.key !== APP &&
      d.product === undefined &&
      d.inputs.has('architecture') &&
      !d.inputs.has('dependencies') &&
      (kindOf(d) === 'service' || (kindOf(d) === 'gateway' && isWritten(d, ordered, mentions, drafts))) &&
      d.roles.size === 0 &&
      !/worker|consumer|indexer|job|batch|sidecar|cron|daemon|meters|sensors|devices|pollers?|producers?|publishers?|exporters?/.test(
        d.key,
      ),
  );
  const names = new Set(appName.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  const called = services.filter((d) =>
    d.name
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .every((w) => names.has(w)),
  );
  // Where several services stand in a row, the one called an API or a front is what users meet.
  const fronts = services.filter((d) =>
    /(?:^|-)(?:api|app|application|backend|monolith|bff|frontend|front|web|site|gateway)$/.test(slug(d.name)),
  );
  // An engine that is bought stands for the app itself: Mirth Connect, Airflow.
  const bought = [...drafts.values()].some(
    (d) =>
      d.product !== undefined &&
      d.inputs.has('architecture') &&
      productOf(d.product)?.kind === 'service' &&
      !(productEntry(d.product)?.traits.includes('job-queue') ?? false),
  );
  if (bought && called[0] === undefined) return;
  const only =
    called[0] ??
    (own.places.length === 0 && fronts.length === 1 && fronts[0] === services[0] ? fronts[0] : undefined) ??
    (own.places.length === 0 && services.length === 1 ? services[0] : undefined);
  if (only === undefined || (called[0] === undefined && own.inputs.has('architecture'))) return;
  drafts.delete(only.key);
  for (const place of only.places) own.places.push(place);
  for (const input of only.inputs) own.inputs.add(input);
  if (only.runtime !== undefined) own.runtime ??= only.runtime;
  own.alias = only.name;
  for (const list of mentions.values()) for (const m of list) if (m.key === only.key) m.key = APP;
}

/** Browsers, apps and edges stand before what was written here. */
const isInFront = (d: Draft | undefined): boolean => d !== undefined && /^(?:client|cdn)$/.test(kindOf(d));

/** "Quarkus search gateway", "Rust (tokio) gateway": a gateway that was written here, not bought. */
const isWritten = (
  d: Draft,
  frames: readonly Frame[],
  mentions: ReadonlyMap<Frame, readonly PartMention[]>,
  drafts: ReadonlyMap<string, Draft>,
): boolean =>
  frames.some(
    (f) =>
      f.input === 'architecture' &&
      (mentions.get(f) ?? []).some(
        (m) =>
          m.key === d.key &&
          // What stands first is what is met first.
          m.from <= 8 &&
          !(mentions.get(f) ?? []).some((x) => x.to <= m.from && !isInFront(drafts.get(x.key))) &&
          [m.from - 1, m.from - 2, m.from - 3, m.from, m.to + 1].some(
            (i) =>
              runtimeAt(f, i) !== undefined ||
              f.products.some((p) => p.from <= i && i < p.to && productOf(p.product)?.runtime !== undefined),
          ),
      ),
  );
