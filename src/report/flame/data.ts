import { z } from 'zod';
import type { OwnSamples } from '../../facts/profiles/compare.js';

const index = z.number().int().min(0);

/** What a page of a flame graph holds for its script, and for a comparison with another page. */
export const flameDataSchema = z.looseObject({
  /** `name` or `name\nfile`. */
  names: z.array(z.string()),
  /** By node, parents first; −1 for the whole. */
  parent: z.array(z.number().int().min(-1)),
  name: z.array(index),
  self: z.array(z.number()),
  /** Number of a cause; −1 for none. */
  cause: z.array(z.number().int().min(-1)),
  causes: z.array(z.object({ id: z.string(), title: z.string() })),
  own: z
    .object({
      /** What a sample is of. */
      type: z.string(),
      samples: z.number(),
      weight: z.number(),
      /** Number of a name, its own samples, and by how much they vary more than independent ones. */
      functions: z.array(z.tuple([index, z.number(), z.number()])),
    })
    .optional(),
});
export type FlameData = z.infer<typeof flameDataSchema>;

/** A function as the names of a page have it. */
export const functionText = (name: string, file: string): string => (file === '' ? name : `${name}\n${file}`);

/** Own samples as a page keeps them; `idOf` gives the number of a name. */
export const keptOf = (
  own: OwnSamples,
  type: { name: string; unit: string } | undefined,
  idOf: (text: string) => number,
): NonNullable<FlameData['own']> => ({
  type: `${type?.name ?? ''} in ${type?.unit ?? ''}`,
  samples: own.samples,
  weight: own.weight,
  functions: own.functions.map((f) => [idOf(functionText(f.name, f.file)), f.samples, f.effect]),
});

/** What a page kept for comparisons; nothing when it is of an earlier version. */
export function samplesIn({ own, names }: FlameData): OwnSamples | undefined {
  return (
    own && {
      samples: own.samples,
      weight: own.weight,
      functions: own.functions.map(([id, samples, effect]) => {
        const [name = '', file = ''] = (names[id] ?? '').split('\n');
        return { name, file, samples, effect };
      }),
    }
  );
}
