import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { recorded } from '../audit.js';
import { Denied } from '../denied.js';
import type { Job, JobState } from '../jobs/jobs.js';
import type { ApiVerb } from '../jobs/verbs.js';
import { pathsOf, type Reference, referenceSchema } from '../references.js';
import { type Api, type ApiGround, type Env, idParam, jsonOf, REFUSALS, type Rights } from './context.js';
import { webStream } from './files.js';
import { recordOf } from './forecast-routes.js';

const jobSchema = z
  .object({
    id: z.string(),
    verb: z.string(),
    by: z.string(),
    at: z.string(),
    endedAt: z.string().optional(),
    state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    exitCode: z
      .number()
      .optional()
      .openapi({ description: '0 fine, 1 a check failed, 2 bad input, 3 could not run' }),
    progress: z.array(z.string()),
    investigation: z.string().optional(),
  })
  .openapi('Job');

const optionSchema = z.union([
  z.boolean(),
  z.string().max(500),
  z.array(z.string().max(500)).max(50),
  referenceSchema,
  z.array(referenceSchema).max(50),
]);
const requestSchema = z
  .object({
    verb: z
      .string()
      .max(60)
      .openapi({ description: 'a command, as GET /verbs lists it', example: 'investigate' }),
    inputs: z.array(referenceSchema).max(50).default([]),
    options: z.record(z.string(), optionSchema).default({}),
    title: z.string().max(200).optional().openapi({ description: 'of an investigation, for the list' }),
  })
  .openapi('JobRequest');

const verbSchema = z
  .object({
    name: z.string(),
    about: z.string(),
    inputs: z.object({ least: z.number(), most: z.number() }),
    options: z.array(
      z.object({ name: z.string(), about: z.string(), isPath: z.boolean(), isSwitch: z.boolean() }),
    ),
  })
  .openapi('Verb');

