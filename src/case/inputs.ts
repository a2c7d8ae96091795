import type { InputKey } from '../domain/index.js';

/** The ten inputs as written; those that were not given are absent. */
export type Inputs = Partial<Record<InputKey, string>>;
