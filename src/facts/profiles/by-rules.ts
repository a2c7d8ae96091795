import type { Profile } from '../../domain/index.js';
import {
  type Attribute,
  type Attribution,
  type FrameRule,
  type Place,
  rulesByFrame,
  upwards,
} from './attribution.js';
import type { Family } from './family.js';
import type { Sources } from './source/find-source.js';

/** How the frames of one runtime are read. */
export interface RuntimeRules {
  rules: readonly FrameRule[];
  /** Frames of the runtime and its library, whether a rule knows them or not. */
  isRuntime(name: string, file: string): boolean;
  /** Says what a line of the program does that has no frame of its own. */
  lineMeaning?(text: string): { cause: string; api: string } | undefined;
  /** The cause of the program's own code, where that says more: a thread that holds the interpreter lock. */
  ownCode?(profile: Profile): { cause: string; matched: string } | undefined;
}

/**
 * What samples were spent on by the names of their frames: the runtime's frames between the leaf and the program's
 * nearest own frame say it; the rule with the highest priority counts, among equals the one next to the program.
 */
export function attributeByRules(
  profile: Profile,
  runtime: RuntimeRules,
  family: Family,
  sources: Sources,
): Attribute {
  const { frames, tree } = profile;
  const rules = rulesByFrame(profile, runtime.rules);
  const isRuntime = Array.from(
    { length: frames.size },
    (_, f) => rules[f] !== undefined || runtime.isRuntime(frames.name(f), frames.file(f)),
  );
  const own = family === 'processor' || family === 'wall' ? runtime.ownCode?.(profile) : undefined;
  const frameOf = (node: number): number => tree.frame[node] as number;
  const lines = new Map<string, readonly string[] | undefined>();
  const lineText = (file: string, line: number): string | undefined => {
    if (line <= 0) return undefined;
    if (!lines.has(file)) lines.set(file, sources.text(file)?.text.split(/\r?\n/));
    return lines.get(file)?.[line - 1]?.trim().slice(0, 160);
  };
  const placeOf = (node: number): Place => {
    const f = frameOf(node);
    const text = lineText(frames.file(f), frames.line(f));
    return {
      function: frames.name(f),
      file: frames.file(f),
      line: frames.line(f),
      ...(text === undefined ? {} : { text }),
    };
  };

  return (leaf) => {
    let best: { rule: FrameRule; node: number } | undefined;
    let user = 0;
    for (const node of upwards(tree, leaf)) {
      const f = frameOf(node);
      if (!isRuntime[f]) {
        user = node;
        break;
      }
      const rule = rules[f];
      if (rule && (!best || (rule.priority ?? 1) >= (best.rule.priority ?? 1))) best = { rule, node };
    }
    const place = user > 0 ? placeOf(user) : undefined;
    const because = best?.rule.cause;
    if (family === 'allocation' || family === 'memory' || family === 'lock')
      return [storage(family, place ?? placeOf(leaf), frames.name(frameOf(best?.node ?? leaf)))];
    if (best && because)
      return [
        {
          cause: because,
          api: frames.name(frameOf(best.node)),
          matched: `frames such as ${frames.name(frameOf(best.node))}`,
          place,
          share: 1,
        },
      ];
    if (user === 0)
      return [
        {
          cause: 'native',
          api: frames.name(frameOf(leaf)),
          matched: 'frames of the runtime without one of the program',
          place: undefined,
          share: 1,
        },
      ];
    const meaning = place?.text === undefined ? undefined : runtime.lineMeaning?.(place.text);
    if (meaning) return [{ ...meaning, matched: `${meaning.api} on the hot line`, place, share: 1 }];
    return [
      {
        cause: own?.cause ?? 'own-code',
        api: frames.name(frameOf(user)),
        matched: own?.matched ?? 'samples of this function itself',
        place,
        share: 1,
      },
    ];
  };
}

const storage = (family: 'allocation' | 'memory' | 'lock', place: Place, api: string): Attribution => ({
  cause: family === 'memory' ? 'retained-memory' : family === 'lock' ? 'lock-contention' : 'allocation',
  api,
  matched:
    family === 'memory'
      ? 'bytes that are still alive'
      : family === 'lock'
        ? 'time that others waited'
        : 'bytes that were asked for',
  place,
  share: 1,
});
