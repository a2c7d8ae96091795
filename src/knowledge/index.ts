import {
  FACT_NAMES,
  type Fact,
  type FactName,
  type KnowledgeIndex,
  known,
  type Product,
  subject,
  type Trap,
} from '../domain/index.js';
import { loadProducts } from './load.js';
import { type Recognised, recogniser } from './recognise.js';
import type { ProductEntry } from './schema.js';
import { versionInRange } from './version.js';

export type { Recognised } from './recognise.js';
export type { ProductEntry } from './schema.js';

interface Loaded {
  byId: Map<string, ProductEntry>;
  recognise(text: string): Recognised[];
}
let loaded: Loaded | undefined;

/** Read once, at the first question: commands that need no knowledge do not pay for it. */
function data(): Loaded {
  if (!loaded) {
    const byId = loadProducts();
    loaded = { byId, recognise: recogniser(byId.values()) };
  }
  return loaded;
}

/** Products named in a text, in order, not overlapping. Places are characters of the text as given. */
export const recognise = (text: string): Recognised[] => data().recognise(text);

/** The whole entry of a product: aliases, runtime, tool roles, facts and traps. */
export const productEntry = (id: string): ProductEntry | undefined => data().byId.get(id);

/** Every product, in the order of the data files. */
export const products = (): readonly ProductEntry[] => [...data().byId.values()];

/** The product's name for the setting behind a default: `max_connections`. */
export const settingName = (product: string, key: string, version?: string): string | undefined =>
  factEntry(product, key, version)?.entry.setting;

/** Defaults, limits and traps from the data files beside this one. */
export const KNOWLEDGE: KnowledgeIndex = {
  fact(product, key, version): Fact | undefined {
    const hit = factEntry(product, key, version);
    if (!hit) return undefined;
    const { entry, owner } = hit;
    const unit = entry.unit ?? FACT_NAMES[key as FactName][0];
    return known(
      { name: key, subject: subject(owner.kind, owner.name), value: entry.value, unit },
      entry.source ?? owner.source ?? '',
      entry.date ?? owner.date ?? '',
    );
  },
  product(id): Product | undefined {
    const entry = data().byId.get(id);
    return entry
      ? { id, name: entry.name, kind: entry.kind, layer: entry.layer, traits: [...entry.traits] }
      : undefined;
  },
  traps(product, version): Trap[] {
    return family(product).flatMap((owner) =>
      owner.traps
        .filter((t) => !t.versions || version === undefined || versionInRange(version, t.versions))
        .map(({ id, title, text, hypotheses, source, date }) => ({
          id: `${owner.id}/${id}`,
          title,
          text,
          hypotheses,
          source: source ?? owner.source ?? '',
          date: date ?? owner.date ?? '',
        })),
    );
  },
};

/** The product and those it is like, nearest first. */
function family(id: string): ProductEntry[] {
  const chain: ProductEntry[] = [];
  let entry = data().byId.get(id);
  while (entry && !chain.includes(entry)) {
    chain.push(entry);
    entry = entry.like === undefined ? undefined : data().byId.get(entry.like);
  }
  return chain;
}

/** The first entry that fits the version; without one, an entry for all versions, else the first, which is the newest. */
function factEntry(product: string, key: string, version?: string) {
  for (const owner of family(product)) {
    const entries = owner.facts.filter((f) => f.key === key);
    const entry =
      version === undefined
        ? (entries.find((f) => !f.versions) ?? entries[0])
        : entries.find((f) => !f.versions || versionInRange(version, f.versions));
    if (entry) return { entry, owner };
  }
  return undefined;
}
