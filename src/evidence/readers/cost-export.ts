import { LoadFault } from './load/reader.js';
import { cell, columnName, positive, readTable } from './table.js';

/** One line of a bill. */
export interface CostLine {
  name: string;
  cost: number;
  /** Share of what was paid for that was used; absent when the export does not say it. */
  usedShare?: number;
  committed?: boolean;
}

export interface CostExport {
  format: 'OpenCost' | 'FOCUS';
  lines: CostLine[];
  currency?: string;
  /** Hours that the export covers, where it says so. */
  hours?: number;
}

/** True when a header is that of a FOCUS export (FinOps Open Cost and Usage Specification 1.0). */
export const isFocus = (header: string): boolean =>
  header
    .split(/[,;\t]/)
    .map(columnName)
    .some((c) => c === 'billedcost' || c === 'effectivecost');

/** A FOCUS table summed by service. What it took off (credits) counts. Throws a `LoadFault`. */
export function readFocus(text: string, file: string): CostExport {
  const byName = new Map<string, { cost: number; committed: number }>();
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let currency: string | undefined;
  for (const row of readTable(text, file)) {
    const amount = cell(row, ['effectivecost', 'billedcost']);
    const cost = Number(amount);
    if (amount === undefined || !Number.isFinite(cost))
      throw new LoadFault(
        'The line says no cost',
        `${row.where}, column EffectiveCost`,
        'Export EffectiveCost or BilledCost as plain numbers.',
      );
    const name = cell(row, ['servicename', 'servicecategory', 'chargedescription']) ?? 'not named';
    const entry = byName.get(name) ?? { cost: 0, committed: 0 };
    entry.cost += cost;
    if (cell(row, ['commitmentdiscountid']) !== undefined) entry.committed += cost;
    byName.set(name, entry);
    const billed = cell(row, ['billingcurrency']);
    if (currency !== undefined && billed !== undefined && billed !== currency)
      throw new LoadFault(
        `There are two currencies, ${currency} and ${billed}`,
        row.where,
        'Export one currency at a time.',
      );
    currency = billed ?? currency;
    const start = Date.parse(cell(row, ['chargeperiodstart']) ?? '');
    const end = Date.parse(cell(row, ['chargeperiodend']) ?? '');
    if (Number.isFinite(start)) from = Math.min(from, start);
    if (Number.isFinite(end)) to = Math.max(to, end);
  }
  return {
    format: 'FOCUS',
    lines: byCost(
      [...byName].map(([name, e]) => ({
        name,
        cost: e.cost,
        ...(e.committed > 0 ? { committed: true } : {}),
      })),
    ),
    ...(currency === undefined ? {} : { currency }),
    ...(to > from ? { hours: (to - from) / 3_600_000 } : {}),
  };
}

interface Allocation {
  totalCost?: unknown;
  cpuCost?: unknown;
  ramCost?: unknown;
  cpuCoreRequestAverage?: unknown;
  cpuCoreUsageAverage?: unknown;
  ramByteRequestAverage?: unknown;
  ramByteUsageAverage?: unknown;
  minutes?: unknown;
}

const number = (v: unknown): number | undefined =>
  typeof v === 'number' && Number.isFinite(v) ? v : undefined;

