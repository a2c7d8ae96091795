import { type Fact, formatQuantity, plain, type Result } from '../domain/index.js';
import { compose } from '../report/compose.js';

/** What a model is shown: redacted facts and findings, each on one line with an id, and nothing else. */
export interface Sheet {
  text: string;
  facts: readonly Fact[];
  /** Ids of findings that are in it. */
  findings: ReadonlySet<string>;
  /** Names of the system that are in it: digits within them are no numbers. */
  names: ReadonlySet<string>;
}

const MOST_FINDINGS = 20;
const MOST_NAME = 120;

/** The facts that the report rests on, the measured of the trouble first, as many as `characters` hold. */
export function sheetOf(result: Result, characters: number): Sheet {
  const { facts } = compose(result);
  const subjectOf = new Map(result.facts.map((f) => [f.id, f.subject.id]));
  const cells = (result.excess?.cells ?? []).map((c) => ({
    cell: (subjectOf.get(c.excessMs) ?? '').replace(/^cell:/, ''),
    explainedBy: c.finding ?? '',
  }));
  const findings = result.findings.slice(0, MOST_FINDINGS).map((f) => ({
    finding: f.id,
    verdict: f.verdict,
    layer: f.layer,
    subject: f.subject.id,
    title: shown(plain(f.title)),
  }));
  const head = [...findings, ...cells].map((row) => JSON.stringify(row));
  const lines: string[] = [];
  const kept: Fact[] = [];
  let used = head.join('\n').length;
  for (const fact of [...facts].sort(byUse)) {
    const line = JSON.stringify({
      fact: fact.id,
      value: formatQuantity(fact.value, fact.unit).replaceAll('\u202f', ' '),
      of: shown(fact.subject.name),
      basis: fact.basis,
    });
    if (used + line.length + 1 > characters) break;
    used += line.length + 1;
    lines.push(line);
    kept.push(fact);
  }
  return {
    text: [...head, ...lines].join('\n'),
    facts: kept,
    findings: new Set(findings.map((f) => f.finding)),
    names: new Set([
      ...kept.flatMap((f) => [f.id, f.name, f.subject.id, f.subject.name, f.subject.service ?? '']),
      ...findings.flatMap((f) => [f.finding, f.subject]),
      ...result.components.map((c) => c.subject.name),
    ]),
  };
}

/** One line without what a reader cannot see. */
const shown = (text: string): string =>
  text
    .replace(/[^\P{C}\t]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_NAME);

const BASIS = { measured: 0, stated: 1, assumed: 2 } as const;
const PHASE: Readonly<Record<string, number>> = { incident: 0, baseline: 1, target: 2 };

const byUse = (a: Fact, b: Fact): number =>
  BASIS[a.basis] - BASIS[b.basis] ||
  (PHASE[a.phase] ?? 3) - (PHASE[b.phase] ?? 3) ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
