import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Asks for JSON and returns the JSON answered; rejects on any status but 200 and after `timeoutMs` without an answer. */
export function call<T>(
  method: 'GET' | 'POST',
  url: string,
  body?: unknown,
  timeoutMs = 5_000,
  headers: Record<string, string> = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        agent,
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        timeout: timeoutMs,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const sent = Buffer.concat(parts);
          try {
            const text = response.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
            if (response.statusCode === 200) resolve(JSON.parse(text.toString('utf8')) as T);
            else reject(new Error(`${method} ${url}: status ${response.statusCode}`));
          } catch (error) {
            // An answer that was cut short is no JSON.
            reject(error);
          }
        });
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${url}: no answer in ${timeoutMs} ms`)));
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Posts JSON, as `call` does. */
export const post = <T>(url: string, body: unknown, timeoutMs?: number): Promise<T> =>
  call<T>('POST', url, body, timeoutMs);
