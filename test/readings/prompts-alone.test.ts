import { describe, expect, it } from 'vitest';
import { plain } from '../../src/domain/index.js';
import { PROMPTS, resultOf } from '../prompts.js';

const said = async (id: string): Promise<string> => {
  const result = await resultOf(PROMPTS.find((p) => p.id === id)?.text ?? '');
  return result.readings
    .map((r) => `${r.id}: ${plain(r.headline)}`)
    .join('\n')
    .replaceAll('\u202f', ' ');
};

describe('the strongest thing that the numbers of a prompt imply', () => {
  it.each([
    ['leak', '66.5 KB for each request'],
    ['leak', 'at 30/s it would be 2.33 h'],
    ['oracle', 'that is a wait of 1 300 ms each'],
    ['oracle', '2 % of requests'],
    ['cost', 'together 32 % of the bill, enough for the 30 % asked for'],
    ['video', '6.3 GB/s would reach an origin that can send 2.5 GB/s'],
    ['graphql', '4 calls that wait for each other at a p95 of 200 ms are 800 ms'],
    ['iot', '25 913/s'],
    ['ml', 'keep 28.8 cores busy, and vision-rank inference has 16 cores'],
    ['ml', '97.8 % busy, against 35 % said'],
    ['spark', '65× the median'],
    ['tenant', '57 % of the 700/s that come'],
    ['kafka', 'they finish at most 4 615/s'],
    ['event', 'at least 20 keys'],
    ['rails', '25/s of /jobs/:id/timeline at 2 400 ms fill all 60 threads'],
    ['next', '66 % of the 320 ms by which TTFB rose'],
    ['terse', 'each is held for 417 ms'],
    ['mobile', 'are 900 ms before any work'],
  ])('%s: %s', async (id, words) => {
    expect(await said(id)).toContain(words);
  });
});
