import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createRoute, z } from '@hono/zod-openapi';
import { setCookie } from 'hono/cookie';
import { VERSION } from '../../investigate/version.js';
import { COOKIE } from '../access/tokens.js';
import { Denied } from '../denied.js';
import { type Api, type ApiGround, jsonOf, REFUSALS, type Rights } from './context.js';

const MOST_UPLOAD_BYTES = 1024 * 1024 * 1024;
const SESSION_SECONDS = 8 * 3600;

/** The server itself: health, sessions of browsers, what was received, files in. */
export function telemetryRoutes(
  api: Api,
  rights: Rights,
  { receiver, folder, tokens, policy }: ApiGround,
): void {
  rights.set('GET /me', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/me',
      summary: 'Who asks, and what this server is',
      responses: {
        200: jsonOf(
          'Name and role of the token.',
          z.object({ name: z.string(), role: z.string(), version: z.string() }),
        ),
        ...REFUSALS,
      },
    }),
    (c) => c.json({ name: c.env.caller.name, role: c.env.caller.role, version: VERSION }, 200),
  );

  api.openapi(
    createRoute({
      method: 'post',
      path: '/session',
      summary: 'A session of a browser for the owner of a token',
      description: 'Sets a cookie that scripts cannot read. The only route that needs no token in its head.',
      request: {
        body: {
          required: true,
          content: { 'application/json': { schema: z.object({ token: z.string().min(1).max(512) }) } },
        },
      },
      responses: { 204: { description: 'The cookie is set.' }, ...REFUSALS },
    }),
    (c) => {
      const id = tokens.session(c.req.valid('json').token);
      if (id === undefined) throw new Denied(401, 'Nobody has this token.');
      setCookie(c, COOKIE, id, {
        httpOnly: true,
        sameSite: 'Strict',
        secure: policy.access.tls !== undefined,
        path: '/',
        maxAge: SESSION_SECONDS,
      });
      return c.body(null, 204);
    },
  );

  rights.set('GET /telemetry', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/telemetry',
      summary: 'What was received and is kept',
      responses: {
        200: jsonOf(
          'Counts since the server was started, and segments by time.',
          z.object({
            counts: z.object({
              requests: z.number(),
              items: z.number(),
              rejected: z.number(),
              repeated: z.number(),
              shed: z.number(),
              failed: z.number(),
            }),
            inFlight: z.object({ bytes: z.number(), requests: z.number() }),
            segments: z.array(
              z.object({ signal: z.string(), encoding: z.string(), from: z.string(), bytes: z.number() }),
            ),
          }),
        ),
        ...REFUSALS,
      },
    }),
    async (c) => {
      const segments = await receiver.sealed();
      return c.json(
        {
          counts: { ...receiver.counts },
          inFlight: receiver.used(),
          segments: segments.map((s) => ({
            signal: s.signal,
            encoding: s.encoding,
            from: new Date(s.fromMs).toISOString(),
            bytes: s.bytes,
          })),
        },
        200,
      );
    },
  );

  rights.set('POST /uploads', 'work');
  api.openapi(
    createRoute({
      method: 'post',
      path: '/uploads',
      summary: 'A file of telemetry or a case, for a job',
      description:
        'The body is the file. It is kept until the server stops; what a job makes of it is redacted.',
      request: {
        body: {
          required: true,
          content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
        },
      },
      responses: {
        201: jsonOf('Its id, for {"upload": id}.', z.object({ upload: z.string(), bytes: z.number() })),
        413: { description: 'It is too large.' },
        ...REFUSALS,
      },
    }),
    async (c) => {
      const id = `u${randomBytes(6).toString('hex')}`;
      const uploads = join(folder.path, 'uploads');
      await mkdir(uploads, { recursive: true, mode: 0o700 });
      const path = join(uploads, id);
      const file = createWriteStream(path, { mode: 0o600 });
      let bytes = 0;
      try {
        for await (const chunk of c.env.incoming as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          if (bytes > MOST_UPLOAD_BYTES)
            throw new Denied(413, `An upload has at most ${MOST_UPLOAD_BYTES} bytes.`);
          if (!file.write(chunk)) await new Promise<void>((resolve) => file.once('drain', resolve));
        }
      } catch (error) {
        file.destroy();
        await rm(path, { force: true });
        throw error;
      }
      await new Promise<void>((resolve) => file.end(resolve));
      return c.json({ upload: id, bytes }, 201);
    },
  );
}
