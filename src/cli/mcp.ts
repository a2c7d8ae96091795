import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { APPROVALS_FOLDER } from '../governance/approvals/folder.js';
import { ToolFault } from '../mcp/fault.js';
import { type Roots, rootsOf } from '../mcp/roots.js';
import { mcpServer } from '../mcp/server.js';
import { openSession } from '../mcp/session.js';
import { EXIT, UserError } from './exit.js';
import { policyAt, redactionOf } from './governance.js';

export interface McpOptions {
  root: string[];
  redactionRules?: string;
}

/** Serves one client over stdin and stdout until it goes. Stdout carries the protocol alone. */
export async function runMcp(options: McpOptions): Promise<number> {
  const folders = options.root;
  const session = openSession(rootsGiven(folders), {
    redaction: redactionOf(options.redactionRules),
    approvals: { policy: policyAt(undefined), folder: APPROVALS_FOLDER },
  });
  const server = mcpServer(session);
  const gone = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once('end', resolve);
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.connect(new StdioServerTransport());
  process.stderr.write(
    folders.length > 0
      ? `kneepoint: serving MCP on stdio; reads below ${folders.join(', ')}, writes nothing\n`
      : 'kneepoint: serving MCP on stdio; no --root, so cases are text only\n',
  );
  await gone;
  await server.close();
  await session.close();
  return EXIT.fine;
}

function rootsGiven(folders: readonly string[]): Roots {
  try {
    return rootsOf(folders);
  } catch (error) {
    if (error instanceof ToolFault) throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
    throw error;
  }
}
