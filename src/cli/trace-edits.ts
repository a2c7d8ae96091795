import type { Edit } from '../facts/trace-study/edits.js';
import { EXIT, UserError } from './exit.js';
import { timeMs } from './quantity.js';

export interface TraceOptions {
  request?: string;
  json?: boolean;
}
export interface CriticalPathOptions extends TraceOptions {
  trace?: string;
}
export interface WhatIfOptions extends TraceOptions {
  drop: string[];
  shorten: string[];
  parallel: string[];
  cache: string[];
  batch: string[];
  timeout: string[];
}

type EditOptions = Pick<WhatIfOptions, 'drop' | 'shorten' | 'parallel' | 'cache' | 'batch' | 'timeout'>;

/** The changes that the options describe, in a fixed order. Errors name the option and show how it is written. */
export function parseEdits(options: EditOptions): Edit[] {
  const edits: Edit[] = [
    ...options.drop.map((spans): Edit => ({ kind: 'drop', spans: named(spans, 'drop') })),
    ...options.shorten.map(shorten),
    ...options.parallel.map((spans): Edit => ({ kind: 'parallel', spans: named(spans, 'parallel') })),
    ...options.cache.map((text): Edit => {
      const { spans, value } = pair(text, 'cache', 'SELECT*=0.8');
      return { kind: 'cache', spans, hitRatio: ratio(value, 'cache', 'SELECT*=0.8') };
    }),
    ...options.batch.map((spans): Edit => ({ kind: 'batch', spans: named(spans, 'batch') })),
    ...options.timeout.map((text): Edit => {
      const { spans, value } = pair(text, 'timeout', 'tax/*=200ms');
      const capMs = timeMs(value);
      if (capMs === undefined || !(capMs > 0)) throw wrong('timeout', text, 'tax/*=200ms');
      return { kind: 'timeout', spans, capMs };
    }),
  ];
  if (edits.length === 0)
    throw new UserError(
      EXIT.badInput,
      'No change was named.',
      'trace what-if',
      'Add --drop, --shorten, --parallel, --cache, --batch or --timeout; --help shows how each is written.',
    );
  return edits;
}

function shorten(text: string): Edit {
  const example = 'tax/*=0.5 or tax/*=-20ms';
  const { spans, value } = pair(text, 'shorten', example);
  const less = value.startsWith('-') ? timeMs(value.slice(1)) : undefined;
  if (less !== undefined) return { kind: 'shorten', spans, lessMs: less };
  return { kind: 'shorten', spans, factor: ratio(value, 'shorten', example) };
}

/** `pattern=value`; the last `=` counts, since statements have their own. */
function pair(text: string, option: string, example: string): { spans: string; value: string } {
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1) throw wrong(option, text, example);
  return { spans: named(text.slice(0, at), option), value: text.slice(at + 1).trim() };
}

function named(spans: string, option: string): string {
  const name = spans.trim();
  if (name === '') throw wrong(option, spans, 'tax/*');
  return name;
}

function ratio(text: string, option: string, example: string): number {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  const value = percent ? Number(percent[1]) / 100 : /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw wrong(option, text, example);
  return value;
}

const wrong = (option: string, text: string, example: string): UserError =>
  new UserError(
    EXIT.badInput,
    `--${option} cannot be read: ${text}`,
    `--${option}`,
    `Write it as "${example}".`,
  );
