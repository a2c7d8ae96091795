import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Posts JSON and returns the JSON answered; rejects on any status but 200 and after `timeoutMs`. */
export function post<T>(url: string, body: unknown, timeoutMs = 5_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { agent, method: 'POST', headers: { 'content-type': 'application/json' }, timeout: timeoutMs },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(JSON.parse(Buffer.concat(parts).toString('utf8')) as T)
            : reject(new Error(`POST ${url}: status ${response.statusCode}`)),
        );
      },
    );
    call.on('timeout', () => call.destroy(new Error(`POST ${url}: no answer in ${timeoutMs} ms`)));
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}
