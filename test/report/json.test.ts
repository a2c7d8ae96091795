import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resultSchema } from '../../src/domain/index.js';
import { renderJson } from '../../src/report/json.js';
import { publishedSchema } from '../../src/report/schema.js';
import { sample } from '../fixtures/report/sample.js';

describe('the result as JSON', () => {
  it('keeps to its schema and reads back as it was', () => {
    const json = renderJson(sample);
    expect(resultSchema.parse(JSON.parse(json))).toEqual(resultSchema.parse(sample));
  });

  it('has its keys in the order of the schema, however the result was built', () => {
    const turned = Object.fromEntries(Object.entries(sample).reverse()) as unknown as typeof sample;
    expect(renderJson(turned)).toBe(renderJson(sample));
  });

  it('refuses a result that does not keep to the schema', () => {
    expect(() => renderJson({ ...sample, facts: [{ id: 1 }] } as unknown as typeof sample)).toThrow();
  });

  it('has its schema published as it is', () => {
    const file = readFileSync(new URL('../../docs/result.schema.json', import.meta.url), 'utf8');
    expect(file).toBe(`${JSON.stringify(publishedSchema(), null, 2)}\n`);
  });
});
