import type { Highs, LegacyHighsSolution as HighsSolution } from 'highs';

/** An index that could be built. */
export interface IndexChoice {
  id: string;
  bytes: number;
  /** What keeping it costs per unit of workload (writes), in the unit of the statements' costs. */
  upkeep?: number;
}

/** One way to run a statement: its cost when all of `indexes` exist. */
export interface AccessOption {
  indexes: readonly string[];
  cost: number;
}

export interface StatementChoice {
  id: string;
  /** How often it runs, as a factor of its costs; 1 where none is given. */
  weight?: number;
  options: readonly AccessOption[];
}

export interface IndexSelection {
  /** Ids of the indexes to build, in the order given. */
  chosen: string[];
  /** Weighted cost of all statements with them, and upkeep. */
  cost: number;
  bytes: number;
  /** True when the solver proved that nothing within the budget is cheaper. */
  proven: boolean;
}

export interface SelectionLimits {
  budgetBytes: number;
  timeLimitSeconds?: number;
}

/**
 * The indexes within a budget of bytes that make a workload cheapest: a statement pays its cheapest option whose indexes
 * all exist. Solved as an integer programme (facility location under a knapsack); where the solver's time runs out,
 * the better of its best and a greedy choice.
 * @throws Error when a statement has no option that needs no index.
 */
export async function selectIndexes(
  indexes: readonly IndexChoice[],
  statements: readonly StatementChoice[],
  limits: SelectionLimits,
): Promise<IndexSelection> {
  const fitting = indexes.filter((i) => i.bytes <= limits.budgetBytes);
  const useful = statements.map((s) => withoutDominated(s, new Set(fitting.map((i) => i.id))));
  const wanted = new Set(useful.flatMap((s) => s.options.flatMap((o) => o.indexes)));
  const candidates = fitting.filter((i) => wanted.has(i.id));
  if (candidates.length === 0) return finish(indexes, useful, new Set(), true);
  const highs = await loadSolver();
  const solution = highs.solve(programme(candidates, useful, limits.budgetBytes), {
    time_limit: limits.timeLimitSeconds ?? 50,
    mip_rel_gap: 0,
    output_flag: false,
  });
  const solved = chosenIn(solution, candidates);
  const fits = solved !== undefined && bytesOf(candidates, solved) <= limits.budgetBytes;
  if (fits && solution.Status === 'Optimal') return finish(indexes, useful, solved, true);
  const quick = finish(indexes, useful, greedySelection(candidates, useful, limits.budgetBytes), false);
  const best = fits ? finish(indexes, useful, solved, false) : quick;
  return quick.cost < best.cost ? quick : best;
}

/** The package's types describe its CommonJS form; as a module its default export is the loader itself. */
async function loadSolver(): Promise<Highs> {
  const { default: load } = await import('highs');
  return (load as unknown as typeof load.default)();
}

/** Options that cannot be had, and those that cost no less than another that needs no more, are left out. */
function withoutDominated(statement: StatementChoice, available: ReadonlySet<string>): StatementChoice {
  const possible = statement.options
    .filter((o) => o.indexes.every((i) => available.has(i)))
    .sort((a, b) => a.cost - b.cost || a.indexes.length - b.indexes.length);
  const base = possible.find((o) => o.indexes.length === 0);
  if (!base) throw new Error(`statement ${statement.id} has no cost without indexes`);
  const cheapest = new Map<string, AccessOption>();
  for (const option of possible) {
    if (option !== base && option.cost >= base.cost) continue;
    const key = [...option.indexes].sort().join('\n');
    if (!cheapest.has(key)) cheapest.set(key, option);
  }
  const kept = [...cheapest.values()];
  return {
    ...statement,
    options: kept.filter(
      (o) =>
        o.indexes.length < 2 ||
        !kept.some((p) => p !== o && p.cost <= o.cost && p.indexes.every((i) => o.indexes.includes(i))),
    ),
  };
}

/**
 * In the LP format: y = index is built, x = share of a statement that runs by an option. A share needs no integrality:
 * with the indexes fixed, the cheapest option alone is best.
 */
