import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { subject } from '../../src/domain/index.js';
import { chaosExperimentSchema, substituted, tolerated } from '../../src/experiments/chaos/experiment.js';
import { chaosMesh, litmus } from '../../src/experiments/chaos/export.js';
import { parseFault } from '../../src/experiments/chaos/fault.js';
import { startProxy, type ToxicProxy } from '../../src/experiments/chaos/proxy.js';
import { refutingExperiment } from '../../src/experiments/chaos/refute.js';
import { runExperiment } from '../../src/experiments/chaos/run.js';
import { type Toxic, toxicSchema } from '../../src/experiments/chaos/toxics.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server on loopback that sends the same bytes to whoever connects and ends. */
async function sender(text: string): Promise<number> {
  const server: Server = createServer((socket) => socket.on('error', () => {}).end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function through(port: number, toxics: Toxic[]): Promise<ToxicProxy> {
  const proxy = await startProxy({ host: '127.0.0.1', port: 0 }, { host: '127.0.0.1', port }, toxics);
  open.push(() => proxy.close());
  return proxy;
}

const receive = (port: number): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (d) => {
      text += d.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });

const toxic = (t: object): Toxic => toxicSchema.parse(t);
const TEXT = 'abcdefghij'.repeat(50);

describe('a proxy with toxics', () => {
  it.each([
    toxic({ type: 'latency', latencyMs: 5, jitterMs: 5 }),
    toxic({ type: 'bandwidth', kbPerSecond: 100 }),
    toxic({ type: 'slicer', averageBytes: 40, variationBytes: 30 }),
  ])('$type changes when bytes come, not which', async (t) => {
    const proxy = await through(await sender(TEXT), [t]);
    expect(await receive(proxy.address.port)).toBe(TEXT);
  });

  it('lets limit_data end the connection after so many bytes', async () => {
    const proxy = await through(await sender(TEXT), [toxic({ type: 'limit_data', bytes: 33 })]);
    expect(await receive(proxy.address.port)).toBe(TEXT.slice(0, 33));
  });

  it.each([toxic({ type: 'timeout', timeoutMs: 20 }), toxic({ type: 'limit_data', bytes: 0 })])(
    '$type lets nothing through',
    async (t) => {
      const proxy = await through(await sender(TEXT), [t]);
      expect(await receive(proxy.address.port)).toBe('');
    },
  );

  it('resets the connection as a crashed peer does', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => silent.close(resolve)));
    const at = silent.address();
    const proxy = await through(typeof at === 'object' && at ? at.port : 0, [
      toxic({ type: 'reset', afterMs: 10 }),
    ]);
    const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
      connect(proxy.address.port, '127.0.0.1').on('error', resolve),
    );
    expect(error.code).toBe('ECONNRESET');
  });

  it('does to the upstream direction what it is told, and to a share of the connections', async () => {
    const received: string[] = [];
    const sink = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (d) => received.push(d.toString()));
      socket.on('end', () => socket.end('ok'));
    });
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => sink.close(resolve)));
    const at = sink.address();
    const upstream = { host: '127.0.0.1', port: typeof at === 'object' && at ? at.port : 0 };
    const slices = [toxic({ type: 'slicer', direction: 'upstream', averageBytes: 50, delayMs: 1 })];
    const said = async (toxicity: number): Promise<string> => {
      received.length = 0;
      const proxy = await startProxy({ host: '127.0.0.1', port: 0 }, upstream, slices, { toxicity });
      open.push(() => proxy.close());
      const socket = connect(proxy.address.port, '127.0.0.1');
      const answer = new Promise<string>((resolve) => socket.on('data', (d) => resolve(d.toString())));
      socket.end(TEXT);
      expect(await answer).toBe('ok');
      return received.join('');
    };
    expect(await said(1)).toBe(TEXT);
    expect(received.length).toBeGreaterThan(1);
    expect(await said(0)).toBe(TEXT);
    expect(received.length).toBe(1);
  });

  it('makes connections beyond a shrunk pool wait, and serves them all', async () => {
    const proxy = await through(await sender(TEXT), [
      toxic({ type: 'latency', latencyMs: 30 }),
      toxic({ type: 'connections', most: 1 }),
    ]);
    const all = await Promise.all([1, 2, 3].map(() => receive(proxy.address.port)));
    expect(all).toEqual([TEXT, TEXT, TEXT]);
    expect(proxy.counts.waited).toBe(2);
  });
});

