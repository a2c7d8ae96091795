import {
  type Context,
  join,
  list,
  quote,
  type Reading,
  type ReadingEntry,
  type SymptomKind,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { type ChangeFit, changeFits } from './change-fit.js';
import { reading } from './compose.js';

const WORDS: Partial<Record<SymptomKind, string>> = {
  'tail-latency': 'slow tail',
  latency: 'latency',
  'cpu-saturation': 'busy CPU',
  'memory-growth': 'growing memory',
  'gc-pauses': 'collector pauses',
  'connections-exhausted': 'connections used up',
  'threads-exhausted': 'threads used up',
  'throughput-drop': 'lost throughput',
  'queue-backlog': 'backlog',
  'lock-contention': 'lock waits',
  'low-hit-ratio': 'low hit ratio',
  'cold-start': 'cold starts',
  'slow-statement': 'slow statement',
  'hot-key': 'hot key',
  'disk-io': 'disk load',
};
export const symptomWord = (kind: SymptomKind): string => WORDS[kind] ?? kind;

/** Which change can have brought the symptoms about, by mechanism and by onset; which cannot. */
function read(context: Context): Reading[] {
  const fits = changeFits(context);
  const best = fits[0];
  if (!best || context.symptoms.length === 0 || fits.every((f) => f.reach === 0)) {
    return best && context.symptoms.length > 0 ? [] : [];
  }
  const suspects = fits.filter((f) => f.reach > 0 && f.onset !== false);
  const decoys = fits.filter((f) => f.reach === 0 || f.onset === false);
  const words = (kinds: readonly SymptomKind[]): Text => list(kinds.map((k) => say`${symptomWord(k)}`));
  const missing = best.leaves.filter((k) => suspects.every((f) => f.leaves.includes(k)));
  return reading('change-timing', {
    id: best.change.subject.id,
    topic: 'change',
    subject: best.change.subject,
    headline:
      suspects.length === 0
        ? say`No recent change fits both the onset and the mechanism of what is seen; the load itself comes first.`
        : say`${join(
            suspects
              .slice(0, 3)
              .map(
                (f) =>
                  say`${quote(f.change.summary)} ${f.leaves.length === 0 ? 'can have brought about all that is seen' : say`can have brought about ${words(f.explains)} but not ${words(f.leaves)}`}`,
              ),
            '; ',
          )}${suspects.length > 1 ? '; what was said does not tell them apart' : ''}${missing.length > 0 ? say`; nothing that changed explains ${words(missing)}` : []}${decoys.length > 0 ? say`; ${changes(decoys)} cannot, or came at another time` : []}.`,
    arithmetic: [
      table(
        ['Change', 'When', 'Can bring about', 'Cannot', 'Onset'],
        fits.map((f) => [
          say`${quote(f.change.summary)}`,
          f.change.when ? say`${quote(f.change.when)}` : say`not said`,
          f.explains.length > 0 ? words(f.explains) : say`none of it`,
          f.leaves.length > 0 ? words(f.leaves) : say`—`,
          f.onset === undefined ? say`not comparable` : f.onset ? say`fits` : say`does not fit`,
        ]),
      ),
    ],
    assumptions: [
      say`Being recent says nothing; a change counts by what its mechanism can do and by when the trouble began.`,
    ],
    questions:
      fits.length > 1 && fits.some((f) => f.onset === undefined)
        ? [
            {
              id: 'onset',
              question: say`On which day and hour did the trouble begin, and when did each of ${changes(fits.slice(0, 3))} reach all instances?`,
              matters: say`whichever of ${changes(fits.slice(0, 3))} went out after the onset is cleared at once; one that went out within the hour before leads`,
              weight: 0.6,
            },
          ]
        : [],
    weight: 0.58,
  });
}

const changes = (fits: readonly ChangeFit[]): Text => list(fits.map((f) => say`${quote(f.change.summary)}`));

export default {
  id: 'change-timing',
  about: 'Which recent change fits the symptoms by mechanism and onset, and which is a decoy.',
  read,
} satisfies ReadingEntry;
