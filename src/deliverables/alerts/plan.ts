import {
  type Block,
  type Context,
  heading,
  join,
  name,
  num,
  paragraph,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { type OpenResult, partsOf } from '../parts.js';
import { isSignOf, type Watch, watchesOf } from '../signals/index.js';
import type { BurnAlert } from './burn.js';
import { burstAlert, MIN_EVENTS, type Objective, objectivesOf } from './objective.js';
import { type StatePromise, statePromises } from './states.js';

/** Leading signs that the report lists; the files hold them all. */
const MOST_SIGNS = 8;

/** The alerts and the dashboard of section 9, in words. */
export function monitoringBlocks(result: OpenResult, context: Context): Block[] {
  const parts = partsOf(result, context);
  const objectives = objectivesOf(context);
  if (objectives.every((o) => o.assumed) && result.findings.length === 0) return [];
  const burst = burstAlert(context);
  const watches = watchesOf(parts);
  const states = statePromises(parts);
  const refused = [
    ...objectives.flatMap((o) => o.refused.map((r) => ({ of: what(o), r }))),
    ...states.flatMap((s) => s.refused.map((r) => ({ of: whatState(s), r }))),
  ];
  const rows: Text[][] = [
    ...objectives.map((o) =>
      row(what(o), o.alerts, [
        ...(burst
          ? [
              say`in a burst, beyond ${num(burst.from)}, ${num(burst.factor)} the ${num(o.budget)} allowed over five minutes`,
            ]
          : []),
      ]),
    ),
    ...states.map((s) => row(whatState(s), s.alerts, [])),
  ];
  const signs: Text[][] = watches.slice(0, MOST_SIGNS).map((w) => sign(w, parts.findings));
  return [
    heading(say`What wakes whom`),
    table(['Promise', 'Wakes somebody beyond', 'Opens a ticket beyond'], rows),
    paragraph(
      say`Shares are of requests of ${name(context.app.name)}, over ${num(objectives[0]?.over.lengthS ?? MIN_EVENTS)}; fewer than ${num(MIN_EVENTS)} bad ones fire nothing.${objectives.some((o) => o.assumed) ? say` No target of errors was stated: ${num(objectives[0]?.budget ?? MIN_EVENTS)} is a default.` : ''}${refused.flatMap(({ of, r }) => say` Left out: ${of} from ${num(r.alert.threshold)}, which ${r.reason === 'unreachable' ? 'cannot be reached' : 'the budget lasts the whole time at'}.`)}`,
    ),
    ...(signs.length > 0
      ? [
          heading(say`Leading signs`),
          table(['Sign', '> Beyond', 'Suspect it is a sign of'], signs),
          paragraph(
            say`Each is a ticket while the promises of ${name(context.app.name)} hold, and the first place to look when they do not. The dashboard of ${name(context.app.name)} shows requests, failures, latency and budget in its first row, then a row a layer with these signs; deploys are marked across all.`,
          ),
        ]
      : []),
  ];
}

const WINDOWS: Readonly<Record<string, string>> = {
  '5m': 'five minutes',
  '1h': 'an hour and five minutes',
  '6h': 'six hours and half an hour',
  '3d': 'three days and six hours',
};

/** A promise, the shares of bad ones that page, and those that wait for the day; the factor says how fast the budget goes. */
function row(promise: Text, alerts: readonly BurnAlert[], more: readonly Text[]): Text[] {
  const of = (severity: BurnAlert['severity']): Text[] =>
    alerts.filter((a) => a.severity === severity).map(condition);
  return [promise, join([...of('page'), ...more], '; '), join(of('ticket'), '; ')];
}

const condition = (a: BurnAlert): Text =>
  say`${num(a.threshold)} over ${WINDOWS[a.long] ?? say`${num(a.longS)} and a twelfth of it`}${a.outage ? '' : say` (${num(a.factor)} as fast as allowed)`}`;

/** Counted in minutes, not in requests. */
const whatState = (s: StatePromise): Text => say`minutes with more than ${num(s.limit)}: ${s.watch.title}`;

const what = (o: Objective): Text =>
  o.limit ? say`slower than ${num(o.limit)}${o.of ? say` (${name(o.of.name)})` : ''}` : say`failed`;

function sign(w: Watch, findings: ReturnType<typeof partsOf>['findings']): Text[] {
  const cause = findings.find((f) => isSignOf(w, f));
  return [w.title, say`${num(w.threshold)}`, cause ? cause.title : say`none of today’s`];
}
