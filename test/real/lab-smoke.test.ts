import { describe, expect, it } from 'vitest';
import { smoke } from '../../lab/smoke.js';
import { has } from './tools.js';

describe.skipIf(!has('redis-server'))('the lab', () => {
  it('starts, answers on every route, and leaves traces through all services', async () => {
    expect(await smoke()).toEqual([]);
  });
});
