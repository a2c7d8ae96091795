import { arrayOf, isObject, type JsonObject } from '../readers/sample.js';
import { parseTimeNs } from '../readers/time.js';
import { change } from './live/change.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { isoMs, type SourceSystem } from './source.js';

const object = (value: unknown): JsonObject => (isObject(value) ? value : {});

export default {
  id: 'argocd',
  title: 'Argo CD',
  asks: 'syncs of applications',
  example: 'https://argocd.example.com',
  products: ['argocd', 'argo-cd'],
  gives: ['changes'],
  address: 'url',
  once: 'changes',
  credentials: { token: ['ARGOCD_TOKEN', 'ARGOCD_AUTH_TOKEN'] },
  options: {
    applications: 'names of applications; all when left out',
    project: 'project whose applications are taken',
  },
  headers: (credential) => ({
    ...(credential?.token === undefined ? {} : { authorization: `Bearer ${credential.token}` }),
  }),
  async probe({ client }) {
    const value = object(await client.json({ path: '/api/version' }));
    return { version: String(value.Version ?? ''), can: ['changes'], notes: [] };
  },
  async plan() {
    return [{ query: 'history of applications', calls: 1 }];
  },
  async collect(asking) {
    const { fromMs, toMs } = withDayBefore(asking.window);
    const project = asking.option('project');
    const wanted = asking.list('applications');
    await asking.page({
      query: `history of applications from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
      ask: () =>
        asking.client.ask({
          path: '/api/v1/applications',
          parameters: project === undefined ? [] : [['projects', project]],
        }),
      read(answer, sink) {
        const value = object(parseJson(answer));
        // A user without rights sees an empty list as null.
        if (value.items !== null && !Array.isArray(value.items))
          throw new AskFault('malformed', 'its answer holds no list of applications');
        for (const app of arrayOf(value.items).filter(isObject)) {
          const name = String(object(app.metadata).name ?? '');
          if (wanted.length > 0 && !wanted.includes(name)) continue;
          const images = arrayOf(object(object(app.status).summary).images).map(String);
          const history = arrayOf(object(app.status).history).filter(isObject);
          for (const h of history) {
            const ms = Date.parse(String(h.deployedAt));
            if (!(ms >= fromMs && ms < toMs)) continue;
            const isLast = h === history.at(-1);
            sink.change(
              change({
                timeNs: parseTimeNs(h.deployedAt),
                kind: 'deploy',
                service: name,
                name,
                summary: `sync of ${name} to ${String(h.revision ?? '').slice(0, 12)}${isLast && images.length > 0 ? `, now ${images.slice(0, 3).join(', ')}` : ''}`,
                revision: String(h.revision ?? ''),
                author: String(object(h.initiatedBy).username ?? ''),
              }),
              0,
            );
          }
        }
      },
    });
  },
} satisfies SourceSystem;
