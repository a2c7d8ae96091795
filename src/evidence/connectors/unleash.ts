import { isObject } from '../readers/sample.js';
import { unleashChange } from '../readers/unleash-events.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { type Answer, parseJson } from './live/http.js';
import { type Asking, isoMs, nsOf, type SourceSystem } from './source.js';

const A_PAGE = 1000;
const PAGES = 10;
const DAY_MS = 86_400_000;

export default {
  id: 'unleash',
  title: 'Unleash',
  asks: 'events of flags and segments',
  products: ['unleash'],
  gives: ['changes'],
  address: 'url',
  example: 'http://unleash:4242',
  once: 'changes',
  credentials: { token: ['UNLEASH_TOKEN', 'UNLEASH_ADMIN_TOKEN'] },
  options: {
    project: 'project whose events are taken; all when left out',
    environment: 'environment whose events are taken: production; all when left out',
  },
  headers: (credential) => ({
    ...(credential?.token === undefined ? {} : { authorization: credential.token }),
  }),
  async probe(asking) {
    const { version, answer } = await search(asking, 0, 1);
    if (answer.status === 404) throw new AskFault('not-found', 'it has no events API');
    return { version, can: ['changes'], notes: [] };
  },
  async plan() {
    return [{ query: 'events', calls: 1 }];
  },
  async collect(asking) {
    const { fromMs, toMs } = withDayBefore(asking.window);
    const environment = asking.option('environment');
    for (let page = 0; page < PAGES; page++) {
      const goesOn = await asking.page({
        query: `events from ${isoMs(fromMs)} to ${isoMs(toMs)}, page ${page + 1}`,
        ask: async () => (await search(asking, page * A_PAGE, A_PAGE)).answer,
        read(answer, sink) {
          const value = parseJson(answer);
          if (!isObject(value) || !Array.isArray(value.events))
            throw new AskFault('malformed', 'its answer holds no events');
          const events = value.events.filter(isObject);
          for (const event of events) {
            const change = unleashChange(event);
            // Days are asked for, and the window is finer.
            if (change?.timeNs === undefined || change.timeNs < nsOf(fromMs) || change.timeNs >= nsOf(toMs))
              continue;
            const own = typeof event.environment === 'string' ? event.environment : undefined;
            if (environment === undefined || own === undefined || own === environment) sink.change(change, 0);
          }
          // Before 5.12 all events come at once.
          return 'total' in value && events.length === A_PAGE ? 'more' : undefined;
        },
      });
      if (goesOn === undefined) return;
    }
    asking.gap({
      severity: 'note',
      what: `Unleash has more than ${PAGES * A_PAGE} events in these days; the newest were taken.`,
      todo: 'Name a project.',
    });
  },
} satisfies SourceSystem;

/** Events by search, whose times are days; where there is no search, the list that came before it. */
async function search(
  asking: Asking,
  offset: number,
  limit: number,
): Promise<{ version: string; answer: Answer }> {
  const { fromMs, toMs } = withDayBefore(asking.window);
  const project = asking.option('project');
  const day = (ms: number): string => isoMs(ms).slice(0, 10);
  const answer = await asking.client.ask({
    path: '/api/admin/search/events',
    parameters: [
      ['from', `IS_ON_OR_AFTER:${day(fromMs)}`],
      ['to', `IS_BEFORE:${day(toMs + DAY_MS)}`],
      ['offset', String(offset)],
      ['limit', String(limit)],
      ...(project === undefined ? [] : [['project', `IS:${project}`] as const]),
    ],
    accepts: [404],
  });
  if (answer.status !== 404) return { version: 'event search', answer };
  const before = await asking.client.ask({
    path: '/api/admin/events',
    parameters: project === undefined ? [] : [['project', project]],
  });
  return { version: 'events', answer: before };
}
