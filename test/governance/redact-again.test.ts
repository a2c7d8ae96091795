import { expect, test } from 'vitest';
import { createRedactor } from '../../src/evidence/redact/index.js';
import { redactAgain, redactLines } from '../../src/governance/redact-again.js';

const redactor = () => createRedactor({ key: Buffer.alloc(32, 1) });
const ID = 'pool.wait.mean@pool:api/10.0.0.7-5432/shop#incident';

test('ids stay wherever they are referred to, and names of servers stay names', () => {
  const result = {
    facts: [{ id: ID, subject: { id: 'pool:api/10.0.0.7-5432/shop', name: '10.0.0.7:5432/shop' } }],
    excess: { cells: [{ excessMs: ID }] },
    text: ['Requests wait for ', { name: '10.0.0.7:5432/shop' }, { n: '4 ms', ref: ID }],
  };
  expect(redactAgain(result, redactor())).toEqual(result);
});

test('words and names with secrets or people in them are cut', () => {
  const text = JSON.stringify(
    redactAgain(
      { note: 'ask bob@example.com at 10.0.0.7', subject: { name: 'queue of bob@example.com' } },
      redactor(),
    ),
  );
  expect(text).not.toMatch(/bob@|10\.0\.0\.7/);
});

test('in lines the words that are kept stay, and all around them is cut', () => {
  const cut = redactLines(`${ID},"${ID} of bob@example.com",10.0.0.7\nplain`, redactor(), new Set([ID]));
  expect(cut).toMatch(
    /^pool\.wait\.mean@pool:api\/10\.0\.0\.7-5432\/shop#incident,"pool\.\S+ of <email:\d+>",<ip:\d+>\nplain$/,
  );
});

test('a text cannot smuggle words through by the marks themselves', () => {
  expect(redactLines('\ue0000\ue001 bob@example.com', redactor(), new Set(['x']))).toMatch(/^0 <email:\d+>$/);
});
