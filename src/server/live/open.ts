import { join } from 'node:path';
import type { ApiGround } from '../api/context.js';
import { investigationOf, startJob } from '../api/job-routes.js';
import { lookAt } from './look.js';
import { openWatch, type Watch } from './watch.js';

/** The watch over what this server receives; what it suspects it investigates, as a job like any other. */
export const openLive = (ground: ApiGround): Watch =>
  openWatch({
    sealed: () => ground.receiver.sealed(),
    received: () => ground.receiver.counts.requests,
    pathOf: (segment) => join(ground.places.received, segment.name),
    look: lookAt,
    now: Date.now,
    investigate({ service, operation }, from) {
      const verb = ground.verbs.find((v) => v.name === 'investigate');
      if (!verb) return undefined;
      const received = { from: from.toISOString(), to: new Date().toISOString() };
      const request = {
        verb: verb.name,
        inputs: [],
        options: { evidence: [{ received }] },
        title: `${operation} of ${service}, seen live`,
      };
      return investigationOf(startJob(ground, verb, request, 'live'));
    },
  });
