import {
  type Advice,
  bullets,
  type Context,
  name,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { classRate, shareOf } from '../../readings/load.js';
import { cacheFlow } from '../../readings/parts.js';
import {
  constraintsOf,
  figure,
  partName,
  primaries,
  replicas,
  sceneOf,
  slowStatements,
} from '../design/scene.js';
import { atLoad, shippingNote, writeClasses } from '../design/wording.js';

function blocked(context: Context, _about: Subject): Text | undefined {
  const named = replicas(context);
  const counted = context.facts.find({ name: 'replicas', subjectKind: ['database', 'system', 'host'] });
  if (named.length === 0 && !(counted && counted.value > 0))
    return say`${name(context.case.appName || context.app.name)} names no read replica.`;
  return undefined;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const primary = primaries(context)[0] ?? scene.database;
  const replica = replicas(context)[0];
  const p = partName(primary, say`the primary of ${scene.app}`);
  const r =
    replica && replica.subject.id !== primary?.subject.id
      ? say`${name(replica.subject.name)}`
      : say`the read replica of ${p}`;
  const lag = context.facts.find({ name: 'replication.lag' });
  const reads = shareOf(context, 'read');
  const flow = cacheFlow(context);
  const rate =
    scene.goal && flow
      ? flow.misses(scene.goal)
      : scene.goal && reads
        ? classRate(context, scene.goal, reads, 'read')
        : undefined;
  const fresh = constraintsOf(context, 'consistency')[0];
  const bound = scene.aim
    ? figure(
        scene,
        'design.lagBound',
        [Math.max(1, scene.aim.value / 1000), 's'],
        'latency target in seconds, at least one',
        [scene.aim],
        primary?.subject,
      )
    : undefined;
  const candidates = slowStatements(context)
    .filter((s) => s.kind === 'read')
    .slice(0, 4);
  return {
    title: say`Send reads that may be a moment old to ${r}`,
    description: say`${scene.serviceName} reads from ${r} what was not just written by the same user and decides nothing; everything that decides stays on ${p}. When ${r} falls behind by more than ${bound ? num(bound) : say`what its readers bear`}, these reads go back to ${p}, or to the cache, by themselves.`,
    benefit:
      rate && flow
        ? say`Up to ${num(rate)} cache misses ${atLoad(scene)} leave ${p}, with the connections they hold there.`
        : rate
          ? say`Up to ${num(rate)} reads ${atLoad(scene)} can leave ${p}; the share that may be old decides how many do.`
          : say`${p} keeps its processors and connections for writes and for reads that decide.`,
    riskText: lag
      ? say`Lag has reached ${num(lag)}: without a guard, readers of ${r} would have seen data that old. ${fresh ? say`${quote(fresh.text)} keeps those reads on ${p}.` : ''}`
      : say`A user may not find on ${r} what was written a moment ago; route by what is read, not by the verb. ${fresh ? say`${quote(fresh.text)} keeps those reads on ${p}.` : say`The lag of ${r} under load was not said: measure it first.`}`,
    effortText: say`Two days: a second data source in ${scene.serviceName}, a list of reads that may use it, the guard on lag.${shippingNote(context)}`,
    verification: say`Statements a second on ${p} fall by what ${r} gains; reads served while lag was above the bound: none; “not found after save” reports: none.`,
    design: [
      table(
        ['Read', 'Goes to', 'Why'],
        [
          ...candidates.map((s): Text[] => [
            say`${name(s.subject.name)}`,
            say`${r}, unless it decides or follows the user’s own write`,
            say`${num(s.time)} today${s.fromSlowLog ? ' (mean of its slow runs)' : ''}; on ${p} it competes with writes`,
          ]),
          [say`lists, histories, reports of ${scene.app}`, say`${r}`, say`a moment old is fine`],
          [say`balances, stock, seats, limits, idempotency keys`, say`${p}`, say`they decide`],
          [
            say`what the same user has just changed (${writeClasses(context)})`,
            say`${p} until ${bound ? num(bound) : say`the lag bound`} has passed`,
            say`read your own writes`,
          ],
        ],
      ),
      bullets([
        say`Guard: each instance of ${scene.serviceName} reads the lag once a second and stops using ${r} above ${bound ? num(bound) : say`its bound`}${lag ? say`; ${num(lag)} at peak says this guard will act` : ''}.`,
        say`${p} must be able to carry these reads when ${r} is away, at least with the cache warm; else ${r} has become a part whose loss is an outage.`,
        say`Partitioning is not what this needs: it helps deleting and scanning old rows of ${p}, and every look-up must then carry the partition key.`,
      ]),
    ],
  };
}

export default {
  id: 'route-reads-to-replica',
  layer: 'database',
  title: 'Reads to the replica',
  effort: 'days',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.5, 0.9], growth: [0, 0.3] },
  blocked,
  advise,
} satisfies Remedy;
