import type { RuntimeEvents } from '../../../domain/index.js';

/** Adds up events of the runtime by kind. */
export interface EventTotals {
  add(
    kind: string,
    unit: RuntimeEvents['unit'],
    value: number,
    detail: string,
    place: { function: string; file: string; line: number } | undefined,
  ): void;
  list(): RuntimeEvents[];
}

const SHOWN = 10;

export function createEventTotals(): EventTotals {
  interface Total {
    unit: RuntimeEvents['unit'];
    count: number;
    total: number;
    max: number;
    details: Map<string, number>;
    places: Map<string, { place: { function: string; file: string; line: number }; weight: number }>;
  }
  const kinds = new Map<string, Total>();
  return {
    add(kind, unit, value, detail, place) {
      let t = kinds.get(kind);
      if (!t) {
        t = { unit, count: 0, total: 0, max: 0, details: new Map(), places: new Map() };
        kinds.set(kind, t);
      }
      t.count++;
      t.total += value;
      t.max = Math.max(t.max, value);
      if (detail !== '') t.details.set(detail, (t.details.get(detail) ?? 0) + value);
      if (place) {
        const key = `${place.function}:${place.line}`;
        const known = t.places.get(key);
        if (known) known.weight += value;
        else t.places.set(key, { place, weight: value });
      }
    },
    list: () =>
      [...kinds]
        .map(([kind, t]) => ({
          kind,
          unit: t.unit,
          count: t.count,
          total: t.total,
          max: t.max,
          details: [...t.details]
            .map(([name, weight]) => ({ name, weight }))
            .sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1))
            .slice(0, SHOWN),
          places: [...t.places.values()]
            .sort((a, b) => b.weight - a.weight || (a.place.function < b.place.function ? -1 : 1))
            .slice(0, SHOWN),
        }))
        .sort((a, b) => (a.kind < b.kind ? -1 : 1)),
  };
}
