import {
  type Advice,
  bullets,
  type Change,
  type Context,
  name,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  steps,
  type Text,
} from '../../domain/index.js';
import { SHADOW } from '../design/chosen.js';
import { fixedBecause, sceneOf, toolName } from '../design/scene.js';
import { aimWords, whenItHappens } from '../design/wording.js';

/** Growth is no release: nothing of it can be taken back. */
const isGrowth = (c: Change): boolean =>
  c.mechanisms.every((m) => m === 'traffic-change' || m === 'data-growth');

/** Mechanisms that fit a cause; a change that touches the subject comes first. */
function suspect(context: Context, about: Subject): Change | undefined {
  const touching = context.changes.filter((c) => c.touches.includes(about.id) || c.subject.id === about.id);
  return (
    touching[0] ??
    context.changes.find((c) => c.mechanisms.some((m) => m !== 'traffic-change' && m !== 'data-growth'))
  );
}

function blocked(context: Context, about: Subject): Text | undefined {
  const change = suspect(context, about);
  if (!change)
    return say`No recent change of ${name(context.case.appName || context.app.name)} was named that could be taken back.`;
  if (isGrowth(change))
    return say`${quote(change.summary)} is growth, not a release; it cannot be rolled back.`;
  const touched = context.components.find((c) => change.touches.includes(c.subject.id));
  return change.mechanisms.includes('runtime-upgrade') ? fixedBecause(context, touched) : undefined;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const change = target.changes?.find((c) => !isGrowth(c)) ?? suspect(context, target.subject);
  const what: Text = change
    ? say`${quote(change.summary)}`
    : say`the latest suspected change of ${scene.app}`;
  const others = context.changes.filter((c) => c !== change);
  const added = change?.mechanisms.includes('call-added') ?? false;
  return {
    title: say`Take back ${what} while it is examined`,
    description: added
      ? say`Switch the call off by flag for part of the traffic of ${scene.serviceName}, then for all of it, and keep the code. ${others.length > 0 ? say`The other changes of ${scene.serviceName} stay, so that one thing moves at a time.` : ''}`
      : say`Return ${scene.serviceName} to the state before ${what} for part of the traffic first, with everything else left as it is, so that one thing moves at a time.`,
    benefit: say`The quickest relief if ${what} is the cause, and the cleanest proof either way: latency with it and without it, at the same load${whenItHappens(context)}.`,
    riskText: say`What ${what} brought is gone meanwhile. ${change?.mechanisms.includes('schema-change') || change?.mechanisms.includes('index-dropped') ? 'Data written under the new schema must stay readable by the old code; check before, not during.' : say`Check that nothing written since then needs the new version of ${scene.serviceName}.`}`,
    effortText: added
      ? say`Minutes with a flag; hours if ${scene.serviceName} has to be deployed for it.`
      : say`Hours: the previous version of ${scene.serviceName} with today’s configuration, canary, then the rest.`,
    verification: say`${toolName(context, 'apm', 'Traces')}: percentiles of the canary without ${what} against the others at the same minute and mix; if they do not differ, put ${what} back.`,
    design: [
      steps([
        say`Send ${num(SHADOW)} of the requests to ${scene.serviceName} without ${what}; label them in traces and metrics.`,
        say`Compare against ${aimWords(scene)} over one busy period; both groups see the same minutes.`,
        say`If ${scene.app} is quicker without it, widen to all; if not, restore ${what}.`,
      ]),
      ...(others.length > 0
        ? [
            bullets(
              others
                .slice(0, 3)
                .map(
                  (c) =>
                    say`${quote(c.summary)}${c.when ? say` (${quote(c.when)})` : ''} stays in place meanwhile; it is tested by itself.`,
                ),
            ),
          ]
        : []),
    ],
  };
}

export default {
  id: 'roll-back-change',
  layer: 'dependency',
  title: 'Take a suspected change back',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'baseline', takesChangeBack: true },
  blocked,
  advise,
} satisfies Remedy;
