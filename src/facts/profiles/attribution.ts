import type { CallTree, Profile } from '../../domain/index.js';

/** A place in the user's own code. */
export interface Place {
  function: string;
  file: string;
  /** 1-based; 0 when it is not known. */
  line: number;
  /** The line's text, when the source was given. */
  text?: string;
}

/** What the samples of one node of the tree were spent on. */
export interface Attribution {
  cause: string;
  /** The call or frame that says so: `JSON.parse`, `node:zlib`. */
  api: string;
  /** What was matched, for the report. */
  matched: string;
  place: Place | undefined;
  /** Share of the node's own weight, 0..1. */
  share: number;
}

/** Says what the own samples of a node were spent on. One for each runtime. */
export type Attribute = (node: number) => Attribution[];

/** A cause told by the names of frames. */
export interface FrameRule {
  cause: string;
  /** Tests a function's name. */
  name?: RegExp;
  /** Tests its file, module, package or binary. */
  file?: RegExp;
  /** Above others within the runtime's part of one stack: what the collector does inside a library is collection. */
  priority?: number;
}

export const matches = (rule: FrameRule, name: string, file: string): boolean =>
  (rule.name === undefined || rule.name.test(name)) && (rule.file === undefined || rule.file.test(file));

/** For each frame of a profile the rule that fits it, looked up once. */
export function rulesByFrame(profile: Profile, rules: readonly FrameRule[]): (FrameRule | undefined)[] {
  const { frames } = profile;
  return Array.from({ length: frames.size }, (_, f) => {
    const name = frames.name(f);
    const file = frames.file(f);
    return rules.find((r) => matches(r, name, file));
  });
}

/** Nodes from the leaf to the root, without the root. */
export function* upwards(tree: CallTree, node: number): Generator<number> {
  for (let n = node; n > 0; n = tree.parent[n] as number) yield n;
}
