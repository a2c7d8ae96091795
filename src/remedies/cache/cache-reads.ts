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
} from '../../domain/index.js';
import { classRate, shareOf } from '../../readings/load.js';
import { cacheFlow } from '../../readings/parts.js';
import { dataKind, evictionAdvice, hardOf, ttlTable } from '../design/cache-plan.js';
import { singleFlightCode } from '../design/cache-snippets.js';
import { NEGATIVE_TTL } from '../design/chosen.js';
import { languageOf } from '../design/language.js';
import { dataRules, nothingNew, partName, sceneOf, slowStatements } from '../design/scene.js';
import { atLoad, copyingRules, shippingNote, writeClasses } from '../design/wording.js';

function blocked(context: Context, _about: Subject): Text | undefined {
  return context.components.some((c) => c.kind === 'cache')
    ? undefined
    : nothingNew(context, 'A shared cache');
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cache, database, goal, service } = scene;
  const where = partName(cache, say`a cache beside ${scene.serviceName}`);
  const db = partName(database, say`the store of ${scene.app}`);
  const statement = slowStatements(context).find((s) => s.kind === 'read');
  const what: Text = statement ? say`${name(statement.subject.name)}` : say`the reads that repeat`;
  const reads = shareOf(context, 'read');
  const rate = goal && reads ? classRate(context, goal, reads, 'read') : undefined;
  const flow = cacheFlow(context);
  const label = statement?.subject.name ?? scene.callee?.subject.name ?? 'value';
  const soft = dataKind(label).soft;
  const strict = dataRules(context).find((c) => c.kind === 'consistency');
  return {
    ...(strict ? { risk: 'high' as const } : {}),
    title: say`Serve ${what} from ${where}`,
    description: say`${scene.serviceName} looks into ${where} first and loads from ${db} only what is not there, keyed by everything the answer depends on (parameters, tenant, language, permission), with a time to live by kind of data and deletion after the commit that changes it.`,
    benefit: rate
      ? say`${num(rate)} reads arrive ${atLoad(scene)}${flow ? say`, ${num(flow.hit)} of look-ups hit today` : ''}; what share of the look-ups of ${scene.serviceName} repeats within ${num(soft)} decides the gain, so count distinct keys against requests first.`
      : say`Each repeated read of ${what} within ${num(soft)} spares ${db} its time${statement ? say` of ${num(statement.time)}` : ''}; the share that repeats was not said: count distinct keys against requests.`,
    riskText: say`${strict ? say`${quote(strict.text)}: what this covers is read from ${db}, always. ` : ''}A wrong key in front of ${db} shows one user the data of another; test it for each parameter. What a write (${writeClasses(context)}) decides upon is read from ${db}.`,
    effortText: say`Two to three days for ${what}, with invalidation; each further read of ${scene.serviceName} half a day.${shippingNote(context)}`,
    verification: say`Calls of ${what} on ${db} a second at the same rate of requests, and hit ratio of ${where} by kind of key.`,
    design: [
      ttlTable(scene),
      ...singleFlightCode(
        languageOf(context, service),
        label,
        soft,
        hardOf(soft),
        say`${what} through ${where}`,
      ),
      bullets([
        say`Delete from ${where} after the commit on ${db}, not before; between the two, another request puts the old value back.`,
        say`Where one write makes many entries of ${where} stale, put a version into their keys and count it up with the write: old entries are never asked for again and age out.`,
        say`“Not there” is kept for ${num(NEGATIVE_TTL)}.`,
        evictionAdvice(context, scene),
        say`${where} may be away: ${scene.serviceName} then loads from ${db} with a limit on parallel loads, not with all its requests.`,
        ...copyingRules(context, where),
      ]),
    ],
  };
}

export default {
  id: 'cache-reads',
  layer: 'cache',
  title: 'Cache repeated reads',
  effort: 'days',
  risk: 'medium',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.2, 0.7] },
  blocked,
  advise,
} satisfies Remedy;
