import { z } from 'zod';
import { FACT_NAMES, layerSchema, SUBJECT_KINDS, TOOL_ROLES, UNITS } from '../domain/index.js';

/** `>=3.0`, `<1.25`, `>=5.0 <7.0`: every part must hold; a part left out is not checked. */
const RANGE = /^(?:(?:>=|<=|>|<|=)\d+(?:\.\d+){0,3})(?: (?:>=|<=|>|<|=)\d+(?:\.\d+){0,3})*$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

const sourced = {
  versions: z.string().regex(RANGE, 'a version range is written ">=3.0 <4.0"').optional(),
  source: z.string().min(8).optional(),
  date: z.string().regex(DATE, 'a date is written YYYY-MM-DD').optional(),
};

export const knownFactSchema = z.strictObject({
  /** From fact-names.ts where one fits, else an own dotted name; then `unit` must be given. */
  key: z.string().regex(/^[a-z][a-zA-Z0-9]*(\.[a-zA-Z0-9]+)*$/),
  value: z.number(),
  unit: z.enum(UNITS).optional(),
  /** The name of the setting, as its documentation writes it. */
  setting: z.string().optional(),
  ...sourced,
});

export const knownTrapSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string(),
  /** Our own words, without figures: those are facts. */
  text: z.string(),
  hypotheses: z.array(z.string().regex(/^[a-z0-9-]+$/)).min(1),
  ...sourced,
});

export const productSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9-]+$/),
    name: z.string(),
    /** Further ways to write it, in any case of letters. The name is one of them. */
    aliases: z.array(z.string().min(2)).default([]),
    /** Ways to write it that count only in exactly these letters: ES, PG, Go. */
    exact: z.array(z.string().min(2)).default([]),
    /** Words after which an exact alias means something else: "Go live". */
    unless: z.array(z.string()).default([]),
    /** Aliases that count only with a version behind them: "node 20". */
    versioned: z.array(z.string()).default([]),
    /** True when the name itself is too common a word to be an alias. */
    nameIsCommon: z.boolean().default(false),
    /** The lowest and highest major version that a bare whole number may mean. */
    majors: z.tuple([z.number(), z.number()]).optional(),
    kind: z.enum(SUBJECT_KINDS),
    layer: layerSchema,
    traits: z.array(z.string().regex(/^[a-z0-9-]+$/)).default([]),
    /** For frameworks and libraries: the product id of what they run on. */
    runtime: z.string().optional(),
    /** For tools. */
    roles: z.array(z.enum(TOOL_ROLES)).default([]),
    /** A product whose facts and traps hold here too: Valkey is like Redis. */
    like: z.string().optional(),
    /** Stands for the facts and traps below that name none of their own. */
    source: z.string().min(8).optional(),
    date: z.string().regex(DATE, 'a date is written YYYY-MM-DD').optional(),
    facts: z.array(knownFactSchema).default([]),
    traps: z.array(knownTrapSchema).default([]),
  })
  .superRefine((product, context) => {
    product.facts.forEach((fact, i) => {
      if (!fact.unit && !(fact.key in FACT_NAMES))
        context.addIssue({
          code: 'custom',
          path: ['facts', i, 'unit'],
          message: `"${fact.key}" needs a unit`,
        });
    });
    for (const part of ['facts', 'traps'] as const)
      product[part].forEach((entry, i) => {
        if (!entry.source && !product.source)
          context.addIssue({ code: 'custom', path: [part, i], message: 'needs a source' });
        if (!entry.date && !product.date)
          context.addIssue({ code: 'custom', path: [part, i], message: 'needs a date' });
      });
  });
export type ProductEntry = z.infer<typeof productSchema>;

export const productFileSchema = z.array(productSchema).min(1);
