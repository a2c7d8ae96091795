import {
  type Advice,
  bullets,
  type Context,
  name,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
} from '../../domain/index.js';
import { BATCH } from '../design/chosen.js';
import { batchedRead } from '../design/code-snippets.js';
import { languageOf } from '../design/language.js';
import { figure, partName, sceneOf, slowStatements } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database, goal, serviceName } = scene;
  const db = partName(database, say`the database of ${scene.app}`);
  const pattern = context.telemetry?.patterns.find(
    (p) =>
      p.kind === 'n-plus-one' &&
      (p.subject.id === target.subject.id || p.service === scene.service?.subject.name),
  );
  const repeats = pattern?.facts.repeats ?? context.facts.find({ name: 'calls.perRequest' });
  const statement = slowStatements(context)[0];
  const known: Text | undefined = pattern
    ? say`${name(pattern.subject.name)}`
    : repeats && repeats.subject.kind === 'statement'
      ? say`${name(repeats.subject.name)}`
      : undefined;
  const what = known ?? say`The statement that repeats`;
  const orm = context.changes.find((c) => c.mechanisms.includes('orm-upgrade'));
  const total =
    repeats && goal
      ? figure(
          scene,
          'statements.rate',
          [repeats.value * goal.rate.value, '1/s'],
          'statements a request × requests a second',
          [repeats, goal.rate],
        )
      : undefined;
  return {
    title: repeats
      ? say`Ask ${db} once instead of ${num(repeats)} times a request`
      : say`Ask ${db} once for a list instead of once for each of its rows`,
    description: say`${what} runs once for each row of a list that ${serviceName} has already read; one statement to ${db} with all keys replaces them; a test of ${serviceName} counts them.${orm ? say` Compare the statements before and after ${quote(orm.summary)}: such upgrades change what is loaded eagerly.` : ''}`,
    benefit: pattern
      ? say`${num(pattern.saving)} of a slow request are these round trips${repeats ? say` (${num(repeats)} of them)` : ''}; one of them stays.`
      : total && repeats
        ? say`${num(repeats)} statements a request would be ${num(total)} ${atLoad(scene)} if every request were of this kind; each costs ${db} parsing, a round trip and a moment of a connection, however fast it is.`
        : say`Round trips from ${serviceName} to ${db} fall from one a row to one a list, and so does the time a connection is held; statements a request, which give the saving, were not said.`,
    riskText: say`A join over several collections multiplies rows of ${db}; use one statement per collection then. A list of keys has a bound (${num(BATCH)}), so that ${db} keeps a good plan.`,
    effortText: say`Hours to two days a route of ${serviceName}; the count of statements in its tests is the larger part of the worth.${shippingNote(context)}`,
    verification: say`Statements a request on this route of ${serviceName}, asserted in the build; calls of ${known ?? say`the statement that repeats`} a second on ${db} fall while requests do not.`,
    design: [
      ...batchedRead(
        languageOf(context, scene.service),
        pattern?.subject.name ?? statement?.subject.name ?? 'item',
        BATCH,
        say`${what}, asked once by ${serviceName}`,
      ),
      bullets([
        say`Select what is shown: a whole entity of ${serviceName} brings columns, hydration and sometimes its own lazy loads along.`,
        say`Where the list of ${db} is a page, bound the page; batching ${repeats ? num(repeats) : say`many`} statements for rows nobody sees only hides them.`,
        say`Serialisers and templates are where loops over relations hide in ${serviceName}; switch lazy loading off in them, so that a forgotten relation fails in a test.`,
      ]),
    ],
  };
}

export default {
  id: 'batch-statements',
  layer: 'api',
  title: 'One statement instead of many',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'batch' },
  advise,
} satisfies Remedy;
