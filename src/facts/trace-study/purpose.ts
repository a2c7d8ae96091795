import { attributeOf } from '../attributes.js';
import type { WalkedTrace } from '../sections.js';
import { isRead, isTransactionControl } from '../span-kind.js';
import { spanAt } from '../traces.js';

/** What a call is for, as far as its kind and its names tell. */
export type Purpose =
  /** Writes back into a cache what was just loaded. */
  | 'cache-fill'
  /** Keeps a record: audit, log. */
  | 'record'
  /** A row of an outbox: it is what makes the rest safe to do later. */
  | 'outbox'
  /** Tells somebody: mail, notification, webhook. */
  | 'notice'
  /** Counts or ships what happened: analytics, telemetry. */
  | 'analytics'
  /** Brings a search index up to date. */
  | 'index'
  /** Hands a message over. */
  | 'message'
  | 'read'
  /** Its outcome decides what the user is told: payment, stock, permission, price. */
  | 'decision'
  /** Locks rows, or a key that others find taken. */
  | 'lock'
  /** Begins or ends a transaction. */
  | 'transaction'
  /** Named both after something that decides and after something that only has to happen. */
  | 'both'
  | 'write'
  | 'call';

/** A purpose with the word of a name that told it, where one did. */
export interface Told {
  purpose: Purpose;
  word?: string;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));
const RECORD = words('audit audits auditing log logs logging logger activity activities');
const NOTICE = words(
  'mail mails mailer email emails smtp sms notify notification notifications notifier webhook webhooks newsletter',
);
const ANALYTICS = words(
  'analytics telemetry metrics clickstream impression impressions pageview pageviews beacon',
);
const DECISION = words(
  'pay payment payments charge charges authorize authorise authorization authorisation auth authenticate login signin token tokens session sessions fraud risk reserve reservation reservations stock inventory allocate debit credit transfer transfers withdraw capture refund verify validate verification check checkout price prices pricing quote quotes tax quota limit limiter permission permissions consent coupon coupons redeem balance balances seat seats booking cart basket',
);
/** First words of what is asked for its answer. */
const ASKS = words(
  'get list find search fetch lookup read query is has exists count calculate compute convert estimate resolve describe select',
);
const HANDS_OVER = /^\s*(?:publish|spublish|xadd|lpush|rpush)\b/i;
const FILL_VERB = /^\s*(?:set|setex|psetex|hset|hmset|mset|add|put)\b/i;
const ONLY_IF_FREE = /\bnx\b/i;

/** A name cut into its words: `sendOrderEmail` and `order-email_v2` both hold `email`. */
const wordsOf = (text: string): string[] =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((w) => w !== '');

/** What the span `row` of a request is for; `fills` are its writes that follow a miss and a load. */
export function purposeOf(t: WalkedTrace, row: number, fills: ReadonlySet<number>): Told {
  const { role, statement, attributes } = spanAt(t, row);
  const key = t.keyOf(row);
  const operation = attributeOf(attributes, 'dbOperation') ?? key.operation;
  if (role === 'cache')
    return ofCacheCommand(attributeOf(attributes, 'statement') ?? (statement || operation), fills.has(row));
  if (role === 'database') {
    if (isTransactionControl(statement || operation)) return { purpose: 'transaction' };
    if (isRead(statement, operation)) return { purpose: 'read' };
    if (/^\s*\(?\s*select\b/i.test(statement)) return { purpose: 'lock' };
    const said = wordsOf(key.operation);
    if (said.includes('outbox')) return { purpose: 'outbox' };
    return named(said) ?? { purpose: key.peer?.kind === 'search' ? 'index' : 'write' };
  }
  if (role === 'call' && asksForAnswer(key.operation, attributeOf(attributes, 'method')))
    return { purpose: 'read' };
  const said = named(wordsOf(`${key.operation} ${key.peer?.name ?? ''}`));
  return said ?? { purpose: role === 'produced' ? 'message' : 'call' };
}

function ofCacheCommand(command: string, fill: boolean): Told {
  if (isRead(command, command)) return { purpose: 'read' };
  if (HANDS_OVER.test(command)) return { purpose: 'message' };
  if (/^\s*setnx\b/i.test(command) || (FILL_VERB.test(command) && ONLY_IF_FREE.test(command)))
    return { purpose: 'lock' };
  const word = wordsOf(command).find((w) => DECISION.has(w));
  if (word !== undefined) return { purpose: 'decision', word };
  return { purpose: fill ? 'cache-fill' : 'write' };
}

const HAPPENS: readonly [Purpose, ReadonlySet<string>][] = [
  ['record', RECORD],
  ['notice', NOTICE],
  ['analytics', ANALYTICS],
];

/** What the words of a name say; nothing when none is known. */
function named(said: readonly string[]): Told | undefined {
  const decides = said.find((w) => DECISION.has(w));
  const happens = HAPPENS.flatMap(([purpose, known]): Told[] => {
    const word = said.find((w) => known.has(w));
    return word === undefined ? [] : [{ purpose, word }];
  })[0];
  if (decides !== undefined) return { purpose: happens ? 'both' : 'decision', word: decides };
  return happens;
}

/** A GET, or a procedure whose name begins like a question. */
function asksForAnswer(operation: string, method: string | undefined): boolean {
  const verb = (method ?? /^([A-Z]{3,7})\s/.exec(operation)?.[1])?.toUpperCase();
  if (verb === 'GET' || verb === 'HEAD') return true;
  if (verb !== undefined && verb !== 'POST') return false;
  const last = wordsOf(
    operation
      .replace(/^[A-Z]{3,7}\s/, '')
      .split('/')
      .at(-1) ?? '',
  );
  return ASKS.has(last[0] ?? '');
}
