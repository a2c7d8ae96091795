import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Policy } from '../../governance/policy.js';
import { COOKIE, type Tokens } from '../access/tokens.js';
import { Denied } from '../denied.js';
import type { Part } from '../http.js';
import type { Investigations } from '../investigations.js';
import { filesOf, type PageFile, stream } from './files.js';
import { listPage, PLAIN_POLICY, signInPage } from './plain.js';

interface PageGround {
  policy: Policy;
  tokens: Tokens;
  investigations: Investigations;
  /** The folder of the built page; a plain list of reports stands in for it. */
  built: string | undefined;
}

const A_YEAR_SECONDS = 31_536_000;
const MOST_FORM_BYTES = 4096;
const SESSION_SECONDS = 8 * 3600;

/** What a browser shows. The files of the page hold nothing of anybody, so they need no token; what it asks for does. */
export function pagePart(ground: PageGround): Part {
  const files = ground.built === undefined ? undefined : filesOf(ground.built);
  return {
    under: '/',
    right: () => undefined,
    async answer(request, response, path) {
      if (request.method === 'POST' && path === '/sign-in') return signIn(request, response, ground);
      if (request.method !== 'GET' && request.method !== 'HEAD')
        throw new Denied(405, 'This page is read with GET.');
      if (files) return sendFile(response, fileFor(files, path));
      if (path !== '/') throw new Denied(404, 'There is no such path.');
      const caller = ground.tokens.caller(request.headers.authorization, request.headers.cookie);
      html(
        response,
        caller
          ? listPage(ground.investigations.list(), `http://${request.headers.host ?? ''}`)
          : signInPage(false),
      );
    },
  };
}

/** Paths that are no files are places within the page. */
function fileFor(files: ReadonlyMap<string, PageFile>, path: string): PageFile {
  const found = files.get(path) ?? (/\.\w+$/.test(path) ? undefined : files.get('/index.html'));
  if (!found) throw new Denied(404, 'There is no such file.');
  return found;
}

async function sendFile(response: ServerResponse, file: PageFile): Promise<void> {
  response.writeHead(200, {
    'content-type': file.type,
    'content-length': file.bytes,
    'cache-control': file.isLasting ? `public, max-age=${A_YEAR_SECONDS}, immutable` : 'no-cache',
  });
  await pipeline(stream(file), response);
}

function html(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': PLAIN_POLICY,
  });
  response.end(text);
}

async function signIn(
  request: IncomingMessage,
  response: ServerResponse,
  { policy, tokens }: PageGround,
): Promise<void> {
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > MOST_FORM_BYTES) throw new Denied(413, 'The form is too large.');
  }
  const id = tokens.session(new URLSearchParams(body).get('token') ?? '');
  if (id === undefined) return html(response, signInPage(true), 401);
  const secure = policy.access.tls ? '; Secure' : '';
  response.writeHead(303, {
    location: '/',
    'set-cookie': `${COOKIE}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_SECONDS}${secure}`,
  });
  response.end();
}