function programme(
  indexes: readonly IndexChoice[],
  statements: readonly StatementChoice[],
  budgetBytes: number,
): string {
  const column = new Map(indexes.map((index, i) => [index.id, `y${i}`]));
  const largest = Math.max(
    ...statements.flatMap((s) => s.options.map((o) => o.cost * (s.weight ?? 1))),
    1e-9,
  );
  // Costs of one magnitude keep the solver's tolerances meaningful.
  const scale = 1000 / largest;
  const objective: string[] = [];
  const rows: string[] = [];
  statements.forEach((s, i) => {
    objective.push(...s.options.map((o, j) => `${fixed(o.cost * (s.weight ?? 1) * scale)} x${i}_${j}`));
    rows.push(` one${i}: ${s.options.map((_, j) => `x${i}_${j}`).join(' + ')} = 1`);
    for (const index of new Set(s.options.flatMap((o) => o.indexes))) {
      // All options that need an index share one row: tighter than a row each, since only one option is taken.
      const users = s.options.flatMap((o, j) => (o.indexes.includes(index) ? [`x${i}_${j}`] : []));
      rows.push(` use${i}_${column.get(index)}: ${users.join(' + ')} - ${column.get(index)} <= 0`);
    }
  });
  for (const index of indexes)
    if (index.upkeep !== undefined && index.upkeep > 0)
      objective.push(`${fixed(index.upkeep * scale)} ${column.get(index.id)}`);
  const unit = Math.max(1, budgetBytes / 1e6);
  rows.push(
    ` room: ${indexes.map((x) => `${fixed(x.bytes / unit)} ${column.get(x.id)}`).join(' + ')} <= ${fixed(budgetBytes / unit)}`,
  );
  const names = indexes.map((x) => column.get(x.id)).join(' ');
  return `Minimize\n obj: ${objective.join(' + ')}\nSubject To\n${rows.join('\n')}\nBinary\n ${names}\nEnd\n`;
}

const fixed = (value: number): string => value.toFixed(9);

function chosenIn(solution: HighsSolution, indexes: readonly IndexChoice[]): Set<string> | undefined {
  if (solution.Status !== 'Optimal' && solution.Status !== 'Time limit reached') return undefined;
  const chosen = new Set<string>();
  for (const [i, index] of indexes.entries()) {
    const value = Object.entries(solution.Columns[`y${i}`] ?? {}).find(([key]) => key === 'Primal')?.[1];
    if (typeof value === 'number' && value > 0.5) chosen.add(index.id);
  }
  return chosen;
}

const bytesOf = (indexes: readonly IndexChoice[], chosen: ReadonlySet<string>): number =>
  indexes.reduce((sum, i) => sum + (chosen.has(i.id) ? i.bytes : 0), 0);

/** Again and again the set of indexes that saves most for each byte, until none fits. */
function greedySelection(
  indexes: readonly IndexChoice[],
  statements: readonly StatementChoice[],
  budgetBytes: number,
): Set<string> {
  const bytes = new Map(indexes.map((i) => [i.id, i.bytes]));
  const upkeep = new Map(indexes.map((i) => [i.id, i.upkeep ?? 0]));
  const sets = new Map(
    statements.flatMap((s) => s.options.map((o) => [[...o.indexes].sort().join('\n'), o.indexes] as const)),
  );
  const usersOf = new Map<string, StatementChoice[]>();
  for (const s of statements)
    for (const id of new Set(s.options.flatMap((o) => o.indexes)))
      usersOf.set(id, [...(usersOf.get(id) ?? []), s]);
  const chosen = new Set<string>();
  let room = budgetBytes;
  for (;;) {
    let best: { set: readonly string[]; bytes: number; worth: number } | undefined;
    for (const set of sets.values()) {
      const fresh = set.filter((i) => !chosen.has(i));
      const size = fresh.reduce((sum, i) => sum + (bytes.get(i) ?? 0), 0);
      if (fresh.length === 0 || size > room) continue;
      const kept = fresh.reduce((sum, i) => sum + (upkeep.get(i) ?? 0), 0);
      const touched = [...new Set(fresh.flatMap((i) => usersOf.get(i) ?? []))];
      const saved = costOf(touched, chosen) - costOf(touched, new Set([...chosen, ...fresh])) - kept;
      const worth = saved / Math.max(size, 1);
      if (saved > 0 && (!best || worth > best.worth)) best = { set: fresh, bytes: size, worth };
    }
    if (!best) return chosen;
    for (const id of best.set) chosen.add(id);
    room -= best.bytes;
  }
}

/** Weighted cost of all statements when these indexes exist. */
function costOf(statements: readonly StatementChoice[], chosen: ReadonlySet<string>): number {
  let sum = 0;
  for (const s of statements) {
    let cheapest = Number.POSITIVE_INFINITY;
    for (const o of s.options)
      if (o.cost < cheapest && o.indexes.every((i) => chosen.has(i))) cheapest = o.cost;
    sum += cheapest * (s.weight ?? 1);
  }
  return sum;
}

/** Drops what no statement uses: an index that is not needed is not built. */
function finish(
  indexes: readonly IndexChoice[],
  statements: readonly StatementChoice[],
  chosen: ReadonlySet<string>,
  proven: boolean,
): IndexSelection {
  const used = new Set<string>();
  for (const s of statements) {
    const own = s.options.filter((o) => o.indexes.every((i) => chosen.has(i)));
    const best = own.reduce((a, b) => (b.cost < a.cost ? b : a), own[0] ?? { indexes: [], cost: 0 });
    for (const id of best.indexes) used.add(id);
  }
  const kept = indexes.filter((i) => used.has(i.id));
  return {
    chosen: kept.map((i) => i.id),
    cost: costOf(statements, used) + kept.reduce((sum, i) => sum + (i.upkeep ?? 0), 0),
    bytes: kept.reduce((sum, i) => sum + i.bytes, 0),
    proven,
  };
}
