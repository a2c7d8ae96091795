import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPlans } from '../../src/evidence/readers/plans/index.js';
import type { Suite } from '../main.js';

/** EXPLAIN texts against the plan expected; passed when every key that is expected is there and equal. */
export default {
  suite: 'database/plans-text',
  about: 'EXPLAIN in text, as tools and mails print it, to the plan it says',
  async run(folder) {
    const files = (await readdir(folder)).filter((f) => f.endsWith('-plan')).sort();
    const failed: string[] = [];
    for (const file of files) {
      const name = file.replace(/-plan$/, '');
      const wanted: unknown = JSON.parse(await readFile(join(folder, `${name}-expect`), 'utf8'));
      const difference = differs(wanted, planOf(await readFile(join(folder, file), 'utf8')), '');
      if (difference !== undefined) failed.push(`${name}: ${difference}`);
    }
    return { cases: files.length, passed: files.length - failed.length, failed };
  },
} satisfies Suite;

function planOf(text: string): unknown {
  try {
    return readPlans(text)[0]?.document;
  } catch (error) {
    return error instanceof Error ? error.message : undefined;
  }
}

/** The first place where a wanted value is missing or another. */
function differs(wanted: unknown, got: unknown, at: string): string | undefined {
  if (typeof wanted !== 'object' || wanted === null)
    return Object.is(wanted, got)
      ? undefined
      : `${at} is ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`;
  if (typeof got !== 'object' || got === null) return `${at} is missing`;
  if (Array.isArray(wanted) && (!Array.isArray(got) || got.length !== wanted.length))
    return `${at} has another length`;
  for (const [key, value] of Object.entries(wanted)) {
    const found = differs(value, Reflect.get(got, key), `${at}/${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
