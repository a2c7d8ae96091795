import { csvFields, separatorOf } from '../../evidence/readers/csv.js';
import { isObject } from '../../evidence/readers/sample.js';
import { parseTimeNs } from '../../evidence/readers/time.js';
import { parseStore } from '../gate/store.js';
import { newSeries, type Series } from './series.js';

/** Why a history cannot be read: what, where, what to do. */
export class HistoryFault extends Error {
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
  ) {
    super(`${what} (${where}). ${todo}`);
  }
}

const FORMATS =
  'Looked for: CSV with a time or commit column and one column a metric (as Otava reads), JSON of github-action-benchmark, a store of kneepoint gate.';

/** Reads a history, told by its content: a table, data of github-action-benchmark, or a store of the gate. */
export function readHistory(text: string, name: string): Series[] {
  const start = text.trimStart();
  if (start === '') throw new HistoryFault('The file is empty', name, FORMATS);
  if (start.startsWith('window.BENCHMARK_DATA') || start.startsWith('{')) {
    if (/^\{"format":"kneepoint\.baseline/.test(start)) return fromStore(text, name);
    return fromBenchmarkAction(start, name);
  }
  return fromTable(text, name);
}

function fromStore(text: string, name: string): Series[] {
  const parsed = parseStore(text);
  if ('fault' in parsed)
    throw new HistoryFault(
      parsed.fault.what,
      `${name}, line ${parsed.fault.line}`,
      'Mend or remove the line.',
    );
  const all = new Map<string, Series>();
  for (const run of parsed.runs)
    for (const [metric, value] of Object.entries(run.metrics)) {
      const key = `${run.series} ${metric}`;
      const series = all.get(key) ?? newSeries(key, metric.startsWith('latency') ? 'ms' : '');
      all.set(key, series);
      series.points.push({
        value,
        label: run.commit ?? run.source.file,
        ...(run.startedAtMs === undefined ? {} : { atMs: run.startedAtMs }),
      });
    }
  return [...all.values()];
}

/** data.js or data.json: entries by suite, each with a commit and its benches. */
function fromBenchmarkAction(text: string, name: string): Series[] {
  let root: unknown;
  try {
    root = JSON.parse(text.replace(/^window\.BENCHMARK_DATA\s*=\s*/, '').replace(/;\s*$/, ''));
  } catch {
    throw new HistoryFault('The JSON is cut off or damaged', name, 'Fetch the file again.');
  }
  const suites = isObject(root) && isObject(root.entries) ? root.entries : undefined;
  if (!suites) throw new HistoryFault('This is JSON, but no history that is known', name, FORMATS);
  const all = new Map<string, Series>();
  for (const [suite, entries] of Object.entries(suites))
    for (const entry of Array.isArray(entries) ? entries : []) {
      if (!isObject(entry)) continue;
      const commit = isObject(entry.commit) ? entry.commit : {};
      const bigger = /bigger/i.test(String(entry.tool ?? ''));
      for (const bench of Array.isArray(entry.benches) ? entry.benches : []) {
        if (!isObject(bench) || typeof bench.value !== 'number') continue;
        const key = `${suite} ${String(bench.name ?? '')}`;
        const unit = String(bench.unit ?? '');
        const rate = /\/\s?s|ops|per sec/i.test(unit);
        const series = all.get(key) ?? newSeries(key, unit, bigger || rate ? 'lower' : 'higher');
        all.set(key, series);
        series.points.push({
          value: bench.value,
          label: String(commit.id ?? entry.date ?? series.points.length),
          ...(typeof entry.date === 'number' ? { atMs: entry.date } : {}),
        });
      }
    }
  return [...all.values()];
}

const TIME_COLUMN = /^(time|timestamp|date|datetime|at)$/i;
const LABEL_COLUMN = /^(commit|sha|revision|rev|version|build|label|branch|test|run_?id)$/i;

/** A table with a header: a time, a commit, and one column for each metric. */
function fromTable(text: string, name: string): Series[] {
  const lines = text.split(/\r?\n/);
  const header = lines[0] ?? '';
  const separator = separatorOf(header);
  const columns = separator === undefined ? undefined : csvFields(header, separator);
  if (!separator || !columns) throw new HistoryFault('This is no history that is known', name, FORMATS);
  const time = columns.findIndex((c) => TIME_COLUMN.test(c));
  const label = columns.findIndex((c) => LABEL_COLUMN.test(c));
  if (time < 0 && label < 0)
    throw new HistoryFault('There is no column for the time or the commit', `${name}, line 1`, FORMATS);
  const metrics = columns.flatMap((c, i) =>
    TIME_COLUMN.test(c) || LABEL_COLUMN.test(c) ? [] : [{ i, series: newSeries(c, '') }],
  );
  for (const [k, line] of lines.entries()) {
    if (k === 0 || line === '') continue;
    const fields = csvFields(line, separator);
    if (!fields || fields.length < columns.length)
      throw new HistoryFault('The line is cut off', `${name}, line ${k + 1}`, 'Export the table again.');
    const ns = time < 0 ? undefined : parseTimeNs(fields[time] ?? '');
    for (const { i, series } of metrics) {
      const cell = fields[i] ?? '';
      if (cell === '') continue;
      const value = Number(cell);
      // A column of words is no metric; a word in a column of numbers is damage.
      if (!Number.isFinite(value)) {
        if (series.points.length === 0) continue;
        throw new HistoryFault(
          `"${cell.slice(0, 40)}" is no number`,
          `${name}, line ${k + 1}, column ${columns[i] ?? ''}`,
          'Mend the cell.',
        );
      }
      series.points.push({
        value,
        label: (label < 0 ? fields[time] : fields[label]) ?? '',
        ...(ns === undefined ? {} : { atMs: Number(ns / 1_000_000n) }),
      });
    }
  }
  const found = metrics.map((m) => m.series).filter((s) => s.points.length > 0);
  if (found.length === 0) throw new HistoryFault('No column holds numbers', name, FORMATS);
  // Rows may come newest first.
  for (const s of found)
    if (s.points.every((p) => p.atMs !== undefined)) s.points.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  return found;
}
