import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emptyCase, missingInputs, readCase } from '../../src/case/index.js';
import { plain } from '../../src/domain/index.js';

const gaps = (prompt: string): string[] => missingInputs(readCase(prompt).case).map((g) => plain(g.text));

describe('what is missing and would matter most', () => {
  test('of a bare name: the trouble first, and never more than six things', () => {
    const found = gaps('[app_name]: Parcel API');
    expect(found[0]).toBe('what is wrong with Parcel API, and by how much');
    expect(found).toHaveLength(6);
  });

  test('what was given is not asked for again', () => {
    const prompt = readFileSync(new URL('../../examples/novapay/prompt.txt', import.meta.url), 'utf8');
    const found = gaps(prompt);
    expect(found.join('\n')).not.toMatch(/what changed|the rate|tools that watch|mix and shape/);
    expect(found.some((g) => /instances and processors/.test(g))).toBe(true);
    expect(found.some((g) => /connections that PostgreSQL allows/.test(g))).toBe(true);
  });

  test('percentiles of today without those of a good day ask for the good day', () => {
    expect(gaps('[app_name]: Shop\n[current_metrics]: p99 1.4s at 200 rps')).toContain(
      'the same percentiles of Shop from a time when it was well',
    );
  });

  test('names the complaint in the words it was made in', () => {
    const found = missingInputs(
      readCase('[app_name]: Shop\n[performance_issues]: timeouts at checkout').case,
    );
    expect(found.map((g) => plain(g.matters)).join('\n')).toContain('timeouts at checkout');
  });

  test('a case of nothing does not fail', () => {
    expect(missingInputs(emptyCase()).length).toBeGreaterThan(0);
  });
});
