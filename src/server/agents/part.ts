import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Caller } from '../access/rights.js';
import { behind } from '../behind.js';
import { Denied } from '../denied.js';
import type { Part } from '../http.js';
import { relay } from './relay.js';

export interface AgentsOptions {
  /** The command line of `kneepoint mcp` with its arguments. */
  command: readonly string[];
  env: Readonly<Record<string, string>>;
}

export interface Agents {
  part: Part;
  close(): Promise<void>;
}

interface Talk {
  caller: string;
  outside: StreamableHTTPServerTransport;
  idle: NodeJS.Timeout;
  /** Answers that are open: while there is one, somebody is there. */
  open: number;
  end(): Promise<void>;
}

export const MCP = '/mcp';
/** Each holds a process with its own telemetry. */
const MOST_TALKS = 8;
const IDLE_MS = 15 * 60_000;
const MOST_BODY_BYTES = 2 * 1024 * 1024;

/**
 * The Model Context Protocol over streamable HTTP. Each session has a `kneepoint mcp` of its own behind it, in a process of
 * its own: what an agent asks for never holds up telemetry, and one agent never sees the cases of another.
 */
export function openAgents(options: AgentsOptions): Agents {
  const talks = new Map<string, Talk>();

  const begin = async (caller: Caller): Promise<StreamableHTTPServerTransport> => {
    if (talks.size >= MOST_TALKS)
      throw new Denied(503, `At most ${MOST_TALKS} agents are served at once.`, 30);
    const [command = '', ...args] = options.command;
    const inside = new StdioClientTransport({ command, args, env: { ...options.env }, stderr: 'ignore' });
    const id = randomUUID();
    const outside = new StreamableHTTPServerTransport({ sessionIdGenerator: () => id });
    const end = async (): Promise<void> => {
      const talk = talks.get(id);
      talks.delete(id);
      clearTimeout(talk?.idle);
      await Promise.allSettled([inside.close(), outside.close()]);
    };
    const idle = setTimeout(() => void end(), IDLE_MS);
    idle.unref();
    talks.set(id, { caller: caller.name, outside, idle, open: 0, end });
    await relay(outside, inside, () => void end());
    behind(inside);
    return outside;
  };

  const find = (request: IncomingMessage, caller: Caller): Talk => {
    const id = request.headers['mcp-session-id'];
    const talk = typeof id === 'string' ? talks.get(id) : undefined;
    // Somebody else's session is as good as none.
    if (!talk || talk.caller !== caller.name)
      throw new Denied(404, 'There is no such session; initialize one.');
    talk.idle.refresh();
    // The one used last goes to the end.
    talks.delete(talk.outside.sessionId ?? '');
    talks.set(talk.outside.sessionId ?? '', talk);
    return talk;
  };

  const answer: Part['answer'] = async (request, response, _path, caller) => {
    if (request.headers['mcp-session-id'] !== undefined) {
      const talk = find(request, caller);
      talk.open++;
      response.once('close', () => talk.open--);
      const body = request.method === 'POST' ? await bodyOf(request) : undefined;
      await talk.outside.handleRequest(request, response, body);
      return;
    }
    if (request.method !== 'POST')
      throw new Denied(400, 'A session is named by Mcp-Session-Id; initialize one.');
    const body = await bodyOf(request);
    if (!isInitialize(body)) throw new Denied(400, 'The first message of a session is initialize.');
    await (await begin(caller)).handleRequest(request, response, body);
  };
  return {
    part: { under: MCP, right: () => 'work', answer: (...given) => told(answer, given) },
    async close() {
      await Promise.all([...talks.values()].map((t) => t.end()));
    },
  };
}

const isInitialize = (body: unknown): boolean =>
  (body as { method?: unknown } | undefined)?.method === 'initialize';

/** Refusals in the form of the protocol. */
async function told(answer: Part['answer'], given: Parameters<Part['answer']>): Promise<void> {
  const response: ServerResponse = given[1];
  try {
    await answer(...given);
  } catch (error) {
    if (!(error instanceof Denied) || response.headersSent) throw error;
    response.writeHead(error.status, {
      'content-type': 'application/json',
      ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
    });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32000, message: error.words } }));
  }
}

async function bodyOf(request: IncomingMessage): Promise<JSONRPCMessage | JSONRPCMessage[]> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) throw new Denied(413, `A message has at most ${MOST_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Denied(400, 'This is no JSON.');
  }
}
