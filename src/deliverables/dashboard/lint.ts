import { z } from 'zod';
import { walk } from '../../evidence/readers/promql/ast.js';
import { parsePromql } from '../../evidence/readers/promql/parse.js';

/** Something that is wrong with a dashboard: which rule, which panel, what. */
export interface DashboardFlaw {
  rule: string;
  /** Title of the panel; empty for the dashboard itself. */
  panel: string;
  what: string;
}

const targetSchema = z.object({
  refId: z.string(),
  expr: z.string(),
  datasource: z.object({ type: z.string(), uid: z.string() }),
});
const basePanel = z.object({
  id: z.number().int().positive(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: z.object({ type: z.string(), uid: z.string() }).optional(),
  gridPos: z.object({
    x: z.number().int().min(0),
    y: z.number().int().min(0),
    w: z.number().int().min(1).max(24),
    h: z.number().int().min(1),
  }),
  fieldConfig: z
    .object({
      defaults: z.object({
        unit: z.string().optional(),
        thresholds: z.object({ steps: z.array(z.object({ value: z.number().nullable() })) }).optional(),
      }),
    })
    .optional(),
  targets: z.array(targetSchema).optional(),
});
type LintedPanel = z.infer<typeof basePanel>;
const dashboardSchema = z.object({
  uid: z.string().min(1).max(40),
  title: z.string().min(1),
  schemaVersion: z.number().int(),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), type: z.string(), query: z.string() })),
  }),
  panels: z.array(
    basePanel.extend({ collapsed: z.boolean().optional(), panels: z.array(basePanel).optional() }),
  ),
});

/**
 * Flaws of a Grafana dashboard, by the rules of Grafana's dashboard-linter that hold for any dashboard (data source by
 * variable, titles, descriptions, units, targets, PromQL that parses, rates over `$__rate_interval`, counters only as rates)
 * and by what Grafana needs to show it: ids and refIds once, panels that do not lie on one another.
 */
export function lintDashboard(dashboard: unknown): DashboardFlaw[] {
  const read = dashboardSchema.safeParse(dashboard);
  if (!read.success)
    return read.error.issues.map((i) => ({
      rule: 'layout',
      panel: '',
      what: `${i.path.join('.')}: ${i.message}`,
    }));
  const { panels, templating } = read.data;
  const all = panels.flatMap((p) => [p, ...(p.panels ?? [])]);
  const shown = all.filter((p) => p.type !== 'row');
  const asking = shown.filter((p) => p.type !== 'text');
  const flaw = (rule: string, what: string, panel = ''): DashboardFlaw => ({ rule, panel, what });
  const sources = templating.list.filter((v) => v.type === 'datasource' && v.query === 'prometheus');
  const overlaps = pairs(shown.filter((p) => panels.includes(p))).filter(([a, b]) => overlap(a, b));
  return [
    ...(sources.length === 1
      ? []
      : [flaw('template-datasource', 'there is not one variable for the data source')]),
    ...twice(all.map((p) => String(p.id))).map((id) => flaw('panel-id', `id ${id} is there twice`)),
    ...overlaps.map(([a, b]) => flaw('panel-place', `lies on ${b.title}`, a.title)),
    ...asking.flatMap(panelFlaws),
    ...shown.filter((p) => p.type === 'text').flatMap(textFlaws),
  ];
}

function panelFlaws(p: LintedPanel): DashboardFlaw[] {
  const flaw = (rule: string, what: string): DashboardFlaw => ({ rule, panel: p.title, what });
  const { unit = '', thresholds } = p.fieldConfig?.defaults ?? {};
  const targets = p.targets ?? [];
  const steps = thresholds?.steps ?? [];
  return [
    ...(p.title.trim() && p.description?.trim()
      ? []
      : [flaw('panel-title-description', 'has no title or no description')]),
    ...(unit === '' ? [flaw('panel-units', 'has no unit')] : []),
    ...(targets.length === 0 ? [flaw('panel-no-targets', 'asks for nothing')] : []),
    ...(p.gridPos.x + p.gridPos.w > 24 ? [flaw('panel-place', 'is wider than the dashboard')] : []),
    ...(steps[0]?.value !== null || steps.slice(1).some((s) => s.value === null)
      ? [flaw('panel-thresholds', 'the first step, and only it, has no value')]
      : []),
    ...[p.datasource, ...targets.map((t) => t.datasource)]
      .filter((d) => d?.uid !== '$'.concat('{datasource}'))
      .map(() => flaw('panel-datasource', 'its data source is not the variable')),
    ...twice(targets.map((t) => t.refId)).map((id) => flaw('target-ref', `refId ${id} is there twice`)),
    ...targets.flatMap((t) => queryFlaws(t.expr).map(([rule, what]) => flaw(rule, `${t.refId}: ${what}`))),
  ];
}

/** A text asks for nothing; it still has to say what it is. */
const textFlaws = (p: LintedPanel): DashboardFlaw[] =>
  p.title.trim() && p.description?.trim()
    ? []
    : [{ rule: 'panel-title-description', panel: p.title, what: 'has no title or no description' }];

/** Counters by their names: their level says nothing. (`_count` is a gauge with some exporters.) */
const COUNTER = /_(?:total|bucket)$/;

/** What is wrong with one query of a panel. */
function queryFlaws(expr: string): [rule: string, what: string][] {
  const flaws: [string, string][] = [];
  const fixed = /\b(?:rate|increase|irate)\([^()[\]]*\[(\d\w*)\]/.exec(expr);
  if (fixed) flaws.push(['target-rate-interval', `a rate over ${fixed[1]}, whatever the zoom`]);
  try {
    const tree = parsePromql(expr.replaceAll('$__rate_interval', '1m').replaceAll('$__interval', '1m'));
    for (const e of walk(tree))
      if (e.kind === 'selector' && e.rangeMs === undefined && COUNTER.test(e.metric))
        flaws.push(['target-counter', `${e.metric} is a counter, and no rate is taken of it`]);
  } catch (e) {
    flaws.push(['target-promql', e instanceof Error ? e.message : String(e)]);
  }
  return flaws;
}

const twice = (all: readonly string[]): string[] => [...new Set(all.filter((x, i) => all.indexOf(x) !== i))];

const pairs = <T>(all: readonly T[]): [T, T][] =>
  all.flatMap((a, i) => all.slice(i + 1).map((b): [T, T] => [a, b]));

const overlap = ({ gridPos: a }: LintedPanel, { gridPos: b }: LintedPanel): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
