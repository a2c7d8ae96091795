import { openBrackets } from './balanced.js';
import { addClosing, addToSection, type Section } from './closing.js';
import { addDetail, addWorkerDetail, readDetailLine } from './detail-line.js';
import { NotAPlan, type PlanDocument, type PlanDocumentNode, type PlanRecord } from './document.js';
import { isDecoration } from './frames.js';
import { isNodeStart, readNodeLine } from './node-line.js';

/** A node, or the heading of a sub-plan, at its column. */
interface Open {
  column: number;
  node?: PlanDocumentNode;
  heading?: { relationship: 'InitPlan' | 'SubPlan'; name: string };
}

const HEADING = /^(\s*)((InitPlan|SubPlan|CTE)(?: .+)?)$/i;
/** What servers write between plans: a new record, so nothing of the last plan goes on behind it. */
const LOG_RECORD = /\b(?:LOG|STATEMENT|DETAIL|CONTEXT|HINT|ERROR|WARNING|NOTICE):\s/;
const OLD_TIME = /^\s*(?:Time|Temps|Zeit|Tiempo|Durée|Duración) ?: [\d.,]+ ms/;
/** A wrapped line of a mail is a few lines long; a plan that never closes a bracket must not swallow the file. */
const MOST_WRAPPED_LINES = 60;

/**
 * Reads EXPLAIN's text format from lines without frames.
 * @throws NotAPlan where no line opens a node.
 */
export function readTextPlan(lines: readonly string[], firstLine = 1): PlanDocument {
  const document: PlanRecord = {};
  const open: Open[] = [];
  let root: PlanDocumentNode | undefined;
  let last: PlanRecord | undefined;
  let lastKey: string | undefined;
  let worker: { column: number; record: PlanRecord } | undefined;
  let section: { column: number; name: Section } | undefined;

  const joined = joinWrapped(lines);
  for (const line of joined) {
    if (line.trim() === '' || isDecoration(line) || OLD_TIME.test(line)) {
      lastKey = undefined;
      continue;
    }
    if (root && LOG_RECORD.test(line)) break;
    const nodeLine = readNodeLine(line, root === undefined);
    if (nodeLine) {
      const { column, node } = nodeLine;
      // A second root is another plan: rules rewrite one statement into several. The first is the one asked for.
      if (root && !/^\s*->/.test(line)) break;
      while (open.length > 0 && (open[open.length - 1]?.column ?? 0) >= column) open.pop();
      const heading = open[open.length - 1]?.heading;
      if (heading) {
        node['Parent Relationship'] = heading.relationship;
        node['Subplan Name'] = heading.name;
      }
      const parent = [...open].reverse().find((o) => o.node)?.node;
      if (parent) parent.Plans = [...(parent.Plans ?? []), node];
      else if (root === undefined) root = node;
      else root.Plans = [...(root.Plans ?? []), node];
      open.push({ column, node });
      last = node;
      lastKey = undefined;
      worker = undefined;
      section = undefined;
      continue;
    }
    if (!root || !last) {
      const before = readDetailLine(line);
      if (before?.key === 'Query Text') document['Query Text'] = before.value;
      continue;
    }
    const heading = HEADING.exec(line.trimEnd());
    if (heading && !/:/.test(line)) {
      const column = heading[1]?.length ?? 0;
      while (open.length > 1 && (open[open.length - 1]?.column ?? 0) >= column) open.pop();
      open.push({
        column,
        heading: {
          relationship: heading[3]?.toLowerCase() === 'subplan' ? 'SubPlan' : 'InitPlan',
          name: heading[2] ?? '',
        },
      });
      lastKey = undefined;
      continue;
    }
    const detail = readDetailLine(line);
    if (!detail) {
      // An unknown line behind a detail is the rest of it, cut by a mail program or a terminal.
      const before = lastKey === undefined ? undefined : last[lastKey];
      if (lastKey !== undefined && typeof before === 'string') last[lastKey] = `${before} ${line.trim()}`;
      continue;
    }
    if (section && detail.column > section.column) {
      const record = document[section.name];
      if (typeof record === 'object' && !Array.isArray(record)) addToSection(record, section.name, detail);
      continue;
    }
    section = undefined;
    const closing = addClosing(document, detail);
    if (typeof closing === 'string') section = { column: detail.column, name: closing };
    if (closing !== false) {
      lastKey = undefined;
      continue;
    }
    const number = /^Worker (\d+)$/.exec(detail.key)?.[1];
    if (number !== undefined) {
      const workers: PlanRecord[] = Array.isArray(last.Workers) ? (last.Workers as PlanRecord[]) : [];
      const known = workers.find((w) => w['Worker Number'] === Number(number));
      const record = known ?? { 'Worker Number': Number(number) };
      if (!known) last.Workers = [...workers, record];
      addWorkerDetail(record, detail.value);
      worker = { column: detail.column, record };
      continue;
    }
    if (worker && detail.column > worker.column) {
      addDetail(worker.record, detail.key, detail.value);
      continue;
    }
    worker = undefined;
    addDetail(last, detail.key, detail.value);
    lastKey = detail.key;
  }
  if (!root) throw new NotAPlan('No line of this text opens a node of a plan.', firstLine);
  return { ...document, Plan: root };
}

/** Puts together what was wrapped: a line with open brackets goes on until they close. */
function joinWrapped(lines: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i] ?? '';
    const holds = isNodeStart(line) || readDetailLine(line) !== undefined;
    let taken = 0;
    while (holds && openBrackets(line) > 0 && taken < MOST_WRAPPED_LINES) {
      const next = lines[i + 1];
      if (next === undefined || next.trim() === '' || isNodeStart(next) || isDecoration(next)) break;
      if (readDetailLine(next) && (readDetailLine(next)?.column ?? 0) > 0 && !/^\s*\S+\)/.test(next)) break;
      line = `${line.trimEnd()} ${next.trim()}`;
      i++;
      taken++;
    }
    // Figures may stand on a line of their own, or behind the end of a name that was cut.
    for (let next = lines[i + 1]; next !== undefined && waitsFor(line, next); next = lines[i + 1]) {
      line = `${line.trimEnd()} ${next.trim()}`;
      i++;
    }
    out.push(line);
  }
  return out;
}

/** True when a line that opens a node has not all of its figures and the next has some, but opens none itself. */
function waitsFor(line: string, next: string): boolean {
  if (/^\s*\((?:cost=|actual |never executed\))/.test(next)) return line.trim() !== '';
  return (
    /^\s*->/.test(line) &&
    !/\((?:cost=|actual |never executed)/.test(line) &&
    !isNodeStart(next.replace(/\(cost=.*/, '')) &&
    /\(cost=|\(actual /.test(next)
  );
}