/** Long work: the commands of the command line, each as a job. */
export function jobRoutes(api: Api, rights: Rights, ground: ApiGround): void {
  const { jobs, investigations, verbs } = ground;
  const shown = (job: Job) => ({
    ...job,
    ...(job.verb === 'investigate' ? { investigation: investigationOf(job) } : {}),
  });

  rights.set('GET /verbs', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/verbs',
      summary: 'Commands that can be run as jobs',
      responses: { 200: jsonOf('The commands and their options.', z.array(verbSchema)), ...REFUSALS },
    }),
    (c) =>
      c.json(
        verbs.map(({ name, about, inputs, options }) => ({
          name,
          about,
          inputs,
          options: options.map(({ name: n, about: a, isPath, isSwitch }) => ({
            name: n,
            about: a,
            isPath,
            isSwitch,
          })),
        })),
        200,
      ),
  );

  rights.set('POST /jobs', 'work');
  api.openapi(
    createRoute({
      method: 'post',
      path: '/jobs',
      summary: 'Run a command',
      request: { body: { required: true, content: { 'application/json': { schema: requestSchema } } } },
      responses: { 202: jsonOf('The job; it goes on without whoever asked.', jobSchema), ...REFUSALS },
    }),
    (c) => {
      const request = c.req.valid('json');
      const verb = verbs.find((v) => v.name === request.verb);
      if (!verb) throw new Denied(400, 'There is no such command; GET /api/v1/verbs lists them.');
      check(verb, request);
      const job = startJob(ground, verb, request, c.env.caller.name);
      return c.json(shown(job), 202);
    },
  );

  rights.set('GET /jobs', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/jobs',
      summary: 'Jobs, the latest first',
      responses: { 200: jsonOf('Jobs since the server was started.', z.array(jobSchema)), ...REFUSALS },
    }),
    (c) => c.json(jobs.list().map(shown), 200),
  );

  rights.set('GET /jobs/{id}', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/jobs/{id}',
      summary: 'One job',
      request: { params: idParam },
      responses: { 200: jsonOf('The job.', jobSchema), ...REFUSALS },
    }),
    (c) => c.json(shown(jobs.get(c.req.valid('param').id)), 200),
  );

  rights.set('DELETE /jobs/{id}', 'work');
  api.openapi(
    createRoute({
      method: 'delete',
      path: '/jobs/{id}',
      summary: 'Cancel a job',
      request: { params: idParam },
      responses: { 200: jsonOf('The job as it is now.', jobSchema), ...REFUSALS },
    }),
    (c) => c.json(shown(jobs.cancel(c.req.valid('param').id)), 200),
  );

  rights.set('GET /jobs/{id}/events', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/jobs/{id}/events',
      summary: 'Progress of a job, as server-sent events',
      description: 'An event `job` with the job at every change; the stream ends with the job.',
      request: { params: idParam },
      responses: {
        200: { description: 'Events.', content: { 'text/event-stream': { schema: z.string() } } },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { id } = c.req.valid('param');
      jobs.get(id);
      return streamSSE(c, async (stream) => {
        let stop = (): void => {};
        let told: Promise<void> = Promise.resolve();
        await new Promise<void>((resolve) => {
          stream.onAbort(resolve);
          stop = jobs.watch(id, (job) => {
            const data = JSON.stringify(shown(job));
            told = told.then(() => stream.writeSSE({ event: 'job', data }));
            if (ENDED.has(job.state)) resolve();
          });
        });
        stop();
        await told;
      });
    },
  );

  rights.set('GET /jobs/{id}/output', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/jobs/{id}/output',
      summary: 'What the command printed',
      request: { params: idParam },
      responses: {
        200: {
          description: 'JSON where the command has a form for machines, else text.',
          content: { 'text/plain': { schema: z.string() } },
        },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { id } = c.req.valid('param');
      const file = jobs.outputOf(id);
      if (!existsSync(file)) throw new Denied(404, 'The job has printed nothing yet.');
      return textOf(c, createReadStream(file), ground);
    },
  );

  rights.set('GET /jobs/{id}/files', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/jobs/{id}/files',
      summary: 'Files that the command wrote',
      request: { params: idParam },
      responses: {
        200: jsonOf('Names and sizes.', z.array(z.object({ name: z.string(), bytes: z.number() }))),
        ...REFUSALS,
      },
    }),
    (c) => {
      const folder = outOf(ground, jobs.get(c.req.valid('param').id));
      return c.json(
        filesBelow(folder).map((name) => ({ name, bytes: statSync(join(folder, name)).size })),
        200,
      );
    },
  );

  rights.set('GET /jobs/{id}/files/{number}', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/jobs/{id}/files/{number}',
      summary: 'One of these files, by its place in the list',
      request: { params: idParam.extend({ number: z.coerce.number().int().min(0).max(10_000) }) },
      responses: {
        200: { description: 'Its text.', content: { 'text/plain': { schema: z.string() } } },
        ...REFUSALS,
      },
    }),
    (c) => {
      const { id, number } = c.req.valid('param');
      const folder = outOf(ground, jobs.get(id));
      const name = filesBelow(folder)[number];
      if (name === undefined) throw new Denied(404, 'There is no such file.');
      return textOf(c, createReadStream(join(folder, name)), ground);
    },
  );

  rights.set('GET /investigations', 'read');
  rights.set('GET /investigations/{id}', 'read');
  const aboutSchema = z
    .object({
      id: z.string(),
      title: z.string(),
      by: z.string(),
      at: z.string(),
      job: z.string(),
      state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted']),
      app: z.string().optional(),
      kind: z.string().optional().openapi({ description: 'of the verdict' }),
      verdict: z.string().optional().openapi({ description: 'in one sentence' }),
    })
    .openapi('Investigation');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/investigations',
      summary: 'Investigations, the latest first',
      responses: { 200: jsonOf('What is kept.', z.array(aboutSchema)), ...REFUSALS },
    }),
    (c) => c.json(investigations.list(), 200),
  );
  api.openapi(
    createRoute({
      method: 'get',
      path: '/investigations/{id}',
      summary: 'One investigation',
      request: { params: idParam },
      responses: { 200: jsonOf('What it is, and its state.', aboutSchema), ...REFUSALS },
    }),
    (c) => c.json(investigations.about(c.req.valid('param').id), 200),
  );
}

