import type { Row } from '../../../evidence/connectors/postgres/database.js';
import { text } from './finding.js';

const UNITS: Readonly<Record<string, number>> = {
  '8kB': 8192,
  kB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  ms: 0.001,
  s: 1,
  min: 60,
};

/** A setting of `pg_settings` in bytes, seconds or as a bare number. Undefined where it is missing or no number. */
export function settingOf(settings: readonly Row[], key: string): number | undefined {
  const row = settings.find((s) => text(s, 'name') === key);
  const value = Number(text(row, 'setting') || Number.NaN);
  return Number.isFinite(value) ? value * (UNITS[text(row, 'unit')] ?? 1) : undefined;
}
