import {
  type Case,
  type Component,
  type Fact,
  type InputKey,
  list,
  name,
  quote,
  say,
  type Text,
} from '../domain/index.js';
import { productEntry } from '../knowledge/index.js';

/** Something that was not given, and what it leaves open. */
export interface Gap {
  text: Text;
  matters: Text;
}

/** More would be a questionnaire. */
const MOST = 6;

/** What is missing and would matter most, the weightiest first; each said of this case and no other. */
export function missingInputs(theCase: Case): Gap[] {
  return RULES.flatMap((rule) => rule(theCase) ?? []).slice(0, MOST);
}

type Rule = (theCase: Case) => Gap | undefined;

const given = (c: Case, input: InputKey): boolean => c.inputs[input] !== undefined;
const app = (c: Case): { name: string } => name(c.appName);
const facts = (c: Case, names: RegExp, where: (f: Fact) => boolean = () => true): Fact[] =>
  c.facts.filter((f) => names.test(f.name) && where(f));
const isTarget = (f: Fact): boolean => f.phase === 'target' || f.phase === 'planned';
/** What the user complains of, in the user's words. */
const complaint = (c: Case): Text => {
  const first = c.symptoms[0];
  return first ? say`${quote(first.place.text)}` : say`the trouble with ${app(c)}`;
};

/** A database whose sessions are limited: one of SQL, or of a product that is not known. */
const holdsConnections = (p: Component): boolean =>
  p.kind === 'database' &&
  (p.roles.includes('primary') || !p.roles.includes('replica')) &&
  (p.product === undefined || (productEntry(p.product)?.traits.includes('sql') ?? true));

const RULES: readonly Rule[] = [
  (c) =>
    !given(c, 'performance_issues') && !given(c, 'current_metrics')
      ? {
          text: say`what is wrong with ${app(c)}, and by how much`,
          matters: say`No cause of ${app(c)} can be weighed before a symptom is named.`,
        }
      : undefined,
  (c) =>
    facts(c, /^throughput$/).length === 0
      ? {
          text: say`the rate of ${app(c)}, steady and at its peak`,
          matters: say`How many connections, threads and processors ${app(c)} keeps busy follows from rate × time; without a rate ${complaint(c)} cannot be set against any limit.`,
        }
      : undefined,
  (c) =>
    facts(c, /^latency\.p\d+$/, (f) => !isTarget(f)).length === 0
      ? {
          text: say`percentiles of ${app(c)} now, and before the trouble`,
          matters: say`Whether all requests of ${app(c)} are slow or a few tells a saturated part from a waiting one.`,
        }
      : facts(c, /^latency\.p\d+$/, (f) => f.phase === 'baseline').length === 0
        ? {
            text: say`the same percentiles of ${app(c)} from a time when it was well`,
            matters: say`How much of the latency is new is not known, so no change can be credited with it.`,
          }
        : undefined,
  (c) =>
    !given(c, 'recent_changes')
      ? {
          text: say`what changed in ${app(c)} before ${complaint(c)}`,
          matters: say`Onset and mechanism of a change are the cheapest test there is; without them every cause of ${app(c)} starts from its prior alone.`,
        }
      : undefined,
  (c) =>
    facts(c, /^latency\./, isTarget).length === 0
      ? {
          text: say`the latency that ${app(c)} must keep, and under which load`,
          matters: say`No forecast for ${app(c)} can be called enough, and no alert or gate has a threshold.`,
        }
      : facts(c, /^throughput$/, isTarget).length === 0
        ? {
            text: say`the rate under which ${app(c)} must keep its target`,
            matters: say`Capacity of ${app(c)} is held against today's peak only.`,
          }
        : undefined,
  (c) => {
    const owner = c.components.find((p) => p.kind === 'service' && !p.roles.includes('third-party'));
    return facts(c, /^(instances|workers|cpu\.cores)$/).length === 0
      ? {
          text: say`how many instances and processors ${name(owner?.subject.name ?? c.appName)} runs on`,
          matters: say`Pool sizes add up over instances, and what scaling out of ${name(owner?.subject.name ?? c.appName)} costs counts in them.`,
        }
      : undefined;
  },
  (c) => {
    const stores = c.components.filter(holdsConnections);
    return stores.length > 0 && facts(c, /^(connections\.limit|pool\.limit)$/).length === 0
      ? {
          text: say`the connections that ${list(stores.slice(0, 2).map((s) => say`${name(s.subject.name)}`))} allows, and the size of the pools in front`,
          matters: say`The limit decides whether ${app(c)} runs out of connections or of something behind them; a product's default stands in for it here.`,
        }
      : undefined;
  },
  (c) =>
    !given(c, 'workload') && facts(c, /^(mix\.share|burst\.)/).length === 0
      ? {
          text: say`the mix and shape of the traffic of ${app(c)}: reads and writes, bursts, sizes, skew`,
          matters: say`Which class of requests can own a percentile of ${app(c)}, and whether scaling can follow its bursts, stays open.`,
        }
      : undefined,
  (c) =>
    !given(c, 'observability')
      ? {
          text: say`the tools that watch ${app(c)}`,
          matters: say`The commands for ${app(c)} are given for common tools, and rules and dashboards for none in particular.`,
        }
      : undefined,
  (c) =>
    !given(c, 'constraints') && facts(c, /^cost\./).length === 0
      ? {
          text: say`what may not change around ${app(c)}, and what it may cost`,
          matters: say`Nothing is ruled out: remedies for ${app(c)} are ranked by effect, effort and risk alone.`,
        }
      : undefined,
];
