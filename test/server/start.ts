import { mkdtempSync } from 'node:fs';
import { request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Policy, policySchema } from '../../src/governance/policy.js';
import type { Part } from '../../src/server/http.js';
import { type Ground, type Opened, type ServeOptions, type Serving, serve } from '../../src/server/serve.js';

/** A server in this process on a free port, closed after the test. */
export async function started(
  policy: Record<string, unknown> = {},
  parts: readonly Part[] | ((ground: Ground) => Opened) = [],
  grpc?: ServeOptions['grpc'],
): Promise<Serving & { data: string; policy: Policy }> {
  const data = mkdtempSync(join(tmpdir(), 'kneepoint-serve-'));
  const read = policySchema.parse(policy);
  const serving = await serve(
    { data, port: 0, policy: read, redaction: {}, ...(grpc ? { grpc } : {}) },
    typeof parts === 'function' ? parts : () => ({ parts, close: async () => {} }),
  );
  onTestFinished(() => serving.close());
  return { ...serving, data, policy: read };
}

export interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** One request with exactly these headers: `fetch` sets and forbids some. */
export function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: Uint8Array | string } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asking = send(
      url,
      { method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (c: Buffer) => chunks.push(c));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    asking.on('error', reject);
    asking.end(options.body);
  });
}
