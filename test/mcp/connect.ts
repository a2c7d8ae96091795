import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { rootsOf } from '../../src/mcp/roots.js';
import { mcpServer } from '../../src/mcp/server.js';
import { openSession } from '../../src/mcp/session.js';

export interface Connected {
  client: Client;
  /** The text of a tool's answer, and whether it is an error. */
  call(name: string, args?: Record<string, unknown>): Promise<{ text: string; failed: boolean }>;
  /** Characters that tools answered so far, and how often they were called. */
  spent(): { calls: number; characters: number };
  close(): Promise<void>;
}

/** The official client, connected to a server with these roots in this process. */
export async function connect(...roots: string[]): Promise<Connected> {
  const session = openSession(rootsOf(roots));
  const server = mcpServer(session);
  const client = new Client({ name: 'test', version: '1' });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(here), client.connect(there)]);
  const spent = { calls: 0, characters: 0 };
  return {
    client,
    async call(name, args = {}) {
      const answer = await client.callTool({ name, arguments: args }, undefined, { timeout: 240_000 });
      const [first] = answer.content as { type: string; text: string }[];
      const text = first?.text ?? '';
      spent.calls++;
      spent.characters += text.length;
      return { text, failed: answer.isError === true };
    },
    spent: () => ({ ...spent }),
    async close() {
      await client.close();
      await session.close();
    },
  };
}
