import { StoreError } from './store.js';

/** A ClickHouse server or cluster, and how tables are made there. */
export interface ServerAddress {
  /** Without the database and what is for us alone. */
  url: string;
  database: string;
  placement: Placement;
}

export interface Placement {
  /** Name of the cluster: tables are made on all of its servers, replicated, with a distributed one over them. */
  cluster?: string;
  /** Days after which the server drops rows. */
  ttlDays?: number;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const USUAL_DATABASE = 'kneepoint';
const MOST_DAYS = 36_500;

/** Reads `http://user:password@host:8123/database?cluster=main&ttl_days=30`. Throws a StoreError that tells no password. */
export function serverAddress(text: string): ServerAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong('This is no address of a ClickHouse server.', 'the store');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw wrong('A ClickHouse server is reached over http or https.', url.host);
  const database = decodeURIComponent(url.pathname.replace(/^\/|\/$/g, '')) || USUAL_DATABASE;
  if (!NAME.test(database))
    throw wrong('The name of the database has other signs than letters, digits and _.', url.host);
  const cluster = url.searchParams.get('cluster') ?? undefined;
  if (cluster !== undefined && !NAME.test(cluster))
    throw wrong('The name of the cluster has other signs than letters, digits and _.', url.host);
  const days = url.searchParams.get('ttl_days');
  if (days !== null && !(/^\d+$/.test(days) && Number(days) >= 1 && Number(days) <= MOST_DAYS))
    throw wrong('ttl_days is no whole number of days.', url.host);
  url.pathname = '/';
  url.searchParams.delete('cluster');
  url.searchParams.delete('ttl_days');
  return {
    url: url.href,
    database,
    placement: {
      ...(cluster === undefined ? {} : { cluster }),
      ...(days === null ? {} : { ttlDays: Number(days) }),
    },
  };
}

const wrong = (what: string, where: string): StoreError =>
  new StoreError(what, where, 'Give it as http://user:password@host:8123/database?cluster=name&ttl_days=30.');
