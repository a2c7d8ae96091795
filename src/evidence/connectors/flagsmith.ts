import { flagsmithChange } from '../readers/flagsmith-audit.js';
import { isObject } from '../readers/sample.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { isoMs, nsOf, type SourceSystem } from './source.js';

const A_PAGE = 100;
const PAGES = 50;

export default {
  id: 'flagsmith',
  title: 'Flagsmith',
  asks: 'changes of flags and segments, from the audit log',
  products: ['flagsmith'],
  gives: ['changes'],
  address: 'url',
  example: 'https://api.flagsmith.com',
  defaultUrl: 'https://api.flagsmith.com',
  vendorHosts: /(?:^|\.)flagsmith\.com$/,
  perSecond: 4,
  once: 'changes',
  credentials: { apiKey: ['FLAGSMITH_API_KEY'], token: ['FLAGSMITH_TOKEN'] },
  options: {
    project: 'number of the project; all when left out',
    environments: 'numbers of environments; all when left out',
  },
  headers: (credential) => ({
    ...(credential?.token === undefined ? {} : { authorization: `Token ${credential.token}` }),
    ...(credential?.apiKey === undefined ? {} : { authorization: `Api-Key ${credential.apiKey}` }),
  }),
  async probe({ client }) {
    await client.json({ path: '/api/v1/audit/', parameters: [['page_size', '1']] });
    return { version: 'API v1', can: ['changes'], notes: [] };
  },
  async plan() {
    return [{ query: 'audit log', calls: 2 }];
  },
  async collect(asking) {
    const { fromMs, toMs } = withDayBefore(asking.window);
    const project = asking.option('project');
    // The log cannot be asked for by time: it comes newest first, and its pages end where the window does.
    for (let page = 1; page <= PAGES; page++) {
      const goesOn = await asking.page({
        query: `audit log from ${isoMs(fromMs)} to ${isoMs(toMs)}, page ${page}`,
        ask: () =>
          asking.client.ask({
            path: '/api/v1/audit/',
            parameters: [
              ...(project === undefined ? [] : [['project', project] as const]),
              ...asking.list('environments').map((e) => ['environments', e] as const),
              ['page', String(page)],
              ['page_size', String(A_PAGE)],
            ],
          }),
        read(answer, sink) {
          const value = parseJson(answer);
          if (!isObject(value) || !Array.isArray(value.results))
            throw new AskFault('malformed', 'its answer holds no results');
          const entries = value.results.filter(isObject);
          let isBefore = false;
          for (const entry of entries) {
            const ms = Date.parse(String(entry.created_date));
            if (ms < fromMs) isBefore = true;
            const change = flagsmithChange(entry);
            if (change?.timeNs !== undefined && change.timeNs >= nsOf(fromMs) && ms < toMs)
              sink.change(change, 0);
          }
          return typeof value.next === 'string' && !isBefore ? 'more' : undefined;
        },
      });
      if (goesOn === undefined) return;
    }
    asking.gap({
      severity: 'note',
      what: `Flagsmith has more than ${PAGES * A_PAGE} entries since then; the newest were taken.`,
      todo: 'Name the project.',
    });
  },
} satisfies SourceSystem;
