import type { Subject } from '../../domain/index.js';
import type { Frame } from '../frame.js';
import { isArrow } from '../tokens.js';
import { APP, type PartMention } from './draft.js';

const COUNTED_IN = /^(?:node|worker|broker|consumer|dyno|executor|pod|vm|host)s?$/;

const isStore = (s: Subject | undefined): boolean => s?.kind === 'cache' || s?.kind === 'database';

/** Who is counted in nodes, workers, brokers: "Cassandra (9 nodes)", "30 enrichment workers". */
export function collectivesOf(
  frames: readonly Frame[],
  mentions: ReadonlyMap<Frame, readonly PartMention[]>,
  subjects: ReadonlyMap<string, Subject>,
): ReadonlyMap<string, Subject> {
  const owners = new Map<string, Set<string>>();
  for (const frame of frames) {
    if (frame.input !== 'architecture' && frame.input !== 'dependencies') continue;
    const list = mentions.get(frame) ?? [];
    for (const q of frame.quantities) {
      if (q.noun === undefined || !COUNTED_IN.test(q.noun)) continue;
      const open = frame.opens[frame.group[q.from] ?? 0] ?? -1;
      const owner =
        list.find((m) => m.from < q.to && m.to > q.from) ??
        (open > 0
          ? list
              .filter(
                (m) =>
                  m.to <= open &&
                  open - m.to <= 4 &&
                  !frame.tokens.slice(m.to, open).some((t) => isArrow(t)) &&
                  // "Celery with Redis broker (6 workers)": no cache has workers.
                  !(/^(?:worker|consumer|executor)s?$/.test(q.noun ?? '') && isStore(subjects.get(m.key))),
              )
              .at(-1)
          : undefined) ??
        list
          .filter(
            (m) =>
              m.to <= q.from &&
              frame.sentence[m.from] === frame.sentence[q.from] &&
              frame.group[m.from] === frame.group[q.from] &&
              (frame.segment[q.from] ?? 0) - (frame.segment[m.from] ?? 0) <= 2 &&
              !frame.tokens.slice(m.to, q.from).some((t) => isArrow(t)),
          )
          .at(-1);
      const noun = q.noun.replace(/s$/, '');
      // "9 nodes" are told apart from "6 nodes" by their number.
      for (const key of [noun, `${noun}#${q.value}`])
        owners.set(key, new Set([...(owners.get(key) ?? []), owner?.key ?? APP]));
    }
  }
  const out = new Map<string, Subject>();
  for (const [noun, keys] of owners) {
    const [key] = [...keys];
    const s = keys.size === 1 && key !== undefined ? subjects.get(key) : undefined;
    if (s) out.set(noun, s);
  }
  return out;
}
