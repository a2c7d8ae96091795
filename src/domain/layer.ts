import { z } from 'zod';

/** The six layers of a request's way, in the order a request meets them. */
export const LAYERS = ['client', 'api', 'cache', 'database', 'infrastructure', 'dependency'] as const;
export const layerSchema = z.enum(LAYERS);
export type Layer = z.infer<typeof layerSchema>;
