import { describe, expect, it } from 'vitest';
import { forbidden, parsePlan, stretchesOf } from '../../src/experiments/load/plan.js';
import { deliverablesOf, HOSTILE, hostilePrompt, PROMPTS } from './cases.js';

const naming = (prompt: string): string => prompt.replaceAll('k6', 'Gatling');
const CASES = [
  ...PROMPTS.map(([title, prompt]) => [title, naming(prompt)] as const),
  ...HOSTILE.map((name) => [`hostile: ${name}`, naming(hostilePrompt(name))] as const),
];

describe.each(CASES)('load files of %s', (_title, prompt) => {
  it('hold a plan that our own generator takes and that loads this machine alone', async () => {
    const text = (await deliverablesOf(prompt)).files.get('load/plan.yaml');
    if (text === undefined) return;
    const parsed = parsePlan(text);
    if (!('plan' in parsed)) throw new Error(parsed.fault.what);
    expect(forbidden(parsed.plan, false)).toBeUndefined();
    expect(stretchesOf(parsed.plan).length).toBeGreaterThan(1);
  });

  it('write the Gatling DSLs with balanced brackets and an open model', async () => {
    const { files } = await deliverablesOf(prompt);
    for (const path of ['load/gatling.java', 'load/gatling.ts']) {
      const text = files.get(path);
      if (text === undefined) continue;
      expect(text).toContain('injectOpen');
      const bare = text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/.*/g, '');
      for (const [open, close] of ['()', '{}'])
        expect(bare.split(open as string).length, `${path} ${open}`).toBe(bare.split(close as string).length);
    }
  });
});

describe('cases that name Gatling', () => {
  it('get a simulation in Java and in TypeScript', async () => {
    const [, prompt] = CASES[0] as readonly [string, string];
    const { files } = await deliverablesOf(prompt);
    expect([...files.keys()]).toEqual(expect.arrayContaining(['load/gatling.java', 'load/gatling.ts']));
  });
  it('and others none', async () => {
    const { files } = await deliverablesOf(
      (PROMPTS[0] as readonly [string, string])[1].replaceAll('Gatling', 'k6'),
    );
    expect([...files.keys()].filter((p) => p.includes('gatling'))).toEqual([]);
  });
});
