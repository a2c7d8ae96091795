import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { measured, plain } from '../domain/index.js';
import { skewTold } from '../facts/database/skew.js';
import { EXIT, UserError } from './exit.js';

const MOST_SHARDS = 100_000;

/**
 * Judges how evenly shards or partitions are used, by a file with a line for each: its name and what it took, with a comma, tab
 * or blanks between. A first line without a number is a heading.
 * @returns what to print.
 */
export function shardsText(path: string, asJson: boolean): string {
  const parts = partsOf(path);
  const total = parts.reduce((sum, p) => sum + p.count, 0);
  const told = skewTold({
    whole: basename(path).replace(/\.\w+$/, ''),
    parts,
    what: 'load',
    divisions: 'shards',
    figure: (key, about, value, unit) =>
      measured({ name: `shards.${key}`, subject: about, value, unit }, [{ kind: 'file', path }]),
  });
  if (asJson)
    return `${JSON.stringify({
      shards: parts.length,
      total,
      skewed: told !== undefined,
      ...(told ? { reason: plain(told.reason), remedy: plain(told.remedy) } : {}),
    })}\n`;
  return told
    ? `${plain(told.reason)}\nWhat to do: ${plain(told.remedy)}\n`
    : `No shard of the ${parts.length} stands out.\n`;
}

function partsOf(path: string): { name: string; count: number }[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new UserError(EXIT.badInput, `There is no file ${path}.`, path, 'Check the path.');
  }
  const parts: { name: string; count: number }[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '') return;
    const cut = /^\s*"?(.*?)"?\s*[,;\t ]\s*"?([^,;\t "]+)"?\s*$/.exec(line);
    const count = Number(cut?.[2] ?? Number.NaN);
    if (cut?.[1] && Number.isFinite(count) && count >= 0) parts.push({ name: cut[1], count });
    else if (i > 0 || parts.length > 0)
      throw new UserError(
        EXIT.badInput,
        'A line holds no name with a number of nought or more.',
        `${path}, line ${i + 1}`,
        'Write one line for each shard: its name, a comma, and what it took (requests, writes or bytes).',
      );
  });
  const names = new Set(parts.map((p) => p.name));
  if (parts.length < 2 || parts.length > MOST_SHARDS || names.size < parts.length)
    throw new UserError(
      EXIT.badInput,
      names.size < parts.length ? 'A shard is named twice.' : `${parts.length} shards cannot be compared.`,
      path,
      'Give each shard once, two or more of them.',
    );
  return parts;
}
