import { z } from 'zod';
import { layerSchema } from './layer.js';
import { textSchema } from './text.js';

/** What would decide an untested prediction, for the user's own stack. */
export const measurementSchema = z.object({
  id: z.string(),
  layer: layerSchema,
  /** The question it answers. */
  question: textSchema,
  /** The signal: "time to acquire a connection, p99". */
  signal: textSchema,
  tool: z.string(),
  /** The exact command or query, in the language `language`. */
  command: textSchema,
  language: z.string(),
  /** When and how long to sample, and how many samples are enough. */
  window: textSchema,
  /** What reading means the hypothesis holds, and what rules it out. */
  decides: textSchema,
  /** Rough work to get it: minutes. */
  effortMinutes: z.number(),
  /** Hypotheses it bears on: `hypothesis id/subject id`. */
  findings: z.array(z.string()),
  /** Expected information in bits, by the current probabilities; ranks the plan. */
  informationBits: z.number().optional(),
});
export type Measurement = z.infer<typeof measurementSchema>;
/** What a catalogue entry gives; the method adds ids, findings and information. */
export type MeasurementDraft = Omit<Measurement, 'id' | 'findings' | 'informationBits'>;
