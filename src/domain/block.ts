import { z } from 'zod';
import { type Text, textSchema } from './text.js';

/** What reports are made of. Renderers turn blocks into Markdown, HTML and terminal lines. */
export type Block =
  | { kind: 'paragraph'; text: Text }
  | { kind: 'heading'; text: Text }
  | { kind: 'list'; ordered?: boolean; items: Text[] }
  | { kind: 'table'; caption?: Text; columns: Column[]; rows: Text[][] }
  /** Code: a Text without marks; names and numbers in it keep their links where the renderer can show them. */
  | { kind: 'code'; language: string; caption?: Text; text: Text }
  | { kind: 'plan'; id: string; title: Text; steps: PlanStep[] }
  | { kind: 'details'; summary: Text; blocks: Block[] };

/** What a step of a plan can be measured by; the reader of a picture switches between them. */
export const PLAN_METRICS = ['time', 'rows', 'buffers', 'misestimate'] as const;
export type PlanMetric = (typeof PLAN_METRICS)[number];

/** One node of a plan of a statement, in pre-order. */
export interface PlanStep {
  depth: number;
  /** As the database calls it. */
  name: Text;
  /** A finding is about this node. */
  told?: boolean;
  /** `share`: of the longest bar of that metric, 0..1. */
  marks: { metric: PlanMetric; value: Text; share: number }[];
}

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

const columnSchema = z.object({ title: z.string(), align: z.enum(['left', 'right']).optional() });
export const blockSchema: z.ZodType<Block> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('paragraph'), text: textSchema }),
    z.object({ kind: z.literal('heading'), text: textSchema }),
    z.object({ kind: z.literal('list'), ordered: z.boolean().optional(), items: z.array(textSchema) }),
    z.object({
      kind: z.literal('table'),
      caption: textSchema.optional(),
      columns: z.array(columnSchema),
      rows: z.array(z.array(textSchema)),
    }),
    z.object({
      kind: z.literal('code'),
      language: z.string(),
      caption: textSchema.optional(),
      text: textSchema,
    }),
    z.object({
      kind: z.literal('plan'),
      id: z.string(),
      title: textSchema,
      steps: z.array(
        z.object({
          depth: z.int().min(0),
          name: textSchema,
          told: z.boolean().optional(),
          marks: z.array(
            z.object({ metric: z.enum(PLAN_METRICS), value: textSchema, share: z.number().min(0).max(1) }),
          ),
        }),
      ),
    }),
    z.object({ kind: z.literal('details'), summary: textSchema, blocks: z.array(blockSchema) }),
  ]),
);

export const paragraph = (text: Text): Block => ({ kind: 'paragraph', text });
export const heading = (text: Text): Block => ({ kind: 'heading', text });
export const bullets = (items: Text[]): Block => ({ kind: 'list', items });
export const steps = (items: Text[]): Block => ({ kind: 'list', ordered: true, items });
export const code = (language: string, text: Text, caption?: Text): Block => ({
  kind: 'code',
  language,
  text,
  ...(caption ? { caption } : {}),
});
/** Columns whose title starts with `>` are right-aligned: `['Change', '> Now', '> Then']`. */
export const table = (titles: string[], rows: Text[][], caption?: Text): Block => ({
  kind: 'table',
  columns: titles.map((t) =>
    t.startsWith('>') ? { title: t.slice(1).trim(), align: 'right' } : { title: t },
  ),
  rows,
  ...(caption ? { caption } : {}),
});
