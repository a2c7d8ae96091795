import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PLANTED } from '../../../bench/redaction/planted.js';
import { drawFrom } from '../../../bench/redaction/random.js';
import { ask, started } from '../start.js';
import { attribute, span, traceRequest } from './requests.js';

const SEED = 20_261_126;
const OF_EACH_KIND = 5;

test('nothing that is planted in telemetry is in any file of the server', async () => {
  const serving = await started();
  const draw = drawFrom(SEED);
  const values: string[] = [];
  for (const { value, keys, prose } of PLANTED)
    for (let i = 0; i < OF_EACH_KIND; i++) {
      const secret = value(draw);
      values.push(secret);
      const said = prose.map((p) => p.replace('%', secret));
      const id = Buffer.alloc(16);
      id.writeUInt32BE(values.length, 8);
      const spans = traceRequest([
        span({
          traceId: id,
          attributes: keys.map((k) => attribute(k, secret)),
          events: said.map((s) => ['exception', [attribute('exception.message', s)]]),
        }),
      ]);
      const logs = {
        resourceLogs: [
          {
            scopeLogs: [
              {
                logRecords: said.map((s) => ({
                  timeUnixNano: '1700000000000000000',
                  body: { stringValue: s },
                  attributes: keys.map((key) => ({ key, value: { stringValue: secret } })),
                })),
              },
            ],
          },
        ],
      };
      const sent = [
        await ask(`${serving.url}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf' },
          body: spans,
        }),
        await ask(`${serving.url}/v1/logs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(logs),
        }),
      ];
      expect(sent.map((s) => s.status)).toEqual([200, 200]);
    }
  await serving.receiver.sealed();
  const kept = readdirSync(serving.data, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.name !== 'redaction.key' && e.name !== 'lock')
    .map((e) => readFileSync(join(e.parentPath, e.name), 'utf8'));
  expect(kept).toHaveLength(2);
  expect(values.filter((v) => kept.some((text) => text.includes(v)))).toEqual([]);
});
