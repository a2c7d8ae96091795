import { type Context, type Fact, name, say, type Text } from '../domain/index.js';
import { calc, contextWords } from './compose.js';
import { classShares, type LoadPoint } from './load.js';

/** The class that a share was said to be of: "35% of the postings", when there is a class of that name. */
function classOf(context: Context, share: Fact): ReturnType<typeof classShares>[number] | undefined {
  const classes = classShares(context);
  const own = classes.find((c) => c.subject.id === share.subject.id);
  if (own) return own;
  const place = share.from.find((p) => p.kind === 'input');
  const words = contextWords(context, share);
  const at = place?.kind === 'input' ? words.indexOf(place.text) : -1;
  if (place?.kind !== 'input' || at < 0) return undefined;
  const noun = /^\W*of\s+(?:the\s+|all\s+|our\s+|its\s+)?([a-z]+)/i.exec(
    words.slice(at + place.text.length),
  )?.[1];
  const stem = noun?.toLowerCase().replace(/s$/, '');
  return stem && stem.length > 2
    ? classes.find((c) => c.subject.name.toLowerCase().includes(stem))
    : undefined;
}

/** The rate that the hottest share is a share of, at a load: of its class when that was said, else of everything. */
export function hotBase(context: Context, share: Fact, point: LoadPoint): Fact {
  const found = classOf(context, share);
  return found
    ? calc(
        'throughput.class',
        found.subject,
        [point.rate.value * found.share.value, '1/s'],
        'requests a second × share of the class',
        [point.rate, found.share],
        point.phase,
      )
    : point.rate;
}

/** What the share is of, in words: a class, or the traffic. */
export function ofWhat(context: Context, share: Fact): Text {
  const found = classOf(context, share);
  if (!found) return say`the traffic`;
  return /^(?:read|write)$/i.test(found.subject.name)
    ? say`the ${name(found.subject.name)}s`
    : say`${name(found.subject.name)}`;
}
