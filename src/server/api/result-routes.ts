import { createRoute, z } from '@hono/zod-openapi';
import { type Fact, factSchema, fileText, plain } from '../../domain/index.js';
import { marked } from '../../governance/mark.js';
import { compose } from '../../report/compose.js';
import { markdownSections } from '../../report/markdown.js';
import { Denied } from '../denied.js';
import { documentPolicy } from '../documents.js';
import { type Api, type ApiGround, idParam, jsonOf, pageQuery, REFUSALS, type Rights } from './context.js';

const MOST_SECTION = 10;

/** What an investigation found: the result, the parts of the report, facts, deliverables. */
export function resultRoutes(api: Api, rights: Rights, ground: ApiGround): void {
  const { investigations } = ground;
  const base = '/investigations/{id}';
  for (const path of [
    'result',
    'report',
    'report/{section}',
    'report.html',
    'facts',
    'fact',
    'deliverables',
    'deliverables/{number}',
  ])
    rights.set(`GET ${base}/${path}`, 'read');

  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/result`,
      summary: 'The result: everything that was found, as one object',
      request: { params: idParam },
      responses: {
        200: jsonOf('docs/result.schema.json describes it.', z.object({ schema: z.string() }).loose()),
        304: { description: 'As it was (If-None-Match).' },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { json, etag } = investigations.result(c.req.valid('param').id);
      c.header('etag', etag);
      c.header('cache-control', 'private, no-cache');
      if (c.req.header('if-none-match') === etag) return c.body(null, 304);
      return c.body(json, 200, { 'content-type': 'application/json' }) as never;
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/report`,
      summary: 'The report in parts: the front, the ten sections, what stands behind',
      description:
        'Pieces of text, tables and charts as data, before any renderer. Numbers name their facts (ref).',
      request: { params: idParam },
      responses: {
        200: jsonOf(
          'The parts.',
          z.object({
            front: z.any(),
            sections: z.array(z.any()),
            back: z.array(z.any()),
            inputs: z.array(z.any()),
            inputsNotGiven: z.array(z.string()),
            facts: z.array(z.string()),
          }),
        ),
        ...REFUSALS,
      },
    }),
    (c) => {
      const {
        look: _,
        facts,
        otherFacts: __,
        ...parts
      } = compose(investigations.result(c.req.valid('param').id).result);
      return c.json({ ...parts, facts: facts.map((f: Fact) => f.id) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/report/{section}`,
      summary: 'A section of the report as Markdown: 0 the front, 1 to 10 the sections',
      request: { params: idParam.extend({ section: z.coerce.number().int().min(0).max(MOST_SECTION) }) },
      responses: {
        200: { description: 'Markdown.', content: { 'text/markdown': { schema: z.string() } } },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { id, section } = c.req.valid('param');
      const text =
        markdownSections(investigations.result(id).result).find((s) => s.number === section)?.text ?? '';
      return c.body(text, 200, { 'content-type': 'text/markdown; charset=utf-8' });
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/report.html`,
      summary: 'The report as one page',
      request: { params: idParam },
      responses: {
        200: { description: 'HTML.', content: { 'text/html': { schema: z.string() } } },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { id } = c.req.valid('param');
      return c.body(investigations.html(id), 200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': documentPolicy(),
      });
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/facts`,
      summary: 'Facts by name, subject and phase',
      request: {
        params: idParam,
        query: pageQuery(100, 1000).extend({
          name: z.string().max(200).optional().openapi({ description: 'the beginning of the name' }),
          subject: z
            .string()
            .max(300)
            .optional()
            .openapi({ description: 'part of the subject’s id or name' }),
          phase: z.string().max(20).optional(),
        }),
      },
      responses: {
        200: jsonOf(
          'A page of facts.',
          z.object({ total: z.number(), facts: z.array(factSchema) }).openapi('Facts'),
        ),
        ...REFUSALS,
      },
    }),
    (c) => {
      const { name, subject, phase, limit, offset } = c.req.valid('query');
      const wanted = subject?.toLowerCase();
      const found = investigations
        .result(c.req.valid('param').id)
        .result.facts.filter(
          (f: Fact) =>
            (name === undefined || f.name.startsWith(name)) &&
            (wanted === undefined ||
              f.subject.id.toLowerCase().includes(wanted) ||
              f.subject.name.toLowerCase().includes(wanted)) &&
            (phase === undefined || f.phase === phase),
        );
      return c.json({ total: found.length, facts: found.slice(offset, offset + limit) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/fact`,
      summary: 'One fact with where it came from, and the facts it was computed from',
      request: { params: idParam, query: z.object({ fact: z.string().max(500) }) },
      responses: {
        200: jsonOf(
          'The fact.',
          z.object({ fact: factSchema, from: z.array(factSchema) }).openapi('OneFact'),
        ),
        ...REFUSALS,
      },
    }),
    (c) => {
      const { facts } = investigations.result(c.req.valid('param').id).result;
      const fact = facts.find((f: Fact) => f.id === c.req.valid('query').fact);
      if (!fact) throw new Denied(404, 'There is no such fact.');
      const inputs = new Set(fact.from.flatMap((p) => (p.kind === 'formula' ? p.facts : [])));
      return c.json({ fact, from: facts.filter((f: Fact) => inputs.has(f.id)) }, 200);
    },
  );

  const deliverable = z
    .object({ number: z.number(), path: z.string(), title: z.string() })
    .openapi('Deliverable');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/deliverables`,
      summary: 'Files made for this investigation',
      request: { params: idParam },
      responses: { 200: jsonOf('Their paths and what they are.', z.array(deliverable)), ...REFUSALS },
    }),
    (c) =>
      c.json(
        investigations
          .result(c.req.valid('param').id)
          .result.deliverables.map((d, number) => ({ number, path: d.path, title: plain(d.title) })),
        200,
      ),
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/deliverables/{number}`,
      summary: 'One of these files, by its place in the list',
      request: { params: idParam.extend({ number: z.coerce.number().int().min(0).max(10_000) }) },
      responses: {
        200: { description: 'Its text.', content: { 'text/plain': { schema: z.string() } } },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { id, number } = c.req.valid('param');
      const { deliverables, classification } = investigations.result(id).result;
      const found = deliverables[number];
      if (!found) throw new Denied(404, 'There is no such deliverable.');
      return c.text(marked(found.path, fileText(found.text), classification), 200);
    },
  );
}
