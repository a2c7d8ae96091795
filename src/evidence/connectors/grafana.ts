import { arrayOf, isObject } from '../readers/sample.js';
import { change, firstLine } from './live/change.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { bearerOrBasic, isoMs, nsOf, type SourceSystem } from './source.js';

const LIMIT = 1000;

export default {
  id: 'grafana',
  title: 'Grafana',
  asks: 'annotations: deployments, flags, alerts',
  example: 'http://grafana:3000',
  products: ['grafana'],
  gives: ['changes', 'alerts'],
  address: 'url',
  once: 'changes',
  credentials: {
    token: ['GRAFANA_TOKEN', 'GRAFANA_API_KEY'],
    user: ['GRAFANA_USER'],
    password: ['GRAFANA_PASSWORD'],
  },
  options: { tags: 'tags that annotations have to have, all of them' },
  headers: (credential) => bearerOrBasic(credential),
  async probe({ client }) {
    const value = await client.json({ path: '/api/health' });
    await client.json({ path: '/api/annotations', parameters: [['limit', '1']] });
    return {
      version: isObject(value) ? String(value.version ?? '') : '',
      can: ['changes', 'alerts'],
      notes: [],
    };
  },
  async plan() {
    return [{ query: 'annotations', calls: 1 }];
  },
  async collect(asking) {
    const { fromMs, toMs } = withDayBefore(asking.window);
    await asking.page({
      query: `annotations from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
      ask: () =>
        asking.client.ask({
          path: '/api/annotations',
          parameters: [
            ['from', String(fromMs)],
            ['to', String(toMs)],
            ['limit', String(LIMIT)],
            ...asking.list('tags').map((t) => ['tags', t] as const),
          ],
        }),
      read(answer, sink) {
        const value = parseJson(answer);
        if (!Array.isArray(value)) throw new AskFault('malformed', 'its answer holds no annotations');
        if (value.length >= LIMIT)
          asking.gap({
            severity: 'note',
            what: `There are more than ${LIMIT} annotations; the newest were taken.`,
            todo: 'Name tags (tags: …).',
          });
        for (const a of value.filter(isObject)) {
          const tags = arrayOf(a.tags).map(String);
          const text = firstLine(String(a.text ?? '').replace(/<[^>]{0,200}>/g, ' '));
          const timeNs = nsOf(Number(a.time));
          const tagged = (key: string): string =>
            tags.find((t) => t.startsWith(`${key}:`))?.slice(key.length + 1) ?? '';
          // Alerts write annotations too, with the state they went to.
          if (Number(a.alertId) > 0 || (typeof a.newState === 'string' && a.newState !== '')) {
            if (/alerting/i.test(String(a.newState)))
              sink.alert(
                {
                  timeNs,
                  service: tagged('service'),
                  name: String(a.alertName ?? text),
                  metric: '',
                  threshold: null,
                  observed: null,
                  severity: '',
                  summary: text,
                },
                0,
              );
            continue;
          }
          const words = `${tags.join(' ')} ${text}`;
          sink.change(
            change({
              timeNs,
              kind: /flag|toggle|experiment/i.test(words)
                ? 'flag'
                : /deploy|release|rollout|version/i.test(words)
                  ? 'deploy'
                  : 'other',
              service: tagged('service') || tagged('app'),
              name: tagged('version') || text.slice(0, 80),
              version: tagged('version'),
              summary: text || tags.join(', '),
            }),
            0,
          );
        }
      },
    });
  },
} satisfies SourceSystem;
