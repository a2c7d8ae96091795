import { NotAPlan, type PlanDocument } from './document.js';
import { withoutFrames } from './frames.js';
import { looksLikeMysqlPlan, readMysqlPlans } from './mysql/index.js';
import { type Plan, planOf } from './plan.js';
import { readStructuredPlans, structuredFormat } from './structured.js';
import { readTextPlan } from './text.js';

export { NotAPlan } from './document.js';
export type { Plan, PlanNode } from './plan.js';

const AUTO_EXPLAIN = /\bduration: (\d+(?:\.\d+)?) ms\s+plan:\s*(.*)$/;

/**
 * Every plan of a text: the output of EXPLAIN of PostgreSQL in text, JSON, YAML or XML, of MySQL or MariaDB in JSON, as a
 * tree or as a table, with whatever psql, pgAdmin, a mail program
 * or a log put around it; or a server log with plans of auto_explain, one after the other.
 * @throws NotAPlan when there is none, with the line and the reason.
 */
export function readPlans(text: string): Plan[] {
  if (isMysql(text)) return readMysqlPlans(text).map((d) => planOf(d));
  const lines = withoutFrames(text);
  const logged = lines.flatMap((line, i) => (AUTO_EXPLAIN.test(line) ? [i] : []));
  if (logged.length === 0) return documentsOf(lines, 1).map((d) => planOf(d));
  return logged.flatMap((from, i) => {
    const found = AUTO_EXPLAIN.exec(lines[from] ?? '');
    const piece = [found?.[2] ?? '', ...lines.slice(from + 1, logged[i + 1])];
    return documentsOf(piece, from + 1).map((d) => planOf(d, Number(found?.[1])));
  });
}

function documentsOf(lines: string[], firstLine: number): PlanDocument[] {
  const text = lines.join('\n');
  const format = structuredFormat(text);
  if (format === undefined) return [readTextPlan(lines, firstLine)];
  try {
    return readStructuredPlans(text, format);
  } catch (error) {
    if (error instanceof NotAPlan) throw new NotAPlan(error.what, error.line + firstLine - 1);
    throw error;
  }
}

/** True when the beginning of a text looks like a plan; cheap, for choosing a reader. */
export const looksLikePlan = (head: string): boolean => looksLikePostgres(head) || looksLikeMysqlPlan(head);

/** Trees of both products have actual times; only PostgreSQL tells widths, or names the type of a node. */
const isMysql = (text: string): boolean => !/ width=\d|Node[ -]Type/.test(text) && looksLikeMysqlPlan(text);

const looksLikePostgres = (head: string): boolean =>
  structuredFormat(withoutFrames(head).join('\n')) !== undefined ||
  /\(cost=\d+(?:\.\d+)?\.\.\d+(?:\.\d+)? rows=\d+ width=\d+\)/.test(head) ||
  /\(actual (?:time=\d[\d.]*\.\.\d[\d.]* )?rows=[\d.]+ loops=\d+\)/.test(head);
