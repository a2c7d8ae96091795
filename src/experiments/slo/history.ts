import { csvFields, separatorOf } from '../../evidence/readers/csv.js';
import { parseSampleLine } from '../../evidence/readers/openmetrics.js';
import { parseTimeNs } from '../../evidence/readers/time.js';
import { FileError, isObject, texts } from '../../evidence/readers/yaml-file.js';
import { append, type Labels, newStorage, type Storage, seriesFor } from '../rules/series.js';

/** Series of the past, from whatever they were saved as. */
export interface History {
  storage: Storage;
  startMs: number;
  endMs: number;
  /** Present for a table of counts: what the counters made of it are called. */
  counts: boolean;
}

interface Point {
  labels: Labels;
  timeMs: number;
  value: number;
}

/**
 * Reads Prometheus' JSON of a range query, OpenMetrics with times, CSV with metric and value, or CSV with time, total and
 * bad (or good) as counts of each interval; the last becomes the counter `events_total{result="good"|"bad"}`.
 * Throws `FileError`.
 */
export function readHistory(text: string): History {
  const counts: { yes: boolean } = { yes: false };
  const points = /^\s*[{[]/.test(text)
    ? fromJson(text)
    : /^[^\n]*\b(?:time|timestamp|date|ts)\b[^\n]*[,;\t]/i.test(text)
      ? fromCsv(text, counts)
      : fromOpenMetrics(text);
  if (points.length === 0)
    throw new FileError('there is no sample in it', 1, 'Save a range of time, with its times.');
  points.sort((a, b) => a.timeMs - b.timeMs);
  const storage = newStorage();
  for (const p of points) append(seriesFor(storage, p.labels), p.timeMs, p.value);
  const [first, last] = [points[0], points.at(-1)];
  return { storage, startMs: first?.timeMs ?? 0, endMs: last?.timeMs ?? 0, counts: counts.yes };
}

function fromJson(text: string): Point[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    const line = at ? text.slice(0, Number(at)).split('\n').length : 1;
    throw new FileError('this is no JSON', line, 'Save the answer of /api/v1/query_range as it came.');
  }
  const data = isObject(file) && isObject(file.data) ? file.data : file;
  const result = isObject(data) ? data.result : data;
  if (!Array.isArray(result))
    throw new FileError('there is no result in it', 1, 'Save the answer of /api/v1/query_range.');
  return result.filter(isObject).flatMap((s) => {
    const values = Array.isArray(s.values) ? s.values : [];
    const labels = texts(s.metric);
    return values.flatMap((v: unknown) =>
      Array.isArray(v) ? [{ labels, timeMs: Number(v[0]) * 1000, value: Number(v[1]) }] : [],
    );
  });
}

function fromOpenMetrics(text: string): Point[] {
  const seconds = /^# EOF\s*$/m.test(text);
  return text.split('\n').flatMap((raw, i): Point[] => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const s = parseSampleLine(line);
    if (!s) throw new FileError('this is no sample', i + 1, 'It has to be: name{label="value"} number time.');
    if (s.time === undefined)
      throw new FileError(
        'this sample has no time',
        i + 1,
        'Save with times: promtool tsdb dump-openmetrics.',
      );
    const time = Number(s.time);
    const labels = { ...Object.fromEntries(s.labels), __name__: s.name };
    return [{ labels, timeMs: seconds && time < 1e11 ? time * 1000 : time, value: s.value }];
  });
}

function fromCsv(text: string, counts: { yes: boolean }): Point[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const separator = separatorOf(lines[0] ?? '') ?? ',';
  const columns = (csvFields(lines[0] ?? '', separator) ?? []).map((c) => c.trim());
  const lower = columns.map((c) => c.toLowerCase());
  const at = (...names: string[]): number => names.map((n) => lower.indexOf(n)).find((i) => i >= 0) ?? -1;
  const time = at('timestamp', 'time', 'ts', 'date', 'datetime');
  const [metric, value] = [at('metric', 'name', '__name__'), at('value')];
  const [total, bad, good] = [
    at('total', 'requests', 'events'),
    at('bad', 'errors', 'failed'),
    at('good', 'ok'),
  ];
  const wide = metric < 0 && (total >= 0 || good >= 0) && (bad >= 0 || (good >= 0 && total >= 0));
  if (time < 0 || (!wide && (metric < 0 || value < 0)))
    throw new FileError(
      `its columns are ${columns.join(', ')}`,
      1,
      'Give time, total and bad; or time, metric, value and labels.',
    );
  counts.yes = wide;
  const sums = { good: 0, bad: 0 };
  return lines.slice(1).flatMap((raw, i): Point[] => {
    if (raw.trim() === '') return [];
    const fields = csvFields(raw, separator);
    const ns = fields ? parseTimeNs(fields[time]) : undefined;
    if (!fields || ns === undefined)
      throw new FileError('its time cannot be read', i + 2, 'Write ISO 8601 or an epoch.');
    const timeMs = Number(ns / 1_000_000n);
    const number = (k: number): number => {
      const v = Number(fields[k]);
      if (fields[k] === '' || !Number.isFinite(v))
        throw new FileError(`"${fields[k] ?? ''}" is no number`, i + 2, 'Write a count.');
      return v;
    };
    if (!wide) {
      const labels = Object.fromEntries(
        columns.flatMap((c, k) =>
          k === time || k === value || !fields[k]
            ? []
            : [[k === metric ? '__name__' : c, fields[k] as string]],
        ),
      );
      return [{ labels, timeMs, value: number(value) }];
    }
    const all = total >= 0 ? number(total) : number(good) + number(bad);
    const failed = bad >= 0 ? number(bad) : all - number(good);
    if (failed < 0 || failed > all)
      throw new FileError('more are bad than there are', i + 2, 'Check the columns.');
    sums.bad += failed;
    sums.good += all - failed;
    return (['good', 'bad'] as const).map((result) => ({
      labels: { __name__: 'events_total', result },
      timeMs,
      value: sums[result],
    }));
  });
}
