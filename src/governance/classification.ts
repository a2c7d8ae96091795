/** From the least to the most sensitive. */
export const LEVELS = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

/** An unknown word counts as the most sensitive level. */
export const levelOf = (word: string): Level => LEVELS.find((l) => l === word) ?? 'restricted';

/** Whether something of a level may go where at most `allowed` may. */
export const mayLeave = (level: string, allowed: Level): boolean =>
  LEVELS.indexOf(levelOf(level)) <= LEVELS.indexOf(allowed);