/** A file as text on its way out. The library knows text only as a whole, not as a stream. */
const textOf = (c: Context<Env>, file: Readable, { redactor }: ApiGround): never =>
  c.body(webStream(file, redactor), 200, { 'content-type': 'text/plain; charset=utf-8' }) as never;

const ENDED: ReadonlySet<JobState> = new Set(['done', 'failed', 'cancelled']);

/** The investigation that a job makes. */
export const investigationOf = (job: Job): string => job.id.replace(/^j/, 'i');
const outOf = ({ folder }: ApiGround, job: Job): string => join(folder.path, 'jobs', job.id, 'out');

const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((e) => e.isFile())
        .map((e) => join(e.parentPath, e.name).slice(folder.length + 1))
        .sort()
    : [];

type JobRequest = z.output<typeof requestSchema>;

function check(verb: ApiVerb, { inputs, options }: JobRequest): void {
  for (const [name, value] of Object.entries(options)) {
    const option = verb.options.find((o) => o.name === name);
    if (!option)
      throw new Denied(
        400,
        `${verb.name} takes no option ${name.slice(0, 40)}; it takes ${verb.options.map((o) => o.name).join(', ') || 'none'}.`,
      );
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const fits = values.every((v) =>
      option.isSwitch
        ? typeof v === 'boolean'
        : option.isPath
          ? typeof v === 'object'
          : typeof v === 'string',
    );
    if (!fits)
      throw new Denied(
        400,
        `${name} takes ${option.isSwitch ? 'true or false' : option.isPath ? 'a reference such as {"upload": "…"}' : 'text'}.`,
      );
  }
  const evidence =
    verb.name === 'investigate' && (options.evidence !== undefined || options.baseline !== undefined);
  const least = verb.name === 'investigate' && !evidence ? 1 : verb.inputs.least;
  if (inputs.length < least || inputs.length > verb.inputs.most)
    throw new Denied(400, `${verb.name} takes ${least} to ${verb.inputs.most} inputs.`);
}

/** Begins a job that was checked. An investigation is in the list from now on. */
export function startJob(ground: ApiGround, verb: ApiVerb, request: JobRequest, by: string): Job {
  const { jobs, investigations, folder, places } = ground;
  const isInvestigation = verb.name === 'investigate';
  recorded(`job.${verb.name.replace(' ', '.')}`, by, { request: JSON.stringify(request) });
  const job = jobs.start({
    verb: verb.name,
    by,
    async args(own) {
      const mine = join(folder.path, 'jobs', own.id);
      let texts = 0;
      const pathsIn = async (references: readonly Reference[]): Promise<string[]> =>
        (await Promise.all(references.map((r) => pathsOf(r, places, mine, texts++)))).flat();
      const args: string[] = verb.name.split(' ');
      for (const [name, value] of Object.entries(request.options)) {
        const option = verb.options.find((o) => o.name === name);
        if (!option || value === false) continue;
        if (value === true) args.push(option.flag);
        else
          for (const v of Array.isArray(value) ? value : [value])
            for (const text of typeof v === 'string' ? [v] : await pathsIn([v]))
              args.push(`${option.flag}=${text}`);
      }
      if (isInvestigation) {
        const out = investigations.folder(investigationOf(own));
        args.push(`--out=${out}`, `--store=${join(out, 'store')}`, '--offline');
        if (ground.redactionRules !== undefined) args.push(`--redaction-rules=${ground.redactionRules}`);
        if (ground.policyFile !== undefined) args.push(`--policy=${ground.policyFile}`);
      } else {
        if (verb.out) args.push(`--out=${join(mine, 'out')}`);
        if (verb.json) args.push('--json');
        if (verb.name === 'verify') args.push(`--record=${recordOf(folder.path)}`);
      }
      // What follows is never taken for an option.
      return [...args, '--', ...(await pathsIn(request.inputs))];
    },
    ended: (own) => {
      if (isInvestigation) investigations.settle(investigationOf(own), own.state);
    },
  });
  if (isInvestigation)
    investigations.begin({
      id: investigationOf(job),
      title: ground.redactor.redact(request.title ?? 'Investigation'),
      by,
      at: job.at,
      job: job.id,
      state: 'running',
    });
  return job;
}
