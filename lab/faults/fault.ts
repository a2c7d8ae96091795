import type { Settings } from '../settings.js';

/** What an investigation should come to. */
export type Truth = {
  /** Hypotheses that name the mechanism; the first is the closest. */
  hypotheses: readonly string[];
  /** What the finding must be about: part of the name or id of its subject; any subject without it. */
  subject?: RegExp;
};

/** A change that does harm, and how it looks to the team that shipped it. */
export type Fault = {
  id: string;
  title: string;
  settings: Partial<Settings>;
  /** What the healthy system beside it has that the others have not; it then has a baseline of its own. */
  base?: Partial<Settings>;
  /** The deploy that brings it: the version after it, and what its author wrote. */
  deploy: { service: string; version: string; message: string; summary: string };
  truth: Truth;
  /** Remedies that can be made for real, by the id of the catalogue, as the settings after them. */
  remedies: Readonly<Record<string, Partial<Settings>>>;
  /** Why it cannot be made on this machine; nothing where it can. */
  missing?: () => string | undefined;
};

/** A condition that should name no cause. */
export type Calm = { id: string; title: string; settings: Partial<Settings>; loadFactor: number };
