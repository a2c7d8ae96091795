import { quote, say, subject } from '../../../domain/index.js';
import { numberIn } from '../../../evidence/connectors/postgres/database.js';
import type { Snapshot } from '../../../evidence/connectors/postgres/snapshot.js';
import { loadParser } from '../statements/syntax.js';
import { statementTraits } from '../statements/traits.js';
import { number, type ServerFinding, studyOf, text } from './finding.js';

const LEAST_SHARE = 0.1;
const LEAST_TOTAL_MS = 1000;
const SHOWN_CHARS = 200;
/** What the check of heavy statements says by itself. */
const TOLD = new Set(['reads-far-more', 'spills', 'varies']);
/** What keeps an index from being used costs only where many pages are read: else there is an index for the expression. */
const OF_INDEXES = new Set(['cast-of-column', 'function-of-column', 'leading-wildcard']);
const MANY_PAGES = 128;
const NO_WORK =
  /^\s*(?:begin|commit|rollback|set|show|copy|vacuum|analyze|create|alter|drop|explain|savepoint|release|fetch|close|declare|deallocate|reset|do)\b/i;

/**
 * What the counters and the text of a server's statements say against those that take a tenth of its time or more: rows that
 * nobody looks at, deep OFFSET, SELECT *, long lists, casts and functions around columns, changes of whole tables, calls in
 * loops, much log. Empty without counters.
 */
export async function statementFindings(snapshot: Snapshot): Promise<ServerFinding[]> {
  await loadParser();
  const study = studyOf(snapshot);
  const statements = study.rows('statements').filter((s) => !NO_WORK.test(text(s, 'query')));
  const total = statements.reduce((sum, s) => sum + number(s, 'total_ms'), 0);
  if (total < LEAST_TOTAL_MS) return [];
  return statements.flatMap((row) => {
    const share = number(row, 'total_ms') / total;
    if (share < LEAST_SHARE) return [];
    const optional = (key: string, column: string, factor = 1): Record<string, number> => {
      const value = numberIn(row, column);
      return value === undefined ? {} : { [key]: value * factor };
    };
    const statement = text(row, 'query').replace(/\s+/g, ' ').trim();
    const { blocks } = blocksOf(row);
    const readsMuch = (blocks ?? 0) >= MANY_PAGES * Math.max(1, number(row, 'calls'));
    const traits = statementTraits(
      {
        statement,
        product: 'postgresql',
        logged: false,
        calls: number(row, 'calls'),
        totalMs: number(row, 'total_ms'),
        ...optional('rows', 'rows'),
        ...optional('walBytes', 'wal_bytes'),
        ...optional('tempBytes', 'temp_blocks', 8192),
        ...(blocks === undefined ? {} : { blocks }),
      },
      share,
      (draft) =>
        study.figure(draft.name, subject('statement', statement), draft.value, draft.unit, 'statements'),
    );
    return traits
      .filter((t) => !TOLD.has(t.id) && (readsMuch || !OF_INDEXES.has(t.id)))
      .map((t) => ({
        id: `statement-${t.id}`,
        urgency: 'upkeep' as const,
        reason: say`${quote(statement.slice(0, SHOWN_CHARS))}: ${t.reason}.`,
        remedy: say`${t.remedy}.`,
      }));
  });
}

/** Pages from memory and from disk. */
function blocksOf(row: Parameters<typeof numberIn>[0]): { blocks?: number } {
  const [hit, read] = [numberIn(row, 'blocks_hit'), numberIn(row, 'blocks_read')];
  return hit === undefined && read === undefined ? {} : { blocks: (hit ?? 0) + (read ?? 0) };
}
