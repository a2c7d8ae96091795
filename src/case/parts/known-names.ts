import { type Frame, placeOf } from '../frame.js';
import { SERVICE_HEADS, STOP } from '../words.js';
import { APP, type Draft, type PartMention } from './draft.js';

/** Names seen once are looked for everywhere: "indexer", "limits-service" in the metrics. */
export function addKnownNames(
  drafts: Map<string, Draft>,
  frames: readonly Frame[],
  mentions: Map<Frame, PartMention[]>,
): void {
  const byFirst = new Map<string, { words: string[]; key: string }[]>();
  for (const d of drafts.values()) {
    const name = d.key === APP ? d.alias : d.name;
    if (d.product !== undefined || name === undefined) continue;
    const words = name.toLowerCase().split(/[\s-]+/);
    for (const w of [words, words.length > 1 && SERVICE_HEADS.has(words.at(-1) ?? '') ? [] : []]) {
      const first = w[0];
      if (first === undefined || STOP.has(first) || (w.length === 1 && first.length < 3)) continue;
      byFirst.set(first, [...(byFirst.get(first) ?? []), { words: w, key: d.key }]);
    }
  }
  for (const frame of frames) {
    const list = mentions.get(frame) ?? [];
    const taken = new Set(list.flatMap((m) => Array.from({ length: m.to - m.from }, (_, k) => m.from + k)));
    const { words } = frame;
    for (let i = 0; i < words.length; i++) {
      const w = words[i];
      if (!w || taken.has(w.token)) continue;
      const hit = byFirst
        .get(w.lower)
        ?.find((n) =>
          n.words.every((x, k) => words[i + k]?.lower === x || (k > 0 && words[i + k]?.lower === `${x}s`)),
        );
      if (!hit) continue;
      const to = (words[i + hit.words.length - 1]?.token ?? w.token) + 1;
      const d = drafts.get(hit.key) as Draft;
      d.places.push(placeOf(frame, w.token, to));
      d.inputs.add(frame.input);
      list.push({ from: w.token, to, key: hit.key });
      i += hit.words.length - 1;
    }
    list.sort((a, b) => a.from - b.from);
    mentions.set(frame, list);
  }
}
