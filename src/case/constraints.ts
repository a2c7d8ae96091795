import type { CONSTRAINTS, Constraint } from '../domain/index.js';
import { type Frame, placeOf } from './frame.js';
import type { Mention } from './subjects.js';
import type { IdRead } from './symptoms.js';

type Kind = (typeof CONSTRAINTS)[number];

const RULES: readonly (readonly [Kind, RegExp])[] = [
  [
    'no-new-region',
    /\b(?:no|without|not|cannot|can't|out of the question|single|one)\b.{0,40}\b(?:region|regions|multi-?region|datacent(?:er|re)s?|availability zones?|dc)\b|\b(?:region|multi-?region|datacent(?:er|re))\b.{0,40}\b(?:not allowed|forbidden|impossible|out of the question|only)\b/,
  ],
  [
    'no-new-component',
    /\bno (?:new|additional|extra|further) (?:components?|services?|technolog(?:y|ies)|datastores?|databases?|infra(?:structure)?|vendors?|tools?|dependenc(?:y|ies)|systems?|moving parts|products?)\b|\bcan(?:not|'t) (?:add|introduce)\b.{0,30}\b(?:component|service|database|vendor|technolog)/,
  ],
  [
    'compliance',
    /\b(?:pci(?:[ -]dss)?|hipaa|gdpr|sox|soc ?2|iso ?27001|fedramp|ccpa|dora|psd2|residency|compliance|regulat\w+|audit\w*|phi|pii|data protection|multi-?tenant isolation|tenant isolation|must stay in|stays? in (?:the )?(?:eu|us|uk|[a-z]{2}-[a-z]+-\d)|bafin|mifid|export control|encryption at rest)\b/,
  ],
  [
    'downtime-limit',
    /\b(?:downtime|maintenance windows?|zero-downtime|no outage|only at night|off-?hours|change freeze|code freeze|freeze|frozen|reindexing only|deploy window|only on (?:sundays?|weekends?)|at night only)\b/,
  ],
  [
    'cost-limit',
    /\b(?:cost|costs|budget|spend|spending|bill|opex|money|price|\$|€|£|eur|usd|expensive)\b|[$€£]\d/,
  ],
  [
    'staffing-limit',
    /\b(?:team of|engineers?|developers?|devs?|people|headcount|fte|staff|no dba|on-?call|sre team|small team|person)\b/,
  ],
  [
    'deadline',
    /\b(?:deadline|before (?:black friday|the sale|launch|christmas|q[1-4]|\d{1,2} )|by (?:end of|q[1-4]|next|january|february|march|april|may|june|july|august|september|october|november|december|monday|friday)|within (?:\w+ )?(?:days?|weeks?|months?|sprints?)|until q[1-4]|in time for|launch(?:es)? (?:on|in))\b/,
  ],
  [
    'consistency',
    /\b(?:consisten(?:t|cy)|ordering|in order|exactly[- ]once|at[- ]least[- ]once|freshness|stale(?:ness)?|read-your-writes|idempoten\w+|no oversell\w*|no double|no lost|strong(?:ly)?|acid|no data loss|durab\w+|transactional)\b/,
  ],
  [
    'hardware-limit',
    /\b(?:instance (?:class|type|size)|hardware|vcpus?|vcores?|cores?|cpus?|ram|memory|gpus?|bare metal|on-?prem(?:ises)?|no bigger|cannot scale up|node pool|machines?|servers?|disks?|rack|tier|licen[cs]e|quota|max(?:imum)? (?:of )?\d+ (?:nodes|pods|instances))\b/,
  ],
  [
    'version-pinned',
    /\b(?:must remain|must stay|remain|stay|stays|staying|pinned|pin|locked|stuck|fixed|keep|frozen)\b.{0,30}\bon\b|\b(?:no|can(?:not|'t)|not) (?:upgrade|upgrading|update)\b|\bversion\b/,
  ],
  [
    'component-fixed',
    /\b(?:no schema changes?|schema (?:is )?(?:fixed|frozen|owned)|contract\b.{0,30}\bfixed|can(?:not|'t) (?:leave|replace|change|touch|modify|migrate|move|switch|drop)|must (?:keep|use|stay|remain)|stays?|legacy|vendor|owned by|not (?:allowed|possible) to (?:change|replace|modify)|no changes to|off limits|read-?only access|api (?:is )?(?:fixed|frozen)|no code changes|cannot go beyond|caps? us)\b/,
  ],
];

/** Constraints, one a clause, with their kind and their facts. */
export function constraintsOf(
  frame: Frame,
  reads: readonly IdRead[],
  mentions: readonly Mention[],
): Constraint[] {
  if (frame.input !== 'constraints') return [];
  return spansOf(frame).flatMap(({ from, to }) => {
    const place = placeOf(frame, from, to);
    const lower = place.text.toLowerCase().replace(/\s+/g, ' ').slice(0, 600);
    if (/^(?:none|no constraints?|n\/a|nothing)$/.test(lower.trim())) return [];
    const versions = frame.products.filter((p) => p.version && p.from >= from && p.to <= to);
    const facts = reads.filter((r) => r.from >= from && r.to <= to).map((r) => r.id);
    const kind = kindOf(lower, versions.length > 0);
    const named = mentions.find((m) => m.from >= from && m.to <= to);
    return [{ kind, text: place.text, ...(named ? { subject: named.subject } : {}), facts, place }];
  });
}

function kindOf(lower: string, versioned: boolean): Kind {
  const found = RULES.filter(([, p]) => p.test(lower)).map(([k]) => k);
  if (
    versioned &&
    !found.some(
      (k) => k === 'no-new-region' || k === 'compliance' || k === 'cost-limit' || k === 'hardware-limit',
    )
  )
    return 'version-pinned';
  return found[0] ?? 'other';
}

/** Clauses: sentences, semicolons, and commas where both sides can stand alone. */
function spansOf(frame: Frame): { from: number; to: number }[] {
  const out: { from: number; to: number }[] = [];
  let from = 0;
  const { tokens } = frame;
  for (let i = 0; i <= tokens.length; i++) {
    const t = tokens[i];
    const grouped = (frame.group[i] ?? 0) > 0;
    const comma = t?.text === ',' && !grouped && !continuesList(frame, from, i);
    if (t !== undefined && !(t.kind === 'break' || (t.text === ';' && !grouped) || comma)) continue;
    if (i > from) out.push({ from, to: i });
    from = i + 1;
  }
  return out;
}

/** "Node 20, Postgres 15": a comma inside a list of names or numbers does not part constraints. */
function continuesList(frame: Frame, from: number, comma: number): boolean {
  const next = frame.products.find((p) => p.from === comma + 1);
  const before = frame.products.some((p) => p.from >= from && (p.to === comma || p.version?.to === comma));
  if (next && before) return true;
  const word = frame.tokens[comma + 1]?.lower ?? '';
  return /^(?:which|that|so|but|because|since|as|where|except|or|and|unless|max|only)$/.test(word);
}
