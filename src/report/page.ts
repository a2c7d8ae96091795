import type { Block, Fact, FactIndex, Result, Text } from '../domain/index.js';

/** What a section is made of: the blocks of the domain, and three kinds that only reports have. */
export type Piece = Block | Note | Aside | ChartPiece;

/** A sentence that carries the point, with what backs it. */
export interface Note {
  kind: 'note';
  lead: Text;
  pieces: Piece[];
}

/** A lesser point: one line, its backing folded in HTML and left to the machine result in Markdown. */
export interface Aside {
  kind: 'aside';
  lead: Text;
  blocks: Block[];
}

export interface ChartPiece {
  kind: 'chart';
  chart: Chart;
  /** Its numbers stand in a table elsewhere: drawn where there are drawings, left out of Markdown. */
  repeats?: true;
}

/** A horizontal bar chart as data: HTML draws it as SVG, the terminal as characters, Markdown as its table. */
export interface Chart {
  id: string;
  /** States the finding, not the axis. */
  title: Text;
  /** One line on how to read it. */
  howToRead: Text;
  groups: { title?: Text; rows: ChartRow[] }[];
  /** The end of the scale, which starts at zero. */
  max: number;
  /** Upright lines through all rows: the target, the capacity. */
  lines: { at: number; label: Text }[];
  /** Each bar starts where the one above ends. */
  steps?: true;
  /** What the looks mean here, where it differs from their usual meaning. */
  legend?: Partial<Record<Look, string>>;
  table: Extract<Block, { kind: 'table' }>;
}

export interface ChartRow {
  label: Text;
  value: Text;
  marks: { from: number; to: number; look: Look }[];
  /** A thick bar that sums up its group. */
  strong?: true;
}

/** What a mark stands for; every look has its colour and its pattern. */
export type Look =
  | 'before'
  | 'now'
  | 'excess'
  | 'saving'
  | 'unknown'
  | 'wait'
  | 'client'
  | 'api'
  | 'cache'
  | 'database'
  | 'infrastructure'
  | 'dependency';

export interface Section {
  id: string;
  title: string;
  pieces: Piece[];
}

/** What the sections look things up in. */
export interface Lookup {
  result: Result;
  facts: FactIndex;
  /** A fact by its id. */
  fact(id: string | undefined): Fact | undefined;
}

export const note = (lead: Text, pieces: Piece[] = []): Note => ({ kind: 'note', lead, pieces });
export const aside = (lead: Text, blocks: Block[]): Aside => ({ kind: 'aside', lead, blocks });
export const chart = (c: Chart, repeats = false): ChartPiece => ({
  kind: 'chart',
  chart: c,
  ...(repeats ? { repeats: true as const } : {}),
});
export const fold = (summary: Text, blocks: Block[]): Block => ({ kind: 'details', summary, blocks });
