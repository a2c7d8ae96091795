import {
  type Block,
  bullets,
  code,
  type Fact,
  heading,
  name,
  num,
  paragraph,
  type Source,
  type Subject,
  say,
  subject,
} from '../../../domain/index.js';
import { NotAPlan, readPlans } from '../../../evidence/readers/plans/index.js';
import type { Store } from '../../../evidence/store/index.js';
import { catalogueFacts } from './catalogue-facts.js';
import { diagnosePlan, type PlanDiagnosis } from './diagnose.js';
import { figures } from './finding.js';
import { planPicture } from './picture.js';

interface Row {
  Plan: string;
  KpSource: string;
}

/** A log may hold the same slow statement a hundred times: the slowest plans are told. */
const MOST_PLANS = 5;
/** The slowest are drawn as well. */
const MOST_PICTURES = 2;
const SHOWN_CHARS = 200;

/** What the plans among the evidence say, for the section on the database. Nothing for plans in good order. */
export async function planFacts(
  store: Store,
  sources: readonly Source[],
): Promise<{ facts: Fact[]; blocks: Block[] }> {
  const rows = await store.query<Row>('SELECT Plan, KpSource FROM query_plans ORDER BY KpSource, KpLine');
  const pathOf = new Map(sources.map((s) => [s.id, s.path]));
  const told = rows
    .flatMap((row) => diagnosesOf(row.Plan, pathOf.get(row.KpSource) ?? row.KpSource))
    .filter((d) => d.diagnosis.findings.length > 0 || d.diagnosis.signs.length > 0)
    .sort((a, b) => b.diagnosis.times.totalMs - a.diagnosis.times.totalMs)
    .slice(0, MOST_PLANS);
  if (told.length === 0) return { facts: [], blocks: [] };
  const pictures = told.slice(0, MOST_PICTURES).map((t, i) => pictureOf(t, i));
  const facts = told.flatMap(({ diagnosis }, i) => [
    ...(diagnosis.plan.ran ? [diagnosis.total] : []),
    ...diagnosis.findings.map((f) => f.recoverable),
    ...catalogueFactsOf(told[i]),
    ...(pictures[i]?.facts ?? []),
  ]);
  const blocks = told.flatMap((t, i) => [...blocksOf(t), ...(pictures[i] ? [pictures[i].block] : [])]);
  return { facts, blocks: [heading(say`What the plans say`), ...blocks] };
}

/** A plan in good order, or one that was not timed, says nothing of causes. */
const catalogueFactsOf = (told: Told | undefined): Fact[] =>
  told?.diagnosis.plan.ran && told.diagnosis.findings.length > 0
    ? catalogueFacts(told.diagnosis, told.about, told.place)
    : [];

const pictureOf = ({ title, place, about, diagnosis }: Told, at: number): ReturnType<typeof planPicture> =>
  planPicture(diagnosis, `plan-${at + 1}`, say`Where the time of ${name(title)} went`, figures(place, about));

interface Told {
  title: string;
  place: string;
  about: Subject;
  diagnosis: PlanDiagnosis;
}

/** A text that was taken for a plan and is none says nothing here; that it is odd is told where it was read. */
function diagnosesOf(text: string, path: string): Told[] {
  try {
    const plans = readPlans(text);
    return plans.map((plan, i) => {
      const place = plans.length > 1 ? `${path}, plan ${i + 1}` : path;
      const whole = plan.query?.replace(/\s+/g, ' ').trim();
      const title = whole?.slice(0, SHOWN_CHARS) ?? place;
      const about = subject('statement', whole ?? place);
      return { title, place, about, diagnosis: diagnosePlan(plan, place, about) };
    });
  } catch (error) {
    if (error instanceof NotAPlan) return [];
    throw error;
  }
}

function blocksOf({ title, diagnosis }: Told): Block[] {
  if (!diagnosis.plan.ran)
    return [
      paragraph(
        say`The plan of ${name(title)} was not timed, so this is what its estimates let expect, and untested: take it with ${name('EXPLAIN ANALYZE')} (MySQL) or ${name('ANALYZE FORMAT=JSON')} (MariaDB) on a copy.`,
      ),
      bullets(diagnosis.signs.map((s) => s.text)),
    ];
  return [
    paragraph(say`${name(title)} took ${num(diagnosis.total)}:`),
    bullets(
      diagnosis.findings.map(
        (f) => say`${f.reason} ${f.remedy} At most ${num(f.recoverable)} could be saved.`,
      ),
    ),
    ...diagnosis.findings.flatMap((f) =>
      f.command === undefined ? [] : [code('sql', f.commandText ?? say`${name(f.command)}`)],
    ),
  ];
}
