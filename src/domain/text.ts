import { z } from 'zod';
import type { Fact } from './fact.js';
import { formatQuantity, type Unit, unitAfter } from './unit.js';

/**
 * Text whose every number leads to a fact. A run of segments:
 * - a string: our own words (no figures but those inside names such as p99);
 * - a number: what is shown, and the id of the fact it comes from;
 * - a name: an identifier or the user's word for something, shown in monospace;
 * - a quote: the user's own words, shown as a quotation.
 * Names and quotes are untrusted; renderers escape every segment.
 */
export const segmentSchema = z.union([
  z.string(),
  z.object({ n: z.string(), ref: z.string(), in: z.string().optional() }),
  z.object({ name: z.string() }),
  z.object({ quote: z.string() }),
]);

export interface NumberSegment {
  n: string;
  ref: string;
  /** The unit of a figure that is shown without one, because what stands around it says it: `min`, `%`, `ms`. */
  in?: string;
  /** In memory only: collected into the result's facts, then dropped. */
  fact?: Fact;
}
export type Segment = string | NumberSegment | { name: string } | { quote: string };
export type Text = Segment[];
export const textSchema: z.ZodType<Text> = z.array(segmentSchema);

/**
 * A number of a fact, shown with its unit. `as` shows it in another way, but never changes the value: `display` is
 * text that has its unit, or a bare figure whose unit is `in`.
 */
export function num(fact: Fact, as: { digits?: number; display?: string; in?: string } = {}): NumberSegment {
  const shown = as.display ?? formatQuantity(fact.value, fact.unit, as.digits);
  return { n: shown, ref: fact.id, ...(as.in === undefined ? {} : { in: as.in }), fact };
}

/**
 * A bare figure for code and forms whose own words say the unit: the value times `factor`, as `write` puts it. The
 * segment says which unit that is; a factor that leads to no unit of the same quantity says none, and is an error
 * that the check of numbers finds.
 */
export function bareNumber(fact: Fact, factor: number, write: (value: number) => string): NumberSegment {
  const unit = unitAfter(fact.unit, factor);
  return num(fact, { display: write(fact.value * factor), ...(unit === undefined ? {} : { in: unit }) });
}

/** The interval of a fact ("900–1 150 ms"), or its value when it has none. */
export function range(fact: Fact, digits = 3): NumberSegment {
  if (!fact.interval) return num(fact, { digits });
  const [low, high] = fact.interval;
  const a = formatQuantity(low, fact.unit, digits);
  const b = formatQuantity(high, fact.unit, digits);
  return { n: a === b ? a : `${sharedUnitDropped(low, b, fact.unit, digits) ?? a}–${b}`, ref: fact.id, fact };
}

function sharedUnitDropped(low: number, high: string, unit: Unit, digits: number): string | undefined {
  const full = formatQuantity(low, unit, digits);
  const tail = /[^\d.−\u202f]+$/.exec(high)?.[0];
  return tail && full.endsWith(tail) ? full.slice(0, -tail.length).replace(/\u202f$/, '') : undefined;
}

export const name = (text: string): { name: string } => ({ name: text });
export const quote = (text: string): { quote: string } => ({ quote: text });

export type Part = Segment | Text;

/**
 * Template tag for Text. Takes numbers only through `num` or `range`, so that none can be written without its
 * fact: say`${num(busy)} connections of ${name(pool)} are busy`. A plain string is our own words.
 */
export function say(strings: TemplateStringsArray, ...parts: Part[]): Text {
  const out: Text = [];
  strings.forEach((literal, i) => {
    push(out, literal);
    const part = parts[i];
    if (part === undefined) return;
    if (Array.isArray(part)) for (const segment of part) push(out, segment);
    else push(out, part);
  });
  return out;
}

function push(out: Text, segment: Segment): void {
  const last = out.length - 1;
  const before = out[last];
  if (segment === '') return;
  if (typeof segment === 'string' && typeof before === 'string') out[last] = before + segment;
  else out.push(segment);
}

/** Joins texts with a separator of our own words. */
export function join(texts: Text[], separator: string): Text {
  const out: Text = [];
  texts.forEach((text, i) => {
    if (i > 0) push(out, separator);
    for (const segment of text) push(out, segment);
  });
  return out;
}

/** "a, b and c". */
export function list(texts: Text[], last = ' and '): Text {
  if (texts.length < 2) return texts[0] ?? [];
  return say`${join(texts.slice(0, -1), ', ')}${last}${texts[texts.length - 1] ?? []}`;
}

/** The text as a person reads it, without marks. Not escaped: for terminals (which strip controls) and tests. */
export function plain(text: Text): string {
  return text
    .map((s) => (typeof s === 'string' ? s : 'n' in s ? s.n : 'name' in s ? s.name : `“${s.quote}”`))
    .join('');
}

/** The text of a file: narrow no-break spaces are for readers, and it ends with one line end. */
export const fileText = (text: Text): string =>
  `${plain(text).replaceAll('\u202f', '').replace(/\n+$/, '')}\n`;
