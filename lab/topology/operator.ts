import pg from 'pg';
import type { Settings } from '../settings.js';
import { type Child, startChild } from './child.js';
import { limitProcessors, type Quota } from './cpu-quota.js';
import type { Services, Stores } from './system.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Something that goes on beside the requests until it is ended. */
type Work = { end: () => Promise<void> };

/** Runs `round` over and over on connections of its own until it is ended. */
function repeat(url: string, connections: number, round: (clients: pg.Client[]) => Promise<void>): Work {
  let on = true;
  const run = async (): Promise<void> => {
    const clients = Array.from({ length: connections }, () => new pg.Client(url));
    for (const client of clients) await client.connect();
    while (on) await round(clients);
    for (const client of clients) await client.end();
  };
  const done = run();
  return {
    async end() {
      on = false;
      await done;
    },
  };
}

const LEFT_OPEN_MS = 650;
const BETWEEN_REPORTS_MS = 1_300;

/** A report reads orders; a migration that runs now and then has to wait for its transaction, and all others behind it. */
const report = (url: string, leftOpen: boolean): Work =>
  repeat(url, 2, async ([reader, migration]) => {
    await reader?.query('BEGIN');
    await reader?.query('SELECT count(*), sum(total_cents) FROM orders WHERE id <= 2000');
    if (!leftOpen) await reader?.query('COMMIT');
    const migrated = migration?.query('ALTER TABLE orders ADD COLUMN IF NOT EXISTS audited_at timestamptz');
    await pause(LEFT_OPEN_MS);
    if (leftOpen) await reader?.query('COMMIT');
    await migrated;
    await pause(BETWEEN_REPORTS_MS);
  });

const PRODUCTS_A_ROUND = 90;

/** A job goes through the stock product by product: all in one transaction, or each in its own. */
const stockJob = (url: string, together: boolean): Work =>
  repeat(url, 1, async ([client]) => {
    if (together) await client?.query('BEGIN');
    for (let product = 1; product <= PRODUCTS_A_ROUND; product++)
      await client?.query('UPDATE stock SET units = units WHERE product_id = $1', [product]);
    if (together) await client?.query('COMMIT');
    await pause(600);
  });

const neighbours = async (how: Settings['neighbour']): Promise<Work> => {
  const [count, workMs, restMs] = how === 'hog' ? [2, 40, 4] : [1, 60, 900];
  const children: Child<unknown>[] = [];
  for (let i = 0; i < count; i++)
    children.push(
      await startChild('topology/neighbour-host.mjs', { WORK_MS: `${workMs}`, REST_MS: `${restMs}` }),
    );
  return {
    end: async () => {
      for (const child of children) await child.stop();
    },
  };
};

export type Operator = {
  /** Brings what is beside the services to the settings. */
  apply: (settings: Settings) => Promise<void>;
  /** Is told what was used while nothing was limited, processor seconds a second by service. */
  observe: (cores: ReadonlyMap<string, number>) => void;
  /** The quotas in force, by the service that is held to them. */
  quotas: () => ReadonlyMap<string, Quota>;
  stop: () => Promise<void>;
};

/** What is switched outside the services: indexes, other sessions of the database, quotas, neighbours. */
export function startOperator(stores: Stores, services: Services): Operator {
  const running = new Map<string, { key: string; work: Work }>();
  let indexed = true;
  const quotas = new Map<string, Quota>();
  const shares = new Map<string, number>();
  const used = new Map<string, number>();

  const keep = async (name: string, key: string, start: () => Work | Promise<Work>): Promise<void> => {
    const before = running.get(name);
    if ((before?.key ?? 'none') === key) return;
    await before?.work.end();
    running.delete(name);
    if (key !== 'none') running.set(name, { key, work: await start() });
  };
  const statement = async (sql: string): Promise<void> => {
    const client = new pg.Client(stores.databaseUrl);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const limit = (name: string, share: number, pids: readonly number[]): void => {
    if ((shares.get(name) ?? 0) === share) return;
    shares.set(name, share);
    quotas.get(name)?.lift();
    quotas.delete(name);
    const free = used.get(name);
    if (share > 0 && free === undefined) throw new Error(`${name}: a quota before any load was seen`);
    if (share > 0 && free !== undefined) quotas.set(name, limitProcessors(pids, share * free, name));
  };
  return {
    async apply(now) {
      if (now.orderLinesIndex !== indexed)
        await statement(
          now.orderLinesIndex
            ? 'CREATE INDEX order_lines_order ON order_lines (order_id, line_no)'
            : 'DROP INDEX order_lines_order',
        );
      indexed = now.orderLinesIndex;
      await keep('report', now.report, () =>
        report(stores.databaseUrl, now.report === 'transaction-left-open'),
      );
      await keep('stock job', now.stockJob, () =>
        stockJob(stores.primaryUrl, now.stockJob === 'one-transaction'),
      );
      await keep('neighbour', now.neighbour, () => neighbours(now.neighbour));
      if (now.replica !== 'none') await stores.startReplica();
      if (now.riskCheck !== 'none') await services.startRisk(now);
      limit('checkout-api', now.cpuQuota, [services.pids['checkout-api']]);
      limit('postgresql', now.primaryQuota, now.primaryQuota > 0 ? await stores.primaryPids() : []);
    },
    observe(cores) {
      for (const [name, c] of cores) if ((shares.get(name) ?? 0) === 0) used.set(name, c);
    },
    quotas: () => quotas,
    async stop() {
      for (const { work } of running.values()) await work.end();
      running.clear();
      for (const quota of quotas.values()) quota.lift();
      quotas.clear();
    },
  };
}
