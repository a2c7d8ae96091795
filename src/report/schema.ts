import { z } from 'zod';
import { resultSchema } from '../domain/index.js';

/** The JSON Schema (2020-12) of result.json. */
export function publishedSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(resultSchema, { io: 'output', reused: 'ref' }) as Record<
    string,
    unknown
  >;
  return {
    $schema,
    title: 'Kneepoint result',
    description: 'What one investigation found; every report is rendered from it.',
    ...rest,
  };
}
