import type { Layer, MeasurementDraft, Text } from '../domain/index.js';
import type { Command } from './commands/words.js';

/** What a measurement is for: the question, the signal, when to take it and how to read it. */
export interface Ask {
  question: Text;
  signal: Text;
  window: Text;
  decides: Text;
  effortMinutes?: number;
}

/** A command of the user's own stack with what it is to decide. */
export const ask = (layer: Layer, command: Command, a: Ask): MeasurementDraft => ({
  layer,
  question: a.question,
  signal: a.signal,
  tool: command.tool,
  command: command.command,
  language: command.language,
  window: a.window,
  decides: a.decides,
  effortMinutes: a.effortMinutes ?? command.effortMinutes,
});
