import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRoute, z } from '@hono/zod-openapi';
import { type Comparison, compareSamples } from '../../facts/profiles/compare.js';
import { redactAgain } from '../../governance/redact-again.js';
import { type FlameData, samplesIn } from '../../report/flame/data.js';
import { differencePage, howSure } from '../../report/flame/difference-page.js';
import { Denied } from '../denied.js';
import { documentPolicy, flameData, flamePageAgain, keptFlameData } from '../documents.js';
import { type Api, type ApiGround, idParam, jsonOf, REFUSALS, type Rights } from './context.js';

const MOST_FUNCTIONS = 500;

/** Flame graphs of an investigation, and what differs between two of them. */
export function profileRoutes(api: Api, rights: Rights, { investigations, redactor }: ApiGround): void {
  const base = '/investigations/{id}';
  const free = z.any();
  const profilesOf = (id: string): string[] => {
    investigations.result(id);
    const folder = join(investigations.folder(id), 'profiles');
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((f) => /^s\d+\.html$/.test(f))
          .sort()
      : [];
  };
  const source = z
    .string()
    .regex(/^s\d{1,6}$/)
    .openapi({ description: 'id of the source' });
  const profile = idParam.extend({ source });
  const pageOf = (id: string, source: string): string => {
    const file = `${source}.html`;
    if (!profilesOf(id).includes(file)) throw new Denied(404, 'There is no profile of this source.');
    return readFileSync(join(investigations.folder(id), 'profiles', file), 'utf8');
  };
  rights.set(`GET ${base}/profiles`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/profiles`,
      summary: 'Sources that have a flame graph',
      request: { params: idParam },
      responses: { 200: jsonOf('Ids of sources.', z.array(z.string())), ...REFUSALS },
    }),
    (c) =>
      c.json(
        profilesOf(c.req.valid('param').id).map((f) => f.replace('.html', '')),
        200,
      ),
  );
  rights.set(`GET ${base}/profiles/{source}`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/profiles/{source}`,
      summary: 'A flame graph as data: nodes with name, parent and own weight',
      request: { params: profile },
      responses: { 200: jsonOf('The graph.', free), ...REFUSALS },
    }),
    (c) => {
      const { id, source } = c.req.valid('param');
      const data = flameData(pageOf(id, source), redactor);
      if (data === undefined) throw new Denied(404, 'The page of this profile has no data.');
      return c.json(data as never, 200);
    },
  );
  rights.set(`GET ${base}/profiles/{source}/page`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/profiles/{source}/page`,
      summary: 'A flame graph as a page',
      request: { params: profile },
      responses: {
        200: { description: 'HTML.', content: { 'text/html': { schema: z.string() } } },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { id, source } = c.req.valid('param');
      return c.body(flamePageAgain(pageOf(id, source), redactor), 200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': documentPolicy(),
      });
    },
  );

  interface Pair {
    before: string;
    after: string;
  }
  const compared = (id: string, { before, after }: Pair): { comparison: Comparison; data: FlameData } => {
    const [a, b] = [before, after].map((s) => keptFlameData(pageOf(id, s)));
    const [x, y] = [a && samplesIn(a), b && samplesIn(b)];
    if (!b || !x || !y)
      throw new Denied(404, 'The flame graphs are of an earlier version: investigate again to compare them.');
    if (a?.own?.type !== b.own?.type)
      throw new Denied(
        400,
        `They cannot be compared: ${before} is ${a?.own?.type}, ${after} is ${b.own?.type}. Choose two of one kind.`,
      );
    return { comparison: compareSamples(x, y), data: b };
  };
  const titleOf = (id: string, s: string): string =>
    investigations.result(id).result.sources.find((known) => known.id === s)?.path ?? s;
  const pair = z.object({ before: source, after: source });

  rights.set(`GET ${base}/profile-difference`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/profile-difference`,
      summary: 'What differs between two flame graphs, function by function',
      request: { params: idParam, query: pair },
      responses: {
        200: jsonOf(
          'Own shares before and after. Only what changed beyond chance has another state than "same"; those come first.',
          z.object({
            samples: z.object({ before: z.number(), after: z.number() }),
            howSure: z.string(),
            functions: z.array(
              z.object({
                name: z.string(),
                file: z.string(),
                before: z.number(),
                after: z.number(),
                ratio: z
                  .number()
                  .nullable()
                  .openapi({ description: 'after ÷ before, against the typical function; null when new' }),
                state: z.enum(['slower', 'faster', 'new', 'vanished', 'same']),
              }),
            ),
            more: z.number().openapi({ description: 'functions that are not listed' }),
          }),
        ),
        ...REFUSALS,
      },
    }),
    (c) => {
      const { comparison } = compared(c.req.valid('param').id, c.req.valid('query'));
      const { functions, samples } = comparison;
      const answer = {
        samples,
        howSure: howSure(comparison),
        functions: functions.slice(0, MOST_FUNCTIONS).map(({ q: _, ...f }) => ({
          ...f,
          ratio: Number.isFinite(f.ratio) ? f.ratio : null,
        })),
        more: Math.max(0, functions.length - MOST_FUNCTIONS),
      };
      return c.json(redactAgain(answer, redactor) as typeof answer, 200);
    },
  );

  rights.set(`GET ${base}/profile-difference/page`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/profile-difference/page`,
      summary: 'The flame graph after, coloured where it changed, as a page',
      request: { params: idParam, query: pair },
      responses: {
        200: { description: 'HTML.', content: { 'text/html': { schema: z.string() } } },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { id } = c.req.valid('param');
      const asked = c.req.valid('query');
      const page = differencePage({
        before: titleOf(id, asked.before),
        after: titleOf(id, asked.after),
        ...compared(id, asked),
      });
      return c.body(flamePageAgain(page, redactor), 200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': documentPolicy(),
      });
    },
  );
}
