import { z } from 'zod';

const direction = z.enum(['upstream', 'downstream']).default('downstream');
const ms = z.number().nonnegative().max(3_600_000);

/** What can be done to the bytes of a connection. Names and meanings as in Shopify’s Toxiproxy. */
export const toxicSchema = z.discriminatedUnion('type', [
  /** Every byte arrives later, by `latencyMs` give or take `jitterMs`; order is kept. */
  z.strictObject({ type: z.literal('latency'), direction, latencyMs: ms, jitterMs: ms.default(0) }),
  /** At most so many kilobytes a second. */
  z.strictObject({ type: z.literal('bandwidth'), direction, kbPerSecond: z.number().positive() }),
  /** Nothing gets through; the connection closes after `timeoutMs`, never for 0. */
  z.strictObject({ type: z.literal('timeout'), direction, timeoutMs: ms }),
  /** The connection is reset `afterMs` after it was made. */
  z.strictObject({ type: z.literal('reset'), direction, afterMs: ms.default(0) }),
  /** Data comes in small pieces with gaps. */
  z.strictObject({
    type: z.literal('slicer'),
    direction,
    averageBytes: z.number().int().positive(),
    variationBytes: z.number().int().nonnegative().default(0),
    delayMs: ms.default(0),
  }),
  /** The connection closes after so many bytes. */
  z.strictObject({ type: z.literal('limit_data'), direction, bytes: z.number().int().nonnegative() }),
  /** Only so many connections at a time: a pool that shrank. The others wait. */
  z.strictObject({ type: z.literal('connections'), most: z.number().int().positive() }),
]);
export type Toxic = z.infer<typeof toxicSchema>;
export type StreamToxic = Exclude<Toxic, { type: 'connections' }>;