/** Allocations of OpenCost (`/allocation`): sets by time, each a map of names. Throws a `LoadFault`. */
export function readOpenCost(content: unknown, file: string): CostExport | undefined {
  const data =
    typeof content === 'object' && content !== null && 'data' in content ? content.data : undefined;
  if (!Array.isArray(data)) return undefined;
  const byName = new Map<string, { cost: number; used: number }>();
  let minutes = 0;
  for (const [i, set] of data.entries()) {
    if (typeof set !== 'object' || set === null) continue;
    let longest = 0;
    for (const [name, a] of Object.entries(set as Record<string, Allocation | null>)) {
      if (!a) continue;
      const cost = number(a.totalCost);
      if (cost === undefined)
        throw new LoadFault(
          `“${name.slice(0, 60)}” says no totalCost`,
          `${file}, data[${i}]`,
          'Export the allocation of OpenCost as it comes from /allocation.',
        );
      const entry = byName.get(name) ?? { cost: 0, used: 0 };
      entry.cost += cost;
      entry.used += usedCost(a);
      byName.set(name, entry);
      longest = Math.max(longest, number(a.minutes) ?? 0);
    }
    minutes += longest;
  }
  if (byName.size === 0)
    throw new LoadFault('The export holds no allocation', file, 'Ask OpenCost for a window with data.');
  return {
    format: 'OpenCost',
    lines: byCost(
      [...byName].map(([name, e]) => ({
        name,
        cost: e.cost,
        ...(e.cost > 0 ? { usedShare: name === '__idle__' ? 0 : Math.min(1, e.used / e.cost) } : {}),
      })),
    ),
    ...(minutes > 0 ? { hours: minutes / 60 } : {}),
  };
}

/** Cost of what was used of CPU and memory; of the rest, all counts as used. */
function usedCost(a: Allocation): number {
  const total = number(a.totalCost) ?? 0;
  const cpu = number(a.cpuCost) ?? 0;
  const ram = number(a.ramCost) ?? 0;
  const share = (used: unknown, asked: unknown): number => {
    const of = number(asked) ?? 0;
    return of > 0 ? Math.min(1, (number(used) ?? 0) / of) : 1;
  };
  return (
    total -
    cpu -
    ram +
    cpu * share(a.cpuCoreUsageAverage, a.cpuCoreRequestAverage) +
    ram * share(a.ramByteUsageAverage, a.ramByteRequestAverage)
  );
}

const byCost = (lines: CostLine[]): CostLine[] =>
  lines.sort((a, b) => b.cost - a.cost || (a.name < b.name ? -1 : 1));

/** Samples of use by workload: cores and memory used beside what was asked for. */
export interface UsageOf {
  workload: string;
  cpuUsed: number[];
  cpuRequest?: number;
  memoryUsedGiB: number[];
  memoryRequestGiB?: number;
  replicas?: number;
}

const CPU_USED = ['cpuused', 'cpuusage', 'cpucores', 'cpu'];
/** True when a header is a table of use. */
export const isUsage = (header: string): boolean =>
  header
    .split(/[,;\t]/)
    .map(columnName)
    .some((c) => CPU_USED.includes(c));

/** Samples of use in cores and GiB a replica, one row a sample. Throws a `LoadFault`. */
export function readUsage(text: string, file: string): UsageOf[] {
  const byName = new Map<string, UsageOf>();
  for (const row of readTable(text, file)) {
    const workload = cell(row, ['workload', 'deployment', 'pod', 'service', 'name']) ?? 'the service';
    const used = positive(row, CPU_USED);
    if (used === undefined)
      throw new LoadFault('The sample says no use of CPU', row.where, 'Name a column cpu_used, in cores.');
    const entry: UsageOf = byName.get(workload) ?? { workload, cpuUsed: [], memoryUsedGiB: [] };
    entry.cpuUsed.push(used);
    const memory = positive(row, ['memoryusedgib', 'memorygib', 'memoryusagegib']);
    if (memory !== undefined) entry.memoryUsedGiB.push(memory);
    const last = {
      cpuRequest: positive(row, ['cpurequest', 'cpurequested']) ?? entry.cpuRequest,
      memoryRequestGiB: positive(row, ['memoryrequestgib']) ?? entry.memoryRequestGiB,
      replicas: positive(row, ['replicas', 'instances']) ?? entry.replicas,
    };
    byName.set(workload, {
      ...entry,
      ...Object.fromEntries(Object.entries(last).filter(([, v]) => v !== undefined)),
    });
  }
  return [...byName.values()];
}
