import { launchDarklyChange } from '../readers/launchdarkly-audit.js';
import { arrayOf, isObject } from '../readers/sample.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { isoMs, type SourceSystem } from './source.js';

/** The API gives no more entries at once. */
const A_PAGE = 20;
const PAGES = 50;

export default {
  id: 'launchdarkly',
  title: 'LaunchDarkly',
  asks: 'changes of flags and segments, from the audit log',
  products: ['launchdarkly'],
  gives: ['changes'],
  address: 'url',
  example: 'https://app.launchdarkly.com',
  defaultUrl: 'https://app.launchdarkly.com',
  vendorHosts: /(?:^|\.)launchdarkly\.(?:com|us)$/,
  perSecond: 2,
  once: 'changes',
  credentials: { token: ['LAUNCHDARKLY_ACCESS_TOKEN', 'LD_ACCESS_TOKEN'] },
  options: {
    project: 'key of the project; all when left out',
    environment: 'key of the environment whose changes are taken: production; all when left out',
  },
  headers: (credential) => ({
    'ld-api-version': '20240415',
    // The token stands alone: a scheme before it is refused.
    ...(credential?.token === undefined ? {} : { authorization: credential.token }),
  }),
  async probe({ client }) {
    await client.json({ path: '/api/v2/auditlog', parameters: [['limit', '1']] });
    return { version: 'API v2', can: ['changes'], notes: [] };
  },
  async plan() {
    return [{ query: 'audit log of flags', calls: 3 }];
  },
  async collect(asking) {
    const { fromMs, toMs } = withDayBefore(asking.window);
    const part = (option: string, kind: string): string => {
      const key = asking.option(option) ?? '*';
      if (!/^[\w.*-]{1,200}$/.test(key)) throw new AskFault('bad-request', `the ${option} has an odd key`);
      return `${kind}/${key}`;
    };
    const spec = `${part('project', 'proj')}:${part('environment', 'env')}:flag/*`;
    // Entries come newest first; those before the oldest of a page are the next page.
    let before = String(toMs);
    for (let page = 1; page <= PAGES; page++) {
      const at: string = before;
      const next: string | undefined = await asking.page({
        query: `audit log ${spec} from ${isoMs(fromMs)} to ${isoMs(toMs)}, page ${page}`,
        ask: () =>
          asking.client.ask({
            path: '/api/v2/auditlog',
            parameters: [
              ['spec', spec],
              ['after', String(fromMs)],
              ['before', at],
              ['limit', String(A_PAGE)],
            ],
          }),
        read(answer, sink) {
          const value = parseJson(answer);
          if (!isObject(value) || !Array.isArray(value.items))
            throw new AskFault('malformed', 'its answer holds no entries');
          const items = value.items.filter(isObject);
          for (const item of items) {
            const change = launchDarklyChange(item);
            if (change) sink.change(change, 0);
          }
          return items.length < A_PAGE ? undefined : oldestOf(items.map((i) => i.date));
        },
      });
      // A page whose entries are all of one moment would be asked for without end.
      if (next === undefined || next === at) return;
      before = next;
    }
    asking.gap({
      severity: 'note',
      what: `LaunchDarkly has more than ${PAGES * A_PAGE} entries in this time; the newest were taken.`,
      todo: 'Name project and environment.',
    });
  },
} satisfies SourceSystem;

const oldestOf = (dates: readonly unknown[]): string | undefined => {
  const known = arrayOf(dates).filter((d): d is number => typeof d === 'number');
  return known.length === 0 ? undefined : String(Math.min(...known));
};
