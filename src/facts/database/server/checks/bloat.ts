import { name, num, say, subject } from '../../../../domain/index.js';
import { numberIn } from '../../../../evidence/connectors/postgres/database.js';
import { number, type ServerCheck, text } from '../finding.js';

const PAGE_BYTES = 8192;
const PAGE_HEADER = 24;
/** Tuple header with padding, and the line pointer. */
const ROW_OVERHEAD = 24 + 4;
const ALIGNMENT = 8;
const LEAST_WASTED_BYTES = 10e6;
const LEAST_SHARE = 0.5;

/**
 * Bytes a table would take if written anew: rows of average width, padded, in full pages. Within a fifth or so of the
 * truth for tables without TOAST; only when half of a table is empty is it told.
 */
export function compactBytes(rows: number, rowBytes: number, fillfactor: number): number {
  const padded = Math.ceil((rowBytes + ROW_OVERHEAD) / ALIGNMENT) * ALIGNMENT + ALIGNMENT / 2;
  const perPage = Math.max(1, Math.floor(((PAGE_BYTES - PAGE_HEADER) * (fillfactor / 100)) / padded));
  return Math.ceil(rows / perPage) * PAGE_BYTES;
}

/** Tables that are mostly empty space: every scan reads it, and the cache holds it. */
export const bloat: ServerCheck = ({ rows, figure }) =>
  rows('tables').flatMap((table) => {
    const rowBytes = numberIn(table, 'row_bytes');
    const bytes = number(table, 'bytes');
    if (rowBytes === undefined) return [];
    const wasted = bytes - compactBytes(number(table, 'live'), rowBytes, number(table, 'fillfactor') || 100);
    const share = wasted / Math.max(1, bytes);
    if (wasted < LEAST_WASTED_BYTES || share < LEAST_SHARE) return [];
    const about = subject('database', text(table, 'name'));
    return [
      {
        id: 'bloat',
        urgency: 'upkeep' as const,
        reason: say`About ${num(figure('bloat-share', about, share, 'ratio', 'tables'), { digits: 2 })} of ${name(text(table, 'name'))}, ${num(figure('bloat', about, wasted, 'bytes', 'tables'), { digits: 2 })}, is space that its rows do not need (estimated from their average width).`,
        remedy: say`VACUUM lets the space be used again but does not give it back. pg_repack rewrites the table while it is in use; VACUUM FULL locks it. Then vacuum it sooner (autovacuum_vacuum_scale_factor for this table), and look for old transactions that keep dead rows.`,
      },
    ];
  });
