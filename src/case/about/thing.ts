import { subject } from '../../domain/index.js';
import type { Quantity } from '../figures/quantity.js';
import { appWords } from '../subjects.js';
import { STREAMED } from './kinds.js';
import { singular } from './named.js';
import type { About, Scene } from './scene.js';
import { REQUESTS } from './whole.js';

/** "900 reservations per second": the rate of one kind of work, unless the app is named for it. */
export function thingOf(scene: Scene, q: Quantity, name: string): About | undefined {
  if (name !== 'throughput' || q.noun === undefined || REQUESTS.test(q.noun) || STREAMED.test(q.noun))
    return undefined;
  const own = appWords(scene.app);
  if (own.has(q.noun) || own.has(singular(q.noun))) return undefined;
  return { subject: subject('operation', singular(q.noun), scene.app.name) };
}
