import type { Place } from './attribution.js';

/** One cause that a profile shows, with what speaks for it. */
export interface ProfileCause {
  cause: string;
  title: string;
  /** The call, frame or event that says so. */
  api: string;
  matched: string;
  /** Share of the samples in which the program ran, with its 95 % interval. */
  share: number;
  interval: [number, number];
  /** In the unit of the profile. */
  weight: number;
  /** Where in the program, the heaviest place first. */
  places: readonly { place: Place; share: number }[];
  /** Frames from the root, the heaviest stacks first. */
  stacks: readonly { frames: readonly string[]; share: number }[];
  advice: string;
  refutedIf: string;
  remedies: readonly string[];
  hypotheses: readonly string[];
  kind: 'named' | 'unnamed';
  /** Told by samples, or by events that the runtime wrote down itself. */
  basis: 'samples' | 'events';
}
