/** A limit that must hold. */
export interface HardLimit<T> {
  name: string;
  holds(option: T): boolean;
}

export interface Front<T> {
  /** Options within every limit that no other beats on all counts. */
  front: T[];
  feasible: number;
  /** Limits that alone keep out an option better than all that fit: without them more would be possible. */
  binding: string[];
}

/**
 * The Pareto front of options under hard limits. `costs` are to be small, in order of weight for the result's order. A limit binds when
 * leaving it out alone brings in an option that is no worse than all of the front on every other count, or any option at all.
 */
export function paretoFront<T>(
  options: readonly T[],
  costs: readonly ((option: T) => number)[],
  limits: readonly HardLimit<T>[],
): Front<T> {
  const feasible = options.filter((o) => limits.every((l) => l.holds(o)));
  const front = undominated(feasible, costs);
  const binding = limits.filter((limit) => {
    const rest = limits.filter((l) => l !== limit);
    const freed = options.filter((o) => !limit.holds(o) && rest.every((l) => l.holds(o)));
    return undominated([...feasible, ...freed], costs).some((o) => freed.includes(o));
  });
  return { front, feasible: feasible.length, binding: binding.map((l) => l.name) };
}

function undominated<T>(options: readonly T[], costs: readonly ((option: T) => number)[]): T[] {
  const valued = options.map((o) => ({ o, values: costs.map((c) => c(o)) }));
  return valued
    .filter(
      (a) =>
        !valued.some(
          (b) =>
            b.values.every((v, i) => v <= (a.values[i] ?? 0)) &&
            b.values.some((v, i) => v < (a.values[i] ?? 0)),
        ),
    )
    .sort((a, b) => {
      const at = a.values.findIndex((v, i) => v !== b.values[i]);
      return at < 0 ? 0 : (a.values[at] ?? 0) - (b.values[at] ?? 0);
    })
    .map((v) => v.o);
}
