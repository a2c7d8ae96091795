import type { Subject } from '../../domain/index.js';
import type { FrameIndex } from '../claims.js';
import type { Frame } from '../frame.js';
import { platformTokens } from '../parts/platform-tokens.js';
import type { Parts } from '../parts.js';
import type { Mention } from '../subjects.js';

export type Kind = Subject['kind'];

export interface About {
  subject: Subject;
  /** Tokens that name it, when it is named. */
  from?: number;
  to?: number;
}

/** What an earlier figure of the sentence was about. */
export interface Earlier {
  name: string;
  subject: Subject;
  /** Named beside the figure, not taken by default. */
  explicit: boolean;
  /** Token of the figure. */
  from: number;
}

/** All that a subject is looked for in. */
export interface Scene {
  frame: Frame;
  index: FrameIndex;
  mentions: readonly Mention[];
  parts: Parts;
  app: Subject;
  /** Tokens that name platforms and tools. */
  platform: ReadonlySet<number>;
  /** Tokens of dates, versions and "two weeks ago". */
  passed: ReadonlySet<number>;
}

export const sceneOf = (
  frame: Frame,
  index: FrameIndex,
  mentions: readonly Mention[],
  parts: Parts,
  app: Subject,
): Scene => ({
  frame,
  index,
  mentions,
  parts,
  app,
  platform: platformTokens(frame),
  passed: new Set(frame.passed.flatMap((p) => Array.from({ length: p.to - p.from }, (_, i) => p.from + i))),
});