describe('faults', () => {
  it('are read from words, with hyphens or without', () => {
    const words = [
      '--listen',
      '127.0.0.1:1',
      '--upstream',
      'db:5432',
      '--seconds',
      '5',
      '--latency-ms',
      '100',
    ];
    expect(parseFault('latency', words)).toMatchObject({
      fault: {
        kind: 'network',
        upstream: { host: 'db', port: 5432 },
        toxic: { type: 'latency', latencyMs: 100 },
      },
    });
  });

  it.each([
    ['fire', [], 'there is no fault'],
    ['cpu', ['--pid', '12', '--cores', '0', '--seconds', '5'], '--cores'],
    ['cpu', ['--pid', '12', '--cores', '1'], '--seconds'],
    ['latency', ['--listen', 'x', '--upstream', 'y:1', '--seconds', '1'], '--listen'],
    ['pause', ['--pid'], 'no setting with a value'],
  ])('%s %j is refused with a reason', (kind, words, reason) => {
    expect(parseFault(kind, words)).toMatchObject({ wrong: expect.stringContaining(reason) });
  });
});

const EXPERIMENT = {
  title: 'the database answers later',
  configuration: { port: { type: 'env', key: 'DB_PORT', default: '5432' } },
  method: [
    {
      type: 'action',
      name: 'add latency',
      provider: {
        type: 'process',
        path: 'kneepoint',
        arguments: `chaos inject latency --listen 127.0.0.1:7000 --upstream 127.0.0.1:\${port} --seconds 30 --latencyMs 80 --jitterMs 10`,
      },
    },
  ],
};

describe('experiments', () => {
  it('take values from the environment or their default, and name what is lacking', () => {
    const experiment = chaosExperimentSchema.parse({
      ...EXPERIMENT,
      configuration: { port: { type: 'env', key: 'DB_PORT' } },
    });
    expect(substituted(experiment, {})).toEqual({ lacking: 'DB_PORT' });
    expect(JSON.stringify(substituted(experiment, { DB_PORT: '99' }))).toContain('127.0.0.1:99');
  });

  it('become manifests for Chaos Mesh and Litmus', () => {
    const experiment = chaosExperimentSchema.parse(EXPERIMENT);
    const target = { namespace: 'shop', selector: 'app=orders' };
    const filled = substituted(experiment, {});
    if (!('experiment' in filled)) throw new Error('lacking');
    expect(chaosMesh(filled.experiment, target)).toMatchSnapshot();
    expect(litmus(filled.experiment, target)).toMatchSnapshot();
  });

  it('judge an outcome by number, list, range and pattern', () => {
    const answer = { kind: 'http' as const, status: 200, body: 'ok 12', ms: 3 };
    expect(tolerated(200, answer)).toBe(true);
    expect(tolerated([500, 503], answer)).toBe(false);
    expect(tolerated({ type: 'range', range: [200, 299] }, answer)).toBe(true);
    expect(tolerated({ type: 'regex', pattern: '^no' }, answer)).toBe(false);
    expect(tolerated({ type: 'jsonpath' }, answer)).toBeUndefined();
  });

  it('are not run when the system is not well before, and roll back all the same', async () => {
    const rollback = { type: 'action', name: 'put back', provider: { type: 'process', path: 'true' } };
    const experiment = chaosExperimentSchema.parse({
      title: 'x',
      'steady-state-hypothesis': {
        title: 'well',
        probes: [{ type: 'probe', name: 'p', tolerance: 0, provider: { type: 'process', path: 'false' } }],
      },
      method: [{ type: 'action', name: 'never', provider: { type: 'process', path: 'true' } }],
      rollbacks: [rollback],
    });
    const journal = await runExperiment(experiment, {
      own: { command: 'true', arguments: [] },
      forbidden: () => undefined,
    });
    expect(journal.status).toBe('failed');
    expect(journal.run).toEqual([]);
    expect(journal.rollbacks).toMatchObject([{ name: 'put back', status: 'succeeded' }]);
  });

  it('name providers that are not run here', async () => {
    const experiment = chaosExperimentSchema.parse({
      title: 'x',
      method: [{ type: 'action', name: 'a', provider: { type: 'python', module: 'm', func: 'f' } }],
    });
    const journal = await runExperiment(experiment, {
      own: { command: 'true', arguments: [] },
      forbidden: () => undefined,
    });
    expect(journal.run[0]?.error).toContain('"python"');
  });

  it('could refute a finding', () => {
    const experiment = refutingExperiment({
      id: 'database/pool-exhausted/pool:orders',
      hypothesis: 'database/pool-exhausted',
      title: ['The pool is exhausted'],
      layer: 'database',
      subject: subject('pool', 'orders'),
      verdict: 'supported',
      probability: 0.9,
      statement: [],
      decidedBy: [],
      refutedIf: ['Requests do not wait for a connection.'],
      observations: [],
      changes: [],
      measurements: [],
      remedies: [],
    });
    expect(chaosExperimentSchema.safeParse(experiment).success).toBe(true);
    expect(experiment).toMatchSnapshot();
  });
});
